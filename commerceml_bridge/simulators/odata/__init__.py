"""A live standard OData interface over a simulated БП base (facts: 1c-odata-payments §3, §6.7).

``OnecODataServer`` is the interface on a socket, ``Books`` the accountant's side: statuses and movements of money over
the invoices a ``bp3`` client has loaded. Parses queries with the standard library and spells its own names.
"""

from commerceml_bridge.simulators.odata.books import Books
from commerceml_bridge.simulators.odata.faults import Fault
from commerceml_bridge.simulators.odata.server import OnecODataServer, serve_forever

__all__ = ["Books", "Fault", "OnecODataServer", "serve_forever"]
