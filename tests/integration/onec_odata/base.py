"""A БП base with invoices as the exchange would have loaded them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from commerceml_bridge.simulators.odata import Books
from commerceml_bridge.simulators.onec.base import OneCBase
from commerceml_bridge.simulators.onec.model import Counterparty, Line, Order


def order(
    number: str, *amounts: str, date: dt.date = dt.date(2026, 3, 5), number_1c: str = "", comment: str = ""
) -> Order:
    """An invoice with one line an amount, each with another VAT rate."""
    rates = ("20", "10", "Без НДС")
    lines = [
        Line(None, "Услуга", Decimal(1), Decimal(amount), Decimal(amount), rate)
        for amount, rate in zip(amounts or ("1200.00",), rates, strict=False)
    ]
    made = number_1c or f"00БС-{int(number):06d}"
    moment = dt.datetime.combine(date, dt.time(9, 30))
    return Order(number, made, date, moment, Counterparty("Покупатель"), "RUB", lines, comment=comment)


def books(*orders: Order) -> Books:
    """The accountant's view of these invoices."""
    made = Books(OneCBase(now=lambda: dt.datetime.combine(dt.date(2026, 3, 6), dt.time(10))))
    for one in orders:
        made.base.add(one)
    return made
