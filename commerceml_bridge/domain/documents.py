"""Documents on their way to 1C: what a writer needs and nothing it would have to think about.

``domain.rendering`` makes an ``OutgoingDocument`` of an ``Invoice``: every sum is final, every text fits, every
decision (number, Ид, split lines, VAT strings) is taken. ``commerceml.writer`` only spells it as XML.
Facts: commerceml §6.5 (shape valid under 2.05–2.10), 1c-clients §3; decisions 16–19.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from commerceml_bridge.domain.spelling import StageNow


class Form(StrEnum):
    """The wire form of a query answer, chosen by the request (decision 1)."""

    BARE = "bare"
    """``Документ`` under the root, valid under 2.05–2.10"""
    SUBORDINATE = "subordinate"
    """``cmlVersion=2.10``: ``Документ`` that may hold ``ПодчиненныеДокументы``"""
    CONTAINER = "container"
    """``version`` ≥ 3: ``Контейнер/Документ``"""


class Encoding(StrEnum):
    """Encoding of a query answer: a node option (decision 4)."""

    CP1251 = "windows-1251"
    UTF8 = "utf-8"
    UTF8_BOM = "utf-8-sig"


NO_VAT = "Без НДС"
"""The rate of a line or a document without VAT; 0 % is ``"0"``."""


@dataclass(frozen=True)
class Tax:
    """``Налог``: always НДС, always included in the sums."""

    rate: str
    """``"20"``, ``"0"`` or ``NO_VAT``"""
    amount: Decimal


@dataclass(frozen=True)
class Unit:
    """``БазоваяЕдиница``; ``code`` is three digits or empty."""

    code: str
    name: str
    """short: шт"""
    full_name: str = ""
    international: str = ""
    """three characters: PCE"""


@dataclass(frozen=True)
class DocumentLine:
    """``Товар``. price × quantity, rounded to kopecks, equals ``amount`` (decision 19)."""

    id: str
    name: str
    unit: Unit
    price: Decimal
    quantity: Decimal
    amount: Decimal
    tax: Tax
    is_service: bool
    article: str = ""
    is_delivery: bool = False
    """the invoice's delivery, under the id УНФ knows it by"""


@dataclass(frozen=True)
class AddressField:
    """``АдресноеПоле``: ``type`` is one of the ten words of the format (commerceml §2.3)."""

    type: str
    value: str


@dataclass(frozen=True)
class DocumentAddress:
    """``Адрес`` / ``ЮридическийАдрес`` / ``АдресРегистрации``; ``text`` is never empty."""

    text: str
    fields: tuple[AddressField, ...] = ()


@dataclass(frozen=True)
class DocumentAccount:
    """``РасчетныйСчет``; account, bik and correspondent account have the format's lengths or the whole is absent."""

    account: str
    bank: str
    bik: str
    correspondent_account: str = ""


@dataclass(frozen=True)
class Counterparty:
    """``Контрагент``, role Покупатель. ``is_company``: ``ОфициальноеНаименование``, else ``ПолноеНаименование``."""

    id: str
    name: str
    full_name: str
    is_company: bool
    inn: str = ""
    kpp: str = ""
    okpo: str = ""
    last_name: str = ""
    first_name: str = ""
    second_name: str = ""
    legal_address: DocumentAddress | None = None
    actual_address: DocumentAddress | None = None
    accounts: tuple[DocumentAccount, ...] = ()
    """of a company; the main one first"""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutgoingDocument:
    """One invoice as 1C will read it."""

    id: str
    number: str
    date: dt.date
    time: dt.time
    currency: str
    """as the node's base names it: RUB by default (decision 6)"""
    amount: Decimal
    counterparty: Counterparty
    lines: tuple[DocumentLine, ...]
    tax: Tax
    """document level; its amount is the sum of the lines' amounts"""
    version: int
    """revision number, printed as ``НомерВерсии`` in containers only"""
    pay_before: dt.date | None = None
    comment: str = ""
    requisites: tuple[tuple[str, str], ...] = ()
    """document requisites in order; no empty value (УТ 11 would inherit the one before)"""
    stage: StageNow | None = None
    """where the invoice stands, if the node says it"""
    says_paid: bool | None = None
    """whether the invoice is paid, if the node says it"""
    cancelled: bool = False
    """the invoice left the node's selection: 1C is told to cancel the document (facts: 1c-clients §3.5)"""
