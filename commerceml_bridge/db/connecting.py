"""How far a node has come: what the last step of the connection wizard counts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer
from commerceml_bridge.db.tables import consignment, job, odata_source, session, step

_PAID = ("paid", "partly-paid")


@dataclass(frozen=True)
class Reached:
    """Counts of one node."""

    contacts: int
    refused: int
    """logins with its name and a wrong password lately"""
    invoices: int
    due: int
    held: int
    served: int
    """given out and not confirmed"""
    acknowledged: int
    verified: int
    different: int
    unposted: int
    paid: int
    written: int
    asked_over_odata: bool


class Connecting(Drawer):
    """Reads only."""

    def reached(self, node_id: int, login: str, since: dt.datetime) -> Reached:
        """Count everything; ``since``: how far back refused logins matter."""
        held, confirmed = consignment.c.held_code, consignment.c.acknowledged_revision_id.is_not(None)
        mine = self.connection.execute(
            sa.select(
                sa.func.count().label("invoices"),
                _many(consignment.c.due & (held == "")).label("due"),
                _many(consignment.c.due & (held != "")).label("held"),
                _many(consignment.c.first_served_at.is_not(None) & ~confirmed).label("served"),
                _many(confirmed).label("acknowledged"),
                _many(consignment.c.verified_at.is_not(None)).label("verified"),
                _many(consignment.c.difference != "").label("different"),
                _many(consignment.c.unposted != "").label("unposted"),
                _many(consignment.c.payment.in_(_PAID)).label("paid"),
            ).where(consignment.c.node_id == node_id)
        ).one()
        told_here = (consignment.c.node_id == node_id) & consignment.c.payment.in_(_PAID)
        ours = sa.select(consignment.c.invoice_id).where(told_here)  # another node may have told of the others
        return Reached(
            **mine._mapping,
            contacts=self._count(session, session.c.node_id == node_id),
            refused=self._count(step, step.c.code == "auth-failed", step.c.login == login, step.c.at >= since),
            written=self._count(job, job.c.kind == "writeback", job.c.state == "done", job.c.invoice_id.in_(ours)),
            asked_over_odata=bool(self._count(odata_source, odata_source.c.node_id == node_id)),
        )


def _many(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)
