"""An old invoice of ``crm.invoice.get`` and everything around it → ``Invoice``.

Follows facts bitrix24-rest §3: strings everywhere, VAT as a coefficient, prices entered without VAT where
``VAT_INCLUDED`` is "N". ``INVOICE_PROPERTIES`` is a frozen snapshot of the payer: where it is filled it is what was
printed, so it goes before today's CRM data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from commerceml_bridge.bitrix24.mapping import (
    InvoiceUnusable,
    Surroundings,
    buyer,
    external_code,
    required,
    required_date,
    seller,
    unit_code,
)
from commerceml_bridge.bitrix24.parties import COMPANY, CONTACT, Entity, PartyBook, party_kind, tax_number
from commerceml_bridge.bitrix24.portal_info import PortalInfo
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
from commerceml_bridge.domain import taxpayers
from commerceml_bridge.domain.identity import other_person
from commerceml_bridge.domain.invoices import (
    Address,
    AddressKind,
    Invoice,
    InvoiceKey,
    InvoiceKind,
    InvoiceRow,
    Party,
    PartyKind,
)


def old_invoice(raw: Row, around: Surroundings, info: PortalInfo) -> Invoice:
    """Return the invoice a ``crm.invoice.get`` answer and its surroundings describe. Raises ``InvoiceUnusable``."""
    try:
        return _old_invoice(raw, around, info)
    except FieldUnusable as error:
        raise InvoiceUnusable(f"Счёт {raw.get('ID')} (старый): {error}.") from error


def _old_invoice(raw: Row, around: Surroundings, info: PortalInfo) -> Invoice:
    invoice_id = as_int(raw, "ID")
    link = around.links.get(invoice_id, {})
    status = as_text(raw, "STATUS_ID")
    return Invoice(
        key=InvoiceKey(InvoiceKind.OLD, invoice_id),
        number=as_text(raw, "ACCOUNT_NUMBER") or str(invoice_id),
        date=required_date(as_date(raw, "DATE_BILL") or as_date(raw, "DATE_INSERT")),
        updated_at=updated_at(raw, "DATE_UPDATE", "DATE_INSERT"),
        title=as_text(raw, "ORDER_TOPIC"),
        total=amount(raw, "PRICE"),
        tax=amount(raw, "TAX_VALUE"),
        currency=required(as_text(raw, "CURRENCY") or as_text(raw, "CURRENCY_ID"), "не указана валюта"),
        stage_id=status,
        stage_semantics=info.semantics(status),
        category_id=0,
        is_recurring_template=is_yes(raw, "IS_RECURRING"),
        pay_before=as_date(raw, "DATE_PAY_BEFORE"),
        comment=plain(as_text(raw, "COMMENTS")) or plain(as_text(raw, "USER_DESCRIPTION")),
        responsible_id=as_int(raw, "RESPONSIBLE_ID"),
        deal_id=as_int(raw, "UF_DEAL_ID"),
        buyer=_old_buyer(raw, around, link),
        seller=seller(around.book, as_int(raw, "UF_MYCOMPANY_ID"), link),
        rows=tuple(_old_row(row, place, around) for place, row in enumerate(_product_rows(raw))),
    )


def _old_buyer(raw: Row, around: Surroundings, link: Row) -> Party | None:
    company_id, contact_id = as_int(raw, "UF_COMPANY_ID"), as_int(raw, "UF_CONTACT_ID")
    properties = _properties(raw)
    entity = Entity(COMPANY, company_id) if company_id else Entity(CONTACT, contact_id)
    try:
        known = buyer(around.book, company_id, contact_id, _linked(around.book, entity, link, properties))
    except FieldUnusable:
        if not (as_text(properties, "COMPANY") or as_text(properties, "FIO")):
            raise
        known = _bare_party(company_id, contact_id)
    return with_snapshot(known, properties) if known else None


def _linked(book: PartyBook, entity: Entity, link: Row, properties: Row) -> Row:
    """Return the link, naming the requisite with the frozen ИНН where it names another one or none."""
    inn, chosen = tax_number(properties, "INN"), book.requisite(entity, as_int(link, "REQUISITE_ID"))
    if not inn or chosen is None or tax_number(chosen, "RQ_INN") == inn:
        return link
    same = [row for row in book.requisites[entity] if tax_number(row, "RQ_INN") == inn]
    return {**link, "REQUISITE_ID": as_int(same[0], "ID"), "BANK_DETAIL_ID": 0} if same else link


def _bare_party(company_id: int, contact_id: int) -> Party:
    """Return a party of which only the id is known: the snapshot has the rest."""
    if company_id:
        return Party("company", company_id, PartyKind.LEGAL, f"Компания {company_id}")
    return Party("contact", contact_id, PartyKind.PERSON, f"Контакт {contact_id}")


def with_snapshot(known: Party, properties: Row) -> Party:
    """Return ``known`` with what the invoice froze about its payer; another INN brings its own codes only."""
    if as_text(properties, "FIO") and not as_text(properties, "COMPANY"):
        return _with_person(known, properties)
    before, name = known.apart, as_text(properties, "COMPANY")
    known = _with_codes(known, tax_number(properties, "INN"), tax_number(properties, "KPP"))
    return replace(
        known,
        name=name if name and known.apart != before else known.name,
        full_name=name or known.full_name,
        contact_person=as_text(properties, "CONTACT_PERSON") or known.contact_person,
        phones=_front(as_text(properties, "PHONE"), known.phones),
        emails=_front(as_text(properties, "EMAIL"), known.emails),
        addresses=_addresses(as_text(properties, "COMPANY_ADR"), known.addresses),
    )


def _with_person(known: Party, properties: Row) -> Party:
    name = as_text(properties, "FIO")
    last, first, second = [*name.split(maxsplit=2), "", "", ""][:3]
    return replace(
        known,
        name=name,
        full_name=name,
        last_name=last,
        first_name=first,
        second_name=second,
        phones=_front(as_text(properties, "PHONE"), known.phones),
        emails=_front(as_text(properties, "EMAIL"), known.emails),
        addresses=_addresses(as_text(properties, "ADDRESS"), known.addresses),
    )


def _with_codes(known: Party, inn: str, kpp: str) -> Party:
    """Put the frozen INN and KPP in; codes of another legal person are dropped rather than mixed."""
    if inn and inn != known.inn:
        type_id = COMPANY if known.entity == "company" else CONTACT
        kind = party_kind(type_id, {"RQ_INN": inn, "RQ_KPP": kpp})
        same = not known.inn
        return replace(
            known,
            kind=kind,
            inn=inn,
            kpp=kpp or (known.kpp if same else ""),
            ogrn=known.ogrn if same else "",
            okpo=known.okpo if same else "",
            apart=known.apart if same or taxpayers.inn_fault(inn) else other_person(inn, kpp),
        )
    return replace(known, kpp=kpp or known.kpp)


def _front(value: str, others: tuple[str, ...]) -> tuple[str, ...]:
    return (value, *(other for other in others if other != value)) if value else others


def _addresses(line: str, known: tuple[Address, ...]) -> tuple[Address, ...]:
    """Put the printed address line in place of the legal address, unless that is the same one in parts."""
    if not line or any(one.kind is AddressKind.LEGAL and _is_printed(one, line) for one in known):
        return known
    return (
        Address(AddressKind.LEGAL, street=line),
        *(address for address in known if address.kind is not AddressKind.LEGAL),
    )


def _is_printed(address: Address, line: str) -> bool:
    """Tell whether a line is made of an address; country, province and district are often left out of it."""
    parts = [part for part in (address.postal_code, address.city, address.street, address.apartment) if part]
    return bool(address.street) and all(part in line for part in parts)


def _properties(raw: Row) -> Row:
    """Return the snapshot; PHP writes an empty one as a list."""
    value = raw.get("INVOICE_PROPERTIES")
    return value if isinstance(value, dict) else {}


def _product_rows(raw: Row) -> Sequence[Row]:
    """Return the rows; the key is absent when there are none (§3.1)."""
    value: Any = raw.get("PRODUCT_ROWS")
    values = list(value.values()) if isinstance(value, dict) else value or []
    if not isinstance(values, list) or not all(isinstance(row, dict) for row in values):
        raise FieldUnusable("поле PRODUCT_ROWS: не список строк")
    return values


def _old_row(row: Row, place: int, around: Surroundings) -> InvoiceRow:
    product_id = as_int(row, "PRODUCT_ID")
    rate = vat_percent(row)
    included = as_text(row, "VAT_INCLUDED") != "N"
    price = amount(row, "PRICE")
    xml_id = as_text(row, "PRODUCT_XML_ID") or around.product_codes.get(product_id, "")
    return InvoiceRow(
        row_id=as_int(row, "ID"),
        product_id=product_id,
        name=as_text(row, "PRODUCT_NAME"),
        price=price if included or not rate else price * (1 + rate / 100),
        quantity=amount(row, "QUANTITY"),
        vat_rate=rate,
        vat_included=included,
        discount=amount(row, "DISCOUNT_PRICE"),
        unit_code=unit_code(row, "MEASURE_CODE"),
        unit_name=as_text(row, "MEASURE_NAME"),
        product_xml_id=external_code(xml_id, product_id),
        is_service=product_id in around.services,
        sort=place,
    )


def vat_percent(row: Row) -> Decimal | None:
    """Return percent of the coefficient ``VAT_RATE`` (0.2 → 20); ``None`` (без НДС) for null, "" and -1.

    Some builds write the percentage itself: 1 and more cannot be a coefficient of any VAT.
    """
    rate = as_decimal(row, "VAT_RATE")
    if rate is None or rate < 0:
        return None
    percent = rate if rate >= 1 else rate * 100
    return percent.to_integral_value() if percent == percent.to_integral_value() else percent.normalize()
