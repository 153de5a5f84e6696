"""REST methods, one module per family of objects. Importing this package registers them all."""

from __future__ import annotations

from commerceml_bridge.simulators.portal.methods import (
    catalog,
    directories,
    invoices,
    items,
    parties,
    productrows,
    requisites,
    service,
    stages,
)
from commerceml_bridge.simulators.portal.registry import METHODS, find

__all__ = [
    "METHODS",
    "catalog",
    "directories",
    "find",
    "invoices",
    "items",
    "parties",
    "productrows",
    "requisites",
    "service",
    "stages",
]
