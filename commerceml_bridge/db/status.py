"""Counts for ``status --json``, the pages and the metrics."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer
from commerceml_bridge.db.tables import consignment, invoice, job, node, portal, returned, upload


@dataclass(frozen=True)
class PortalCounts:
    """``invoices`` fetched, write-backs ``pending`` and ``parked``."""

    name: str
    invoices: int
    pending: int
    parked: int


@dataclass(frozen=True)
class NodeCounts:
    """Documents of a node.

    ``due`` would go out now, ``held`` wait for a person, ``delivered`` were served at least once, ``acknowledged``
    were confirmed by ``success``, ``quarantined`` files and documents came from 1C and wait for a person. Of those 1C
    returned, ``verified`` are equal there, ``different`` are not, ``unposted`` are not posted; ``unseen`` confirmed
    days ago and never returned. ``numbers_printed`` of ``numbers`` given out equal the printed ones.
    """

    name: str
    portal: str
    due: int
    delivered: int
    acknowledged: int
    held: int
    quarantined: int
    verified: int
    different: int
    unposted: int
    unseen: int
    numbers: int
    numbers_printed: int


class Status(Drawer):
    """How things stand."""

    def portals(self) -> list[PortalCounts]:
        """Count for every portal, by name."""
        jobs = sa.select(sa.func.count()).where(job.c.portal_id == portal.c.id, job.c.kind == "writeback")
        statement = sa.select(
            portal.c.name,
            _number(sa.select(sa.func.count()).where(invoice.c.portal_id == portal.c.id)).label("invoices"),
            _number(jobs.where(job.c.state.in_(("pending", "running")))).label("pending"),
            _number(jobs.where(job.c.state == "parked")).label("parked"),
        )
        return self._all(PortalCounts, statement.order_by(portal.c.name))

    def nodes(self) -> list[NodeCounts]:
        """Count for every node in service, by name."""
        mine = sa.select(sa.func.count()).where(consignment.c.node_id == node.c.id)
        documents = sa.select(sa.func.count()).where(
            returned.c.node_id == node.c.id, returned.c.state == "quarantined", returned.c.resolved_at.is_(None)
        )
        files = sa.select(sa.func.count()).where(upload.c.node_id == node.c.id, upload.c.state == "quarantined")
        printed = mine.where(consignment.c.number.is_not(None), ~consignment.c.substitute)
        statement = (
            sa.select(
                node.c.name,
                portal.c.name.label("portal"),
                _number(mine.where(consignment.c.due, consignment.c.held_code == "")).label("due"),
                _number(mine.where(consignment.c.first_served_at.is_not(None))).label("delivered"),
                _number(mine.where(consignment.c.acknowledged_at.is_not(None))).label("acknowledged"),
                _number(mine.where(consignment.c.due, consignment.c.held_code != "")).label("held"),
                (_number(documents) + _number(files)).label("quarantined"),
                _number(mine.where(consignment.c.verified_at.is_not(None))).label("verified"),
                _number(mine.where(consignment.c.difference != "")).label("different"),
                _number(mine.where(consignment.c.unposted != "")).label("unposted"),
                _number(mine.where(consignment.c.unseen, consignment.c.seen_at.is_(None))).label("unseen"),
                _number(mine.where(consignment.c.number.is_not(None))).label("numbers"),
                _number(printed).label("numbers_printed"),
            )
            .join(portal, portal.c.id == node.c.portal_id)
            .where(node.c.removed_at.is_(None))
        )
        return self._all(NodeCounts, statement.order_by(node.c.name))


def _number(statement: sa.Select[int]) -> sa.ScalarSelect[int]:
    return statement.scalar_subquery()
