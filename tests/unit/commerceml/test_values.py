"""Values as real files write them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from commerceml_bridge.commerceml import reader_values as values


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1200.50", "1200.50"),
        (" 1 200,50 ", "1200.50"),
        ("1\u00a0234\u202f567.8", "1234567.8"),
        ("-5", "-5"),
        ("+.5", "0.5"),
        ("231.7400", "231.7400"),
        ("7.", "7"),
    ],
)
def test_a_number_with_blanks_and_commas_is_a_number(text: str, number: str) -> None:
    assert values.decimal(text) == Decimal(number)


@pytest.mark.parametrize("text", ["12 рублей", "1,200.5", "NaN", "Infinity", "1e5", "--1", "1" * 19, "٣", "."])
def test_nonsense_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="не число"):
        values.decimal(text)


@pytest.mark.parametrize("text", ["", "  ", "\u00a0\n"])
def test_blank_means_the_file_does_not_say(text: str) -> None:
    parsers: tuple[Callable[[str], object], ...] = (
        values.decimal,
        values.date,
        values.time,
        values.flag,
        values.moment,
    )
    assert [parse(text) for parse in parsers] == [None] * 5


@pytest.mark.parametrize(
    "text",
    [
        "2015-01-21",
        "2015-01-21T10:42:23",
        "2015-01-21T9:51:39",
        "2015-01-21+03:00",
        "2015-01-21Z",
        " 2015-01-21 00:00:00 ",
        "21.01.2015",
        "21.01.2015 0:00:00",
        "20150121",
        "20150121104223",
        "2015-1-21",
    ],
)
def test_a_date_is_read_in_every_shape_seen(text: str) -> None:
    assert values.date(text) == dt.date(2015, 1, 21)


@pytest.mark.parametrize("text", ["0001-01-01", "0001-01-01T00:00:00", "01.01.0001"])
def test_the_first_of_january_of_year_one_is_no_date(text: str) -> None:
    assert values.date(text) is None


@pytest.mark.parametrize("text", ["T", "2015-13-01", "2022-10-31UTC02:25:50", "завтра", "2015-02-30", "0000-01-01"])
def test_garbage_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match="не дата"):
        values.date(text)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("9:05:07", dt.time(9, 5, 7)),
        ("09:05", dt.time(9, 5)),
        ("00:00:01", dt.time(0, 0, 1)),
        ("15:39:10.123+03:00", dt.time(15, 39, 10)),
        ("2015-06-29T9:51:39", dt.time(9, 51, 39)),
    ],
)
def test_a_time_may_lack_its_zero_and_carry_more(text: str, time: dt.time) -> None:
    assert values.time(text) == time


@pytest.mark.parametrize("text", ["25:00:00", "9", "полдень"])
def test_garbage_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="не время"):
        values.time(text)


@pytest.mark.parametrize(
    ("text", "flag"), [("true", True), (" True ", True), ("1", True), ("Да", True), ("false", False), ("Нет", False)]
)
def test_yes_and_no_are_read_as_1c_and_people_write_them(text: str, flag: bool) -> None:
    assert values.flag(text) is flag


def test_anything_else_is_neither_yes_nor_no() -> None:
    with pytest.raises(ValueError, match="не да и не нет"):
        values.flag("T")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-04-10", dt.datetime.combine(dt.date(2026, 4, 10), dt.time())),
        ("2026-04-10T0:36:33", dt.datetime.combine(dt.date(2026, 4, 10), dt.time(0, 36, 33))),
        ("2015-03-12T22:17:41.711+03:00", dt.datetime.combine(dt.date(2015, 3, 12), dt.time(22, 17, 41))),
    ],
)
def test_the_moment_of_forming_is_local_time_of_1c(text: str, moment: dt.datetime) -> None:
    assert values.moment(text) == moment
