"""Numbers in a payment purpose, one row a case."""

from __future__ import annotations

import pytest

from commerceml_bridge.domain.bank_purpose import mentions


@pytest.mark.parametrize(
    ("purpose", "named", "loose"),
    [
        ("Оплата по счету № 11 от 05.03.2026 г. за услуги. В т.ч. НДС 20% - 200,00 руб.", ["11"], []),
        ("Оплата по счету №11 от 05.03.26, НДС не облагается", ["11"], []),
        ("ОПЛАТА ПО СЧЁТУ N 000123 ОТ 5 МАРТА 2026 Г.", ["000123"], []),
        ("сч. 11, 12 и 15 от 2026-03-05", ["11", "12", "15"], []),
        ("Оплата счетов № 11;12", ["11", "12"], []),
        ("сч.№СЧ-2026/17 от 05.03.2026", ["сч-2026/17"], []),
        ("Счет на оплату 00БС-000123", ["00бс-000123"], []),
        ("сч11 НДС 10% 120-00", ["11"], []),
        ("Оплата по договору № 15 от 01.02.2026 счет 11", ["11"], []),
        ("Оплата по договору 15", [], []),
        ("По счет-фактуре № 77 от 05.03.2026", [], []),
        ("Оплата по счету 11 по дог. 7 от 01.01.2026, акт 9", ["11"], []),
        ("За кондиционер 11", [], ["11"]),
        ("Сумма 44200-00 Без НДС", [], []),
        ("Оплата 44 200,00 руб. ИНН 7707083893", [], []),
        ("Предоплата 50% по счету 11", ["11"], []),
        ("", [], []),
    ],
)
def test_which_numbers_are_invoices(purpose: str, named: list[str], loose: list[str]) -> None:
    found = mentions(purpose)
    assert [one.text for one in found if one.named] == named
    assert [one.text for one in found if not one.named] == loose


def test_the_date_behind_a_number_gives_its_year() -> None:
    (one,) = mentions("счет 11 от 05.03.2025 по дог. 3 от 01.01.2020")
    assert one.year == 2025
