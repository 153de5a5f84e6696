"""``mode=import``: 1C asks what became of a file it has posted.

Facts: 1c-clients §1.4, §2.3: the first call is answered ``success`` or ``failure``, never ``progress``: the УТ 11
family polls without a pause and УНФ stops at the first ``progress``. The file was processed when it was whole; this
reports the result again and changes nothing.
"""

from __future__ import annotations

from commerceml_bridge.exchange import protocol
from commerceml_bridge.exchange.answers import Answer, charset_of, success
from commerceml_bridge.exchange.file import answer_for, filename_of
from commerceml_bridge.exchange.request import ExchangeRequest
from commerceml_bridge.services import receiving
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.sessions import Caller


def handle(request: ExchangeRequest, bridge: Bridge, caller: Caller) -> Answer:
    """Report on a sale file. Raises ``ProtocolError`` without a file name."""
    reply = receiving.report(bridge, caller, exchange_type=request.exchange_type, filename=filename_of(request))
    return answer_for(reply, caller)


def handle_catalog(request: ExchangeRequest, bridge: Bridge, caller: Caller) -> Answer:
    """Report on a catalogue file: it was read when it was whole. Pictures and unknown names are ``success`` too."""
    if not caller.node.options.catalog:
        return handle_kept(request, bridge, caller)
    name = request.get(protocol.FILENAME)
    return answer_for(receiving.report(bridge, caller, exchange_type=protocol.CATALOG, filename=name), caller)


def handle_kept(_request: ExchangeRequest, _bridge: Bridge, caller: Caller) -> Answer:
    """Answer for files that are kept and not read (dictionaries, an unwanted catalogue), whatever their name."""
    return success(protocol.CATALOG_KEPT, charset=charset_of(caller.node.options.encoding))
