"""Old invoices: a whole-object rewrite on every update, with the payer's frozen properties and derived payment flags.

Follows facts: bitrix24-rest §3.1 (behaviour), §3.2 (fields), §3.3 (status order), §3.4. Raises RestError with an empty
code and ``<br />`` in the text where the portal refuses. The caller holds the store's lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from commerceml_bridge.simulators.portal import clients, rows, values
from commerceml_bridge.simulators.portal.answers import RestError
from commerceml_bridge.simulators.portal.fields import defaults
from commerceml_bridge.simulators.portal.rows import Row
from commerceml_bridge.simulators.portal.schemas import OLD_ROW
from commerceml_bridge.simulators.portal.settings import COMPANY_TYPE, CONTACT_TYPE, OLD_INVOICE_TYPE
from commerceml_bridge.simulators.portal.store import Store
from commerceml_bridge.simulators.portal.table import Record

ROWS, PROPERTIES = "PRODUCT_ROWS", "INVOICE_PROPERTIES"
COMPANY_PERSON, CONTACT_PERSON = 1, 2
_LIMITS = {"PAY_VOUCHER_NUM": 20, "REASON_MARKED": 255, "COMMENTS": 2000, "USER_DESCRIPTION": 2000}


def add(store: Store, raw: Mapping[str, Any]) -> Record:
    """Create an old invoice; ``raw`` as in ``crm.invoice.add``, plus an ``ID`` above all others if wished."""
    merged: dict[str, Any] = defaults(store.old_schema) | {ROWS: (), PROPERTIES: {}}
    now = store.now()
    merged.update(DATE_INSERT=now, DATE_BILL=store.today(), DATE_STATUS=now)
    mine = store.companies.where("IS_MY_COMPANY", ("Y",))
    merged["UF_MYCOMPANY_ID"] = mine[0]["ID"] if mine else 0
    merged.update(_read(store, raw))
    if store.settings.status(merged["STATUS_ID"]) is None:
        merged["STATUS_ID"] = store.settings.statuses[0].code
    merged.pop("ID")
    _validate(store, merged)
    if raw.get("ID"):
        merged["ID"] = int(raw["ID"])
    _derive(store, merged, None)
    record = store.old_invoices.insert(merged)
    if not record["ACCOUNT_NUMBER"]:
        store.old_invoices.change(record, {"ACCOUNT_NUMBER": str(record["ID"])})
    _register_link(store, record)
    store.emit("ONCRMINVOICEADD", ID=record["ID"])
    return record


def update(store: Store, record: Record, raw: Mapping[str, Any]) -> None:
    """Load, merge, validate again and rewrite everything, as ``crm.invoice.update`` does (§3.1)."""
    before = record.as_dict()
    merged = {**before, **_read(store, raw)}
    if store.settings.status(merged["STATUS_ID"]) is None:
        merged["STATUS_ID"] = before["STATUS_ID"]
    _validate(store, merged)
    _derive(store, merged, before)
    store.old_invoices.change(record, merged)
    _register_link(store, record)
    store.emit("ONCRMINVOICEUPDATE", ID=record["ID"])
    if merged["STATUS_ID"] != before["STATUS_ID"]:
        store.emit("ONCRMINVOICESETSTATUS", ID=record["ID"])


def delete(store: Store, invoice_id: int) -> bool:
    """Delete an invoice and its requisite link; return whether it existed."""
    if store.old_invoices.delete(invoice_id) is None:
        return False
    clients.drop_link(store, OLD_INVOICE_TYPE, invoice_id)
    store.emit("ONCRMINVOICEDELETE", ID=invoice_id)
    return True


def _read(store: Store, raw: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in raw.items():
        described = store.old_schema.get(name)
        if described is None or (described.read_only and name != "CURRENCY"):
            continue
        result[name] = None if value is None else values.read(described.kind, value, store.zone)
    if raw.get(ROWS) is not None:
        result[ROWS] = tuple(_read_row(store, line) for line in raw[ROWS])
    if isinstance(raw.get(PROPERTIES), Mapping):
        result[PROPERTIES] = {str(key): str(value) for key, value in raw[PROPERTIES].items()}
    return result


def _read_row(store: Store, line: Row | Mapping[str, Any]) -> dict[str, Any]:
    row = defaults(OLD_ROW)
    given = _from_row(line) if isinstance(line, Row) else line
    for name, value in given.items():
        if name in OLD_ROW and not OLD_ROW[name].read_only:
            row[name] = values.read(OLD_ROW[name].kind, value, store.zone)
    product = store.products.get(row["PRODUCT_ID"])
    if product:
        row["PRODUCT_XML_ID"], row["CATALOG_XML_ID"] = product["xmlId"], "1c_catalog"
    if not row["ID"]:
        store.old_row_ids += 1
        row["ID"] = store.old_row_ids
    return row


def _from_row(line: Row) -> dict[str, Any]:
    typed = line.values()
    rate = typed["taxRate"] or Decimal(0)
    gross = line.tax_included
    return {
        "PRODUCT_ID": typed["productId"],
        "PRODUCT_NAME": typed["productName"],
        "QUANTITY": typed["quantity"],
        "PRICE": typed["price"] if gross else typed["priceExclusive"],
        "DISCOUNT_PRICE": typed["priceBrutto"] - typed["price"] if gross else typed["discountSum"],
        "VAT_RATE": rate / 100,
        "VAT_INCLUDED": typed["taxIncluded"],
        "MEASURE_CODE": typed["measureCode"],
        "MEASURE_NAME": typed["measureName"],
    }


def _validate(store: Store, merged: Mapping[str, Any]) -> None:
    complaints = []
    if not merged[ROWS]:
        complaints.append("В счете не указаны товары.")
    if not (merged["UF_COMPANY_ID"] or merged["UF_CONTACT_ID"]):
        complaints.append("Не указан плательщик.")
    if not merged["PAY_SYSTEM_ID"]:
        complaints.append('Поле "Платежная система" обязательно для заполнения.')
    if not merged["ORDER_TOPIC"]:
        complaints.append('Поле "Тема" обязательно для заполнения.')
    for name, limit in _LIMITS.items():
        checked = name != "PAY_VOUCHER_NUM" or is_paid(store, merged["STATUS_ID"])
        if checked and len(merged[name] or "") > limit:
            complaints.append(f'Длина поля "{name}" больше {limit} символов.')
    if complaints:
        raise RestError("", "<br />".join(complaints) + "<br />")


def is_paid(store: Store, status_id: str) -> bool:
    """Whether a status carries the pay flag: SORT(P) ≤ SORT < SORT(D) (§3.3)."""
    status, paid, declined = (store.settings.status(code) for code in (status_id, "P", "D"))
    if status is None or paid is None:
        return False
    return status.sort >= paid.sort and (declined is None or status.sort < declined.sort)


def _derive(store: Store, merged: dict[str, Any], before: Mapping[str, Any] | None) -> None:
    now = store.now()
    paid = is_paid(store, merged["STATUS_ID"])
    merged.update(PAYED="Y" if paid else "N", DATE_UPDATE=now)
    merged.update(DATE_PAYED=now if paid else None, EMP_PAYED_ID=store.settings.user_id if paid else None)
    if before is None or before["STATUS_ID"] != merged["STATUS_ID"]:
        merged.update(DATE_STATUS=now, EMP_STATUS_ID=store.settings.user_id)
    merged["PRICE"], merged["TAX_VALUE"] = totals(merged[ROWS])
    filled = clients.payer_properties(store, merged["UF_COMPANY_ID"], merged["UF_CONTACT_ID"])
    merged[PROPERTIES] = {**merged[PROPERTIES], **filled}
    if not merged["PERSON_TYPE_ID"]:
        merged["PERSON_TYPE_ID"] = COMPANY_PERSON if merged["UF_COMPANY_ID"] else CONTACT_PERSON


def totals(lines: tuple[Mapping[str, Any], ...]) -> tuple[Decimal, Decimal]:
    """Return (PRICE, TAX_VALUE): VAT is inside the price or on top of it, row by row."""
    total = tax = Decimal(0)
    for line in lines:
        amount = rows.cents(line["PRICE"] * line["QUANTITY"])
        inside = line["VAT_INCLUDED"] == "Y"
        vat = rows.cents(amount * line["VAT_RATE"] / (1 + line["VAT_RATE"] if inside else 1))
        total += amount if inside else amount + vat
        tax += vat
    return total, tax


def _register_link(store: Store, record: Record) -> None:
    payer = (
        (COMPANY_TYPE, record["UF_COMPANY_ID"]) if record["UF_COMPANY_ID"] else (CONTACT_TYPE, record["UF_CONTACT_ID"])
    )
    clients.link_invoice(store, (OLD_INVOICE_TYPE, record["ID"]), payer, record["UF_MYCOMPANY_ID"])
