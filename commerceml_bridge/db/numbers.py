"""Numbers given out to documents (decision 16): which are taken in a 1C base, whatever node stands before it."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer, pieces
from commerceml_bridge.db.tables import consignment, node

FIRST_SUBSTITUTE = 900_001
LAST_SUBSTITUTE = 999_999
"""The six digits every family keeps (decision 16)."""


_BASE_NODE = sa.bindparam("base_node", type_=sa.BigInteger)
_SAME_BASE = sa.select(node.c.id).where(
    sa.or_(
        node.c.id == _BASE_NODE,
        (node.c.portal_id == sa.select(node.c.portal_id).where(node.c.id == _BASE_NODE).scalar_subquery())
        & node.c.removed_at.is_not(None),
    )
)
"""The node itself and every removed node of its portal."""

# made once, for they are asked for every invoice that is consigned
_OWNERS = sa.select(consignment.c.digits, consignment.c.invoice_id).where(consignment.c.node_id.in_(_SAME_BASE))
_TAKEN = _OWNERS.where(
    consignment.c.digits == sa.bindparam("wanted_digits"), consignment.c.invoice_id != sa.bindparam("but_invoice")
).limit(1)
_TAKEN_BY_ANYBODY = _OWNERS.where(consignment.c.digits == sa.bindparam("wanted_digits")).limit(1)
_IN_RESERVE = consignment.c.digits.between(FIRST_SUBSTITUTE, LAST_SUBSTITUTE)
_HIGHEST_SUBSTITUTE = sa.select(sa.func.max(consignment.c.digits)).where(
    consignment.c.node_id.in_(_SAME_BASE), _IN_RESERVE, consignment.c.substitute
)
_FOLLOWING = consignment.alias("following")
_END_OF_RUN = sa.select(sa.func.min(consignment.c.digits)).where(
    consignment.c.node_id.in_(_SAME_BASE),
    consignment.c.digits.between(sa.bindparam("first"), LAST_SUBSTITUTE - 1),
    ~sa.exists().where(_FOLLOWING.c.node_id.in_(_SAME_BASE), _FOLLOWING.c.digits == consignment.c.digits + 1),
)
"""the last of the numbers that follow each other without a gap"""
_EARLIER = sa.select(consignment.c.invoice_id, consignment.c.number).where(
    consignment.c.node_id.in_(_SAME_BASE),
    consignment.c.node_id != _BASE_NODE,
    consignment.c.first_served_at.is_not(None),
)
_EARLIER_OF_ONE = (
    _EARLIER.where(consignment.c.invoice_id == sa.bindparam("of_invoice")).order_by(consignment.c.id.desc()).limit(1)
)


class Numbers(Drawer):
    """Asked for one invoice at a time."""

    def digits_taken(self, node_id: int, digits: int, *, but_invoice: int) -> bool:
        """Tell whether another invoice has a number with these digits at the node, in any year.

        Numbers given out by nodes that were removed count too: the 1C base behind may be the same.
        """
        wanted = {"base_node": node_id, "wanted_digits": digits, "but_invoice": but_invoice}
        return self.connection.execute(_TAKEN, wanted).first() is not None

    def earlier_number(self, node_id: int, invoice_id: int) -> str | None:
        """Return the number under which a removed node of the portal was given this invoice."""
        found = self.connection.execute(_EARLIER_OF_ONE, {"base_node": node_id, "of_invoice": invoice_id}).first()
        return None if found is None else found.number

    def next_substitute(self, node_id: int) -> int:
        """Return a free substitute number of the node from 900001 up; ``LAST_SUBSTITUTE`` + 1 if there is none.

        It follows the last one given out. Printed numbers that lie in the reserve are stepped over and do not count as
        given out: one invoice printed as 999999 must not use all of them up.
        """
        highest = self.connection.execute(_HIGHEST_SUBSTITUTE, {"base_node": node_id}).scalar_one()
        following = FIRST_SUBSTITUTE if highest is None else int(highest) + 1
        return self._free_from(node_id, following) or self._free_from(node_id, FIRST_SUBSTITUTE) or LAST_SUBSTITUTE + 1

    def _free_from(self, node_id: int, first: int) -> int:
        """Return the first number of the reserve from ``first`` on that nobody has; 0 if there is none."""
        if first > LAST_SUBSTITUTE:
            return 0
        if self.connection.execute(_TAKEN_BY_ANYBODY, {"base_node": node_id, "wanted_digits": first}).first() is None:
            return first
        end = self.connection.execute(_END_OF_RUN, {"base_node": node_id, "first": first}).scalar_one()
        return 0 if end is None else int(end) + 1


class NumbersAhead(Numbers):
    """The same answers for several invoices, looked up at once; only where the transaction gives no number out."""

    def __init__(
        self, connection: sa.Connection, node_id: int, invoice_ids: Iterable[int], digits: Iterable[int]
    ) -> None:
        super().__init__(connection)
        self._node_id = node_id
        self._owners: dict[int, set[int]] = {one: set() for one in digits}
        self._earlier: dict[int, str | None] = dict.fromkeys(invoice_ids)
        for some in pieces(self._owners):
            statement = _OWNERS.where(consignment.c.digits.in_(some))
            for taken, invoice_id in connection.execute(statement, {"base_node": node_id}):
                self._owners[taken].add(invoice_id)
        for wanted in pieces(self._earlier):
            found = _EARLIER.where(consignment.c.invoice_id.in_(wanted)).order_by(consignment.c.id)
            rows = connection.execute(found, {"base_node": node_id})
            self._earlier |= {row.invoice_id: row.number for row in rows}

    def digits_taken(self, node_id: int, digits: int, *, but_invoice: int) -> bool:
        """Tell from what was looked up; digits nobody expected are asked for."""
        if node_id != self._node_id or digits not in self._owners:
            return super().digits_taken(node_id, digits, but_invoice=but_invoice)
        return bool(self._owners[digits] - {but_invoice})

    def earlier_number(self, node_id: int, invoice_id: int) -> str | None:
        """Return it from what was looked up."""
        if node_id != self._node_id or invoice_id not in self._earlier:
            return super().earlier_number(node_id, invoice_id)
        return self._earlier[invoice_id]
