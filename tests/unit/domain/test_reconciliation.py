import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerceml_bridge.domain.reconciliation import Decision, DecisionKind, Sent, decide, verify
from commerceml_bridge.domain.returned import Operation, ReturnedDocument, ReturnedParty

TOTAL = Decimal("1000.00")


def document(operation: Operation, **fields: Any) -> ReturnedDocument:
    amount = fields.pop("amount", TOTAL)
    return ReturnedDocument(
        operation,
        operation.value,
        amount=None if amount is None else Decimal(amount),
        currency=fields.pop("currency", "RUB"),
        **fields,
    )


def order(**fields: Any) -> ReturnedDocument:
    return document(Operation.ORDER, **({"id": "g", "number": "101", "posted": True} | fields))


def payment(amount: str | None, **fields: Any) -> ReturnedDocument:
    return document(Operation.PAYMENT, amount=amount, **({"paid": True, "posted": True} | fields))


def refund(amount: str, **fields: Any) -> ReturnedDocument:
    return document(Operation.REFUND, amount=amount, **({"posted": True} | fields))


def under(*children: ReturnedDocument, **fields: Any) -> ReturnedDocument:
    return order(children=children, **fields)


def run(one: ReturnedDocument, **known: Any) -> Decision:
    return decide(one, TOTAL, "RUB", **known)


#  what 1C returned for an invoice of 1000.00 → decision, paid amount, certain
CASES: list[tuple[str, ReturnedDocument, str, str | None, bool]] = [
    # --- nothing said ---
    ("an order, posted, nothing else", order(), "nothing", None, True),
    ("an order that says nothing at all", order(posted=None), "nothing", None, True),
    ("УНФ: Оплачен = false", order(paid=False), "nothing", None, True),
    ("УНФ: Оплачен = false, empty date", order(paid=False, payment_date="", payment_number=""), "nothing", None, True),
    ("СрокПлатежа 0001-01-01", order(pay_date=dt.date(1, 1, 1)), "nothing", None, True),
    ("our own СрокПлатежа comes back", order(pay_date=dt.date(2026, 4, 1)), "nothing", None, True),
    ("shipped only", order(shipped=True, shipment_date="2026-03-06"), "nothing", None, True),
    # --- paid by a date (УТ 10.3, УТ 11) ---
    ("a date", order(payment_date="2026-03-06"), "paid", "1000.00", True),
    ("a date and time without leading zero", order(payment_date="2026-03-06T9:05:33"), "paid", "1000.00", True),
    ("a Russian date", order(payment_date="06.03.2026"), "paid", "1000.00", True),
    ("a date, posting not told", order(payment_date="2026-03-06", posted=None), "paid", "1000.00", False),
    ("a date, 1C's sum is larger", order(payment_date="2026-03-06", amount="1200"), "paid", "1000.00", True),
    ("a date, 1C's sum is not told", order(payment_date="2026-03-06", amount=None), "paid", "1000.00", True),
    # --- looks paid and is not ---
    ("Дата оплаты = T", order(payment_date="T"), "unclear", None, False),
    ("Дата оплаты = Т, Cyrillic", order(payment_date="Т"), "unclear", None, False),
    ("Дата оплаты empty", order(payment_date=""), "unclear", None, False),
    ("Дата оплаты = 0001-01-01", order(payment_date="0001-01-01"), "unclear", None, False),
    ("Дата оплаты = 0001-01-01T00:00:00", order(payment_date="0001-01-01T00:00:00"), "unclear", None, False),
    ("Дата оплаты unreadable", order(payment_date="да"), "unclear", None, False),
    ("a number without a date", order(payment_number="П-5"), "unclear", None, False),
    ("a date, but Оплачен = false", order(payment_date="2026-03-06", paid=False), "unclear", None, False),
    ("a date, but 1C's sum is smaller", order(payment_date="2026-03-06", amount="900"), "unclear", None, False),
    ("a date, but another currency", order(payment_date="2026-03-06", currency="USD"), "unclear", None, False),
    # --- paid by a flag (УНФ) ---
    ("Оплачен = true", order(paid=True), "paid", "1000.00", True),
    ("Оплачен = true, date T", order(paid=True, payment_date="T"), "paid", "1000.00", True),
    ("Оплачен = true, «руб.»", order(paid=True, currency="руб."), "paid", "1000.00", True),
    ("Оплачен = true, posting not told", order(paid=True, posted=None), "paid", "1000.00", False),
    # --- not alive ---
    ("deleted", order(deleted=True), "deleted", None, True),
    ("deleted and paid", order(deleted=True, payment_date="2026-03-06"), "deleted", None, True),
    ("unposted", order(posted=False), "unposted", None, True),
    ("unposted and paid", order(posted=False, payment_date="2026-03-06"), "unposted", None, True),
    ("unposted, Оплачен = true", order(posted=False, paid=True), "unposted", None, True),
    ("unposted with a payment", under(payment("1000"), posted=False), "unposted", None, True),
    ("Отменен = true", order(cancelled=True), "cancelled", None, True),
    ("Отменен = true and a date", order(cancelled=True, payment_date="2026-03-06"), "cancelled", None, True),
    ("УТ 11: Сумма 0 and T", order(amount="0", payment_date="T"), "cancelled", None, True),
    ("УТ 11: Сумма 0 and a date", order(amount="0.00", payment_date="2026-03-06"), "cancelled", None, True),
    ("deleted wins over cancelled", order(deleted=True, cancelled=True), "deleted", None, True),
    # --- partial (УТ 11 by СрокПлатежа, УНФ and Bitrix by documents) ---
    ("УТ 11: СрокПлатежа is a payment date", order(pay_date=dt.date(2026, 3, 6)), "partly-paid", None, False),
    ("one payment of the whole", under(payment("1000")), "paid", "1000", True),
    ("two payments of the whole", under(payment("400"), payment("600")), "paid", "1000", True),
    ("overpaid", under(payment("1000.01")), "paid", "1000.01", True),
    ("one part", under(payment("400")), "partly-paid", "400", True),
    ("a kopeck short", under(payment("999.99")), "partly-paid", "999.99", True),
    ("УНФ writes no Проведен", under(payment("1000", posted=None)), "paid", "1000", True),
    ("an unposted payment is none", under(payment("400"), payment("600", posted=False)), "partly-paid", "400", True),
    ("a cancelled payment is none", under(payment("400"), payment("600", cancelled=True)), "partly-paid", "400", True),
    ("a deleted payment is none", under(payment("400"), payment("600", deleted=True)), "partly-paid", "400", True),
    ("an unpaid payment is none", under(payment("400"), payment("600", paid=False)), "partly-paid", "400", True),
    ("none of the payments counts", under(payment("1000", paid=False)), "nothing", None, True),
    ("a payment without a mark or date", under(payment("1000", paid=None)), "nothing", None, True),
    ("a refund subtracts", under(payment("1000"), refund("300")), "partly-paid", "700", True),
    ("an unposted refund does not", under(payment("1000"), refund("300", posted=False)), "paid", "1000", True),
    ("all refunded", under(payment("1000"), refund("1000")), "unclear", "0", False),
    ("a shipment beside a payment", under(document(Operation.SHIPMENT), payment("1000")), "paid", "1000", True),
    ("deeper payment", under(document(Operation.SHIPMENT, children=(payment("1000"),))), "paid", "1000", True),
    ("Отменен = true with a payment", under(payment("1000"), cancelled=True), "cancelled", None, True),
    # --- payments that cannot be added up ---
    ("a payment without a sum", under(payment(None)), "unclear", "0", False),
    ("a payment in dollars", under(payment("1000", currency="USD")), "unclear", "0", False),
    ("a date but no Оплачен", under(payment("1000", paid=None, payment_date="2026-03-06")), "unclear", "0", False),
    ("flag says paid, payments do not cover", under(payment("400"), paid=True), "unclear", "400", False),
    ("flag says paid, no payment counts", under(payment("1000", posted=False), paid=True), "unclear", None, False),
    ("date says paid, payments less", under(payment("400"), payment_date="2026-03-06"), "unclear", "400", False),
    # --- documents that stand alone ---
    ("a shipment", document(Operation.SHIPMENT, posted=True, shipped=True), "nothing", None, True),
    ("a payment of the whole", payment("1000"), "paid", "1000", True),
    ("a payment of the whole, posting not told", payment("1000", posted=None), "paid", "1000", False),
    ("a payment of a part", payment("400"), "partly-paid", "400", False),
    ("a deleted payment says nothing of the invoice", payment("1000", deleted=True), "nothing", None, True),
    ("an unposted payment", payment("1000", posted=False), "nothing", None, True),
    ("a payment of nothing", payment("0"), "nothing", None, True),
    ("a payment in dollars, alone", payment("1000", currency="840"), "unclear", None, False),
    ("a refund alone", refund("1000"), "unclear", None, False),
]  # fmt: skip


@pytest.mark.parametrize(("what", "one", "kind", "amount", "certain"), CASES, ids=[case[0] for case in CASES])
def test_what_a_returned_document_means(
    what: str, one: ReturnedDocument, kind: str, amount: str | None, certain: bool
) -> None:
    decision = run(one, sent_pay_before=dt.date(2026, 4, 1))
    expected = None if amount is None else Decimal(amount)
    assert (decision.kind, decision.paid_amount, decision.certain) == (kind, expected, certain), decision.reason
    assert decision.reason.endswith(".")


def test_an_invoice_of_nothing_is_never_paid() -> None:
    assert decide(order(amount="0", payment_date="2026-03-06"), Decimal(0), "RUB").kind == DecisionKind.NOTHING


CHEQUE = {"Номер платежного документа": "77"}

#  where 1C names the payment → voucher number and date
VOUCHERS = [
    ("УТ", order(payment_number=" П-5 ", payment_date="2026-03-06T9:05:33"), "П-5", dt.date(2026, 3, 6)),
    ("УНФ flag and СрокПлатежа", order(paid=True, pay_date=dt.date(2026, 3, 6)), None, dt.date(2026, 3, 6)),
    (
        "УНФ payment",
        under(payment("1000", requisites=CHEQUE, payment_date="0001-01-01", date=dt.date(2026, 3, 7))),
        "77",
        dt.date(2026, 3, 7),
    ),
    (
        "the latest of two",
        under(
            payment("500", payment_number="2", payment_date="2026-03-09"),
            payment("500", payment_number="1", payment_date="2026-03-08"),
        ),
        "2",
        dt.date(2026, 3, 9),
    ),
    (
        "Bitrix module, born in 1C",
        under(payment("1000", number_1c="0000-000012", date_1c=dt.date(2026, 3, 6), date=dt.date(1, 1, 1))),
        "0000-000012",
        dt.date(2026, 3, 6),
    ),
    ("T has no voucher date", order(payment_date="T", payment_number="П-5"), "П-5", None),
    ("no payment, no voucher", order(number_1c="0000-1", date_1c=dt.date(2026, 3, 5)), None, None),
]  # fmt: skip


@pytest.mark.parametrize(("what", "one", "number", "date"), VOUCHERS, ids=[case[0] for case in VOUCHERS])
def test_the_voucher_is_taken_from_where_1c_names_it(
    what: str, one: ReturnedDocument, number: str | None, date: dt.date | None
) -> None:
    decision = run(one)
    assert (decision.voucher_number, decision.voucher_date) == (number, date), what


FLAGS = st.sampled_from([None, True, False])
DATES = st.sampled_from([None, "", "T", "0001-01-01", "2026-03-06", "06.03.2026", "?"])
AMOUNTS = st.sampled_from([None, Decimal(0), Decimal(400), TOTAL])
MONEY = st.builds(
    ReturnedDocument,
    operation=st.sampled_from([Operation.PAYMENT, Operation.REFUND, Operation.SHIPMENT]),
    operation_name=st.just(""),
    amount=AMOUNTS,
    currency=st.sampled_from(["RUB", "USD", ""]),
    posted=FLAGS,
    cancelled=FLAGS,
    deleted=FLAGS,
    paid=FLAGS,
    payment_date=DATES,
)
ORDERS = st.builds(
    ReturnedDocument,
    operation=st.sampled_from([Operation.ORDER, Operation.OTHER]),
    operation_name=st.just(""),
    amount=AMOUNTS,
    posted=FLAGS,
    cancelled=FLAGS,
    deleted=FLAGS,
    paid=FLAGS,
    payment_date=DATES,
    children=st.lists(MONEY, max_size=3).map(tuple),
)


@given(ORDERS | MONEY)
def test_only_a_living_document_with_a_real_sign_is_paid(one: ReturnedDocument) -> None:
    decision = run(one)
    if decision.kind is DecisionKind.PAID:
        assert one.posted is not False
        assert one.deleted is not True
        assert one.cancelled is not True
        signs = [one, *one.children]
        assert any(sign.paid or sign.payment_date in {"2026-03-06", "06.03.2026"} for sign in signs)


@given(ORDERS)
def test_losing_a_fact_never_makes_an_unpaid_invoice_paid(one: ReturnedDocument) -> None:
    silent = dataclasses.replace(one, paid=None, payment_date=None, children=())
    assert run(silent).kind is not DecisionKind.PAID


SENT = Sent("101", dt.date(2026, 3, 5), TOTAL, Decimal("166.67"), inn="7707083893", currency="RUB")
RETURNED = order(
    number="101  ",
    date=dt.date(2026, 3, 5),
    time=dt.time(0, 0),
    amount="1000",
    vat=Decimal("166.67"),
    counterparty=ReturnedParty(inn="7707083893"),
)
DIFFERENCES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"vat": None}, []),
    ({"counterparty": None}, []),
    ({"counterparty": ReturnedParty(name="Ромашка")}, []),
    ({"currency": "643"}, []),
    ({"number": "102"}, ["номер: отправлено 101, в 1С 102"]),
    ({"number": ""}, ["номер: отправлено 101, 1С не вернула"]),
    ({"date": dt.date(2026, 3, 6)}, ["дата: отправлено 05.03.2026, в 1С 06.03.2026"]),
    ({"date": None}, ["дата: отправлено 05.03.2026, 1С не вернула"]),
    ({"amount": Decimal("833.33")}, ["сумма: отправлено 1000.00, в 1С 833.33"]),
    ({"amount": None}, ["сумма: отправлено 1000.00, 1С не вернула"]),
    ({"vat": Decimal(0)}, ["НДС: отправлено 166.67, в 1С 0"]),
    ({"counterparty": ReturnedParty(inn="5000000000")}, ["ИНН контрагента: отправлено 7707083893, в 1С 5000000000"]),
    ({"currency": "USD"}, ["валюта: отправлено RUB, в 1С USD"]),
    ({"number": "1", "amount": Decimal(1)}, ["номер: отправлено 101, в 1С 1", "сумма: отправлено 1000.00, в 1С 1"]),
]


@pytest.mark.parametrize(("changes", "expected"), DIFFERENCES)
def test_what_differs_in_1c_is_told(changes: dict[str, Any], expected: list[str]) -> None:
    assert verify(dataclasses.replace(RETURNED, **changes), SENT) == expected


def test_what_was_not_sent_is_not_compared() -> None:
    sent = Sent(SENT.number, SENT.date, SENT.total)
    assert verify(dataclasses.replace(RETURNED, vat=Decimal(5), currency="USD"), sent) == []
