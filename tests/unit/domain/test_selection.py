"""Which invoices go to a node, as a table: one fact decides, and the reason names it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from commerceml_bridge.domain.selection import InvoiceFacts, Outside, Place, Selection, has_left, why_not

SINCE = dt.date(2026, 3, 1)
FACTS = InvoiceFacts(
    kind="smart",
    date=dt.date(2026, 3, 5),
    category_id=5,
    stage_id="DT31_5:S",
    stage_semantics="open",
    seller_id=3,
    currency="RUB",
    responsible_id=7,
)
PLACES = {
    "DT31_5:N": Place(5, 100, "Новый", "open"),
    "DT31_5:S": Place(5, 110, "Отправлен", "open"),
    "DT31_5:P": Place(5, 130, "Оплачен", "success"),
    "DT31_9:N": Place(9, 200, "Черновик", "open"),
    "S": Place(0, 120, "Отправлен клиенту", "open"),
}


def outside(selection: Selection, **changes: Any) -> Outside | None:
    return why_not(dataclasses.replace(FACTS, **changes), selection, from_date=SINCE, places=PLACES)


def chosen(**fields: Any) -> Selection:
    return Selection(**{name: frozenset(values) for name, values in fields.items()})


def test_an_empty_selection_takes_everything_since_the_date() -> None:
    assert outside(Selection()) is None
    assert outside(Selection(), stage_id="DT31_77:UNHEARD") is None
    assert not Selection()
    assert chosen(kinds=["old"])


@pytest.mark.parametrize(
    ("selection", "inside", "out", "code"),
    [
        (Selection(), {}, {"date": dt.date(2026, 2, 28)}, "date"),
        (Selection(), {}, {"never": "шаблон"}, "never"),
        (chosen(kinds=["smart"]), {}, {"kind": "old"}, "kind"),
        (chosen(categories=[5, 6]), {}, {"category_id": 9}, "category"),
        (chosen(stages=["DT31_5:S"]), {}, {"stage_id": "DT31_5:P"}, "stage"),
        (chosen(from_stages=["DT31_5:S"]), {"stage_id": "DT31_5:P"}, {"stage_id": "DT31_5:N"}, "stage"),
        (chosen(from_stages=["DT31_5:S"]), {}, {"stage_id": "DT31_9:N", "category_id": 9}, "stage"),
        (chosen(from_stages=["DT31_5:S", "S"]), {"stage_id": "S"}, {"stage_id": "DT31_5:UNHEARD"}, "stage"),
        (chosen(stages=["DT31_9:N"], from_stages=["S"]), {"stage_id": "DT31_9:N"}, {}, "stage"),
        (chosen(sellers=[3]), {}, {"seller_id": 4}, "seller"),
        (chosen(sellers=[0]), {"seller_id": 0}, {"seller_id": 3}, "seller"),
        (chosen(currencies=["RUB"]), {}, {"currency": "USD"}, "currency"),
        (chosen(responsible=[7]), {}, {"responsible_id": 8}, "responsible"),
    ],
)
def test_one_fact_decides_and_is_named(
    selection: Selection, inside: dict[str, Any], out: dict[str, Any], code: str
) -> None:
    assert outside(selection, **inside) is None
    reason = outside(selection, **out)
    assert reason is not None
    assert reason.code == code
    assert reason.text


def test_the_reason_names_the_stage_as_people_do() -> None:
    reason = outside(chosen(from_stages=["DT31_5:S"]), stage_id="DT31_5:N")
    assert reason is not None
    assert "«Новый»" in reason.text


def test_two_nodes_split_by_seller_never_share_an_invoice() -> None:
    first, second = chosen(sellers=[3]), chosen(sellers=[4, 5])
    for seller in (3, 4, 5):
        assert (outside(first, seller_id=seller) is None) != (outside(second, seller_id=seller) is None)


@pytest.mark.parametrize(
    ("code", "semantics", "delivered", "left"),
    [
        ("stage", "open", False, True),
        ("stage", "open", True, True),
        ("stage", "success", True, False),
        ("stage", "success", False, True),
        ("seller", "success", True, True),
        ("date", "open", True, False),
        ("date", "open", False, True),
        ("never", "failure", True, True),
    ],
)
def test_a_delivered_invoice_leaves_neither_by_date_nor_by_payment(
    code: str, semantics: str, delivered: bool, left: bool
) -> None:
    facts = dataclasses.replace(FACTS, stage_semantics=semantics)
    assert has_left(Outside(code, "…"), facts, delivered=delivered) is left
    assert has_left(None, facts, delivered=delivered) is False
