import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from commerceml_bridge.bitrix24.mapping import InvoiceUnusable, Surroundings
from commerceml_bridge.bitrix24.old_mapping import old_invoice, vat_percent
from commerceml_bridge.domain.invoices import (
    Address,
    AddressKind,
    Invoice,
    InvoiceKey,
    InvoiceKind,
    PartyKind,
    StageSemantics,
)
from tests.unit.bitrix24.answers import book, info, result


def mapped(name: str = "company_payer", properties: dict[str, str] | None = None, **changes: Any) -> Invoice:
    raw = {**result("crm.invoice.get", name), **changes}
    if properties is not None:
        raw["INVOICE_PROPERTIES"] = {**raw["INVOICE_PROPERTIES"], **properties}
    link = {
        "ENTITY_ID": "214",
        "REQUISITE_ID": "62",
        "BANK_DETAIL_ID": "0",
        "MC_REQUISITE_ID": "0",
        "MC_BANK_DETAIL_ID": "0",
    }
    return old_invoice(raw, Surroundings(book(), {214: link}), info())


def test_strings_become_values() -> None:
    found = mapped()
    assert found.key == InvoiceKey(InvoiceKind.OLD, 214)
    assert (found.number, found.title, found.currency) == ("ОС-7", "Окна", "RUB")
    assert (found.date, found.pay_before) == (dt.date(2026, 11, 18), None)
    assert found.updated_at == dt.datetime(2026, 11, 19, 6, 0, tzinfo=dt.UTC)
    assert (found.total, found.tax) == (Decimal(2620), Decimal(420))
    assert (found.stage_id, found.stage_semantics, found.category_id) == ("S", StageSemantics.OPEN, 0)
    assert (found.responsible_id, found.deal_id, found.seller) == (9, 78, None)
    assert found.comment == "Оплатить до пятницы"


def test_prices_are_gross_however_they_were_entered() -> None:
    rows = mapped().rows
    assert [(row.price, row.vat_rate, row.vat_included) for row in rows] == [
        (Decimal(1200), Decimal(20), False),
        (Decimal(120), Decimal(20), True),
        (Decimal(100), None, False),
    ]
    assert sum(row.price * row.quantity for row in rows) == Decimal(2620)


def test_rows_keep_codes_units_and_order() -> None:
    rows = mapped().rows
    assert [(row.row_id, row.product_xml_id, row.unit_code, row.sort) for row in rows] == [
        (51, "0f0e-1c", "796", 0),
        (52, "", "006", 1),
        (53, "", "", 2),
    ]
    assert (rows[0].quantity, rows[0].discount) == (Decimal(2), Decimal(50))


def test_the_snapshot_of_the_payer_goes_before_the_crm() -> None:
    buyer = mapped().buyer
    assert buyer is not None
    assert (buyer.name, buyer.full_name) == ('ООО "Тёплый дом"', "ООО Тёплый дом (на дату счёта)")
    assert (buyer.inn, buyer.kpp, buyer.ogrn) == ("7700000029", "770101001", "1027700000001")
    assert buyer.contact_person == "Пётр Кровлин"
    assert buyer.emails == ("old@teply-dom.example", "zakaz@teply-dom.example")
    assert buyer.phones[0] == "+7 495 000-11-22"
    assert buyer.addresses[0] == Address(AddressKind.LEGAL, street="101000, Москва, ул. Былая, 9")
    assert buyer.addresses[1].kind is AddressKind.ACTUAL


def test_codes_of_another_legal_person_are_not_mixed_in() -> None:
    buyer = mapped(properties={"INN": "770000000099", "KPP": ""}).buyer
    assert buyer is not None
    assert (buyer.kind, buyer.inn, buyer.kpp, buyer.ogrn, buyer.okpo) == (
        PartyKind.ENTREPRENEUR,
        "770000000099",
        "",
        "",
        "",
    )


def test_a_frozen_inn_of_another_firm_is_not_the_card_s_own() -> None:
    moved = mapped(properties={"INN": "7707083893", "KPP": "770701001"}).buyer
    assert moved is not None
    assert (moved.entity_id, moved.inn, moved.name) == (41, "7707083893", "ООО Тёплый дом (на дату счёта)")
    assert len(moved.apart) == 8
    mistyped = mapped(properties={"INN": "7707083894", "KPP": ""}).buyer
    assert mistyped is not None
    assert mistyped.apart == "62", "that of the linked requisite"


def test_a_frozen_inn_of_another_requisite_of_the_card_means_that_requisite() -> None:
    buyer = mapped(properties={"INN": "7700000011", "KPP": ""}).buyer
    assert buyer is not None
    assert (buyer.requisite_id, buyer.inn) == (61, "7700000011")
    assert buyer.ogrn == "", "its own, not that of the linked requisite"


def test_a_frozen_inn_typed_with_spaces_is_the_same_firm() -> None:
    buyer = mapped(properties={"INN": "77 0000 0029", "KPP": ""}).buyer
    assert buyer is not None
    assert (buyer.kind, buyer.inn, buyer.kpp, buyer.ogrn) == (
        PartyKind.LEGAL,
        "7700000029",
        "770101001",
        "1027700000001",
    )


def test_a_frozen_address_that_is_still_the_same_keeps_its_parts() -> None:
    buyer = mapped(properties={"COMPANY_ADR": "101000, Москва, ул. Печная, 4, офис 12"}).buyer
    assert buyer is not None
    assert buyer.addresses[0] == Address(
        AddressKind.LEGAL, "Россия", "101000", "Москва", "", "Москва", "ул. Печная, 4", "офис 12"
    )


def test_an_empty_snapshot_leaves_the_crm_data() -> None:
    nothing: tuple[Any, ...] = ({}, [])
    for empty in nothing:
        buyer = mapped(INVOICE_PROPERTIES=empty).buyer
        assert buyer is not None
        assert (buyer.inn, buyer.addresses[0].street) == ("7700000029", "ул. Печная, 4")


def test_a_payer_the_webhook_cannot_see_lives_in_the_snapshot() -> None:
    buyer = mapped(UF_COMPANY_ID="404").buyer
    assert buyer is not None
    assert (buyer.entity_id, buyer.full_name, buyer.inn) == (404, "ООО Тёплый дом (на дату счёта)", "7700000029")
    with pytest.raises(InvoiceUnusable, match="404"):
        mapped(UF_COMPANY_ID="404", INVOICE_PROPERTIES={})


def test_a_person_pays() -> None:
    found = mapped("person_payer")
    assert (found.number, found.date) == ("9", dt.date(2026, 11, 18))
    assert found.updated_at == dt.datetime(2026, 11, 18, 13, 20, tzinfo=dt.UTC)
    assert found.stage_semantics is StageSemantics.SUCCESS
    assert found.rows == ()
    buyer = found.buyer
    assert buyer is not None
    assert (buyer.kind, buyer.name) == (PartyKind.PERSON, "Частная Анна Львовна")
    assert (buyer.last_name, buyer.first_name, buyer.second_name) == ("Частная", "Анна", "Львовна")
    assert buyer.phones == ("+7 900 999-88-77", "+7 900 111-22-33")
    assert buyer.addresses[0].street == "г. Тула, пр. Тихий, 8"


@pytest.mark.parametrize(
    ("rate", "percent"),
    [
        ("0.2000", Decimal(20)),
        ("0.1", Decimal(10)),
        ("0.05", Decimal(5)),
        ("0.22", Decimal(22)),
        ("0", Decimal(0)),
        ("20", Decimal(20)),
        ("-1", None),
        ("", None),
        (None, None),
        ("0.125", Decimal("12.5")),
    ],
)
def test_vat_is_a_coefficient(rate: str | None, percent: Decimal | None) -> None:
    assert vat_percent({"VAT_RATE": rate}) == percent


def test_rows_may_come_as_a_map_and_must_be_rows() -> None:
    row = result("crm.invoice.get", "company_payer")["PRODUCT_ROWS"][0]
    assert len(mapped(PRODUCT_ROWS={"3": row}).rows) == 1
    with pytest.raises(InvoiceUnusable, match="PRODUCT_ROWS"):
        mapped(PRODUCT_ROWS="нет")


def test_without_any_date_the_invoice_is_named() -> None:
    with pytest.raises(InvoiceUnusable, match=r"Счёт 214 \(старый\)"):
        mapped(DATE_BILL="", DATE_INSERT="")
