import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerceml_bridge.domain.numbering import MAX_LENGTH, WireNumber, significant_digits, wire_number
from commerceml_bridge.errors import CannotRender


def choose(
    printed: str, prefix: str = "", taken: tuple[int, ...] = (), max_digits: int = 6, reserve: int = 900001
) -> WireNumber:
    return wire_number(
        printed,
        prefix,
        max_digits=max_digits,
        taken_digits=lambda digits: digits in taken,
        next_substitute=lambda: reserve,
    )


@pytest.mark.parametrize(
    ("printed", "prefix", "number"),
    [
        ("101", "", "101"),
        (" 101 ", "", "101"),
        ("000101", "", "000101"),
        ("СЧ-77", "", "СЧ-77"),
        ("101", "Б-", "Б-101"),
        ("123456", "", "123456"),
        ("00000123456", "", "00000123456"),
        ("7/2026", "", "7/2026"),
    ],
)
def test_a_printed_number_that_1c_can_keep_is_kept(printed: str, prefix: str, number: str) -> None:
    assert choose(printed, prefix) == WireNumber(number, is_substitute=False, reason="")


@pytest.mark.parametrize(
    ("printed", "prefix", "taken", "number", "why"),
    [
        ("", "", (), "900001", "нет номера"),
        ("", "B24-", (), "900001", "нет номера"),
        ("СЧЁТ", "", (), "900001", "ни одной цифры"),
        ("1234567", "", (), "900001", "больше 6 значащих"),
        ("77/2026-1", "", (), "900001", "больше 6 значащих"),
        ("СЧЁТ-2026-001", "", (), "900001", "длиннее 11"),
        ("СЧЁТ", "B24-", (), "900001", "ни одной цифры"),
        ("101", "", (101,), "900001", "заняты"),
        ("А-101", "", (101,), "900001", "заняты"),
        ("1\x0001", "", (), "900001", "непечатаемые"),
        ("1234567", "Б-", (), "Б-900001", "больше 6 значащих"),
        ("1234567", "B24-", (), "900001", "больше 6 значащих"),
        ("1234567", "ПРЕФ-1", (), "900001", "длиннее 11"),
        ("1234567", "БИТР-", (900001,), "", ""),
    ],
)
def test_a_number_that_1c_cannot_keep_is_replaced(
    printed: str, prefix: str, taken: tuple[int, ...], number: str, why: str
) -> None:
    if not number:
        with pytest.raises(CannotRender, match="не нашлось свободного номера") as caught:
            choose(printed, prefix, taken)
        assert caught.value.code == "number-exhausted"
        return
    chosen = choose(printed, prefix, taken)
    assert chosen.number == number
    assert chosen.is_substitute
    assert why in chosen.reason


def test_a_node_may_allow_more_digits() -> None:
    assert choose("77/2026-1", max_digits=9) == WireNumber("77/2026-1", is_substitute=False)
    assert choose("12345678901", "B24-", max_digits=9, reserve=900002).number == "B24-900002"


def test_a_prefixed_substitute_whose_digits_are_taken_goes_bare() -> None:
    assert choose("нет", "B24-", taken=(24900001,), max_digits=9).number == "900001"


def test_the_reserve_is_not_touched_for_a_number_that_stays() -> None:
    def never() -> int:
        raise AssertionError("asked for a substitute")

    wire_number("5", "", max_digits=6, taken_digits=lambda _: False, next_substitute=never)


@pytest.mark.parametrize(
    ("number", "digits"),
    [("101", 101), ("000101", 101), ("А-1/2", 12), ("нет", None), ("", None), ("0", 0), ("²5", 5), ("٣5", 5)],
)
def test_significant_digits_are_what_unf_and_bp_make_of_a_number(number: str, digits: int | None) -> None:
    assert significant_digits(number) == digits


@given(
    st.text(st.sampled_from("0123456789АБ-/ "), max_size=14),
    st.text(st.sampled_from("Б2-"), max_size=4),
    st.sets(st.integers(0, 2000)),
    st.integers(6, 11),
)
def test_whatever_is_printed_the_number_fits_and_is_free(
    printed: str, prefix: str, taken: set[int], digits: int
) -> None:
    chosen = wire_number(
        printed, prefix, max_digits=digits, taken_digits=taken.__contains__, next_substitute=lambda: 900001
    )
    significant = significant_digits(chosen.number)
    assert significant is not None
    assert significant not in taken
    assert len(str(significant)) <= digits
    assert len(chosen.number) <= MAX_LENGTH
    assert bool(chosen.reason) == chosen.is_substitute


@pytest.mark.parametrize(("zeros_count", "number"), [(False, "СЧ-0000015"), (True, "900001")])
def test_leading_zeros_count_where_1c_cuts_the_digits(zeros_count: bool, number: str) -> None:
    chosen = wire_number(
        "СЧ-0000015",
        "",
        max_digits=6,
        zeros_count=zeros_count,
        taken_digits=lambda _digits: False,
        next_substitute=lambda: 900_001,
    )
    assert chosen.number == number
