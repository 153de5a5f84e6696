"""``mode=info``: invoice stages, payment systems and deliveries for the settings pages of 1C.

Facts: 1c-clients §6; reference-server §1.10. Only for ``type=sale``; asked for at the fixed address by УНФ.
"""

from __future__ import annotations

from commerceml_bridge.commerceml.info_writer import render_info
from commerceml_bridge.exchange.answers import Answer, charset_of, xml
from commerceml_bridge.exchange.request import ExchangeRequest
from commerceml_bridge.services import info
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.sessions import Caller


def handle(_request: ExchangeRequest, bridge: Bridge, caller: Caller) -> Answer:
    """Render the lists in the node's encoding."""
    encoding = caller.node.options.encoding
    return xml(render_info(info.info(bridge, caller), encoding), charset_of(encoding))
