import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from commerceml_bridge.bitrix24.text import one_line, plain
from commerceml_bridge.bitrix24.values import (
    FieldUnusable,
    amount,
    as_date,
    as_decimal,
    as_int,
    as_moment,
    as_text,
    is_yes,
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("[B]Важно[/B]: [COLOR=#ff0000]срок[/COLOR]", "Важно: срок"),
        ("[URL=https://x.test/a?b=1]ссылка[/URL]", "ссылка"),
        ("[LIST]\n[*]раз\n[*]два\n[/LIST]", "- раз\n\n- два"),
        ("первая<br/>вторая<p>третья</p>", "первая\nвторая\nтретья"),
        ("<div class='a'>Цена &lt; 5&nbsp;&amp; более</div>", "Цена < 5 & более"),
        ("см. [3] и a < b > c, [прим. 1]", "см. [3] и a < b > c, [прим. 1]"),
        ("  много\t\tпробелов\r\n\r\n\r\n\r\nконец ", "много пробелов\n\nконец"),
        ("нуль\x00и\x0bтаб", "нульитаб"),
        ("", ""),
    ],
)
def test_markup_goes_and_what_people_typed_stays(raw: str, expected: str) -> None:
    assert plain(raw) == expected


def test_an_error_fits_one_line() -> None:
    assert one_line("Не заполнено.<br />Ещё<br />") == "Не заполнено. Ещё"


@pytest.mark.parametrize(
    ("value", "expected"), [("12", 12), (12, 12), (None, 0), ("", 0), (0, 0), ("0", 0), (False, 0)]
)
def test_an_empty_reference_is_zero(value: Any, expected: int) -> None:
    assert as_int({"f": value}, "f") == expected
    assert as_int({}, "f") == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1000.00", "1000.00"),
        (1000, "1000"),
        (Decimal("120.30000000000001"), "120.3"),
        (Decimal("0.30000000000000004"), "0.3"),
        (Decimal("7.999999999999999"), "8"),
        (Decimal("0.0125"), "0.0125"),
        (Decimal("1E+3"), "1E+3"),
        ("-5.5", "-5.5"),
    ],
)
def test_amounts_are_exact_but_for_binary_noise(value: Any, expected: str) -> None:
    assert str(as_decimal({"f": value}, "f")) == expected


def test_no_amount_is_none_or_zero_as_asked() -> None:
    assert as_decimal({"f": None}, "f") is None
    assert as_decimal({"f": ""}, "f") is None
    assert amount({}, "f") == 0


@pytest.mark.parametrize("value", ["много", "NaN", "Infinity", [], {}])
def test_what_is_no_number_is_named(value: Any) -> None:
    with pytest.raises(FieldUnusable, match="поле f"):
        as_decimal({"f": value}, "f")


def test_a_date_is_its_first_ten_characters_in_any_zone() -> None:
    for text in ("2026-11-20T03:00:00+03:00", "2026-11-20", "2026-11-20T12:00:00+12:00"):
        assert as_date({"f": text}, "f") == dt.date(2026, 11, 20)
    assert as_date({"f": ""}, "f") is None
    with pytest.raises(FieldUnusable, match="не дата"):
        as_date({"f": "20.11.2026"}, "f")


def test_a_moment_before_the_first_day_names_its_field() -> None:
    with pytest.raises(FieldUnusable, match="поле f"):
        as_moment({"f": "0001-01-01T00:00:00+03:00"}, "f")


def test_a_moment_becomes_utc() -> None:
    found = as_moment({"f": "2026-11-21T00:30:05+03:00"}, "f")
    assert found.isoformat() == "2026-11-20T21:30:05+00:00"
    for bad in (None, "2026-11-21T00:30:05", "вчера"):
        with pytest.raises(FieldUnusable):
            as_moment({"f": bad}, "f")


def test_flags_and_texts() -> None:
    assert [is_yes({"f": value}, "f") for value in ("Y", True, "N", "", None, False)] == [True, True] + [False] * 4
    assert as_text({"f": " a\x07b "}, "f") == "ab"
    assert as_text({"f": None}, "f") == ""
    assert as_text({"f": 5}, "f") == "5"
