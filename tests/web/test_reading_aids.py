"""Bytes made readable, revisions compared, values shown: the pure parts of the pages."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest

from commerceml_bridge.web import changes, charts, create_web_app, formatting, xmlview
from commerceml_bridge.web.jsonable import jsonable
from commerceml_bridge.web.throttle import FAILURES, WINDOW, Throttle
from tests.web.conftest import Site

NOW = dt.datetime(2025, 11, 24, 9, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ('<?xml version="1.0" encoding="windows-1251"?><а>ё</а>'.encode("cp1251"), "windows-1251"),
        ("<а>ё</а>".encode("cp1251"), "windows-1251"),
        ("<а>ё</а>".encode(), "UTF-8"),
        ("\ufeff<а>ё</а>".encode(), "UTF-8 (BOM)"),
        ("\ufeff<а>ё</а>".encode("utf-16-le"), "UTF-16"),
        ('<?xml version="1.0" encoding="no-such"?><а>ё</а>'.encode("cp1251"), "windows-1251"),
    ],
)
def test_the_encoding_is_found_and_the_text_is_right(data: bytes, encoding: str) -> None:
    shown = xmlview.show(data, whole=True, pretty=False)
    assert shown.encoding == encoding
    assert "<а>ё</а>" in shown.text


def test_indenting_keeps_attributes_texts_comments_and_escapes() -> None:
    data = b'<?xml version="1.0"?><a x="&quot;1&quot;"><!--n--><b>1 &lt; 2 &amp; 3</b><c/>tail</a>'
    assert xmlview.indent(data) == (
        '<?xml version="1.0"?>\n<a x=\'"1"\'>\n  <!--n-->\n  <b>1 &lt; 2 &amp; 3</b>\n  <c/>\n  tail\n</a>'
    )


def test_a_document_in_windows_1251_without_declaration_is_indented_too() -> None:
    shown = xmlview.show("<Документ><Ид>1</Ид></Документ>".encode("cp1251"), whole=True, pretty=True)
    assert shown.form == "pretty"
    assert shown.text == "<Документ>\n  <Ид>1</Ид>\n</Документ>"


@pytest.mark.parametrize(
    "data", [b"<a><b>", b"plain text", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", b"success\nline\n"]
)
def test_what_is_no_sound_xml_is_shown_as_it_is(data: bytes) -> None:
    shown = xmlview.show(data, whole=True, pretty=True)
    assert (shown.form, shown.text) == ("raw", data.decode())


def test_a_large_body_is_cut_and_an_archive_is_only_named() -> None:
    assert xmlview.show(b"<a>", whole=False, pretty=True).form == "cut"
    assert xmlview.show(b"PK\x03\x04\0\0", whole=True, pretty=True).form == "binary"
    assert xmlview.show(b"\x89PNG\0\0\0", whole=True, pretty=True).form == "binary"


def test_changes_are_told_leaf_by_leaf_in_natural_order() -> None:
    rows = [{"price": str(number)} for number in range(11)]
    before = {"number": "1", "comment": "", "updated_at": "a", "rows": rows}
    after = {"number": "1", "comment": "x", "updated_at": "b", "rows": [*rows[:2], {"price": "7"}, *rows[3:10]]}
    found = [(one.field, one.before, one.after) for one in changes.between(json.dumps(before), json.dumps(after))]
    assert found == [("comment", None, "x"), ("rows.2.price", "2", "7"), ("rows.10.price", "10", None)]


def test_ids_of_rows_and_moments_of_saving_are_no_change() -> None:
    before = {"updated_at": "a", "rows": [{"row_id": 8, "price": "1"}]}
    after = {"updated_at": "b", "rows": [{"row_id": 11, "price": "2"}]}
    (found,) = changes.between(json.dumps(before), json.dumps(after))
    assert (found.field, found.is_sum) == ("rows.0.price", True)


def test_stored_values_are_shown_as_people_write_them(site: Site) -> None:
    shown = {}
    for language in ("ru", "en"):
        with create_web_app(site.bridge).test_request_context("/", headers={"Accept-Language": language}):
            shown[language] = [
                formatting.plain_value("2025-11-24", False),
                formatting.plain_value("14884", True),
                formatting.plain_value("0.125", True),
                formatting.plain_value("2025-11-30", False),
                formatting.plain_value("10.1234", True),
                formatting.plain_value("2025-13-40", False),
                formatting.plain_value("2026-02-29", False),
                formatting.plain_value("сто", True),
            ]
    assert shown == {
        "ru": ["24.11.2025", "14\xa0884,00", "0,125", "30.11.2025", "10,1234", "2025-13-40", "2026-02-29", "сто"],
        "en": ["2025-11-24", "14,884.00", "0.125", "2025-11-30", "10.1234", "2025-13-40", "2026-02-29", "сто"],
    }


def test_a_chart_tells_today_and_the_whole_in_numbers_too() -> None:
    chart = charts.bars("документов в день", [("1", 3), ("2", 0), ("3", 5)])
    assert (chart.last, chart.total, len(chart.bars)) == (5, 8, 3)
    assert charts.bars("нет", []).total == 0


def test_json_has_money_and_moments_as_text_and_no_bytes() -> None:
    value = {"sum": Decimal("1E+3"), "at": NOW, "day": NOW.date(), "none": None, "many": (1, True)}
    assert jsonable(value) == {
        "sum": "1000",
        "at": "2025-11-24T09:30:00Z",
        "day": "2025-11-24",
        "none": None,
        "many": [1, True],
    }
    with pytest.raises(TypeError):
        jsonable({"body": b"x"})


def test_the_throttle_forgets_after_a_while_and_after_success() -> None:
    throttle = Throttle()
    for _failure in range(FAILURES):
        assert not throttle.refuses("a", "1", NOW)
        throttle.failed("a", "1", NOW)
    assert throttle.refuses("a", "1", NOW)
    assert not throttle.refuses("a", "2", NOW)
    assert not throttle.refuses("b", "1", NOW)
    assert not throttle.refuses("a", "1", NOW + WINDOW)
    throttle.failed("b", "1", NOW)
    throttle.succeeded("b", "1")
    assert not throttle.refuses("b", "1", NOW)
