"""What an invoice means at a node: does it go, under which number, what holds it (decisions 11–16).

Called whenever an invoice, a node or a fact about it changes; calling it again changes nothing. The caller holds the
portal's lock (``uow.portals.lock``): what is read here must still be true when it is written. The document is rendered
here, ahead of the query, so that a query only joins stored bytes (decision 24).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from commerceml_bridge.commerceml.dialects import dialect_for
from commerceml_bridge.commerceml.validation import Level, validate_outgoing
from commerceml_bridge.commerceml.writer import render_document
from commerceml_bridge.db.consignments import RenderKey
from commerceml_bridge.db.numbers import Numbers
from commerceml_bridge.db.rows import ConsignmentRow, InvoiceRow, NodeRow, RevisionRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import numbering, rendering, rules, snapshots, verification
from commerceml_bridge.domain.counterparties import KnownAs
from commerceml_bridge.domain.documents import Encoding, Form, OutgoingDocument
from commerceml_bridge.domain.family_switches import switches
from commerceml_bridge.domain.goods import Mapped
from commerceml_bridge.domain.invoices import Invoice, StageSemantics
from commerceml_bridge.domain.invoices import InvoiceRow as GoodsRow
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.domain.spelling import ContactTypes, ServiceMark, StageNow
from commerceml_bridge.errors import CannotRender
from commerceml_bridge.services import buyer_ids, selecting
from commerceml_bridge.services.mapping import line_goods

REFUSED_BY_1C = "1c-refuses"
CHANGED_AFTER_PAYMENT = "changed-after-payment"
CHANGED_AFTER_ACKNOWLEDGEMENT = "changed-after-acknowledgement"
HELD_BY_OPERATOR = "operator"
_STICKY = frozenset({HELD_BY_OPERATOR, REFUSED_BY_1C})
"""Holds that a person lifts; a refusal of 1C also ends when the content changes (``fetching``)."""

PAYMENT_FACTS = frozenset({"paid", "partly-paid"})
"""Once 1C reported one of these, a changed invoice waits for a person (decision 12)."""

TEXTS = {
    REFUSED_BY_1C: "1С три раза подряд не подтвердила загрузку, и причина именно в этом счёте. Проверьте счёт в "
    "Битрикс24 и журнал регистрации 1С, исправьте счёт или отправьте его снова.",
    CHANGED_AFTER_PAYMENT: "Счёт изменили в Битрикс24 после того, как 1С сообщила об оплате. Повторная загрузка "
    "может затереть данные в 1С: сверьте счета и отправьте новую версию вручную, если она нужна.",
    CHANGED_AFTER_ACKNOWLEDGEMENT: "Счёт изменили в Битрикс24 после загрузки в 1С. Бухгалтерия при повторной загрузке "
    "перезаполняет счёт и снимает его с проведения: отправьте новую версию вручную, если она нужна.",
}


@dataclass(frozen=True)
class Wire:
    """How a document is spelled: the form of the answer, the schema version asked for, the encoding."""

    form: Form
    version: str
    options: NodeOptions

    @property
    def encoding(self) -> Encoding:
        """Encoding of the node."""
        return self.options.encoding

    @property
    def key(self) -> RenderKey:
        """The same as the database keeps it."""
        return RenderKey(self.form.value, self.version, self.encoding.value, _digest(self.options))


def _digest(options: NodeOptions) -> str:
    """Return what tells renderings of other options apart: those a document's content depends on."""
    content: list[object] = [options.client.value, sorted(options.vat_rates), sorted(options.currency_names.items())]
    content += [options.match_names, options.unmapped.value, options.service_item, options.old_zero_vat.value]
    told: list[object] = [options.contact_types.value, options.service_mark.value, options.delivery_row]
    told += [options.send_stage, options.send_paid, *map(str, options.extra_requisites)]
    if told != _AS_EVER:  # documents rendered before there was a choice stay what they are
        content += told
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:16]


_AS_EVER = [ContactTypes.FORM.value, ServiceMark.CAPITAL.value, "", False, False]


def expected_wire(node: NodeRow) -> Wire:
    """Return the wire form the node used last: what to render ahead."""
    form = Form(node.last_form)
    return (
        bare_wire(node.last_version, node.options) if form is Form.BARE else Wire(form, node.last_version, node.options)
    )


def bare_wire(asked: str, options: NodeOptions) -> Wire:
    """Return the bare form; the schema version the operator chose goes before the one the request named."""
    return Wire(Form.BARE, options.schema_version or asked, options)


def consign(uow: UnitOfWork, node: NodeRow, invoice: InvoiceRow, now: dt.datetime) -> ConsignmentRow | None:
    """Settle the state of an invoice at a node; ``None`` if it has no business there."""
    revision = uow.invoices.latest_revision(invoice.id)
    row = uow.consignments.of(node.id, invoice.id)
    if revision is None or (row is None and selecting.why_not(node, invoice, revision)):
        return None
    row = selecting.settle(uow, row or uow.consignments.add(node.id, invoice.id), node, invoice, revision, now)
    row = _note_renumbered(uow, row, node, invoice)
    if row.adopted_at is not None or not _goes(row, revision):
        settled = {} if row.held_code in _STICKY else {"held_code": "", "held_reason": ""}
        uow.consignments.update(row.id, due=False, **settled)
        return uow.consignments.by_id(row.id)
    row = buyer_ids.identify(uow, row, node, invoice)
    code, text = hold(row, node, invoice)
    if not code:
        code, text = buyer_ids.vet(uow, row, node, revision)
    if not code:
        code, text = _prepare(uow, row, node, revision, now)
    uow.consignments.update(row.id, due=True, held_code=code, held_reason=text)
    if not code and (not row.due or row.held_code or row.resend):
        uow.notifiers.want(node.id, now)  # 1C is told, where that was set up
    if code and code != row.held_code:
        uow.journal.add_event(now, invoice.id, "held", text, node_id=node.id)
    return uow.consignments.by_id(row.id)


def _goes(row: ConsignmentRow, revision: RevisionRow) -> bool:
    """Tell whether the newest revision has to go to the node (again)."""
    if row.resend:
        return True
    # what was served since without success may have arrived all the same
    had = {row.acknowledged_hash, row.served_hash}
    if row.cancelled:  # once: later changes of an invoice that left say nothing to 1C
        return not all(one.endswith(snapshots.CANCELLED_MARK) for one in had)
    if row.outside:
        return False
    return row.acknowledged_revision_id is None or not had <= {revision.accounting_hash, ""}


def hold(row: ConsignmentRow, node: NodeRow, invoice: InvoiceRow) -> tuple[str, str]:
    """Return what holds a document whatever its content, as (code, text), or two empty strings."""
    if row.held_code in _STICKY:
        return row.held_code, row.held_reason
    if row.cancelled and not row.resend and selecting.is_paid(row, invoice, PAYMENT_FACTS):
        return selecting.LEFT_AFTER_PAYMENT, selecting.TEXT_LEFT_AFTER_PAYMENT
    if row.resend or row.acknowledged_revision_id is None:
        return "", ""
    if row.payment in PAYMENT_FACTS:
        return CHANGED_AFTER_PAYMENT, TEXTS[CHANGED_AFTER_PAYMENT]
    if switches(node.options.client).reloading_unposts:
        text = selecting.TEXT_CANCELLED_BY_HAND if row.cancelled else TEXTS[CHANGED_AFTER_ACKNOWLEDGEMENT]
        return CHANGED_AFTER_ACKNOWLEDGEMENT, text
    return "", ""


def _prepare(
    uow: UnitOfWork, row: ConsignmentRow, node: NodeRow, revision: RevisionRow, now: dt.datetime
) -> tuple[str, str]:
    """Give the document its number and render it; return what holds it."""
    try:
        row = assign_number(uow, row, node, revision)
        render(uow, row, node, revision, expected_wire(node), now)
    except CannotRender as error:
        return error.code, error.message
    return "", ""


def assign_number(uow: UnitOfWork, row: ConsignmentRow, node: NodeRow, revision: RevisionRow) -> ConsignmentRow:
    """Keep the number on the wire (decision 16). It never changes once the document was served."""
    if row.first_served_at is not None:
        return row
    wanted = choose_number(uow.numbers, row, node, snapshots.from_json(revision.snapshot).number)
    if wanted.number != row.number:
        digits = numbering.significant_digits(wanted.number)
        uow.consignments.update(row.id, number=wanted.number, digits=digits, substitute=wanted.is_substitute)
    return dataclasses.replace(row, number=wanted.number, substitute=wanted.is_substitute)


def _note_renumbered(uow: UnitOfWork, row: ConsignmentRow, node: NodeRow, invoice: InvoiceRow) -> ConsignmentRow:
    """Keep whether the number 1C was given first is still the printed one: the document and the pages tell of it."""
    if row.first_served_at is None or row.number is None:
        return row
    substitute = not numbering.shows(row.number, node.options.prefix, invoice.number)
    if substitute != row.substitute:
        uow.consignments.update(row.id, substitute=substitute)
    return dataclasses.replace(row, substitute=substitute)


def choose_number(numbers: Numbers, row: ConsignmentRow, node: NodeRow, printed: str) -> numbering.WireNumber:
    """Return the number a document that was never served is to have; changes nothing."""

    def taken(digits: int) -> bool:
        return numbers.digits_taken(node.id, digits, but_invoice=row.invoice_id)

    earlier = numbers.earlier_number(node.id, row.invoice_id)
    if earlier is not None and not taken(numbering.significant_digits(earlier) or 0):
        return numbering.WireNumber(earlier, is_substitute=not numbering.shows(earlier, node.options.prefix, printed))
    digits_only = switches(node.options.client).keeps_digits_only
    most = node.options.number_digits
    return numbering.wire_number(
        printed,
        node.options.prefix,
        # nodes set up before more was refused
        max_digits=min(most, numbering.DIGITS_KEPT) if digits_only else most,
        zeros_count=digits_only,
        taken_digits=taken,
        next_substitute=lambda: _substitute(numbers, row, node),
    )


def _substitute(numbers: Numbers, row: ConsignmentRow, node: NodeRow) -> int:
    """Return the substitute the document already has, else a new one: looking again must not use numbers up."""
    if row.substitute and row.number is not None:
        bare = row.number.removeprefix(node.options.prefix)
        if bare.isdecimal():
            return int(bare)
    return numbers.next_substitute(node.id)


def render(
    uow: UnitOfWork, row: ConsignmentRow, node: NodeRow, revision: RevisionRow, wire: Wire, now: dt.datetime
) -> tuple[int, int]:
    """Return (id, size) of the document's bytes for this wire form, rendering it if that was not done yet.

    Raises ``CannotRender`` with the reason for which the document is held.
    """
    invoice = invoice_of(row, node, snapshots.from_json(revision.snapshot))
    goods = line_goods(uow, row, node, invoice)
    found = next(iter(uow.consignments.to_serve([row.id], wire.key)), None)
    same = False
    if found is not None and found.rendering_id is not None and found.size is not None:
        same = uow.consignments.goods_of(found.rendering_id) == goods.record
        if same and not node.options.tells_stage:
            return found.rendering_id, found.size
    document = document_of(row, node, revision, invoice, goods.items, stage_now(uow, row, node))
    body = spell(document, wire)
    if same and found is not None and uow.consignments.body_of(found.rendering_id or 0) == body:
        return found.rendering_id or 0, len(body)
    rendering_id = uow.consignments.add_rendering(
        consignment_id=row.id,
        revision_id=revision.id,
        form=wire.form.value,
        version=wire.version,
        encoding=wire.encoding.value,
        number=row.number,
        party=row.party,
        rates=verification.rates_of(line.tax.rate for line in document.lines),
        options=wire.key.options,
        goods=goods.record,
        total=document.amount,
        tax=document.tax.amount,
        inn=document.counterparty.inn,
        pay_before=document.pay_before,
        cancelled=document.cancelled,
        body=body,
        size=len(body),
        created_at=now,
    )
    return rendering_id, len(body)


def invoice_of(row: ConsignmentRow, node: NodeRow, stored: Invoice) -> Invoice:
    """Return the invoice as the node is to have it."""
    invoice = rendering.zero_vat_told(stored, node.options)
    # the date a document was first served with stays, as its number does
    return invoice if row.date is None else dataclasses.replace(invoice, date=row.date)


def document_of(
    row: ConsignmentRow,
    node: NodeRow,
    revision: RevisionRow,
    invoice: Invoice,
    goods: Mapping[GoodsRow, Mapped],
    stage: StageNow | None = None,
) -> OutgoingDocument:
    """Return the document of an invoice. Raises ``CannotRender`` with the reason for which it is held."""
    number = numbering.WireNumber(row.number or "", is_substitute=row.substitute)
    document = rendering.render(
        invoice,
        portal_code=node.portal_code,
        number=number,
        version=revision.number,
        options=node.options,
        released=row.released.split(","),
        known_as=KnownAs(row.party, row.party_name) if row.party else None,
        goods=goods,
    )
    document = rendering.with_requisites(document, invoice, node.options, stage)
    return dataclasses.replace(document, cancelled=row.cancelled)


def stage_now(uow: UnitOfWork, row: ConsignmentRow, node: NodeRow) -> StageNow | None:
    """Return where the invoice stands, if the node says that: a stage moves without a new revision."""
    invoice = uow.invoices.by_id(row.invoice_id) if node.options.tells_stage else None
    return None if invoice is None else stage_of(invoice, uow.portals.by_id(node.portal_id).info)


def stage_of(invoice: InvoiceRow, portal_info: str) -> StageNow:
    """Return where an invoice stands."""
    place = selecting.places(portal_info).get(invoice.stage_id)
    paid = invoice.stage_semantics == StageSemantics.SUCCESS.value
    return StageNow(invoice.stage_id, place.name if place else "", paid)


def spell(document: OutgoingDocument, wire: Wire) -> bytes:
    """Return the bytes of a document. Raises ``CannotRender`` for one that breaks a rule or the schema."""
    broken = next(rules.broken(document), None)
    if broken is not None:
        raise CannotRender(broken.code, broken.text)
    body = render_document(document, dialect_for(wire.form, wire.version or None, wire.options.spelling), wire.encoding)
    errors = [one for one in validate_outgoing(body, wire.form, wire.encoding) if one.level is Level.ERROR]
    if errors:
        raise CannotRender("invalid-document", f"Документ не проходит проверку по схеме: {errors[0].message}")
    return body
