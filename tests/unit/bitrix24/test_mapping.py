import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from commerceml_bridge.bitrix24.mapping import InvoiceUnusable, Surroundings, external_code, smart_invoice, unit_code
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind, InvoiceRow, StageSemantics
from commerceml_bridge.errors import PortalRefused
from tests.unit.bitrix24.answers import book, info, result


def item(name: str, **changes: Any) -> dict[str, Any]:
    return {**result("crm.item.get", name)["item"], **changes}


def around() -> Surroundings:
    links = {int(row["ENTITY_ID"]): row for row in result("crm.requisite.link.list", "chosen")}
    rows = {214: result("crm.item.productrow.list", "mixed_rows")["productRows"]}
    return Surroundings(book(), links, rows, {310: "0f0e-1c", 311: "311"})


def test_the_head_of_an_invoice() -> None:
    found = smart_invoice(item("company_buyer"), around(), info())
    assert found.key == InvoiceKey(InvoiceKind.SMART, 214)
    assert (found.number, found.title, found.currency) == ("КР-58", "Счёт на кровлю", "RUB")
    assert (found.date, found.pay_before) == (dt.date(2026, 11, 20), dt.date(2026, 11, 27))
    assert found.updated_at == dt.datetime(2026, 11, 20, 21, 30, 5, tzinfo=dt.UTC)
    assert (found.total, found.tax) == (Decimal("15480.5"), Decimal("2580.08"))
    assert (found.stage_id, found.stage_semantics, found.category_id) == ("DT31_6:S", StageSemantics.OPEN, 6)
    assert (found.is_manual_total, found.is_recurring_template) == (False, False)
    assert (found.responsible_id, found.deal_id) == (9, 77)
    assert found.comment == "Срочно\nдоставка до склада, блок [3]"


def test_buyer_and_seller_follow_the_link() -> None:
    found = smart_invoice(item("company_buyer"), around(), info())
    assert found.buyer is not None
    assert found.seller is not None
    assert (found.buyer.requisite_id, found.buyer.contact_person) == (62, "Кровлин Пётр Иванович")
    assert (found.seller.entity_id, found.seller.requisite_id) == (2, 5)


def test_rows_stand_in_the_order_of_the_invoice() -> None:
    rows = smart_invoice(item("company_buyer"), around(), info()).rows
    assert rows == (
        InvoiceRow(
            901,
            310,
            "Черепица",
            Decimal("120.3"),
            Decimal(100),
            Decimal(20),
            True,
            Decimal(5),
            "006",
            "м",
            "0f0e-1c",
            sort=10,
        ),
        InvoiceRow(
            902,
            311,
            "Конёк",
            Decimal(297),
            Decimal("10.125"),
            Decimal(0),
            False,
            unit_code="796",
            unit_name="шт",
            sort=20,
        ),
        InvoiceRow(903, 0, "Выезд мастера", Decimal("480.5"), Decimal(1), None, is_service=True, sort=30),
    )


def test_a_person_is_the_buyer_where_no_company_is() -> None:
    found = smart_invoice(item("person_buyer"), around(), info())
    assert found.buyer is not None
    assert (found.buyer.entity, found.buyer.entity_id, found.buyer.contact_person) == ("contact", 18, "")
    assert found.seller is None
    assert (found.number, found.pay_before, found.deal_id) == ("215", None, 0)
    assert (found.is_manual_total, found.is_recurring_template) == (True, True)
    assert found.stage_semantics is StageSemantics.SUCCESS
    assert found.rows == ()


def test_an_invoice_without_counterparty_has_none() -> None:
    assert smart_invoice(item("company_buyer", companyId=0, contactId=None), around(), info()).buyer is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"begindate": None}, "не указана дата"),
        ({"begindate": "когда-нибудь"}, "begindate"),
        ({"currencyId": ""}, "валюта"),
        ({"opportunity": "много"}, "opportunity"),
        ({"updatedTime": None, "createdTime": ""}, "createdTime"),
        ({"companyId": 404}, "компанию 404"),
        ({"mycompanyId": 404}, "продавца"),
        ({"companyId": 0, "contactId": 404}, "контакт 404"),
    ],
)
def test_what_cannot_be_mapped_says_which_invoice_and_why(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InvoiceUnusable, match=words) as caught:
        smart_invoice(item("company_buyer", **changes), around(), info())
    assert "Счёт 214" in str(caught.value)


def test_an_unknown_stage_is_no_open_stage() -> None:
    with pytest.raises(PortalRefused, match="DT31_6:UC_1"):
        smart_invoice(item("company_buyer", stageId="DT31_6:UC_1"), around(), info())


def test_the_day_is_the_portals_whatever_the_zone() -> None:
    late = item("company_buyer", begindate="2026-11-20T12:00:00+12:00")
    assert smart_invoice(late, around(), info()).date == dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    ("code", "expected"), [(6, "006"), ("796", "796"), (0, ""), (None, ""), ("", ""), (1000, "1000")]
)
def test_units_get_their_zeros_back(code: Any, expected: str) -> None:
    assert unit_code({"c": code}, "c") == expected


def test_a_products_own_number_is_no_external_code() -> None:
    assert external_code("1243", 1243) == ""
    assert external_code("1243", 55) == "1243"
    assert external_code("a#b", 55) == "a#b"


def test_both_kinds_may_have_the_same_number() -> None:
    found = smart_invoice(item("company_buyer"), around(), info())
    assert replace(found.key, kind=InvoiceKind.OLD) != found.key
