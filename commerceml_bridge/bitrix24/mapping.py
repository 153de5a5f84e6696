"""A smart invoice of ``crm.item.*`` and everything around it → ``Invoice``.

Follows facts bitrix24-rest §1.1, §2.1, §2.3; decision 17. Pure: asks nothing. One invoice that cannot be mapped
raises ``InvoiceUnusable``; it says what a person must change in the invoice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from commerceml_bridge.bitrix24.parties import COMPANY, CONTACT, Entity, PartyBook, party
from commerceml_bridge.bitrix24.portal_info import PortalInfo
from commerceml_bridge.bitrix24.products import SERVICE
from commerceml_bridge.bitrix24.text import plain
from commerceml_bridge.bitrix24.values import (
    FieldUnusable,
    Row,
    amount,
    as_date,
    as_decimal,
    as_int,
    as_text,
    is_yes,
    updated_at,
)
from commerceml_bridge.domain.invoices import Invoice, InvoiceKey, InvoiceKind, InvoiceRow, Party
from commerceml_bridge.errors import PortalRefused


class InvoiceUnusable(PortalRefused):
    """An invoice that has no meaning for 1C until a person changes it (or a right) in Bitrix24."""

    code = "invoice-unusable"


@dataclass
class Surroundings:
    """What an invoice refers to, fetched for many invoices at once."""

    book: PartyBook
    links: Mapping[int, Row] = field(default_factory=dict)
    """requisite link by invoice id"""
    rows: Mapping[int, Sequence[Row]] = field(default_factory=dict)
    """product rows by invoice id"""
    product_codes: Mapping[int, str] = field(default_factory=dict)
    """external code by product id"""
    services: Collection[int] = frozenset()
    """products that are services, as far as the catalogues could be asked; rows of old invoices do not say it"""


def smart_invoice(item: Row, around: Surroundings, info: PortalInfo) -> Invoice:
    """Return the invoice a full ``crm.item`` and its surroundings describe. Raises ``InvoiceUnusable``."""
    try:
        return _smart_invoice(item, around, info)
    except FieldUnusable as error:
        raise InvoiceUnusable(f"Счёт {item.get('id')}: {error}.") from error


def _smart_invoice(item: Row, around: Surroundings, info: PortalInfo) -> Invoice:
    invoice_id = as_int(item, "id")
    link = around.links.get(invoice_id, {})
    currency = required(as_text(item, "currencyId"), "не указана валюта")
    return Invoice(
        key=InvoiceKey(InvoiceKind.SMART, invoice_id),
        number=as_text(item, "accountNumber") or str(invoice_id),
        date=required_date(as_date(item, "begindate")),
        updated_at=updated_at(item, "updatedTime", "createdTime"),
        title=as_text(item, "title"),
        total=amount(item, "opportunity"),
        tax=amount(item, "taxValue"),
        currency=currency,
        stage_id=as_text(item, "stageId"),
        stage_semantics=info.semantics(as_text(item, "stageId")),
        category_id=as_int(item, "categoryId"),
        is_manual_total=is_yes(item, "isManualOpportunity"),
        is_recurring_template=is_yes(item, "isRecurring"),
        pay_before=as_date(item, "closedate"),
        comment=plain(as_text(item, "comments")),
        responsible_id=as_int(item, "assignedById"),
        deal_id=as_int(item, "parentId2"),
        buyer=buyer(around.book, as_int(item, "companyId"), as_int(item, "contactId"), link),
        seller=seller(around.book, as_int(item, "mycompanyId"), link),
        rows=smart_rows(around.rows.get(invoice_id, ()), around.product_codes),
    )


def buyer(book: PartyBook, company_id: int, contact_id: int, link: Row) -> Party | None:
    """Return the company, else the contact; ``None`` if the invoice names neither. Raises if it is not readable."""
    if not company_id and not contact_id:
        return None
    entity = Entity(COMPANY, company_id) if company_id else Entity(CONTACT, contact_id)
    found = party(
        book,
        entity,
        requisite_id=as_int(link, "REQUISITE_ID"),
        bank_detail_id=as_int(link, "BANK_DETAIL_ID"),
        contact_id=contact_id if company_id else 0,
    )
    return _readable(found, entity, "покупателя")


def seller(book: PartyBook, company_id: int, link: Row) -> Party | None:
    """Return the own company; ``None`` if the invoice names none. Raises if it is not readable."""
    if not company_id:
        return None
    entity = Entity(COMPANY, company_id)
    found = party(
        book, entity, requisite_id=as_int(link, "MC_REQUISITE_ID"), bank_detail_id=as_int(link, "MC_BANK_DETAIL_ID")
    )
    return _readable(found, entity, "продавца")


def smart_rows(rows: Sequence[Row], codes: Mapping[int, str]) -> tuple[InvoiceRow, ...]:
    """Return the product rows in the order of the invoice; ``codes``: external code by product id."""
    mapped = [_smart_row(row, codes) for row in rows]
    return tuple(sorted(mapped, key=lambda row: (row.sort, row.row_id)))


def _smart_row(row: Row, codes: Mapping[int, str]) -> InvoiceRow:
    product_id = as_int(row, "productId")
    return InvoiceRow(
        row_id=as_int(row, "id"),
        product_id=product_id,
        name=as_text(row, "productName"),
        price=amount(row, "price"),
        quantity=amount(row, "quantity"),
        vat_rate=as_decimal(row, "taxRate"),
        vat_included=is_yes(row, "taxIncluded"),
        discount=amount(row, "discountSum"),
        unit_code=unit_code(row, "measureCode"),
        unit_name=as_text(row, "measureName"),
        product_xml_id=external_code(codes.get(product_id, ""), product_id),
        is_service=as_int(row, "type") == SERVICE,
        sort=as_int(row, "sort"),
    )


def unit_code(row: Row, field_name: str) -> str:
    """Return the ОКЕИ code with the leading zeros the portal loses (6 → "006"), "" if there is none."""
    code = as_int(row, field_name)
    return f"{code:03d}" if code > 0 else ""


def external_code(xml_id: str, product_id: int) -> str:
    """Return ``xml_id`` unless it is the product's own number, which 1C has never seen (§2.3)."""
    return "" if xml_id == str(product_id) else xml_id


def required(text: str, complaint: str) -> str:
    """Return ``text``. Raises ``FieldUnusable`` with ``complaint`` if it is empty."""
    if not text:
        raise FieldUnusable(complaint)
    return text


def required_date(date: dt.date | None) -> dt.date:
    """Return ``date``. Raises ``FieldUnusable`` if there is none."""
    if date is None:
        raise FieldUnusable("не указана дата счёта; укажите её в карточке счёта")
    return date


def _readable(found: Party | None, entity: Entity, who: str) -> Party:
    if found is None:
        what = "компанию" if entity.type_id == COMPANY else "контакт"
        raise FieldUnusable(
            f"вебхук не видит {who} ({what} {entity.id}); дайте владельцу вебхука право читать компании и контакты"
        )
    return found
