"""``mode=complete``: the Bitrix module's last call of a catalogue export (1c-clients §5; reference-server §1.10)."""

from __future__ import annotations

from commerceml_bridge.exchange import protocol
from commerceml_bridge.exchange.answers import Answer, charset_of, success
from commerceml_bridge.exchange.request import ExchangeRequest
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.sessions import Caller


def handle(_request: ExchangeRequest, _bridge: Bridge, caller: Caller) -> Answer:
    """Answer ``success``; there is nothing to finish."""
    return success(protocol.CATALOG_COMPLETE, charset=charset_of(caller.node.options.encoding))
