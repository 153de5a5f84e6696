"""Every rule finds what it is for, and no invoice that renders breaks one."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from commerceml_bridge.domain.documents import OutgoingDocument, Tax
from commerceml_bridge.domain.invoices import Invoice
from commerceml_bridge.domain.rules import RULES, broken
from commerceml_bridge.errors import CannotRender
from tests.unit.domain.samples import invoices
from tests.unit.domain.test_rendering import document

GOOD = document()
LINE = GOOD.lines[0]


def with_line(**changes: Any) -> dict[str, Any]:
    return {"lines": (dataclasses.replace(LINE, **changes),)}


#  rule → a change of a good document that breaks it
BREAKS: list[tuple[str, dict[str, Any]]] = [
    ("rule-number", {"number": "123456789012"}),
    ("rule-date", {"date": dt.date(1, 1, 1)}),
    ("rule-currency", {"currency": " "}),
    ("rule-ids", {"id": "x" * 41}),
    ("rule-names", with_line(name=" ")),
    ("rule-texts", {"comment": "a\x01b"}),
    ("rule-lines", {"lines": ()}),
    ("rule-line-sum", with_line(price=LINE.price + 1)),
    ("rule-sum", {"amount": GOOD.amount + Decimal("0.01")}),
    ("rule-line-vat", with_line(tax=Tax("20", Decimal("333.32")))),
    ("rule-vat", {"tax": Tax("20", Decimal("333.34"))}),
    ("rule-rate", {"tax": Tax("10", GOOD.tax.amount)}),
    ("rule-requisites", {"requisites": (("Менеджер", ""),)}),
]


@pytest.mark.parametrize(("code", "changes"), BREAKS, ids=[one[0] for one in BREAKS])
def test_a_rule_finds_what_it_is_for(code: str, changes: dict[str, Any]) -> None:
    assert code in {rule.code for rule in broken(dataclasses.replace(GOOD, **changes))}


def test_every_rule_is_tried_and_says_what_to_do_and_why() -> None:
    assert [rule.code for rule in RULES] == [code for code, _changes in BREAKS]
    assert all(rule.text.count(".") >= 1 and rule.fact for rule in RULES)
    assert list(broken(GOOD)) == []


@given(invoices)
def test_no_invoice_that_renders_breaks_a_rule(one: Invoice) -> None:
    try:
        made: OutgoingDocument = document(one)
    except CannotRender:
        return
    assert [rule.code for rule in broken(made) if rule.code != "rule-date"] == []
