"""An invoice as Bitrix24 knows it, complete enough that 1C needs nothing else.

Made by ``bitrix24/``, stored by ``db/`` as canonical JSON (``domain.snapshots``), turned into a document by
``domain.rendering``. Facts: bitrix24-rest §1–§4. Amounts are ``Decimal`` as the portal gave them, gross
(``price`` of a row already holds discounts and taxes, §2.1); texts are stripped, ``""`` where the portal has none.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class InvoiceKind(StrEnum):
    """Which of the two invoice entities of Bitrix24; their ids overlap, so a key always carries the kind."""

    SMART = "smart"
    OLD = "old"


class StageSemantics(StrEnum):
    """What a stage means, whatever it is called."""

    OPEN = "open"
    SUCCESS = "success"
    FAILURE = "failure"


class PartyKind(StrEnum):
    """What the counterparty is, by which requisites are filled (facts: bitrix24-rest §4.2)."""

    LEGAL = "legal"
    ENTREPRENEUR = "entrepreneur"
    PERSON = "person"


class AddressKind(StrEnum):
    """The two addresses CommerceML knows (TYPE_ID 6 and 1, for persons 4; facts: bitrix24-rest §4.3)."""

    LEGAL = "legal"
    ACTUAL = "actual"


@dataclass(frozen=True)
class InvoiceKey:
    """Kind and id: the identity of an invoice within its portal."""

    kind: InvoiceKind
    id: int


@dataclass(frozen=True)
class Address:
    """One address of a requisite; every part may be empty."""

    kind: AddressKind
    country: str = ""
    postal_code: str = ""
    province: str = ""
    """область / край (PROVINCE)"""
    region: str = ""
    """район (REGION)"""
    city: str = ""
    street: str = ""
    """street and house (ADDRESS_1)"""
    apartment: str = ""
    """flat or office (ADDRESS_2)"""


@dataclass(frozen=True)
class BankAccount:
    """A bank detail of a requisite."""

    account: str
    bank: str = ""
    bik: str = ""
    correspondent_account: str = ""


@dataclass(frozen=True)
class Party:
    """Buyer or seller. ``entity`` and ``entity_id`` name the CRM object: ``("company", 7)`` or ``("contact", 3)``."""

    entity: str
    entity_id: int
    kind: PartyKind
    name: str
    """what managers call it (company title, person's name)"""
    full_name: str = ""
    """official name for documents (RQ_COMPANY_FULL_NAME, RQ_COMPANY_NAME, RQ_NAME)"""
    last_name: str = ""
    first_name: str = ""
    second_name: str = ""
    inn: str = ""
    kpp: str = ""
    ogrn: str = ""
    okpo: str = ""
    requisite_id: int = 0
    """0: the CRM object has no requisite"""
    addresses: tuple[Address, ...] = ()
    bank_account: BankAccount | None = None
    """the one the invoice names, else the first"""
    other_accounts: tuple[BankAccount, ...] = ()
    """the rest of the same requisite, in the order of the portal"""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    contact_person: str = ""
    apart: str = ""
    """tells this legal person from the one the CRM card is: a card may have requisites of several firms, and an old
    invoice may have frozen another ИНН; "" for the card's own"""


@dataclass(frozen=True)
class InvoiceRow:
    """One product row."""

    row_id: int
    product_id: int
    """0 for a free-text row"""
    name: str
    price: Decimal
    """of one unit, discounts and taxes in"""
    quantity: Decimal
    vat_rate: Decimal | None
    """percent; ``None`` = без НДС, ``0`` = 0 %"""
    vat_included: bool = True
    """how the price was entered; ``price`` is gross either way"""
    discount: Decimal = Decimal(0)
    """per unit, as the portal keeps it; informative"""
    unit_code: str = ""
    """ОКЕИ, three digits with leading zeros ("796", "006"); "" if unknown"""
    unit_name: str = ""
    product_xml_id: str = ""
    """external code of the catalogue element, "" if none or unknown"""
    article: str = ""
    is_service: bool = False
    sort: int = 0


@dataclass(frozen=True)
class Invoice:
    """An invoice with everything 1C needs."""

    key: InvoiceKey
    number: str
    """as printed: ``accountNumber`` / ``ACCOUNT_NUMBER``"""
    date: dt.date
    """``begindate``; old: ``DATE_BILL`` else ``DATE_INSERT`` (decision 17)"""
    updated_at: dt.datetime
    """aware UTC, one-second resolution"""
    title: str
    total: Decimal
    tax: Decimal
    currency: str
    """ISO code"""
    stage_id: str
    stage_semantics: StageSemantics
    category_id: int
    """0 for old invoices"""
    is_manual_total: bool = False
    is_recurring_template: bool = False
    pay_before: dt.date | None = None
    comment: str = ""
    """plain text: BB-codes and HTML removed"""
    responsible_id: int = 0
    deal_id: int = 0
    buyer: Party | None = None
    seller: Party | None = None
    rows: tuple[InvoiceRow, ...] = field(default=())
