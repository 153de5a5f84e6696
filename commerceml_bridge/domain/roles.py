"""What people may do on the pages: look, act on single invoices and problems, change settings and people."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Each role may do everything the one before it may."""

    VIEWER = "viewer"
    """sees every page, changes nothing"""
    OPERATOR = "operator"
    """sends, holds, releases, joins, resolves: work on single invoices and problems"""
    ADMINISTRATOR = "administrator"
    """portals, nodes, policies, people"""

    def includes(self, needed: Role) -> bool:
        """Tell whether this role may do what ``needed`` is asked for."""
        order = list(Role)
        return order.index(self) >= order.index(needed)
