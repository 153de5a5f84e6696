"""``mode=deactivate``: the Bitrix module ends a full catalogue export (1c-clients §5). Nothing is kept active here."""

from __future__ import annotations

from commerceml_bridge.exchange import protocol
from commerceml_bridge.exchange.answers import Answer, charset_of, success
from commerceml_bridge.exchange.request import ExchangeRequest
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.sessions import Caller


def handle(_request: ExchangeRequest, _bridge: Bridge, caller: Caller) -> Answer:
    """Answer ``success``: a refusal would make the whole exchange look failed in 1C."""
    return success(protocol.NOTHING_TO_DEACTIVATE, charset=charset_of(caller.node.options.encoding))
