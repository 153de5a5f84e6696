"""What would go to one node now for one invoice, and why or why not: the preflight of a single document.

Reads only. The bytes are those the next query would serve in the form the node used last, also for a held document
(what it would be if it were released), so that a page can set them beside what 1C accepted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from commerceml_bridge.db.rows import ConsignmentRow, NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.errors import CannotRender
from commerceml_bridge.services import consigning, preflight, selecting


@dataclass(frozen=True)
class Outlook:
    """The next exchange for one invoice at one node. ``state``: goes, held, nothing; texts are Russian."""

    consignment_id: int
    node: str
    state: str
    reason: str
    form: str
    version: str
    encoding: str
    warnings: tuple[str, ...] = ()
    size: int = 0
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class NotTaken:
    """A node that does not select the invoice, and why."""

    node_id: int
    node: str
    code: str
    reason: str


def of_invoice(uow: UnitOfWork, invoice_id: int) -> tuple[tuple[Outlook, ...], tuple[NotTaken, ...]]:
    """Return what would go to every node that knows the invoice, and why the other nodes of its portal do not."""
    invoice, revision = uow.invoices.by_id(invoice_id), uow.invoices.latest_revision(invoice_id)
    if invoice is None or revision is None:
        return (), ()
    rows = {row.node_id: row for row in uow.consignments.of_invoice(invoice_id)}
    nodes = uow.nodes.all(invoice.portal_id)
    looked = tuple(_look(uow, node, rows[node.id]) for node in nodes if node.id in rows)
    missed = ((node, selecting.why_not(node, invoice, revision)) for node in nodes if node.id not in rows)
    return looked, tuple(NotTaken(node.id, node.name, why.code, why.text) for node, why in missed if why)


def _look(uow: UnitOfWork, node: NodeRow, row: ConsignmentRow) -> Outlook:
    wire = consigning.expected_wire(node)
    told = (row.id, node.name)
    spelled = (wire.form.value, wire.version, wire.encoding.value)
    flight = preflight.flight_of(uow, node, row) if row.due else None
    if flight is None:
        return Outlook(*told, "nothing", _why_nothing(row), *spelled)
    held, body = flight.reason or row.held_reason, b""
    try:
        body = preflight.bytes_of(uow, preflight.draft_of(uow, node, row))
    except CannotRender as error:
        held = held or error.message
    return Outlook(*told, "held" if held else "goes", held, *spelled, flight.warnings, len(body), body)


def _why_nothing(row: ConsignmentRow) -> str:
    if row.adopted_at is not None:
        return "Счёт введён в 1С вручную и связан с её документом: узлу он не отправляется."
    if row.outside:
        return f"Счёт вне отбора узла. {row.outside}"
    if row.held_code:
        return row.held_reason
    if row.acknowledged_at is not None:
        return "1С уже подтвердила эту версию счёта, отправлять нечего."
    return "Отправлять нечего."
