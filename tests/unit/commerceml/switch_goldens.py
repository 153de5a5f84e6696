"""One golden document a switch: the same invoice, once with each choice of a node, through the real rendering."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from commerceml_bridge.commerceml.dialects import dialect_for
from commerceml_bridge.commerceml.writer import envelope
from commerceml_bridge.domain import rendering
from commerceml_bridge.domain.documents import Form, OutgoingDocument
from commerceml_bridge.domain.invoices import Invoice, StageSemantics
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.domain.numbering import WireNumber
from commerceml_bridge.domain.spelling import ContactTypes, ExtraRequisite, InvoiceField, ServiceMark, StageNow
from commerceml_bridge.services.consigning import Wire, bare_wire, spell
from tests.unit.commerceml.goldens import COMPANY
from tests.unit.domain.samples import SELLER, invoice, row

FIXTURES = Path(__file__).parents[3] / "fixtures" / "commerceml" / "switches"
FORMED_AT = dt.datetime(2026, 3, 5, 9, 5, 7, tzinfo=dt.UTC)
STAGE = StageNow("DT31_2:P", "Оплачен", paid=True)
EXTRAS = (
    ExtraRequisite("Источник", constant="Битрикс24"),
    ExtraRequisite("Номер счета", field=InvoiceField.NUMBER),
    ExtraRequisite("Сделка Б24", field=InvoiceField.DEAL),
    ExtraRequisite("Срок оплаты", field=InvoiceField.PAY_BEFORE),
)
"""the invoice below has no term of payment: that one is left out"""


@dataclass(frozen=True)
class Case:
    form: Form = Form.BARE
    options: dict[str, Any] = field(default_factory=dict)


EVERYTHING = {
    "contact_types": ContactTypes.JOINED,
    "service_mark": ServiceMark.LOWER,
    "delivery_row": "доставка до склада",
    "send_stage": True,
    "send_paid": True,
    "extra_requisites": EXTRAS,
}
CASES = {
    "031-schema-version": Case(options={"schema_version": "2.08"}),
    "032-contacts-joined": Case(options={"contact_types": ContactTypes.JOINED}),
    "033-contacts-long": Case(options={"contact_types": ContactTypes.LONG}),
    "034-contacts-joined-long": Case(options={"contact_types": ContactTypes.JOINED_LONG}),
    "035-service-lower": Case(options={"service_mark": ServiceMark.LOWER}),
    "036-delivery": Case(options={"delivery_row": "доставка до склада"}),
    "037-stage": Case(options={"send_stage": True}),
    "038-paid": Case(options={"send_paid": True}),
    "039-extra-requisites": Case(options={"extra_requisites": EXTRAS}),
    "040-currency-name": Case(options={"currency_names": {"RUB": "руб."}}),
    "041-everything-2.10": Case(Form.SUBORDINATE, EVERYTHING),
    "042-everything-3.1": Case(Form.CONTAINER, EVERYTHING),
}


def source(number: str) -> Invoice:
    """A chair, the mounting of it and its delivery."""
    return invoice(
        row("1200.00", "2", name="Стул", product_xml_id="chair-xml", article="СТ-1"),
        row("5000", row_id=2, product_id=57, name="Монтаж", is_service=True, unit_code="356", unit_name="ч"),
        row("350.50", row_id=3, product_id=0, name="Доставка до склада"),
        number=number,
        buyer=COMPANY,
        seller=SELLER,
        deal_id=77,
        stage_id=STAGE.id,
        stage_semantics=StageSemantics.SUCCESS,
    )


def options_of(case: Case) -> NodeOptions:
    return dataclasses.replace(NodeOptions(from_date=dt.date(2026, 1, 1)), **case.options)


def document_of(name: str) -> OutgoingDocument:
    """The document of a case as its node gets it."""
    options = options_of(CASES[name])
    sold = source(name[:3])
    made = rendering.render(
        sold, portal_code="acme", number=WireNumber(name[:3], is_substitute=False), version=1, options=options
    )
    return rendering.with_requisites(made, sold, options, STAGE if options.tells_stage else None)


def wire_of(name: str) -> Wire:
    case = CASES[name]
    return bare_wire("", options_of(case)) if case.form is Form.BARE else Wire(case.form, "", options_of(case))


def body_of(name: str) -> bytes:
    """A whole answer with the one document, held against our own schema on the way."""
    wire = wire_of(name)
    head, tail = envelope(dialect_for(wire.form, wire.version or None), wire.encoding, FORMED_AT)
    return head + spell(document_of(name), wire) + tail


def main() -> None:
    """Write the golden files anew: ``python -m tests.unit.commerceml.switch_goldens``; read the difference then."""
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for name in CASES:
        (FIXTURES / f"{name}.xml").write_bytes(body_of(name))


if __name__ == "__main__":
    main()
