"""Which module answers what: the table ``(type, mode) → handler`` and the one place where callers are identified.

Facts: field-failures §2.4 (authentication before every mode, in one place); reference-server §1.1 for the texts. What
the table does not hold is answered by ``unknown``. ``respond`` never raises: whatever goes wrong becomes ``failure``.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from commerceml_bridge.errors import BridgeError, ProtocolError
from commerceml_bridge.exchange import (
    checkauth,
    complete,
    deactivate,
    file,
    import_,
    info,
    init,
    protocol,
    query,
    success,
)
from commerceml_bridge.exchange.answers import Answer, charset_of, failure
from commerceml_bridge.exchange.request import ExchangeRequest
from commerceml_bridge.services import sessions
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.sessions import Caller

logger = logging.getLogger(__name__)

Handler = Callable[[ExchangeRequest, Bridge, Caller], Answer]

TYPES = frozenset({protocol.SALE, protocol.CATALOG, protocol.REFERENCE})

ROUTES: dict[tuple[str, str], Handler] = {
    (protocol.SALE, protocol.INIT): init.handle,
    (protocol.SALE, protocol.QUERY): query.handle,
    (protocol.SALE, protocol.SUCCESS): success.handle,
    (protocol.SALE, protocol.FILE): file.handle,
    (protocol.SALE, protocol.IMPORT): import_.handle,
    (protocol.SALE, protocol.INFO): info.handle,
    (protocol.CATALOG, protocol.INIT): init.handle,
    (protocol.CATALOG, protocol.FILE): file.handle,
    (protocol.CATALOG, protocol.IMPORT): import_.handle_catalog,
    (protocol.CATALOG, protocol.DEACTIVATE): deactivate.handle,
    (protocol.CATALOG, protocol.COMPLETE): complete.handle,
    (protocol.REFERENCE, protocol.INIT): init.handle,
    (protocol.REFERENCE, protocol.FILE): file.handle,
    (protocol.REFERENCE, protocol.IMPORT): import_.handle_kept,
}
"""Everything that needs a session."""


def respond(request: ExchangeRequest, bridge: Bridge) -> Answer:
    """Answer one request. Errors of the tree give their text for 1C, all others a neutral one with the id logged."""
    caller: Caller | None = None
    try:
        _check_method(request)
        if request.mode == protocol.CHECKAUTH and request.exchange_type in TYPES:
            return checkauth.handle(request, bridge)
        handler = ROUTES.get((request.exchange_type, request.mode))
        if handler is None:
            return unknown(request)
        caller = identify(request, bridge)
        answer = handler(request, bridge, caller)
    except BridgeError as error:
        answer = failure(error.for_1c, charset=_charset(caller), code=error.code, error=str(error))
    except Exception:  # noqa: BLE001 - the last line of defence, logged by broken(); 1C must never see a traceback
        answer = broken(charset=_charset(caller))
    if caller is not None:
        answer = answer.concerning(node_id=caller.node.id, session_id=caller.session.id)
    return answer


def identify(request: ExchangeRequest, bridge: Bridge) -> Caller:
    """Find node and session by cookie or Basic. Raises ``AuthenticationFailed`` or ``ProtocolError``."""
    return sessions.identify(
        bridge,
        cookie=request.cookie,
        sessid=request.sessid,
        credentials=request.credentials,
        remote=request.remote,
        exchange_type=request.exchange_type,
        user_agent=request.user_agent,
    )


def unknown(request: ExchangeRequest) -> Answer:
    """Answer what nobody else does: unknown types and modes, and the bare address opened in a browser."""
    if request.exchange_type in protocol.NOT_OFFERED:
        message = protocol.NOT_OFFERED[request.exchange_type]
    elif request.exchange_type in TYPES:
        message = protocol.UNKNOWN_MODE
    else:
        message = protocol.UNKNOWN_TYPE if request.exchange_type or request.mode else protocol.NO_COMMAND
    return failure(message, code="unknown-command")


def broken(*, charset: str = protocol.CP1251) -> Answer:
    """Log the exception being handled under a fresh id and return the neutral ``failure`` that names the id."""
    incident = secrets.token_hex(4)
    logger.exception("exchange request failed, incident %s", incident)
    return failure(protocol.INTERNAL_ERROR.format(incident), charset=charset, code="internal", error=incident)


def _check_method(request: ExchangeRequest) -> None:
    if request.method not in ("GET", "POST"):
        raise ProtocolError(protocol.WRONG_METHOD.format(request.method[:20]))


def _charset(caller: Caller | None) -> str:
    return protocol.CP1251 if caller is None else charset_of(caller.node.options.encoding)
