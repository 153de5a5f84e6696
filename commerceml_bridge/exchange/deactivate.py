"""``mode=deactivate``: the Bitrix module ends a full catalogue export (1c-clients §5; reference-server §1.10).

It repeats ``timestamp``, the fifth line of checkauth. Without one, or with nonsense, the files since the last export
count: a refusal would make the whole exchange look failed in 1C.
"""

from __future__ import annotations

from commerceml_bridge.exchange import protocol
from commerceml_bridge.exchange.answers import Answer, charset_of, success
from commerceml_bridge.exchange.request import ExchangeRequest
from commerceml_bridge.services import catalog_runs
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.sessions import Caller


def handle(request: ExchangeRequest, bridge: Bridge, caller: Caller) -> Answer:
    """Take out of the index what the export did not name; ``success`` in any case."""
    charset = charset_of(caller.node.options.encoding)
    if not caller.node.options.catalog:
        return success(protocol.NOTHING_TO_DEACTIVATE, charset=charset)
    told = request.get(protocol.TIMESTAMP).strip()
    timestamp = int(told) if told.isdecimal() and len(told) < 12 else None
    gone = catalog_runs.deactivate(bridge, caller.node, timestamp)
    return success(protocol.DEACTIVATED.format(gone), charset=charset)
