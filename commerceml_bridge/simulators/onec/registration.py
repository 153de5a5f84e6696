"""Registration of changes for one node of the exchange plan, with the trap (facts: 1c-clients §1.4, §4.2)."""

from __future__ import annotations

from collections.abc import Iterable

from commerceml_bridge.simulators.onec.base import Event
from commerceml_bridge.simulators.onec.model import Order


class Registration:
    """Which orders wait to be uploaded.

    ``ignored`` events do not register anything; ``removing`` ones take an existing registration away.
    """

    def __init__(self, ignored: frozenset[Event] = frozenset(), removing: frozenset[Event] = frozenset()) -> None:
        self._ignored = ignored
        self._removing = removing
        self._changes: dict[str, Order] = {}

    def listen(self, order: Order, event: Event) -> None:
        """Take note of a change in the base."""
        if event in self._removing:
            self._changes.pop(order.guid, None)
        elif event not in self._ignored:
            self._changes[order.guid] = order

    def orders(self) -> list[Order]:
        """Registered orders in the order of their first change."""
        return list(self._changes.values())

    def remove(self, orders: Iterable[Order]) -> list[Order]:
        """Delete registrations; returns the orders that had one."""
        return [order for order in orders if self._changes.pop(order.guid, None) is not None]
