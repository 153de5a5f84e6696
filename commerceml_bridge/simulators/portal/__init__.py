"""A live Bitrix24 portal simulator: a Flask application on a loopback socket over an in-memory state.

Part of the product: the demo, rehearsals and tests use it in place of a real portal. It follows facts: bitrix24-rest
and imports nothing of the product, so that both cannot share one misreading in code. What it does not do is said in
docs/simulators/portal.md.
"""

from __future__ import annotations

from commerceml_bridge.simulators.portal.faults import Kind as FaultKind
from commerceml_bridge.simulators.portal.limiter import LeakyBucket
from commerceml_bridge.simulators.portal.rows import Row
from commerceml_bridge.simulators.portal.seed import seed_demo, seed_many
from commerceml_bridge.simulators.portal.server import PortalServer, serve_forever
from commerceml_bridge.simulators.portal.settings import Settings, Stage
from commerceml_bridge.simulators.portal.state import Portal

__all__ = [
    "FaultKind",
    "LeakyBucket",
    "Portal",
    "PortalServer",
    "Row",
    "Settings",
    "Stage",
    "seed_demo",
    "seed_many",
    "serve_forever",
]
