"""Documents on their way back: what 1C said, normalised, before anybody decides what it means.

``commerceml.reader`` yields ``ReturnedDocument``; ``domain.matching`` finds the invoice, ``domain.reconciliation``
decides. Facts: commerceml §4–§5, 1c-clients §4. ``None`` always means "the file does not say": absence of a fact
changes nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class Operation(StrEnum):
    """``ХозОперация`` reduced to what the bridge tells apart."""

    ORDER = "order"
    PAYMENT = "payment"
    REFUND = "refund"
    SHIPMENT = "shipment"
    OTHER = "other"


@dataclass(frozen=True)
class ReturnedParty:
    """The counterparty as 1C returned it."""

    id: str = ""
    name: str = ""
    inn: str = ""
    """without the spaces people type into it"""
    kpp: str = ""


@dataclass(frozen=True)
class NamedParty:
    """A counterparty of a list 1C sent; ``id`` is 1C's own."""

    id: str
    name: str
    inn: str = ""
    kpp: str = ""
    deleted: bool = False


@dataclass(frozen=True)
class ReturnedLine:
    """A line as 1C returned it."""

    id: str
    name: str
    quantity: Decimal | None
    price: Decimal | None
    amount: Decimal | None
    vat_rate: str = ""


@dataclass(frozen=True)
class ReturnedDocument:
    """One ``Документ`` or ``ПодчиненныйДокумент``.

    ``id`` is 1C's GUID with stock clients and ours with some states of the Bitrix module; ``number`` and ``date`` are
    the site's. ``requisites`` keeps every document requisite by name, values stripped. ``children`` are subordinate
    documents, or in a container the payments and shipments that name this order (or stand beside it).
    """

    operation: Operation
    operation_name: str
    id: str = ""
    number: str = ""
    date: dt.date | None = None
    time: dt.time | None = None
    number_1c: str = ""
    date_1c: dt.date | None = None
    basis: str = ""
    """``Основание``: the order's Ид"""
    currency: str = ""
    amount: Decimal | None = None
    vat: Decimal | None = None
    pay_date: dt.date | None = None
    """``СрокПлатежа``, which carries the date of payment in what УТ and УНФ return"""
    comment: str = ""
    deleted: bool | None = None
    posted: bool | None = None
    cancelled: bool | None = None
    paid: bool | None = None
    shipped: bool | None = None
    payment_number: str | None = None
    """``Номер оплаты по 1С``"""
    payment_date: str | None = None
    """``Дата оплаты по 1С`` exactly as written: ``T``, ``0001-01-01`` and ``""`` are told apart by reconciliation"""
    shipment_date: str | None = None
    counterparty: ReturnedParty | None = None
    lines: tuple[ReturnedLine, ...] = ()
    requisites: dict[str, str] = field(default_factory=dict)
    children: tuple[ReturnedDocument, ...] = ()
    in_container: bool = False
    warnings: tuple[str, ...] = ()
    """what the reader had to overlook, in Russian"""

    @property
    def inn(self) -> str:
        """The counterparty's ИНН, ``""`` if 1C did not return it."""
        return self.counterparty.inn if self.counterparty else ""

    @property
    def is_unforeseen(self) -> bool:
        """Whether its ``ХозОперация`` is none that is known; a document without any is told by its place."""
        return self.operation is Operation.OTHER and bool(self.operation_name)


@dataclass(frozen=True)
class BrokenDocument:
    """A document that has no identity or an unparsable amount: quarantined alone, its file goes on."""

    reason: str
    """Russian, says what is wrong and where (line)"""
    code: str
    id: str = ""
    number: str = ""


@dataclass(frozen=True)
class ReturnedItem:
    """What the reader yields for each top-level document or container, in file order."""

    position: int
    """1-based number of the top-level ``Документ``/``Контейнер`` in the file"""
    line: int
    """line in the file"""
    document: ReturnedDocument | BrokenDocument
    xml: bytes
    """the element as UTF-8 XML without declaration, for inspection"""
