"""Facts about the payment of an invoice, from whatever source, as the ledger takes them.

A ``Report`` is one statement of one source at one moment: a returned document, a poll, a line of a bank statement, a
word of the operator. Facts are stored for ever and never added up blindly: ``domain.balance`` says which of them hold.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Source(StrEnum):
    """Who says it. Each source is weighed alone: two that speak of one payment never make two of it."""

    EXCHANGE = "exchange"
    ODATA = "odata"
    STATEMENT = "statement"
    OPERATOR = "operator"


class FactKind(StrEnum):
    """What is said."""

    PAID_FLAG = "paid-flag"
    """1C says: fully paid"""
    PAYMENT = "payment"
    """one payment; with the amount 0 a payment document that does not count (unposted, deleted, not paid)"""
    REFUND = "refund"
    CANCELLED = "cancelled"
    DELETED = "deleted"
    UNPOSTED = "unposted"
    SHIPPED = "shipped"
    STATUS = "status"
    """text or id of a status of the order in 1C"""
    NOT_PAID = "not-paid"
    """an explicit denial: not (fully) paid"""
    PARTLY_PAID = "partly-paid"
    """a part is paid, how much is not said"""
    STANDING = "standing"
    """the document is there, posted and not cancelled: ends what was said of its deletion before"""
    UNCLEAR = "unclear"
    """something about payment that a person must look at; never changes a state"""


MONEY = frozenset({FactKind.PAYMENT, FactKind.REFUND})
STATES = frozenset({FactKind.CANCELLED, FactKind.DELETED, FactKind.UNPOSTED, FactKind.STANDING})
"""What becomes of the document itself: the newest report about it holds."""
CLAIMS = frozenset({FactKind.PAID_FLAG, FactKind.NOT_PAID, FactKind.PARTLY_PAID})
"""The order's own word about its payment: the newest holds, unless a newer full list of payments replaced it."""


@dataclass(frozen=True)
class Fact:
    """One fact. ``key`` is its identity within node, invoice, source and kind: 1C's id, or a stable digest."""

    kind: FactKind
    key: str
    number: str = ""
    date: dt.date | None = None
    amount: Decimal | None = None
    currency: str = ""
    certain: bool = True
    text: str = ""
    """Russian: reason, or the name of a status"""
    status_id: str = ""


@dataclass(frozen=True)
class Report:
    """What one source says at one moment."""

    source: Source
    at: str
    """``ДатаФормирования`` or the moment of the poll, ISO; ``""``: not known, it counts in the order of arrival"""
    facts: tuple[Fact, ...]
    payments_complete: bool
    """the payments in it are a full list that replaces an earlier one (decision 22: if there is at least one)"""
    about_order: bool
    """it speaks of the order itself: whether it is deleted, posted, cancelled"""
