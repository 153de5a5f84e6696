"""Query and success: deliveries opened with exact ids, replayed until acknowledged (decisions 1, 9, 10).

A delivery is committed before its first byte leaves. Its bytes are the stored renderings joined; ``success`` of a
session acknowledges what that session was served and nothing else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from commerceml_bridge.commerceml.dialects import dialect_for
from commerceml_bridge.commerceml.writer import envelope
from commerceml_bridge.db.database import Database
from commerceml_bridge.db.rows import DeliveryRow, NodeRow, SessionRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import batching
from commerceml_bridge.domain.documents import Encoding, Form
from commerceml_bridge.errors import CannotRender, ProtocolError
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.consigning import REFUSED_BY_1C, TEXTS, Wire, assign_number, bare_wire, consign, render
from commerceml_bridge.services.sessions import Caller, note_families

_BODIES_AT_ONCE = 100
"""Documents read from the database at a time while an answer is sent: about a megabyte."""


@dataclass(frozen=True)
class Served:
    """A query answer, already committed. ``chunks`` yields exactly ``size`` bytes."""

    delivery_id: int
    documents: int
    size: int
    charset: str
    chunks: Iterator[bytes]


def wire_for(session: SessionRow, node: NodeRow) -> Wire:
    """Choose the wire form by what the session asked for, never by a guessed configuration (decision 1)."""
    version = _number(session.version)
    if version >= 3:
        return Wire(Form.CONTAINER, session.version, node.options)
    if _number(session.cml_version) >= 2.1:  # compared as numbers: "2.10" is 2.1 (facts: reference-server §1.5)
        return Wire(Form.SUBORDINATE, session.cml_version, node.options)
    return bare_wire(session.version, node.options)


def _number(text: str) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def query(bridge: Bridge, caller: Caller) -> Served:
    """Serve the next documents of the caller's node; an empty selection is an answer too."""
    node, session = caller.node, caller.session
    wire = wire_for(session, node)
    with bridge.db.write() as uow:
        uow.portals.lock(node.portal_id)
        note_families(uow, session)
        served = uow.deliveries.served_in(session.id, unconfirmed=True)
        if served and wire.form is not Form.CONTAINER:
            delivery = served[-1]  # a repeated query of one session is answered with the same bytes
        else:
            delivery = _next(uow, bridge, node, session, wire)
            uow.deliveries.serve(delivery.id, session.id, bridge.clock())
        if (node.last_form, node.last_version) != (wire.form.value, wire.version):
            uow.nodes.update(node.id, last_form=wire.form.value, last_version=wire.version)
    charset = "windows-1251" if delivery.encoding == Encoding.CP1251.value else "utf-8"
    return Served(delivery.id, delivery.documents, delivery.size, charset, body(bridge.db, delivery))


def body(db: Database, delivery: DeliveryRow) -> Iterator[bytes]:
    """Yield the exact bytes of a delivery, some documents at a time."""
    yield delivery.head
    position = 0
    while position < delivery.documents:
        with db.read() as uow:
            rows = uow.consignments.bodies(delivery.id, after=position, limit=_BODIES_AT_ONCE)
        if not rows:
            return
        yield b"".join(piece for _position, piece in rows)
        position = rows[-1][0]
    yield delivery.tail


def _next(uow: UnitOfWork, bridge: Bridge, node: NodeRow, session: SessionRow, wire: Wire) -> DeliveryRow:
    """Return the delivery to serve now: an earlier one once more, or a new one."""
    besides = uow.deliveries.consignments_served_in(session.id)
    served = {delivery.id for delivery in uow.deliveries.served_in(session.id)}
    waiting = [delivery for delivery in uow.deliveries.open_of(node.id) if delivery.id not in served]
    earlier = waiting[0] if waiting else None
    if earlier is None:
        ids = _plan(uow, node, besides, None, attempts=0).serve
        return _open(uow, bridge, node, wire, ids, attempts=1)
    items = uow.deliveries.items(earlier.id)
    changed = any(item.changed for item in items)
    batch = None if changed else [item.consignment_id for item in items]
    plan = _plan(uow, node, besides, batch, attempts=earlier.attempts)
    if plan.replay and _same_wire(earlier, wire):
        uow.deliveries.update(earlier.id, attempts=earlier.attempts + 1)
        return earlier
    if plan.hold and not _may_hold(uow, node):
        plan = dataclasses.replace(plan, hold=[])  # it waits while the others are tried
    uow.deliveries.update(earlier.id, state="replaced")
    _apply(uow, bridge, node, plan)
    attempts = earlier.attempts + 1 if plan.replay else 1
    return _open(uow, bridge, node, wire, plan.serve, attempts=attempts)


def _may_hold(uow: UnitOfWork, node: NodeRow) -> bool:
    """Tell whether another document may be held.

    Only a 1C that accepts others shows that one is the culprit. One that has accepted nothing since the last hold has
    another trouble, and holding its documents one by one would leave nothing to deliver once it is well again.
    """
    refused_at = uow.nodes.refused_at(node.id)
    return refused_at is None or uow.deliveries.accepted_since(node.id, refused_at)


def _plan(
    uow: UnitOfWork, node: NodeRow, besides: set[int], open_batch: list[int] | None, *, attempts: int
) -> batching.Plan:
    cap = node.options.document_cap
    due = uow.consignments.due(node.id, cap=cap + len(open_batch or ()) if cap else 0, besides=besides)
    return batching.plan(due, cap=cap, open_batch=open_batch or None, attempts=attempts)


def _same_wire(delivery: DeliveryRow, wire: Wire) -> bool:
    return (delivery.form, delivery.version, delivery.encoding) == (wire.key.form, wire.key.version, wire.key.encoding)


def _apply(uow: UnitOfWork, bridge: Bridge, node: NodeRow, plan: batching.Plan) -> None:
    """Mark suspects, and hold what stands alone and was refused (decision 10)."""
    uow.consignments.set_suspects(node.id, plan.suspects)
    if plan.hold:
        uow.nodes.update(node.id, refused_at=bridge.clock())
        uow.consignments.update_many(
            plan.hold, held_code=REFUSED_BY_1C, held_reason=TEXTS[REFUSED_BY_1C], suspect=False
        )
        for consignment_id in plan.hold:
            row = uow.consignments.by_id(consignment_id)
            if row is not None:
                uow.journal.add_event(bridge.clock(), row.invoice_id, "held", TEXTS[REFUSED_BY_1C], node_id=node.id)


def _open(uow: UnitOfWork, bridge: Bridge, node: NodeRow, wire: Wire, ids: list[int], *, attempts: int) -> DeliveryRow:
    items, size = _items(uow, bridge, node, wire, ids)
    head, tail = envelope(dialect_for(wire.form, wire.version or None), wire.encoding, bridge.clock())
    now = bridge.clock()
    delivery_id = uow.deliveries.add(
        items,
        node_id=node.id,
        state="open" if items else "empty",
        form=wire.key.form,
        version=wire.key.version,
        encoding=wire.key.encoding,
        head=head,
        tail=tail,
        size=len(head) + size + len(tail),
        documents=len(items),
        attempts=attempts,
        opened_at=now,
    )
    uow.deliveries.mark_served(delivery_id, now)
    delivery = uow.deliveries.by_id(delivery_id)
    assert delivery is not None  # noqa: S101 - just inserted
    return delivery


def _items(
    uow: UnitOfWork, bridge: Bridge, node: NodeRow, wire: Wire, ids: list[int]
) -> tuple[list[tuple[int, int, int]], int]:
    """Return (consignment, revision, rendering) for each document and the sum of their sizes.

    What was not rendered ahead in this form is rendered now; what cannot be is held and left out.
    """
    items: list[tuple[int, int, int]] = []
    total = 0
    for one in uow.consignments.to_serve(ids, wire.key):
        rendering_id, size = one.rendering_id, one.size
        if rendering_id is None or size is None:
            made = _render_now(uow, bridge, node, wire, one.id, one.revision_id)
            if made is None:
                continue
            rendering_id, size = made
        items.append((one.id, one.revision_id, rendering_id))
        total += size
    return items, total


def _render_now(
    uow: UnitOfWork, bridge: Bridge, node: NodeRow, wire: Wire, consignment_id: int, revision_id: int
) -> tuple[int, int] | None:
    row = uow.consignments.by_id(consignment_id)
    assert row is not None  # noqa: S101 - it was just listed
    revision = uow.invoices.revision(revision_id)
    try:
        return render(uow, assign_number(uow, row, node, revision), node, revision, wire, bridge.clock())
    except CannotRender as error:
        uow.consignments.update(row.id, held_code=error.code, held_reason=error.message)
        uow.journal.add_event(bridge.clock(), row.invoice_id, "held", error.message, node_id=node.id)
        return None


def acknowledge(bridge: Bridge, caller: Caller) -> int:
    """Close what this session was served; return the number of documents. Repeating it changes nothing.

    Raises ``ProtocolError`` when the session took nothing: there is nothing it could confirm.
    """
    with bridge.db.write() as uow:
        uow.portals.lock(caller.node.portal_id)
        served = uow.deliveries.served_in(caller.session.id)
        if not served:
            raise ProtocolError("Подтверждать нечего: в этом сеансе документы не запрашивались (не было mode=query).")
        waiting = uow.deliveries.served_in(caller.session.id, unconfirmed=True)
        changed: list[int] = []
        for delivery in waiting:
            changed += uow.deliveries.acknowledge(delivery.id, caller.session.id, bridge.clock())
        for consignment_id in changed:
            _settle_again(uow, bridge, caller.node, consignment_id)
    return sum(delivery.documents for delivery in waiting or served)


def _settle_again(uow: UnitOfWork, bridge: Bridge, node: NodeRow, consignment_id: int) -> None:
    """A document that changed between query and success goes out again by the ordinary rule."""
    row = uow.consignments.by_id(consignment_id)
    invoice = uow.invoices.by_id(row.invoice_id) if row else None
    if invoice is not None:
        consign(uow, node, invoice, bridge.clock())
