"""What stands in an accounting base: orders, their payments and shipments, counterparties, items.

Plain records without any rule of an exchange. Dates and times are local to the base and naive, as in 1C; money is
Decimal.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date as Date  # noqa: N812 - a class used as a type beside fields called `date`
from datetime import datetime as DateTime  # noqa: N812 - as above
from decimal import Decimal

NO_VAT = "Без НДС"
ZERO = Decimal(0)

UNCONFIRMED = "Ожидается согласование"
"""УТ 11: the only status in which a re-delivered order is read again."""
COMPLETED = "Завершен"
"""УНФ: a status in which a re-delivered order is skipped."""


def new_guid() -> str:
    """A reference as 1C writes it."""
    return str(uuid.uuid4())


@dataclass(eq=False)
class Counterparty:
    """A counterparty of the base. ``legal`` tells a legal entity, ``entrepreneur`` an ИП among them."""

    name: str
    full_name: str = ""
    inn: str = ""
    kpp: str = ""
    legal: bool = True
    entrepreneur: bool = False
    site_id: str = ""
    phone: str = ""
    email: str = ""
    accounts: list[str] = field(default_factory=list)
    guid: str = field(default_factory=new_guid)


@dataclass(eq=False)
class Item:
    """A position of Номенклатура."""

    name: str
    article: str = ""
    service: bool = False
    unit: str = ""
    site_id: str = ""
    guid: str = field(default_factory=new_guid)


@dataclass
class Line:
    """A line of an order. ``amount`` includes VAT if the order's prices do; ``vat_rate`` is "20", "0" or "Без НДС"."""

    item: Item | None
    name: str
    quantity: Decimal
    price: Decimal
    amount: Decimal
    vat_rate: str = NO_VAT
    vat: Decimal = ZERO
    unit: str = ""
    unit_code: str = ""
    site_id: str = ""
    characteristic: str = ""
    article: str = ""
    service: bool = False


@dataclass(eq=False)
class Payment:
    """A payment document: ``kind`` is cash, bank, card, letter_of_credit or offset (settled without money).

    ``site_number`` is set only if the payment came from the site.
    """

    number: str
    date: DateTime
    amount: Decimal
    kind: str = "bank"
    posted: bool = True
    site_number: str = ""
    method: str = ""
    guid: str = field(default_factory=new_guid)


@dataclass(eq=False)
class Shipment:
    """A shipment of the whole order."""

    number: str
    date: DateTime
    posted: bool = True
    guid: str = field(default_factory=new_guid)


@dataclass(eq=False)
class Order:
    """An order (БП: an invoice) of the base.

    ``number``/``date``/``time`` are the site's (``number`` is empty for one born in 1C, ``date`` None if 1C could not
    read it); ``number_1c``/``date_1c`` are the base's own. ``total`` is recomputed from the lines, ``announced`` is
    the site's ``Сумма``.
    """

    number: str
    number_1c: str
    date: Date | None
    date_1c: DateTime
    counterparty: Counterparty
    currency: str
    lines: list[Line] = field(default_factory=list)
    time: str = "00:00:00"
    site_id: str = ""
    version: str | None = None
    vat_included: bool = True
    taxable: bool = True
    posted: bool = True
    deletion_mark: bool = False
    cancelled: bool = False
    invoiced: bool = False
    status: str = ""
    comment: str = ""
    announced: Decimal | None = None
    requisites: dict[str, str] = field(default_factory=dict)
    payments: list[Payment] = field(default_factory=list)
    refunds: list[Payment] = field(default_factory=list)
    shipments: list[Shipment] = field(default_factory=list)
    guid: str = field(default_factory=new_guid)

    @property
    def vat(self) -> Decimal:
        """VAT of all lines."""
        return sum((line.vat for line in self.lines), ZERO)

    @property
    def total(self) -> Decimal:
        """Sum to pay: lines, plus VAT where prices do not include it."""
        net = sum((line.amount for line in self.lines), ZERO)
        return net if self.vat_included else net + self.vat

    @property
    def posted_payments(self) -> list[Payment]:
        """Payment documents that count."""
        return [payment for payment in self.payments if payment.posted]

    @property
    def paid(self) -> Decimal:
        """Money received less money given back."""
        received = sum((payment.amount for payment in self.posted_payments), ZERO)
        return received - sum((refund.amount for refund in self.refunds if refund.posted), ZERO)

    @property
    def debt(self) -> Decimal:
        """What is still to be paid."""
        return self.total - self.paid

    @property
    def shipped(self) -> bool:
        """Whether a posted shipment exists."""
        return any(shipment.posted for shipment in self.shipments)

    @property
    def has_linked_documents(self) -> bool:
        """Whether anything was entered on the basis of the order."""
        return bool(self.payments or self.refunds or self.shipments or self.invoiced)
