"""``mode=init``: tells 1C how to send files, and notes which schema it speaks.

Facts: 1c-clients §2.2, the strictest point of the protocol: УТ 10.3, the УТ 11 family and УНФ 1.6 want exactly two
lines, the Bitrix module and УНФ with ``version=`` four, and nobody a final LF. The catalogue always gets two
(reference-server §1.5).
"""

from __future__ import annotations

import re

from commerceml_bridge.exchange import protocol
from commerceml_bridge.exchange.answers import Answer, charset_of, text
from commerceml_bridge.exchange.request import ExchangeRequest
from commerceml_bridge.services import sessions
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.sessions import Caller

_NUMBER = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,3})?")


def handle(request: ExchangeRequest, bridge: Bridge, caller: Caller) -> Answer:
    """Note ``version`` and ``cmlVersion`` in the session and answer two or four lines."""
    version = request.get(protocol.VERSION)
    cml_version = request.get(protocol.CML_VERSION)
    lines = [protocol.ZIP_LINE, protocol.FILE_LIMIT_LINE.format(bridge.settings.file_limit)]
    if request.exchange_type == protocol.SALE:
        sessions.note_versions(bridge, caller.session, version=_number(version), cml_version=_number(cml_version))
        if version:
            sessid = sessions.sessid_of(bridge, caller.session.cookie_digest)
            lines += [protocol.SESSID_LINE.format(sessid), protocol.VERSION_LINE]
    return text(lines, charset=charset_of(caller.node.options.encoding), final_lf=False)


def _number(version: str) -> str | None:
    """Return a version that is one; anything else chooses no form and never reaches an XML attribute."""
    return version if _NUMBER.fullmatch(version) else None
