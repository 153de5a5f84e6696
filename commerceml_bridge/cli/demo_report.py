"""What the demo prints at the end, and what it must find true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.simulators.onec import OneCBase
from commerceml_bridge.simulators.portal import Portal
from commerceml_bridge.simulators.portal.seed import Demo

Stages = dict[tuple[str, int], str]


@dataclass(frozen=True)
class Line:
    """One invoice on both sides."""

    number: str
    counterparty: str
    total: Decimal
    number_1c: str
    wire_number: str
    acknowledged: bool
    paid_1c: Decimal
    before: str
    after: str
    held: str

    def cells(self) -> tuple[object, ...]:
        """Return the table row."""
        return (
            self.number,
            self.counterparty,
            f"{self.total:.2f}",
            self.number_1c or "—",
            "да" if self.acknowledged else f"нет: {self.held}",
            {True: "да", False: f"частично, {self.paid_1c:.2f}"}[self.is_paid] if self.paid_1c else "нет",
            self.before,
            self.after,
        )

    @property
    def is_paid(self) -> bool:
        """Tell whether 1C has all the money."""
        return self.paid_1c >= self.total > 0

    @property
    def was_paid(self) -> bool:
        """Tell whether Bitrix24 had it as paid before."""
        return self.before.split(":")[-1] == "P"

    def wrong(self) -> Iterator[str]:
        """Yield what is not as it must be."""
        if not self.acknowledged:
            yield f"Счёт {self.number} не доставлен в 1С: {self.held or 'причина неизвестна'}"
        if self.is_paid and self.after.split(":")[-1] != "P":
            yield f"Счёт {self.number} оплачен в 1С, а в Битрикс24 остался на стадии {self.after}"
        if not self.is_paid and self.after != self.before:
            yield f"Счёт {self.number} не оплачен в 1С, а в Битрикс24 сменил стадию на {self.after}"


def stages(portal: Portal, seeded: Demo) -> Stages:
    """Return the stage of every invoice in Bitrix24, by kind and id."""
    smart = {("smart", one): str(portal.smart_invoice(one)["stageId"]) for one in seeded.smart_invoices}
    return smart | {("old", one): str(portal.old_invoice(one)["STATUS_ID"]) for one in seeded.old_invoices}


def lines_of(bridge: Bridge, node_name: str, base: OneCBase, before: Stages, after: Stages) -> list[Line]:
    """Put both sides together, one line an invoice, in the order of numbers."""
    lines = []
    with bridge.db.read() as uow:
        node = uow.nodes.by_name(node_name)
        assert node is not None  # noqa: S101 - the demo made it
        for invoice in uow.invoices.since(node.portal_id, node.options.from_date):
            row = uow.consignments.of(node.id, invoice.id)
            order = base.orders.get(row.number or "") if row else None
            key = (invoice.kind, invoice.b24_id)
            lines.append(
                Line(
                    number=invoice.number,
                    counterparty=invoice.counterparty,
                    total=invoice.total,
                    number_1c=order.number_1c if order else "",
                    wire_number=(row.number or "") if row else "",
                    acknowledged=bool(row and row.acknowledged_at and order),
                    paid_1c=sum((payment.amount for payment in order.payments), Decimal(0)) if order else Decimal(0),
                    before=before[key],
                    after=after[key],
                    held=row.held_reason if row else "",
                )
            )
    return sorted(lines, key=lambda line: int(line.number))


def complaints(lines: list[Line]) -> list[str]:
    """Return everything that is not as it must be, in Russian."""
    wrong = [text for line in lines for text in line.wrong()]
    if not any(line.is_paid for line in lines):
        wrong.append("Ни один счёт не оказался оплаченным.")
    return wrong
