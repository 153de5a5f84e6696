"""What a person types into the search box, as a table."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind
from commerceml_bridge.domain.typed import Typed, parse

DAY = dt.date(2026, 11, 25)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("208", Typed("208", total=Decimal(208))),
        ("№ 208", Typed("№ 208", "208")),
        ("№208", Typed("№208", "208")),
        ("#208", Typed("#208", "208")),
        ("счёт 208", Typed("счёт 208", "208")),
        ("Счет на оплату № 208 от 25.11.2026 г.", Typed("Счет на оплату № 208 от 25.11.2026 г.", "208", DAY)),
        ("invoice СЧ-2025/001 of 2026-11-25", Typed("invoice СЧ-2025/001 of 2026-11-25", "СЧ-2025/001", DAY)),
        ("208 от 31.02.2026", Typed("208 от 31.02.2026", "208")),
        ("208 Уралдеталь", Typed("208 Уралдеталь", "208", words="Уралдеталь")),
        ("ООО Ромашка счёт 77/1", Typed("ООО Ромашка счёт 77/1", "77/1", words="ООО Ромашка счёт")),
        ("Счётчик", Typed("Счётчик")),
        ("Заказчик плюс", Typed("Заказчик плюс")),
        ("Уралдеталь", Typed("Уралдеталь")),
        ("100%", Typed("100%")),
        ("№", Typed("№")),
        ("", Typed("")),
        ("p-si-4", Typed("p-si-4", key=InvoiceKey(InvoiceKind.SMART, 4), portal_code="p")),
        (
            "https://firma.bitrix24.ru/crm/type/31/details/12/",
            Typed("https://firma.bitrix24.ru/crm/type/31/details/12/", key=InvoiceKey(InvoiceKind.SMART, 12)),
        ),
        (
            "https://firma.bitrix24.ru/crm/invoice/show/7/",
            Typed("https://firma.bitrix24.ru/crm/invoice/show/7/", key=InvoiceKey(InvoiceKind.OLD, 7)),
        ),
    ],
)
def test_what_was_typed_is_understood(text: str, meant: Typed) -> None:
    assert parse(text) == meant


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("14884", "14884"),
        ("14 884,00", "14884"),
        ("14\xa0884,50\xa0₽", "14884.5"),
        ("14884 руб.", "14884"),
        ("14884р", "14884"),
        ("14,884.00 RUB", "14884"),
        ("12000,01", "12000.01"),
        ("12,000.5", "12000.5"),
    ],
)
def test_a_sum_is_read_as_pages_and_people_write_it(text: str, total: str) -> None:
    assert parse(text).total == Decimal(total)


@pytest.mark.parametrize("text", ["12000,001", "1e400", "NaN", "сто", "1 000 000 000 000 000"])
def test_what_is_no_sum_is_none(text: str) -> None:
    assert parse(text).total is None
