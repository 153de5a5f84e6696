"""The reconciliation report's table: one row a case."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import pytest

from commerceml_bridge.domain.differences import RULES, Line, Outlook, Totals, differences

NOW = dt.datetime(2026, 3, 20, 9, tzinfo=dt.UTC)
SENT = NOW - dt.timedelta(days=10)
LOOK = Outlook(NOW, sees=True)
GOOD = Line(
    1, "smart", 11, "11", dt.date(2026, 3, 5), "Ромашка", "7707083893", "RUB", Decimal("1200.00"), "DT31_1:N", "open",
    "00БС-000011", "11", "", SENT, SENT, SENT, SENT, "", "", "", True, "", "", None,
)  # fmt: skip
PAID = {"payment": "paid", "paid_amount": Decimal("1200.00")}


def line(**changes: object) -> Line:
    return dataclasses.replace(GOOD, **changes)  # type: ignore[arg-type]  # real fields


CASES = [
    ("всё сошлось, ждём оплату", {}, None),
    ("оплачен и завершён", {**PAID, "stage": "success"}, None),
    ("удержан", {"held_reason": "нет ИНН", "first_served_at": None, "acknowledged_at": None}, "held"),
    ("не отдан", {"first_served_at": None, "acknowledged_at": None, "seen_at": None}, "not-delivered"),
    ("отдан, не подтверждён", {"acknowledged_at": None, "seen_at": None}, "not-acknowledged"),
    ("похожий счёт в 1С", {"doubt": "В 1С есть счёт…"}, "doubt"),
    ("сумма в 1С другая", {"difference": "сумма: …"}, "differs"),
    ("отменён в 1С, открыт в Битрикс24", {"payment": "cancelled"}, "cancelled-but-open"),
    ("удалён в 1С, завершён в Битрикс24", {"payment": "deleted", "stage": "success"}, "cancelled-but-open"),
    ("отменён и там и там", {"payment": "cancelled", "stage": "failure"}, None),
    ("оплачен после отказа", {**PAID, "stage": "failure"}, "paid-but-failed"),
    ("оплачен по статусу", {**PAID, "stage": "success", "payment_note": "Платежей нет."}, "paid-by-status"),
    ("оплата под вопросом", {**PAID, "payment_certain": False}, "uncertain"),
    ("оплачен, стадия открыта", PAID, "paid-but-open"),
    ("переплата", {"payment": "paid", "paid_amount": Decimal(1300), "stage": "success"}, "overpaid"),
    (
        "завершён, оплачена часть",
        {"payment": "partly-paid", "paid_amount": Decimal(500), "stage": "success"},
        "success-but-partly",
    ),
    ("завершён, оплат нет", {"stage": "success"}, "success-but-unpaid"),
    ("оплачена часть", {"payment": "partly-paid", "paid_amount": Decimal(500)}, "partly-paid"),
    ("не проведён", {"payment": "unposted"}, "unposted"),
    ("не виден в 1С", {"seen_at": None}, "unseen"),
    ("не виден, но отдан недавно", {"seen_at": None, "acknowledged_at": NOW - dt.timedelta(days=1)}, None),
]


@pytest.mark.parametrize(("what", "changes", "code"), CASES)
def test_a_difference_has_a_reason_and_one_action(what: str, changes: dict[str, object], code: str | None) -> None:
    found = differences(line(**changes), LOOK)
    assert [one.code for one in found[:1]] == ([code] if code else []), what
    assert all(one.reason.strip() and one.action.strip() for one in found)


def test_every_rule_of_the_table_has_a_case() -> None:
    assert {rule.code for rule in RULES} == {code for _, _, code in CASES if code}


def test_a_base_that_shows_nothing_is_not_asked_to() -> None:
    assert differences(line(seen_at=None), dataclasses.replace(LOOK, sees=False)) == ()


def test_the_bottom_row_adds_up() -> None:
    totals = Totals("RUB")
    totals.add(line(**PAID, stage="success"), different=False)
    totals.add(line(acknowledged_at=None, verified_at=None), different=True)
    assert (totals.invoices, totals.different) == (2, 1)
    assert (totals.invoiced, totals.delivered) == (Decimal(2400), Decimal(2400))
    assert totals.acknowledged == totals.verified == totals.paid == totals.succeeded == Decimal(1200)
