"""Invoice → document (decisions 6, 14–19): every decision about what 1C will read is taken here, none about XML.

No document requisites are sent unless the node asks for them (``domain.spelling``). УНФ overwrites any order attribute
whose name equals a requisite's and УТ 10.3 keeps each as a property (facts: 1c-clients §3.5), so a printed number that
differs from ``Номер`` goes into the comment, which every family keeps. No paid and no stage requisites either
(decision 15), unless the node asks for them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from commerceml_bridge.domain import texts
from commerceml_bridge.domain.counterparties import KnownAs, counterparty, is_foreign, tax_numbers
from commerceml_bridge.domain.documents import NO_VAT, DocumentLine, OutgoingDocument
from commerceml_bridge.domain.family_switches import switches
from commerceml_bridge.domain.goods import Mapped
from commerceml_bridge.domain.identity import invoice_id
from commerceml_bridge.domain.invoices import Invoice, InvoiceKind, InvoiceRow, Party, StageSemantics
from commerceml_bridge.domain.nodes import NodeOptions, ZeroVat
from commerceml_bridge.domain.numbering import WireNumber
from commerceml_bridge.domain.spelling import StageNow, extra_requisites
from commerceml_bridge.domain.totals import is_taxed, totals
from commerceml_bridge.errors import CannotRender

MIXED_VAT = "vat-mix"
"""The only hold an operator may lift: the text says what УТ 11 will make of such a document."""

_MIDNIGHT = dt.time(0, 0, 0)


def why_never(invoice: Invoice) -> str | None:
    """Say in Russian why an invoice never goes to any 1C; ``None`` if it may."""
    if invoice.is_recurring_template:
        return "Это шаблон регулярного счёта: в 1С уходят счета, созданные по нему."
    if invoice.stage_semantics is StageSemantics.FAILURE:
        return "Счёт в проигрышной стадии: такие счета в 1С не передаются."
    return None


def render(
    invoice: Invoice,
    *,
    portal_code: str,
    number: WireNumber,
    version: int,
    options: NodeOptions,
    released: Collection[str] = (),
    goods: Mapping[InvoiceRow, Mapped] | None = None,
    known_as: KnownAs | None = None,
) -> OutgoingDocument:
    """Make the document a node's 1C will read.

    ``released`` are codes of holds a person has lifted (``vat-mix`` only); ``known_as`` is what 1C knows the buyer
    by, if not by its own card (``services.buyer_ids``). Raises CannotRender with the code of the
    cause and a Russian text that says what to do: ``no-counterparty``, ``counterparty-name``, ``no-currency``,
    ``vat-rate``, ``vat-zero``, ``vat-mix`` and the codes of ``domain.totals``.
    """
    buyer = counterparty(_buyer(invoice), portal_code=portal_code, known_as=known_as)
    currency = _currency(invoice, options)
    invoice = zero_vat_told(invoice, options)
    result = totals(invoice, portal_code=portal_code, vat_rates=options.vat_rates, goods=goods, options=options)
    _check_rates(result.lines, options)
    if MIXED_VAT not in released:
        _check_mix(result.lines, options)
    return OutgoingDocument(
        id=invoice_id(portal_code, invoice.key),
        number=number.number,
        date=invoice.date,
        time=_MIDNIGHT,
        currency=currency,
        amount=result.amount,
        counterparty=buyer,
        lines=result.lines,
        tax=result.tax,
        version=version,
        pay_before=invoice.pay_before,
        comment=_comment(invoice, number),
    )


def with_requisites(
    document: OutgoingDocument, invoice: Invoice, options: NodeOptions, stage: StageNow | None
) -> OutgoingDocument:
    """Add what the node wants said beside the invoice itself; ``stage``: where it stands, if the node tells that."""
    return replace(
        document,
        requisites=tuple(extra_requisites(options.extra_requisites, invoice, stage)),
        stage=stage if options.send_stage else None,
        says_paid=stage.paid if stage and options.send_paid else None,
    )


def _buyer(invoice: Invoice) -> Party:
    if invoice.buyer is None:
        raise CannotRender(
            "no-counterparty",
            "В счёте не указан плательщик, а 1С не принимает заказ без контрагента. "
            "Выберите в счёте компанию или контакт.",
        )
    return invoice.buyer


def _currency(invoice: Invoice, options: NodeOptions) -> str:
    name = options.currency_names.get(invoice.currency, invoice.currency).strip()
    if not name:
        raise CannotRender("no-currency", "В счёте не указана валюта. Укажите валюту счёта в Битрикс24.")
    return name


def zero_vat_told(invoice: Invoice, options: NodeOptions) -> Invoice:
    """Read the rate 0 of an old invoice by the node's policy: the portal has one 0 for «0 %» and «Без НДС».

    Whoever maps the rows does this before: mappings are found by the rows a document is made of.
    """
    if invoice.key.kind is not InvoiceKind.OLD or options.old_zero_vat is ZeroVat.ZERO:
        return invoice
    if not any(row.vat_rate == 0 for row in invoice.rows):
        return invoice
    if options.old_zero_vat is ZeroVat.HOLD:
        raise CannotRender(
            "vat-zero",
            "В старом счёте ставка НДС 0: Битрикс24 не различает там «0 %» и «Без НДС». Скажите узлу, что это значит: "
            "commerceml-bridge node set УЗЕЛ --old-zero-vat none или zero.",
        )
    rows = tuple(replace(row, vat_rate=None) if row.vat_rate == 0 else row for row in invoice.rows)
    return replace(invoice, rows=rows)


def _check_rates(lines: Iterable[DocumentLine], options: NodeOptions) -> None:
    unknown = {line.tax.rate for line in lines} - options.vat_rates - {NO_VAT}
    if unknown:
        rates = ", ".join(f"{rate} %" for rate in sorted(unknown))
        raise CannotRender(
            "vat-rate",
            f"Ставки НДС {rates} нет среди ставок, которые знает 1С этого узла. Если она там есть, добавьте её "
            "в настройки узла, иначе исправьте ставку в строках счёта.",
        )


def _check_mix(lines: Iterable[DocumentLine], options: NodeOptions) -> None:
    """Hold a mix that УТ 11 would misread: it gives the document's rate to 0 % and «Без НДС» lines (addendum 1)."""
    kinds = {"taxed" if is_taxed(line.tax.rate) else line.tax.rate for line in lines}
    if len(kinds) > 1 and switches(options.client).inherits_document_rate:
        raise CannotRender(
            MIXED_VAT,
            "В счёте смешаны строки с НДС, со ставкой 0 % или без НДС. УТ 11, КА 2 и ERP 2 поставят строкам без налога "
            "ставку всего документа. Разделите счёт по ставкам, укажите для узла другую программу 1С "
            "или отправьте как есть.",
        )


def _comment(invoice: Invoice, number: WireNumber) -> str:
    """Return the invoice's comment, led by the printed number where 1C shows another one.

    Whom to talk to, and the tax number of a foreign buyer, follow: the format has no other place every family reads.
    """
    printed = ""
    if number.is_substitute:
        title = texts.one_line(invoice.number, texts.FIELD_LENGTH) or "без номера"
        printed = f"Счёт № {title} от {invoice.date:%d.%m.%Y}"
    parts = (part for part in (printed, texts.clean(invoice.comment), *_about(invoice.buyer)) if part)
    return texts.cut("\n".join(parts), texts.COMMENT_LENGTH)


def _about(buyer: Party | None) -> Iterator[str]:
    if buyer is None:
        return
    person = texts.one_line(buyer.contact_person, texts.FIELD_LENGTH)
    if person and person not in {buyer.name, buyer.full_name}:
        yield f"Контактное лицо: {person}"
    number = texts.one_line(buyer.inn, texts.FIELD_LENGTH)
    if number and is_foreign(buyer) and not tax_numbers(buyer)[0]:
        yield f"Налоговый номер покупателя: {number}"
