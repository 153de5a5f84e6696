"""УТ 11 (КА 2, ERP 2) and УНФ 3.0: what is paid of an order, where their own return hides partial payments (facts §4).

The order is known by its reference, which 1C itself returned over the exchange. УТ keeps one row an order with the sum
paid; УНФ has movements, of which advance and payment together are what was paid (``Сумма`` is the obligation).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from commerceml_bridge.domain.books import BookInvoice, BookPayment
from commerceml_bridge.domain.money import ZERO
from commerceml_bridge.domain.nodes import ClientFamily
from commerceml_bridge.errors import ODataQueryRefused
from commerceml_bridge.onec_odata import expressions as e
from commerceml_bridge.onec_odata import values as v
from commerceml_bridge.onec_odata.answers import Row
from commerceml_bridge.onec_odata.client import ODataClient


@dataclass(frozen=True)
class Profile:
    """Where a configuration keeps what is paid of an order."""

    entity: str
    fields: str
    link: str
    """the composite field that names the order"""
    document: str
    dated: str
    """the condition of the window, with the moment in place of ``{}``; ``""``: the order's own date through a cast"""
    payments: Callable[[Iterable[Row], str, str], dict[str, list[BookPayment]]]


def read_orders(client: ODataClient, profile: Profile, since: dt.date) -> list[BookInvoice]:
    """Return the orders dated (УНФ: paid) from ``since`` on with what is paid of them. Raises ``ODataError``."""
    kind = f"isof({profile.link},'{profile.document}')"
    by_date = f"cast({profile.link},'{profile.document}')/Date ge {e.moment(since)}"
    first = f"{profile.dated.format(e.moment(since))} and {kind}" if profile.dated else by_date
    try:
        rows = list(client.rows(profile.entity, profile.fields, first))
    except ODataQueryRefused:
        rows = []
    if not rows and first != kind:
        rows = list(client.rows(profile.entity, profile.fields, kind))
    found = profile.payments(rows, profile.link, profile.document)
    return [
        BookInvoice(ref, "", since, True, False, ZERO, bare=True, payments=tuple(payments))
        for ref, payments in found.items()
    ]


def _sums(rows: Iterable[Row], link: str, document: str) -> dict[str, list[BookPayment]]:
    """One row an order: the sum of all its payments, without their dates."""
    found: dict[str, list[BookPayment]] = {}
    for row in rows:
        if e.is_of_type(row.get(f"{link}_Type"), document):
            ref, paid = v.guid(row, link), v.money(row, "СуммаОплаты")
            found[ref] = [BookPayment(f"{ref}:paid", "СостоянияЗаказовКлиентов", None, paid)] if paid else []
    return found


def _movements(rows: Iterable[Row], link: str, document: str) -> dict[str, list[BookPayment]]:
    """Movements of each payment document, added up; those of the order itself move no money."""
    found: dict[str, dict[str, BookPayment]] = defaultdict(dict)
    for row in rows:
        if not e.is_of_type(row.get(f"{link}_Type"), document) or not v.flag(row, "Active"):
            continue
        of_order, key = found[v.guid(row, link)], v.guid(row, "Recorder")
        amount = v.money(row, "СуммаАванса") + v.money(row, "СуммаОплаты")
        kind = e.type_name(row.get("Recorder_Type")).removeprefix("Document_")
        before = of_order.get(key) or BookPayment(key, kind, v.day(row, "Period"), Decimal("0.00"))
        of_order[key] = replace(before, amount=before.amount + amount)
    return {ref: [one for one in each.values() if one.amount] for ref, each in found.items()}


PROFILES = {
    ClientFamily.UT11: Profile(
        e.ORDER_STATES, "Заказ,Заказ_Type,СуммаОплаты", "Заказ", "Document_ЗаказКлиента", "", _sums
    ),
    ClientFamily.UNF: Profile(
        e.ORDER_MONEY,
        "Period,Recorder,Recorder_Type,Active,СчетНаОплату,СчетНаОплату_Type,СуммаАванса,СуммаОплаты",
        "СчетНаОплату",
        "Document_ЗаказПокупателя",
        "Period ge {}",
        _movements,
    ),
}
"""Families whose own return hides partial payments; a БП (and a family not told) is asked as ``accounting`` does."""
