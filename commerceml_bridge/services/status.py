"""How things stand, per portal and per node."""

from __future__ import annotations

from dataclasses import asdict

from commerceml_bridge.services.bridge import Bridge


def status(bridge: Bridge) -> dict[str, list[dict[str, object]]]:
    """Return ``{"portals": [{name, invoices, pending, parked}], "nodes": [{name, portal, due, …}]}``."""
    with bridge.db.read() as uow:
        return {
            "portals": [asdict(row) for row in uow.status.portals()],
            "nodes": [asdict(row) for row in uow.status.nodes()],
        }
