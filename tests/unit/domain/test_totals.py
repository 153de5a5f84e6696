import dataclasses
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from commerceml_bridge.domain.documents import NO_VAT
from commerceml_bridge.domain.invoices import Invoice, InvoiceRow
from commerceml_bridge.domain.money import kopecks
from commerceml_bridge.domain.nodes import TODAYS_VAT_RATES
from commerceml_bridge.domain.totals import Totals, split, totals
from commerceml_bridge.errors import CannotRender
from tests.unit.domain.samples import PRICES, QUANTITIES, RATES, invoice, row, rows


def run(one: Invoice) -> Totals:
    return totals(one, portal_code="acme", vat_rates=TODAYS_VAT_RATES)


def lines_of(one: Invoice) -> list[tuple[str, str, str]]:
    return [(str(line.quantity), str(line.price), str(line.amount)) for line in run(one).lines]


#  price, quantity → quantity × price = amount, …
SPLITS = [
    ("a whole price", "100", "3", [("3", "100.00", "300.00")]),
    ("a third", "33.3333", "3", [("2", "33.33", "66.66"), ("1", "33.34", "33.34")]),
    ("two thirds", "66.6667", "3", [("1", "66.66", "66.66"), ("2", "66.67", "133.34")]),
    ("half a kopeck", "0.005", "100", [("50", "0.00", "0.00"), ("50", "0.01", "0.50")]),
    ("fraction kept", "99.99", "0.333", [("0.333", "99.99", "33.30")]),
    ("fraction, own price", "14.33", "0.1", [("0.1", "14.33", "1.43")]),
    ("fraction above one", "4.004", "2.5", [("1.5", "4.00", "6.00"), ("1", "4.01", "4.01")]),
    ("nothing to pay", "0", "5", [("5", "0.00", "0.00")]),
    ("large quantity", "0.0333", "1000", [("670", "0.03", "20.10"), ("330", "0.04", "13.20")]),
]


@pytest.mark.parametrize(("name", "price", "quantity", "expected"), SPLITS, ids=[one[0] for one in SPLITS])
def test_a_line_is_split_only_where_a_kopeck_would_be_lost(
    name: str, price: str, quantity: str, expected: list[tuple[str, str, str]]
) -> None:
    assert lines_of(invoice(row(price, quantity))) == expected, name


def test_a_rounding_difference_goes_to_the_largest_line() -> None:
    one = invoice(row("10", "1"), row("50", "3", product_id=56), total="160.02")
    assert lines_of(one) == [("1", "10.00", "10.00"), ("1", "50.00", "50.00"), ("2", "50.01", "100.02")]


@pytest.mark.parametrize(
    ("total", "held"), [("60.02", False), ("59.98", False), ("60.03", True), ("59.97", True), ("54", True)]
)
def test_a_kopeck_a_row_is_rounding_and_more_is_a_manual_total(total: str, held: bool) -> None:
    one = dataclasses.replace(invoice(row("10"), row("50"), total=total), is_manual_total=True)
    if not held:
        assert run(one).amount == Decimal(total)
        return
    with pytest.raises(CannotRender, match="сумма введена вручную") as caught:
        run(one)
    assert caught.value.code == "manual-total"


#  total, typed by hand, held: 1000 units at 12.01, which is 10.01 and 20 % on top, rounded
ON_TOP = [
    ("12010.00", False, False),
    ("12012.00", False, False),
    ("12015.00", False, False),
    ("12015.01", False, False),  # a kopeck of the other row
    ("12015.02", False, True),
    ("12012.00", True, True),
    ("12010.01", True, False),
]


@pytest.mark.parametrize(("total", "typed", "held"), ON_TOP)
def test_a_unit_price_shown_rounded_may_part_the_rows_from_a_total_nobody_typed(
    total: str, typed: bool, held: bool
) -> None:
    plain = invoice(row("12.01", "1000", "20"), row("5", "1", "20", product_id=56), total=str(Decimal(total) + 5))
    one = dataclasses.replace(plain, is_manual_total=typed)
    if not held:
        check(run(one), one)
        return
    with pytest.raises(CannotRender, match="введена вручную" if typed else "больше округления") as caught:
        run(one)
    assert caught.value.code == "manual-total"


def test_a_difference_larger_than_the_largest_line_is_a_manual_total() -> None:
    with pytest.raises(CannotRender) as caught:
        run(invoice(row("0.01"), row("0.01"), total="0"))
    assert caught.value.code == "manual-total"


#  sum, tax, rate
SERVICES = [
    ("1200", "200", "20"),
    ("1100", "100", "10"),
    ("1050", "50", "5"),
    ("1220", "220", "22"),
    ("500", "0", NO_VAT),
]


@pytest.mark.parametrize(("total", "tax", "rate"), SERVICES)
def test_an_invoice_without_rows_is_one_service(total: str, tax: str, rate: str) -> None:
    result = run(invoice(total=total, tax=Decimal(tax), title="Консультация"))
    (line,) = result.lines
    assert (line.name, line.quantity, line.amount, line.is_service) == (
        "Консультация",
        Decimal(1),
        Decimal(total),
        True,
    )
    assert (line.tax.rate, line.tax.amount) == (rate, Decimal(tax))
    assert line.unit.code == "796"
    assert result.tax == line.tax


def test_a_service_without_a_title_is_named_after_the_invoice() -> None:
    (line,) = run(invoice(total="5", title=" ")).lines
    assert line.name == "Оплата по счёту № 101 от 05.03.2026"


#  what is wrong with the invoice, code
REFUSED = [
    ("a negative price", invoice(row("-5"), total="0"), "negative-amount"),
    ("a negative quantity", invoice(row("5", "-1"), total="0"), "negative-amount"),
    ("a negative total", invoice(row("5"), total="-5"), "negative-amount"),
    ("no rows and no sum", invoice(total="0"), "empty"),
    ("only rows of nothing", invoice(row("5", "0")), "empty"),
    ("a sum beside rows of nothing", invoice(row("5", "0", "20"), total="100"), "empty"),
    ("VAT that fits no rate", invoice(total="1200", tax=Decimal(150)), "vat-rate"),
    ("VAT that fits two rates", invoice(total="0.10", tax=Decimal("0.02")), "vat-rate"),
    ("a nameless row", invoice(row("5", name=" \x01")), "row-name"),
    ("astronomical", invoice(row("1E+20"), total="100000000000000000000"), "too-large"),
    ("astronomical sum", invoice(row("1E+14", "100"), total="1"), "too-large"),
]


@pytest.mark.parametrize(("what", "one", "code"), REFUSED, ids=[one[0] for one in REFUSED])
def test_what_cannot_be_right_is_held_with_a_reason(what: str, one: Invoice, code: str) -> None:
    with pytest.raises(CannotRender) as caught:
        run(one)
    assert caught.value.code == code, what
    assert len(caught.value.message) > 40


def test_a_row_of_nothing_is_left_out() -> None:
    assert lines_of(invoice(row("5", "0", name=""), row("7"))) == [("1", "7.00", "7.00")]


#  rows as (amount, rate) → document rate, document tax
VAT = [
    ([("120", "20")], "20", "20.00"),
    ([("120", "20"), ("60", "20.00")], "20", "30.00"),
    ([("120", "20"), ("1100", "10")], "10", "120.00"),
    ([("1200", "20"), ("110", "10")], "20", "210.00"),
    ([("100", None)], NO_VAT, "0.00"),
    ([("100", "0")], "0", "0.00"),
    ([("1000", None), ("120", "20")], "20", "20.00"),
    ([("1000", "0"), ("10", None)], "0", "0.00"),
    ([("100", "7")], "7", "6.54"),
    ([("100", "22")], "22", "18.03"),
    ([("0.03", "20")], "20", "0.01"),
]


@pytest.mark.parametrize(("given_rows", "rate", "tax"), VAT)
def test_the_document_names_one_rate_and_its_tax_is_the_sum_of_the_lines(
    given_rows: list[tuple[str, str | None]], rate: str, tax: str
) -> None:
    result = run(invoice(*(row(amount, "1", vat) for amount, vat in given_rows)))
    assert (result.tax.rate, str(result.tax.amount)) == (rate, tax)
    assert result.tax.amount == sum(line.tax.amount for line in result.lines)


def check(result: Totals, one: Invoice) -> None:
    assert sum(line.amount for line in result.lines) == result.amount == kopecks(one.total)
    assert result.tax.amount == sum(line.tax.amount for line in result.lines)
    for line in result.lines:
        assert kopecks(line.price * line.quantity) == line.amount
        assert line.price == kopecks(line.price) >= 0
        assert line.quantity > 0
    assert sum(line.quantity for line in result.lines) == sum(one_row.quantity for one_row in one.rows)


@settings(max_examples=300)
@given(st.lists(rows, min_size=1, max_size=6), st.data())
def test_no_invoice_ever_breaks_the_kopeck_rule(given_rows: list[InvoiceRow], data: st.DataObject) -> None:
    plain = invoice(*given_rows)
    difference = Decimal(data.draw(st.integers(-len(given_rows), len(given_rows)))) / 100
    one = dataclasses.replace(plain, total=plain.total + difference)
    assume(one.total > 0)
    try:
        result = run(one)
    except CannotRender as refused:
        largest = max(kopecks(one_row.price * one_row.quantity) for one_row in given_rows)
        assert refused.code == "manual-total"
        assert largest + difference < 0
    else:
        check(result, one)


EXACT = st.tuples(st.decimals("1", "100000", places=4), QUANTITIES, RATES)


@settings(max_examples=300)
@given(st.lists(EXACT, min_size=1, max_size=6))
def test_no_total_the_portal_made_of_unrounded_prices_is_held(
    exact: list[tuple[Decimal, Decimal, Decimal | None]],
) -> None:
    """VAT on top and discounts: the portal shows unit prices in kopecks and adds up what it has."""
    shown = [
        row(str(kopecks(price)), str(quantity), None if rate is None else str(rate), product_id=place)
        for place, (price, quantity, rate) in enumerate(exact, start=1)
    ]
    sums = [(price * quantity, rate) for price, quantity, rate in exact]
    tax = sum((kopecks(amount * rate / (100 + rate)) for amount, rate in sums if rate), Decimal(0))
    total = kopecks(sum((amount for amount, _rate in sums), Decimal(0)))
    one = invoice(*shown, total=str(total), tax=tax)
    check(run(one), one)


@settings(max_examples=500)
@given(st.integers(0, 10**9), QUANTITIES, PRICES)
def test_any_amount_over_any_quantity_is_at_most_two_exact_lines(
    amount: int, quantity: Decimal, price: Decimal
) -> None:
    parts = split(kopecks(Decimal(amount) / 100), quantity, price)
    assert len(parts) <= 2
    assert sum(part[1] for part in parts) == quantity
    assert sum(part[2] for part in parts) == Decimal(amount) / 100
    for one_price, one_quantity, one_amount in parts:
        assert kopecks(one_price * one_quantity) == one_amount
        assert one_price >= 0
        assert one_quantity > 0


#  rows, the portal's VAT, held
PORTAL_TAX = [
    ("equal", [("1200", "1", "20")], "200", False),
    ("the portal does not say", [("1200", "1", "20")], "0", False),
    ("of one unit, times quantity", [("100", "1000", "20")], "16670.00", False),
    ("of each line, a kopeck apart", [("0.03", "1", "20"), ("0.03", "1", "20")], "0.01", False),
    ("another rate", [("1200", "1", "20")], "216.39", True),
    ("none of the lines has VAT", [("1200", "1", None)], "200", True),
    ("0 % has none either", [("1200", "1", "0")], "200", True),
]


@pytest.mark.parametrize(("what", "given_rows", "tax", "held"), PORTAL_TAX, ids=[one[0] for one in PORTAL_TAX])
def test_vat_may_differ_from_the_portal_s_by_rounding_only(
    what: str, given_rows: list[tuple[str, str, str | None]], tax: str, held: bool
) -> None:
    one = invoice(*(row(*values) for values in given_rows), tax=Decimal(tax))
    if not held:
        assert run(one).amount == one.total, what
        return
    with pytest.raises(CannotRender, match="больше округления") as caught:
        run(one)
    assert caught.value.code == "vat-differs"


#  rows with odd quantities and prices: the sum of the lines they make
ODD_ROWS = [
    ("a gift beside a purchase", [("0", "1"), ("120", "1")], ["0.00", "120.00"]),
    ("a row of quantity 0 is no line", [("120", "0"), ("120", "1")], ["120.00"]),
    ("a price of 0 alone", [("0", "3")], ["0.00"]),
    ("a currency without kopecks", [("15000", "3")], ["45000.00"]),
    ("a thousandth of a unit", [("1000", "0.001")], ["1.00"]),
]


@pytest.mark.parametrize(("what", "given_rows", "amounts"), ODD_ROWS, ids=[one[0] for one in ODD_ROWS])
def test_odd_rows_make_the_lines_an_accountant_expects(
    what: str, given_rows: list[tuple[str, str]], amounts: list[str]
) -> None:
    assert [str(line.amount) for line in run(invoice(*(row(*values) for values in given_rows))).lines] == amounts, what


def test_a_thousand_rows_add_up() -> None:
    one = invoice(*(row(f"{position}.333", "3", product_id=position) for position in range(1, 1001)))
    check(run(one), one)
