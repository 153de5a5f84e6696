"""``mode=query``: hands the node's invoices to 1C.

Facts: 1c-clients §2.5; decision 9. The delivery is committed before the first byte goes out; the body is joined from
stored bytes while it is sent, and its length is known beforehand.
"""

from __future__ import annotations

from commerceml_bridge.exchange.answers import Answer, stored_xml
from commerceml_bridge.exchange.request import ExchangeRequest
from commerceml_bridge.services import delivering
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.sessions import Caller


def handle(_request: ExchangeRequest, bridge: Bridge, caller: Caller) -> Answer:
    """Serve the node's open delivery or a new one."""
    served = delivering.query(bridge, caller)
    return stored_xml(served.chunks, served.size, served.charset).concerning(delivery_id=served.delivery_id)
