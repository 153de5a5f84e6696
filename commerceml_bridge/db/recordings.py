"""What a recording of live sessions is made of: their steps, and the documents those touched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer
from commerceml_bridge.db.rows import SessionRow
from commerceml_bridge.db.tables import consignment, delivery_item, returned, revision, session, step


@dataclass(frozen=True)
class StepRow:
    """One request of 1C with its answer, as the journal has it: secrets are masked, bodies are referred to."""

    id: int
    session_id: int
    method: str
    path: str
    query: str
    exchange_type: str
    mode: str
    request_headers: str
    request_size: int
    upload_id: int | None
    upload_from: int | None
    upload_to: int | None
    status: int
    response_headers: str
    response_body: bytes | None
    response_size: int
    delivery_id: int | None


@dataclass(frozen=True)
class TouchedRow:
    """A document of a delivery or upload, with all its bytes on the wire depend on beside the node's options."""

    consignment_id: int
    revision_id: int
    revision: int
    snapshot: str
    number: str
    digits: int | None
    substitute: bool
    date: dt.date | None
    released: str
    onec_id: str


class Recordings(Drawer):
    """Read only."""

    def newest_sessions(self, node_id: int, count: int) -> list[SessionRow]:
        """Return the last ``count`` sessions of a node, oldest first."""
        statement = sa.select(session).where(session.c.node_id == node_id).order_by(session.c.id.desc()).limit(count)
        return self._all(SessionRow, statement)[::-1]

    def sessions(self, node_id: int, ids: Sequence[int]) -> list[SessionRow]:
        """Return those of the named sessions that are the node's, oldest first."""
        statement = sa.select(session).where(session.c.node_id == node_id, session.c.id.in_(ids))
        return self._all(SessionRow, statement.order_by(session.c.id))

    def steps(self, session_ids: Sequence[int]) -> list[StepRow]:
        """Return the requests of sessions in the order they came."""
        names = [step.c[name] for name in StepRow.__dataclass_fields__]
        return self._all(StepRow, sa.select(*names).where(step.c.session_id.in_(session_ids)).order_by(step.c.id))

    def delivered(self, delivery_id: int) -> list[TouchedRow]:
        """Return the documents of a delivery, in order, as they were when it was opened."""
        statement = (
            _touched(delivery_item.c.revision_id)
            .join(delivery_item, delivery_item.c.consignment_id == consignment.c.id)
            .join(revision, revision.c.id == delivery_item.c.revision_id)
            .where(delivery_item.c.delivery_id == delivery_id)
        )
        return self._all(TouchedRow, statement.order_by(delivery_item.c.position))

    def meant(self, upload_id: int) -> list[TouchedRow]:
        """Return the documents a returned file was about, as 1C had last acknowledged them."""
        touched = sa.select(returned.c.consignment_id).where(returned.c.upload_id == upload_id)
        statement = (
            _touched(consignment.c.acknowledged_revision_id)
            .join(revision, revision.c.id == consignment.c.acknowledged_revision_id)
            .where(consignment.c.id.in_(touched))
        )
        return self._all(TouchedRow, statement.order_by(consignment.c.id))


def _touched(revision_id: sa.ColumnElement[int]) -> sa.Select[*tuple[object, ...]]:
    return sa.select(
        consignment.c.id.label("consignment_id"),
        revision_id.label("revision_id"),
        revision.c.number.label("revision"),
        revision.c.snapshot,
        sa.func.coalesce(consignment.c.number, "").label("number"),
        consignment.c.digits,
        consignment.c.substitute,
        consignment.c.date,
        consignment.c.released,
        consignment.c.onec_id,
    ).select_from(consignment)
