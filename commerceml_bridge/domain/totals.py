"""Rows of an invoice → lines of a document, every sum final (decisions 18 and 19).

1C recomputes totals from price × quantity (facts: 1c-clients §3.2), so a line is split in two wherever that would
lose a kopeck; a rounding difference of the whole lies on the line with the largest sum. Line prices include VAT, and
VAT is that of each line's sum, because every 1C computes it so again: where the portal's own VAT differs by rounding,
nothing is moved between lines. Holds what cannot be made right instead of guessing.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal

from commerceml_bridge.domain import texts
from commerceml_bridge.domain.documents import NO_VAT, DocumentLine, Tax
from commerceml_bridge.domain.goods import Mapped, with_item
from commerceml_bridge.domain.identity import goods_id
from commerceml_bridge.domain.invoices import Invoice, InvoiceRow
from commerceml_bridge.domain.money import KOPECK, ZERO, kopecks, plain
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.domain.spelling import delivery_row
from commerceml_bridge.domain.units import PIECE, unit
from commerceml_bridge.errors import CannotRender

_LARGEST = Decimal(10) ** 15
"""Amounts have 18 digits, two of them kopecks (commerceml §2.7); one digit is left for the sum."""


@dataclass(frozen=True)
class Totals:
    """Lines that add up to ``amount``, and the document's tax, which adds up from the lines'."""

    lines: tuple[DocumentLine, ...]
    amount: Decimal
    tax: Tax


@dataclass(frozen=True)
class _Sum:
    """A row with the line sum it must have."""

    row: InvoiceRow
    amount: Decimal


def totals(
    invoice: Invoice,
    *,
    portal_code: str,
    vat_rates: Collection[str],
    goods: Mapping[InvoiceRow, Mapped] | None = None,
    options: NodeOptions | None = None,
) -> Totals:
    """Return lines, amount and tax of a document.

    ``vat_rates`` are the rates the node knows; they are needed only to name the rate of an invoice without rows.
    ``goods`` are the items of 1C the lines were mapped to.
    Raises CannotRender: ``negative-amount``, ``too-large``, ``row-name``, ``empty``, ``vat-rate``, ``manual-total``,
    ``vat-differs``.
    """
    _check(invoice)
    rows = rows_of(invoice, vat_rates)
    sums = _settle(invoice, [_Sum(row, kopecks(row.price * row.quantity)) for row in rows])
    delivery = delivery_row(rows, options.delivery_row) if options else None
    lines = tuple(
        line if one.row is not delivery else replace(line, is_delivery=True, is_service=True, article="")
        for one in sums
        for line in _lines(one, portal_code, {} if one.row is delivery else goods or {}, options)
    )
    tax = _document_tax(lines)
    _check_tax(invoice, tax.amount)
    return Totals(lines, kopecks(invoice.total), tax)


def tax_slack(invoice: Invoice) -> Decimal:
    """Return by how much rounding alone may part our VAT and the portal's.

    Every 1C computes VAT of each line's sum, the portal of one unit (price and price without tax have two places,
    facts: bitrix24-rest §2.1): a kopeck a unit, and a kopeck a row that was split. What was settled on the largest row
    has that row's VAT here and its own there.
    """
    settled = abs(kopecks(invoice.total) - sum((kopecks(row.price * row.quantity) for row in invoice.rows), ZERO))
    return sum((KOPECK * max(Decimal(1), row.quantity) for row in invoice.rows if row.vat_rate), KOPECK + settled)


def _check_tax(invoice: Invoice, tax: Decimal) -> None:
    """Hold an invoice whose VAT the portal knows otherwise; 0 there is no statement: totals typed by hand leave it."""
    if not invoice.rows or not invoice.tax or abs(invoice.tax - tax) <= tax_slack(invoice):
        return
    raise CannotRender(
        "vat-differs",
        f"НДС счёта в Битрикс24 {kopecks(invoice.tax)}, а по ставкам его строк выходит {tax}: это больше округления. "
        "Проверьте ставки НДС в строках счёта и пересохраните его.",
    )


def rows_of(invoice: Invoice, vat_rates: Collection[str]) -> list[InvoiceRow]:
    """Return the rows a document is made of: one that stands for all if the invoice has a sum only (decision 19).

    Rows of nothing beside a sum say that it is for something else: their VAT must not be lost in a named service.
    """
    if not invoice.rows:
        return [_service_row(invoice, vat_rates)]
    rows = [row for row in invoice.rows if row.quantity]
    if not rows:
        raise CannotRender(
            "empty",
            f"У всех строк счёта количество 0, а сумма счёта {kopecks(invoice.total)}: неизвестно, за что она и с "
            "каким НДС. Исправьте количество в строках счёта.",
        )
    return rows


def vat_of(amount: Decimal, rate: Decimal | None) -> Decimal:
    """Return the VAT that ``amount`` (VAT included) holds at ``rate`` percent, in kopecks; 0.00 without VAT."""
    return ZERO if rate is None else kopecks(amount * rate / (100 + rate))


def rate_text(rate: Decimal | None) -> str:
    """Spell a rate as the wire has it: ``20``, ``0`` or «Без НДС»."""
    return NO_VAT if rate is None else plain(rate)


def split(amount: Decimal, quantity: Decimal, price: Decimal) -> list[tuple[Decimal, Decimal, Decimal]]:
    """Return one or two (price, quantity, amount) that add up to ``amount`` (kopecks, ≥ 0) and ``quantity`` (> 0).

    In each, price × quantity rounded to kopecks is its amount. ``price`` is kept if it fits.
    """
    low = (amount / quantity).quantize(KOPECK, rounding=ROUND_FLOOR)
    for one in (kopecks(price), kopecks(amount / quantity), low, low + KOPECK):
        if kopecks(one * quantity) == amount:
            return [(one, quantity, amount)]
    # No single price fits, hence quantity > 1 and some whole units must cost a kopeck more than the others. The half
    # is taken down so that what is left of the amount, rounded half up, belongs to the remaining quantity.
    dearer = Decimal(math.ceil((amount - low * quantity) / KOPECK - Decimal("0.5")))
    high = low + KOPECK
    return [(low, quantity - dearer, amount - high * dearer), (high, dearer, high * dearer)]


def _check(invoice: Invoice) -> None:
    if invoice.total < 0 or any(row.price < 0 or row.quantity < 0 for row in invoice.rows):
        raise CannotRender(
            "negative-amount",
            "В счёте есть отрицательная цена, количество или сумма: 1С такой заказ не примет. "
            "Замените отрицательную строку скидкой в других строках счёта.",
        )
    if max(invoice.total, abs(invoice.tax)) >= _LARGEST or any(
        max(row.price, row.quantity, row.price * row.quantity) >= _LARGEST for row in invoice.rows
    ):
        raise CannotRender(
            "too-large",
            "Сумма, налог, цена или количество больше, чем допускает формат обмена. Исправьте строки счёта.",
        )
    for position, row in enumerate(invoice.rows, start=1):
        if row.quantity and not texts.clean(row.name):
            raise CannotRender(
                "row-name", f"У строки {position} счёта нет названия. Впишите название товара или услуги."
            )


def _service_row(invoice: Invoice, vat_rates: Collection[str]) -> InvoiceRow:
    """Stand in for the rows of an invoice that has a sum only (decision 19)."""
    if not invoice.total:
        raise CannotRender("empty", "В счёте нет ни строк, ни суммы. Добавьте товары или услуги либо удалите счёт.")
    return InvoiceRow(
        row_id=0,
        product_id=0,
        name=texts.clean(invoice.title) or f"Оплата по счёту № {invoice.number} от {invoice.date:%d.%m.%Y}",
        price=kopecks(invoice.total),
        quantity=Decimal(1),
        vat_rate=_rate_by_tax(kopecks(invoice.total), kopecks(invoice.tax), vat_rates),
        unit_code=PIECE.code,
        unit_name=PIECE.name,
        is_service=True,
    )


def _rate_by_tax(total: Decimal, tax: Decimal, vat_rates: Collection[str]) -> Decimal | None:
    if not tax:
        return None
    fitting = [rate for rate in _numbers(vat_rates) if vat_of(total, rate) == tax]
    if len(fitting) != 1:
        raise CannotRender(
            "vat-rate",
            f"В счёте нет строк, а его НДС {tax} не говорит однозначно, какая это ставка. "
            "Добавьте в счёт строку с её ставкой НДС.",
        )
    return fitting[0]


def _numbers(vat_rates: Collection[str]) -> list[Decimal]:
    return [Decimal(rate) for rate in vat_rates if rate.isdecimal()]


def _settle(invoice: Invoice, sums: Sequence[_Sum]) -> list[_Sum]:
    """Place a rounding difference on the largest sum, the first of equal ones; hold one that rounding cannot make."""
    total = kopecks(invoice.total)
    difference = total - sum((one.amount for one in sums), ZERO)
    largest = max(range(len(sums)), key=lambda position: sums[position].amount)
    settled = sums[largest].amount + difference
    if abs(difference) > sum((_slack(one.row, typed=invoice.is_manual_total) for one in sums), ZERO) or settled < 0:
        why = "сумма введена вручную" if invoice.is_manual_total else "это больше округления"
        raise CannotRender(
            "manual-total",
            f"Сумма счёта {total} отличается от суммы его строк {total - difference}: {why}. "
            "Исправьте строки или сумму счёта в Битрикс24, чтобы они совпали.",
        )
    return [replace(one, amount=settled) if position == largest else one for position, one in enumerate(sums)]


def _slack(row: InvoiceRow, *, typed: bool) -> Decimal:
    """Return by how much rounding may part a row from what it adds to the total: a kopeck.

    A total that nobody typed may have been made of unit prices the portal shows rounded (VAT on top of 10.01 makes
    12.012, shown as 12.01): then half a kopeck a unit, and half a one for the row's own rounding.
    """
    return KOPECK if typed else max(KOPECK, (row.quantity + 1) * KOPECK / 2)


def _lines(
    one: _Sum, portal_code: str, goods: Mapping[InvoiceRow, Mapped], options: NodeOptions | None
) -> Iterator[DocumentLine]:
    row = one.row
    for price, quantity, amount in split(one.amount, row.quantity, row.price):
        line = DocumentLine(
            id=goods_id(portal_code, row),
            name=texts.one_line(row.name, texts.NAME_LENGTH),
            unit=unit(row.unit_code, row.unit_name),
            price=price,
            quantity=quantity,
            amount=amount,
            tax=Tax(rate_text(row.vat_rate), vat_of(amount, row.vat_rate)),
            is_service=row.is_service,
            article=texts.one_line(row.article, texts.FIELD_LENGTH),
        )
        yield with_item(line, row, goods.get(row), options)


def _document_tax(lines: Sequence[DocumentLine]) -> Tax:
    """Name the document's rate: УТ 11 gives it to every line it thinks has none (1c-clients, addendum 1).

    The taxed rate with the largest sum; without a taxed line the one of 0 % and «Без НДС» with the larger sum.
    """
    amounts: dict[str, Decimal] = {}
    for line in lines:
        amounts[line.tax.rate] = amounts.get(line.tax.rate, ZERO) + line.amount
    candidates = [rate for rate in amounts if is_taxed(rate)] or list(amounts)
    rate = max(candidates, key=lambda one: (amounts[one], one))
    return Tax(rate, _sum(line.tax.amount for line in lines))


def is_taxed(rate: str) -> bool:
    """Tell whether a rate of the wire is more than 0 %."""
    return rate not in {NO_VAT, "0"}


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
