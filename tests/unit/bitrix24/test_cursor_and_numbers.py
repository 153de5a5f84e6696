import datetime as dt

import pytest

from commerceml_bridge.bitrix24.cursor import Cursor, KindCursor
from commerceml_bridge.bitrix24.listing import OLD, SMART, Scope, listing_of, page_command
from commerceml_bridge.bitrix24.numbering_check import unfit_numbers
from commerceml_bridge.domain.invoices import InvoiceKind
from commerceml_bridge.errors import PortalAnswerInvalid, PortalRefused
from tests.unit.bitrix24.answers import info

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


def test_a_cursor_survives_storage() -> None:
    cursor = Cursor(KindCursor(NOON, 17, NOON), KindCursor(), dt.date(2026, 11, 1))
    assert Cursor.from_json(cursor.to_json()) == cursor
    assert Cursor.from_json("") == Cursor()


@pytest.mark.parametrize("text", ["{", "{}", "[]", '{"smart":{},"old":{},"dated_from":null}', "null"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a stored cursor|Expecting"):
        Cursor.from_json(text)


def test_moving_one_kind_leaves_the_other() -> None:
    moved = Cursor().moved(InvoiceKind.OLD, KindCursor(NOON))
    assert moved.of(InvoiceKind.SMART) == KindCursor()
    assert moved.of(InvoiceKind.OLD) == KindCursor(NOON)


def test_a_first_load_asks_by_date_and_a_later_pass_by_change() -> None:
    first = Scope.of(KindCursor(), dt.timedelta(seconds=120), dt.date(2026, 11, 1))
    later = Scope.of(KindCursor(NOON), dt.timedelta(seconds=120), dt.date(2026, 11, 1))
    assert page_command("p", SMART, first, 5).params["filter"] == {">id": 5, ">=begindate": "2026-11-01"}
    assert page_command("p", SMART, later, 5).params["filter"] == {
        ">id": 5,
        ">=updatedTime": "2026-11-23T11:58:00+00:00",
    }
    assert page_command("p", OLD, later, 0).params["filter"] == {">ID": 0, ">=DATE_UPDATE": "2026-11-23T11:58:00+00:00"}


def head(number: int, bill: str = "") -> dict[str, str]:
    times = {"DATE_UPDATE": "2026-11-23T10:00:00+03:00", "DATE_INSERT": "2026-10-05T10:00:00+03:00"}
    return {"ID": str(number), "DATE_BILL": bill, **times}


def test_old_invoices_are_sifted_by_the_date_they_are_known_under() -> None:
    scope = Scope(None, dt.date(2026, 11, 1))
    rows = [head(1), head(2, "2026-11-02T03:00:00+03:00"), head(3, "2026-10-31T03:00:00+03:00")]
    listing = listing_of(rows, OLD, scope, 0, NOON)
    assert [one.key.id for one in listing.listed] == [2]
    assert (listing.last_id, listing.more) == (3, False)


@pytest.mark.parametrize("ids", [[4], [5], [9, 8], [7, 7]])
def test_ids_that_do_not_grow_show_a_filter_the_portal_dropped(ids: list[int]) -> None:
    with pytest.raises(PortalAnswerInvalid, match="не применил отбор"):
        listing_of([head(number) for number in ids], OLD, Scope(None, None), 5, NOON)


@pytest.mark.parametrize("written", ["", "never", "0001-01-01T00:00:00+03:00"])
def test_a_time_nobody_can_read_does_not_stop_the_page(written: str) -> None:
    row = {"ID": "7", "DATE_UPDATE": written, "DATE_INSERT": ""}
    listing = listing_of([row, head(8)], OLD, Scope(None, None), 5, NOON)
    assert [one.key.id for one in listing.listed] == [7, 8]
    assert listing.listed[0].updated_at == NOON, "it is read, and its own reading tells what is wrong"


def test_the_success_stage_is_found_by_its_meaning() -> None:
    assert info().success_stage(6) == "DT31_6:P"
    assert info().success_stage(0) == "P"
    with pytest.raises(PortalRefused, match="воронке счетов 7"):
        info().success_stage(7)


@pytest.mark.parametrize(
    ("numbers", "bad"),
    [
        (["1", "2", "СЧ-000123"], []),
        (["12/2026-0001"], ["12/2026-0001"]),
        (["Счёт-длинный-5"], ["Счёт-длинный-5"]),
        (["1234567"], ["1234567"]),
        (["0000123456"], ["0000123456"]),
        (["А-5", "Б-5"], ["Б-5"]),
        (["без номера", ""], ["без номера", ""]),
    ],
)
def test_numbers_that_1c_would_not_keep(numbers: list[str], bad: list[str]) -> None:
    assert unfit_numbers(numbers) == bad
