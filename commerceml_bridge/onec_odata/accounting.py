"""БП 3.0: invoices, statuses and money of a window of dates, in three questions of constant length (facts §3.5).

No half results: whoever raises has read nothing. Forms a base may not understand have fallbacks; an empty answer of
the doubtful form is asked again in the sure one, since a wrong filter matches nothing without an error.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from commerceml_bridge.domain.books import BookInvoice, BookPayment
from commerceml_bridge.errors import ODataObjectMissing, ODataQueryRefused, ODataUnavailable
from commerceml_bridge.onec_odata import expressions as e
from commerceml_bridge.onec_odata import values as v
from commerceml_bridge.onec_odata.answers import Row
from commerceml_bridge.onec_odata.client import ODataClient

BANK = e.BANK_RECEIPTS.removeprefix("Document_")
"""How ``BookPayment.kind`` names a receipt at the bank."""
NEEDED = (e.INVOICES, e.STATUSES, e.MONEY_ROWS)
USEFUL = (e.BANK_RECEIPTS, e.ORGANIZATIONS)
INVOICE_FIELDS = (
    "Ref_Key,Number,Date,Posted,DeletionMark,СуммаДокумента,ВалютаДокумента_Key,Организация_Key,Комментарий"
)
STATUS_FIELDS = "Организация_Key,Документ,Документ_Type,Статус,ДополнительныйСтатус"
SHIPPED = "Отгружен"
MONEY_FIELDS = "Period,Recorder,Recorder_Type,Active,СчетНаОплату,СчетНаОплату_Type,Сумма,Валюта_Key"
FIELDS: dict[str, str] = {e.INVOICES: INVOICE_FIELDS, e.STATUSES: STATUS_FIELDS, e.MONEY_ROWS: MONEY_FIELDS}


def read_books(client: ODataClient, since: dt.date, *, prefix: str = "", organization: str = "") -> list[BookInvoice]:
    """Return the invoices dated from ``since`` on whose number begins with ``prefix``, with status and payments.

    Raises ``ODataError``; nothing of the poll is to be used then.
    """
    rows = {v.guid(row, "Ref_Key"): row for row in _invoices(client, since, prefix, organization)}
    if not rows:
        return []
    statuses = _statuses(client, since, rows)
    payments = _payments(client, since, rows)
    return [_invoice(ref, row, statuses.get(ref, ("", "")), payments.get(ref, ())) for ref, row in rows.items()]


def read_one_number(client: ODataClient, tail: str, year: int) -> list[BookInvoice]:
    """Return every invoice of a year whose number ends with ``-tail``: to learn the prefix (§2)."""
    where = f"endswith(Number,{e.text('-' + tail)}) eq true and year(Date) eq {year}"
    rows = client.rows(e.INVOICES, INVOICE_FIELDS, where, order="Ref_Key")
    return [_invoice(v.guid(row, "Ref_Key"), row, ("", ""), ()) for row in rows]


def bank_numbers(client: ODataClient, since: dt.date) -> dict[str, str]:
    """Return by reference the bank's own numbers of receipts; nothing where the object is not published."""
    where = f"Date ge {e.moment(since)} and Posted eq true"
    try:
        rows = list(client.rows(e.BANK_RECEIPTS, "Ref_Key,Number,НомерВходящегоДокумента", where, order="Ref_Key"))
    except (ODataObjectMissing, ODataQueryRefused):
        return {}
    return {v.guid(row, "Ref_Key"): v.text(row, "НомерВходящегоДокумента").strip() or _number(row) for row in rows}


def organizations(client: ODataClient) -> list[tuple[str, str, str]]:
    """Return (reference, name, ИНН) of the organisations. Raises ``ODataError``."""
    rows = client.rows(e.ORGANIZATIONS, "Ref_Key,Description,ИНН", "", order="Ref_Key")
    return [(v.guid(row, "Ref_Key"), v.text(row, "Description"), v.text(row, "ИНН").strip()) for row in rows]


def _invoices(client: ODataClient, since: dt.date, prefix: str, organization: str) -> Iterator[Row]:
    where = f"Date ge {e.moment(since)}"
    if len(prefix) == 4:
        where += f" and startswith(Number,{e.text(prefix + '-')}) eq true"
    if organization:
        where += f" and Организация_Key eq {e.guid(organization)}"
    return client.rows(e.INVOICES, INVOICE_FIELDS, where, order="Ref_Key")


def _statuses(client: ODataClient, since: dt.date, refs: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return by invoice the status of payment and of shipment."""
    wanted = set(refs)
    by_date = f"cast(Документ,'{e.INVOICES}')/Date ge {e.moment(since)}"
    by_type = f"isof(Документ,'{e.INVOICES}')"
    try:
        rows = list(client.rows(e.STATUSES, STATUS_FIELDS, by_date))
    except (ODataQueryRefused, ODataUnavailable):  # an unknown path may be an internal error of 1C
        rows = []
    if not rows:
        rows = _statuses_by_type(client, wanted, by_type)
    return {
        v.guid(row, "Документ"): (v.text(row, "Статус"), v.text(row, "ДополнительныйСтатус"))
        for row in rows
        if e.is_of_type(row.get("Документ_Type"), e.INVOICES) and v.guid(row, "Документ") in wanted
    }


def _statuses_by_type(client: ODataClient, wanted: set[str], by_type: str) -> list[Row]:
    try:
        return list(client.rows(e.STATUSES, STATUS_FIELDS, by_type))
    except ODataQueryRefused:
        return list(_by_ids(client, e.STATUSES, STATUS_FIELDS, "Документ", sorted(wanted)))


def _by_ids(client: ODataClient, entity: str, fields: str, field: str, refs: Sequence[str]) -> Iterator[Row]:
    for start in range(0, len(refs), e.IDS_AT_ONCE):
        some = refs[start : start + e.IDS_AT_ONCE]
        yield from client.rows(entity, fields, e.any_of(field, some, e.INVOICES))


def _payments(client: ODataClient, since: dt.date, invoices: dict[str, Row]) -> dict[str, tuple[BookPayment, ...]]:
    """Add up the movements of each payment: БП writes one for every VAT rate (§1.3)."""
    where = f"Period ge {e.moment(since)} and isof(СчетНаОплату,'{e.INVOICES}')"
    try:
        rows = list(client.rows(e.MONEY_ROWS, MONEY_FIELDS, where, last=True))
    except ODataQueryRefused:
        rows = list(_by_ids(client, e.MONEY_ROWS, MONEY_FIELDS, "СчетНаОплату", sorted(invoices)))
    found: dict[str, dict[str, BookPayment]] = defaultdict(dict)
    for row in rows:
        ref = v.guid(row, "СчетНаОплату")
        if (
            ref not in invoices
            or not v.flag(row, "Active")
            or not e.is_of_type(row.get("СчетНаОплату_Type"), e.INVOICES)
        ):
            continue
        _add(found[ref], row, invoices[ref])
    return {
        ref: tuple(sorted(each.values(), key=lambda one: (one.date or since, one.key))) for ref, each in found.items()
    }


def _add(payments: dict[str, BookPayment], row: Row, invoice: Row) -> None:
    key = v.guid(row, "Recorder")
    other = v.guid(row, "Валюта_Key") != v.guid(invoice, "ВалютаДокумента_Key")
    kind = e.type_name(row.get("Recorder_Type")).removeprefix("Document_")
    before = payments.get(key) or BookPayment(key, kind, v.day(row, "Period"), Decimal("0.00"))
    amount = before.amount + v.money(row, "Сумма")
    payments[key] = replace(before, amount=amount, other_currency=before.other_currency or other)


def _invoice(ref: str, row: Row, status: tuple[str, str], payments: tuple[BookPayment, ...]) -> BookInvoice:
    return BookInvoice(
        ref=ref,
        number=_number(row),
        date=v.day(row, "Date"),
        posted=v.flag(row, "Posted"),
        deleted=v.flag(row, "DeletionMark"),
        total=v.money(row, "СуммаДокумента"),
        organization=v.guid(row, "Организация_Key"),
        comment=v.text(row, "Комментарий"),
        status=status[0],
        shipped=status[1] == SHIPPED,
        payments=payments,
    )


def _number(row: Row) -> str:
    return v.text(row, "Number").rstrip()
