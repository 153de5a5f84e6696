"""``mode=success``: 1C has taken what this session's ``query`` served.

Facts: reference-server §1.7, §4; field-failures §2.1: exactly what was in the body sent is acknowledged, and a
``success`` without a ``query`` is refused.
"""

from __future__ import annotations

from commerceml_bridge.exchange.answers import Answer, charset_of, success
from commerceml_bridge.exchange.request import ExchangeRequest
from commerceml_bridge.services import delivering
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.sessions import Caller


def handle(_request: ExchangeRequest, bridge: Bridge, caller: Caller) -> Answer:
    """Acknowledge the session's deliveries. Raises ``ProtocolError`` when it took nothing."""
    delivering.acknowledge(bridge, caller)
    return success(charset=charset_of(caller.node.options.encoding))
