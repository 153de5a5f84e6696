"""``mode=checkauth``: opens a session and gives 1C its cookie and sessid.

Facts: 1c-clients §2.1; reference-server §1.3. Four lines, a fifth with the time for the catalogue, each ending in LF.
The only mode without a session behind it; the password is checked here and nowhere else but in ``identify``.
"""

from __future__ import annotations

from commerceml_bridge.errors import AuthenticationFailed
from commerceml_bridge.exchange import protocol
from commerceml_bridge.exchange.answers import Answer, charset_of, success
from commerceml_bridge.exchange.request import ExchangeRequest
from commerceml_bridge.services import sessions
from commerceml_bridge.services.bridge import Bridge


def handle(request: ExchangeRequest, bridge: Bridge) -> Answer:
    """Check login and password, open a session. Raises ``AuthenticationFailed``."""
    if request.credentials is None:
        raise AuthenticationFailed(protocol.NO_CREDENTIALS)
    node = sessions.authenticate(bridge, *request.credentials, request.remote)
    opened = sessions.open_session(
        bridge, node, exchange_type=request.exchange_type, user_agent=request.user_agent, remote=request.remote
    )
    lines = [sessions.COOKIE_NAME, opened.cookie, protocol.SESSID_LINE.format(opened.sessid)]
    if request.exchange_type == protocol.CATALOG:
        lines.append(protocol.TIMESTAMP_LINE.format(int(bridge.clock().timestamp())))
    answer = success(*lines, charset=charset_of(node.options.encoding))
    return answer.concerning(node_id=node.id, session_id=opened.session.id)
