"""The ledger as an accountant reads it: what 1C said, in order, and what is paid by it. Invoices are of 1000.00 RUB."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commerceml_bridge.domain.balance import Balance, Entry, Stamp, derive, holding
from commerceml_bridge.domain.facts import MONEY, STATES, Fact, FactKind, Report, Source

TOTAL = Decimal("1000.00")
K = FactKind


def pay(key: str, amount: str | None, **more: object) -> Fact:
    """A payment; 0: its document does not count."""
    money = None if amount is None else Decimal(amount)
    return replace(Fact(K.PAYMENT, key, number=key, date=dt.date(2026, 3, 6), amount=money, currency="RUB"), **more)  # type: ignore[arg-type]


def back(key: str, amount: str) -> Fact:
    return Fact(K.REFUND, key, number=key, amount=Decimal(amount), currency="RUB")


PAID = Fact(K.PAID_FLAG, "order", number="ПП-1", date=dt.date(2026, 3, 6), amount=TOTAL, text="Оплачен.")
NOT_PAID = Fact(K.NOT_PAID, "order")
DELETED = Fact(K.DELETED, "order", text="Помечен на удаление.")
CANCELLED = Fact(K.CANCELLED, "order", text="Отменён.")
UNPOSTED = Fact(K.UNPOSTED, "order", text="Не проведён.")
PART = Fact(K.PARTLY_PAID, "order", certain=False, text="Оплачена часть.")
UNCLEAR = Fact(K.UNCLEAR, "order", certain=False, text="Дата оплаты «T».")


def full(*facts: Fact, at: str = "", source: Source = Source.EXCHANGE) -> Report:
    """The order with the full list of its payments."""
    return Report(source, at, facts, payments_complete=True, about_order=True)


def order(*facts: Fact, at: str = "", source: Source = Source.EXCHANGE) -> Report:
    """The order without a list of payments."""
    return Report(source, at, facts, payments_complete=False, about_order=True)


def alone(*facts: Fact, at: str = "", source: Source = Source.EXCHANGE) -> Report:
    """Payments that stand alone."""
    return Report(source, at, facts, payments_complete=False, about_order=False)


def told(*reports: Report) -> list[Entry]:
    """The ledger after these reports have arrived, in this order."""
    entries: dict[tuple[Source, Fact], Entry] = {}
    for number, report in zip(count(1), reports, strict=False):
        newest = max((one.stamp[0] for one in entries.values() if one.source is report.source), default="")
        stamp: Stamp = (report.at or newest, number)
        listed = stamp if report.payments_complete and any(one.kind in MONEY for one in report.facts) else ("", 0)
        facts = list(report.facts)
        if report.about_order and not any(one.kind in STATES for one in facts):
            facts.append(Fact(K.STANDING, "order"))
        for fact in facts:
            entry = entries.get((report.source, fact)) or Entry(report.source, fact, stamp)
            in_list = listed if fact.kind in MONEY else ("", 0)
            entry = replace(entry, stamp=max(entry.stamp, stamp), listed=max(entry.listed, in_list))
            entries[report.source, fact] = entry
    return list(entries.values())


def balance(*reports: Report) -> Balance:
    return derive(told(*reports), TOTAL, "RUB")


ODATA, BANK = Source.ODATA, Source.STATEMENT
#  what was said, in order → standing, paid, remainder, overpaid, refunded; may "paid" be written
CASES: list[tuple[str, list[Report], str, bool]] = [
    ("ничего не сказано", [], "- 0 1000 0 0", False),
    ("заказ есть, об оплате молчит", [order()], "- 0 1000 0 0", False),
    ("не оплачен", [order(NOT_PAID)], "- 0 1000 0 0", False),
    ("отметка «оплачен»", [order(PAID)], "paid 1000 0 0 0", True),
    ("оплачен, потом молчание", [order(PAID), order()], "paid 1000 0 0 0", True),
    ("оплачен, потом «не оплачен»", [order(PAID), order(NOT_PAID)], "- 0 1000 0 0", False),
    ("оплачен, потом часть без суммы", [order(PAID), order(PART)], "paid 1000 0 0 0", True),
    ("часть без суммы, потом оплачен", [order(PART), order(PAID)], "paid 1000 0 0 0", True),
    ("часть без суммы", [order(PART)], "partly-paid 0 1000 0 0", False),
    ("буква T", [order(UNCLEAR)], "- 0 1000 0 0", False),
    ("оплачен, потом буква T", [order(PAID), order(UNCLEAR)], "paid 1000 0 0 0", True),
    ("платёж на всю сумму", [full(pay("a", "1000"))], "paid 1000 0 0 0", True),
    ("один платёж из двух", [full(pay("a", "400"))], "partly-paid 400 600 0 0", False),
    ("два платежа", [full(pay("a", "400"), pay("b", "600"))], "paid 1000 0 0 0", True),
    ("два платежа, присланы порознь", [alone(pay("a", "400")), alone(pay("b", "600"))], "paid 1000 0 0 0", True),
    ("тот же платёж дважды", [alone(pay("a", "600")), alone(pay("a", "600"))], "partly-paid 600 400 0 0", False),
    ("сумма платежа исправлена", [alone(pay("a", "1000")), alone(pay("a", "100"))], "partly-paid 100 900 0 0", False),
    ("переплата", [full(pay("a", "700"), pay("b", "600"))], "paid 1300 0 300 0", True),
    ("возврат части", [full(pay("a", "1000"), back("r", "300"))], "partly-paid 700 300 0 300", False),
    ("возврат переплаты", [full(pay("a", "1300"), back("r", "300"))], "paid 1000 0 0 300", True),
    ("возврат всего", [full(pay("a", "1000"), back("r", "1000"))], "withdrawn 0 1000 0 1000", False),
    ("платёж ещё не проведён", [full(pay("a", "0"))], "- 0 1000 0 0", False),
    ("платёж распроведён", [full(pay("a", "1000")), full(pay("a", "0"))], "- 0 1000 0 0", False),
    (
        "полный список без платежа",
        [full(pay("a", "400"), pay("b", "600")), full(pay("b", "600"))],
        "partly-paid 600 400 0 0",
        False,
    ),
    ("список пуст: ничего не меняет", [full(pay("a", "1000")), full()], "paid 1000 0 0 0", True),
    ("отметка, потом список на часть", [order(PAID), full(pay("a", "400"))], "partly-paid 400 600 0 0", False),
    ("платежи, потом «не оплачен»", [full(pay("a", "1000")), order(NOT_PAID)], "withdrawn 0 1000 0 0", False),
    ("платежи на всё, а заказ «не оплачен»", [full(pay("a", "1000"), NOT_PAID)], "withdrawn 0 1000 0 0", False),
    ("часть и «не оплачен»", [full(pay("a", "400"), NOT_PAID)], "partly-paid 400 600 0 0", False),
    ("отменён", [order(CANCELLED)], "cancelled 0 1000 0 0", False),
    ("отменён при оплате", [full(pay("a", "1000")), order(CANCELLED)], "cancelled 1000 0 0 0", True),
    ("удалён", [order(DELETED)], "deleted 0 1000 0 0", False),
    ("удалён, потом восстановлен", [order(PAID), order(DELETED), order()], "paid 1000 0 0 0", True),
    ("не проведён при отметке", [order(PAID), order(UNPOSTED)], "unposted 1000 0 0 0", True),
    ("проведён снова", [order(UNPOSTED), order(PAID)], "paid 1000 0 0 0", True),
    ("удалён и не проведён", [order(DELETED, UNPOSTED)], "deleted 0 1000 0 0", False),
    ("в чужой валюте", [full(pay("a", "1000", currency="USD"))], "- 0 1000 0 0", False),
    ("без суммы", [full(pay("a", None))], "- 0 1000 0 0", False),
    ("БП: статус «Оплачен» без платежей", [order(PAID, source=ODATA)], "paid 1000 0 0 0", True),
    ("БП: статус «Оплачен», платежей на часть", [full(PAID, pay("a", "400"), source=ODATA)], "paid 1000 0 0 0", True),
    (
        "обмен и выписка об одном платеже",
        [full(pay("a", "600")), alone(pay("b1", "600"), source=BANK)],
        "partly-paid 600 400 0 0",
        False,
    ),
    (
        "БП не видит возвратов, выписка видит",
        [full(pay("a", "1000"), source=ODATA), alone(back("r", "1000"), source=BANK)],
        "withdrawn 0 1000 0 1000",
        False,
    ),
    (
        "выписка раньше проводки: 1С ещё говорит «не оплачен»",
        [alone(pay("b1", "1000"), source=BANK, at="2026-03-07T07:00:00+00:00"), order(NOT_PAID, at="2026-03-07T12:00")],
        "paid 1000 0 0 0",
        True,
    ),
    (
        "опрос в 9:05 UTC новее файла, составленного в 12:00 по Москве",
        [
            order(NOT_PAID, at="2026-03-07T12:00:00"),
            full(pay("a", "1000"), source=ODATA, at="2026-03-07T09:05:00+00:00"),
        ],
        "paid 1000 0 0 0",
        True,
    ),
    (
        "старый файл после нового",
        [order(NOT_PAID, at="2026-03-07"), order(PAID, at="2026-03-06")],
        "- 0 1000 0 0",
        False,
    ),
    (
        "старый список после нового",
        [full(pay("a", "400"), at="2026-03-07"), full(pay("a", "400"), pay("b", "600"), at="2026-03-06")],
        "partly-paid 400 600 0 0",
        False,
    ),
]


@pytest.mark.parametrize(("reports", "expected", "writes"), [pytest.param(*rest, id=name) for name, *rest in CASES])
def test_what_is_paid_by_what_was_said(reports: list[Report], expected: str, writes: bool) -> None:
    found = balance(*reports)
    sums = (found.paid, found.remainder, found.overpaid, found.refunded)
    assert [found.standing.value or "-", *(f"{one.normalize():f}" for one in sums)] == expected.split(), found
    assert (found.full and found.certain) is writes


# --- any order, repetition or loss of files leads to the same ledger as the last complete truth ---

KEYS = ("a", "b", "c")
MOMENTS = [f"2026-03-{day:02}T12:00:00" for day in range(1, 8)]
amounts = st.sampled_from(["0", "100", "400", "600", "1000", "1300"])
lists = st.dictionaries(st.sampled_from(KEYS), amounts, min_size=1)
states = st.sampled_from([None, CANCELLED, DELETED, UNPOSTED])


@st.composite
def complete(draw: st.DrawFn, at: str) -> Report:
    """A file that says everything: state, claim and every payment."""
    state, claim = draw(states), draw(st.sampled_from([PAID, NOT_PAID]))
    payments = [pay(key, amount) for key, amount in draw(lists).items()]
    refunds = [back("r", draw(amounts))] if draw(st.booleans()) else []
    return full(claim, *payments, *refunds, *([state] if state else []), at=at)


@st.composite
def partial(draw: st.DrawFn, at: str) -> Report:
    """A file that says little: silence, one payment, one word."""
    return draw(
        st.sampled_from(
            [order(at=at), alone(pay("a", "400"), at=at), order(PAID, at=at), order(DELETED, at=at), order(PART, at=at)]
        )
    )


@st.composite
def histories(draw: st.DrawFn, *, silent: bool) -> tuple[list[Report], list[Report]]:
    """What 1C sent in time, one file a moment, and what arrived: in any order, repeated."""
    sent = [draw(st.one_of(complete(at), partial(at)) if silent else complete(at)) for at in MOMENTS]
    repeated = sent + [draw(st.sampled_from(sent)) for _ in range(draw(st.integers(0, 5)))]
    return sent, draw(st.permutations(repeated))


def content(entries: list[Entry]) -> set[tuple[Source, Fact]]:
    return {(one.source, one.fact) for one in holding(entries)}


@settings(deadline=None)
@given(histories(silent=True))
def test_any_order_and_repetition_of_files_leads_to_the_same_ledger(
    history: tuple[list[Report], list[Report]],
) -> None:
    sent, arrived = history
    assert content(told(*arrived)) == content(told(*sent))
    assert balance(*arrived) == balance(*sent)


@settings(deadline=None)
@given(histories(silent=False), st.data())
def test_whatever_is_lost_before_it_the_last_complete_truth_is_the_ledger(
    history: tuple[list[Report], list[Report]], data: st.DataObject
) -> None:
    sent, arrived = history
    last = sent[-1]
    kept = [one for one in arrived if one is last or data.draw(st.booleans())]
    assert content(told(*kept)) == content(told(last))
    assert balance(*kept) == balance(last)


# --- silence ---

TOLD, SHOWN = "2026-03-06T12:00:00", "2026-03-07T12:00:00"


@pytest.mark.parametrize(
    ("reports", "standing"),
    [
        pytest.param([order(PAID, at=TOLD), order(at=SHOWN)], "", id="отметка, потом заказ без неё"),
        pytest.param([full(pay("a", "1000"), at=TOLD), order(at=SHOWN)], "", id="платежи, потом заказ без них"),
        pytest.param([order(PAID, at=TOLD), order(at=TOLD)], "paid", id="в одном файле"),
        pytest.param([order(PAID, at=SHOWN), order(at=TOLD)], "paid", id="молчал старый файл"),
        pytest.param([order(PAID), order()], "paid", id="файлы без даты"),
        pytest.param([order(PAID, at=TOLD), order(UNCLEAR, at=SHOWN)], "paid", id="не молчание, а буква T"),
        pytest.param(
            [order(PAID, at=TOLD), alone(pay("b", "1000"), at=TOLD, source=BANK), order(at=SHOWN)],
            "paid",
            id="банк помнит",
        ),
    ],
)
def test_silence_counts_only_where_it_is_to_be_believed(reports: list[Report], standing: str) -> None:
    assert derive(told(*reports), TOTAL, "RUB", by_silence=True).standing == standing
    assert derive(told(*reports), TOTAL, "RUB").standing == "paid"


@settings(deadline=None)
@given(histories(silent=True))
def test_believed_silence_is_the_same_in_any_order_of_files(history: tuple[list[Report], list[Report]]) -> None:
    sent, arrived = history
    after = [derive(told(*one), TOTAL, "RUB", by_silence=True) for one in (sent, arrived)]
    assert after[0] == after[1]
