import datetime as dt

import pytest

from commerceml_bridge.domain.signals import DateKind, ReadDate, currencies_differ, read_date

DATES = [
    (None, "absent", None),
    ("", "placeholder", None),
    ("  ", "placeholder", None),
    ("T", "placeholder", None),
    ("Т", "placeholder", None),  # Cyrillic
    ("0001-01-01", "placeholder", None),
    ("0001-01-01T00:00:00", "placeholder", None),
    ("01.01.0001", "placeholder", None),
    ("01.01.0001 0:00:00", "placeholder", None),
    ("1899-12-30", "placeholder", None),
    ("2014-12-25", "real", dt.date(2014, 12, 25)),
    ("2014-12-25T10:42:23", "real", dt.date(2014, 12, 25)),
    ("2014-12-12T9:51:39", "real", dt.date(2014, 12, 12)),
    ("2014-12-12 9:51:39", "real", dt.date(2014, 12, 12)),
    ("2015-08-12+03:00", "real", dt.date(2015, 8, 12)),
    (" 2026-03-05T09:00:00.123Z ", "real", dt.date(2026, 3, 5)),
    ("05.03.2026", "real", dt.date(2026, 3, 5)),
    ("5.3.2026 9:05:00", "real", dt.date(2026, 3, 5)),
    ("2026-02-30", "unreadable", None),
    ("2026-03", "unreadable", None),
    ("вчера", "unreadable", None),
    ("true", "unreadable", None),
    ("20260305", "unreadable", None),
]


@pytest.mark.parametrize(("text", "kind", "date"), DATES)
def test_dates_in_every_shape_1c_writes(text: str | None, kind: str, date: dt.date | None) -> None:
    assert read_date(text) == ReadDate(DateKind(kind), date)


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("RUB", "RUB", False),
        ("руб.", "RUB", False),
        ("643", "RUB", False),
        ("руб", "RUR", False),
        ("", "RUB", False),
        ("Рублики", "RUB", False),
        ("USD", "RUB", True),
        ("840", "руб.", True),
        ("грн", "UAH", False),
    ],
)
def test_currencies_differ_only_when_both_names_are_known(one: str, other: str, differ: bool) -> None:
    assert currencies_differ(one, other) == currencies_differ(other, one) == differ
