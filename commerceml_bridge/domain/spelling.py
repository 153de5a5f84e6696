"""What a node may choose about how a document is spelled and what is said beside the invoice itself.

Only choices live here; the words they stand for are in ``commerceml/dialects.py``, the reasons in
``commerceml/switches.py``.
Every default is what was sent before the choice existed. Facts: reference-server §2, §5; 1c-clients §3.3–§3.5.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from commerceml_bridge.domain import texts
from commerceml_bridge.domain.invoices import Invoice, InvoiceRow
from commerceml_bridge.domain.money import kopecks
from commerceml_bridge.errors import ConfigurationError

NAME_LENGTH = 250
VALUE_LENGTH = 1000
_FIELD = re.compile(r"\{\s*([^{}]*?)\s*\}")


class ContactTypes(StrEnum):
    """How the kinds of contacts are spelled."""

    FORM = "form"
    """as the form of the answer has them"""
    JOINED = "joined"
    """as the reference server's 2.05"""
    LONG = "long"
    """as the reference server's versions above 2.05"""
    JOINED_LONG = "joined-long"
    """both kinds as the second pair БП reads"""


class ServiceMark(StrEnum):
    """How a line says that it is a service."""

    CAPITAL = "capital"
    """«Услуга» in both requisites"""
    LOWER = "lower"
    """«услуга» in the one БП reads"""


class InvoiceField(StrEnum):
    """What of an invoice an extra requisite may carry: nothing but what a new revision of it would carry anew."""

    NUMBER = "number"
    DATE = "date"
    TITLE = "title"
    ID = "id"
    PAY_BEFORE = "pay-before"
    TOTAL = "total"
    CURRENCY = "currency"
    COMMENT = "comment"
    CONTACT_PERSON = "contact-person"
    SELLER = "seller"
    SELLER_INN = "seller-inn"
    DEAL = "deal"
    STAGE = "stage"


@dataclass(frozen=True)
class ExtraRequisite:
    """A requisite the operator adds to every document: a constant, or a field of the invoice."""

    name: str
    constant: str = ""
    field: InvoiceField | None = None

    def __str__(self) -> str:
        """As it is typed."""
        return f"{self.name}={self.constant}" if self.field is None else f"{self.name}={{{self.field.value}}}"


@dataclass(frozen=True)
class Spelling:
    """What a dialect has to know of a node's choices."""

    contact_types: ContactTypes = ContactTypes.FORM
    service_mark: ServiceMark = ServiceMark.CAPITAL


@dataclass(frozen=True)
class StageNow:
    """Where the invoice stands in Bitrix24 at the moment."""

    id: str
    name: str
    paid: bool
    """the stage is one of success"""


def parse_requisite(text: str) -> ExtraRequisite:
    """Read ``Имя=константа`` or ``Имя={поле}``. Raises ``ConfigurationError``."""
    name, mark, value = text.partition("=")
    name, value = name.strip(), value.strip()
    if not (mark and name and value):
        raise ConfigurationError("Реквизит задаётся парой Имя=значение или Имя={поле}, например Источник=Битрикс24.")
    found = _FIELD.fullmatch(value)
    if found is None:
        inside = next((one[1] for one in _FIELD.finditer(value) if one[1] in set(InvoiceField)), None)
        if inside is not None:
            raise ConfigurationError(
                f"Реквизит «{name}»: поле «{inside}» стоит одно, без текста рядом. Текст задайте другим реквизитом."
            )
        return ExtraRequisite(name, constant=value)
    try:
        return ExtraRequisite(name, field=InvoiceField(found[1]))
    except ValueError:
        raise ConfigurationError(
            f"Реквизит «{name}»: поля «{found[1]}» нет. Есть: {', '.join(InvoiceField)}."
        ) from None


def requisite_key(name: str) -> str:
    """Return what two names have in common for 1C: it compares without blanks (1c-clients §3.5)."""
    return "".join(name.split()).casefold()


def extra_requisites(
    wanted: Iterable[ExtraRequisite], invoice: Invoice, stage: StageNow | None
) -> Iterator[tuple[str, str]]:
    """Yield name and value; what the invoice does not say is left out: УТ 11 gives an empty value the one before."""
    for one in wanted:
        value = texts.cut(texts.clean(_value(one, invoice, stage)), VALUE_LENGTH)
        if value:
            yield one.name, value


def _value(one: ExtraRequisite, invoice: Invoice, stage: StageNow | None) -> str:
    if one.field is None:
        return one.constant
    buyer, seller = invoice.buyer, invoice.seller
    said = {
        InvoiceField.NUMBER: invoice.number,
        InvoiceField.DATE: invoice.date.isoformat(),
        InvoiceField.TITLE: invoice.title,
        InvoiceField.ID: str(invoice.key.id),
        InvoiceField.PAY_BEFORE: invoice.pay_before.isoformat() if invoice.pay_before else "",
        InvoiceField.TOTAL: str(kopecks(invoice.total)),
        InvoiceField.CURRENCY: invoice.currency,
        InvoiceField.COMMENT: invoice.comment,
        InvoiceField.CONTACT_PERSON: buyer.contact_person if buyer else "",
        InvoiceField.SELLER: (seller.full_name or seller.name) if seller else "",
        InvoiceField.SELLER_INN: seller.inn if seller else "",
        InvoiceField.DEAL: str(invoice.deal_id or ""),
        InvoiceField.STAGE: (stage.name or stage.id) if stage else "",
    }
    return said[one.field]


def delivery_row(rows: Iterable[InvoiceRow], name: str) -> InvoiceRow | None:
    """Return the row that is the delivery: the first of that name and quantity 1, which is never split in two.

    УНФ takes the line of a delivery for the one there is: a second one is an ordinary service.
    """
    wanted = texts.one_line(name, NAME_LENGTH).casefold()
    if not wanted:
        return None
    return next(
        (row for row in rows if row.quantity == 1 and texts.one_line(row.name, NAME_LENGTH).casefold() == wanted), None
    )
