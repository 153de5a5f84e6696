"""Что из присланного 1С не относится ни к одному счёту и никому не мешает."""

from __future__ import annotations

import pytest

from commerceml_bridge.domain.matching import NoMatch
from commerceml_bridge.domain.returned import Operation, ReturnedDocument
from commerceml_bridge.domain.strangers import stranger, unknown_operation

#  операция, Основание, код сопоставления → код сведения ("" — решает человек)
CASES = [
    ("Заказ товара", Operation.ORDER, "", "unknown", "created-in-1c"),
    ("", Operation.OTHER, "", "unknown", "created-in-1c"),
    ("Выплата безналичных денег", Operation.PAYMENT, "", "no-keys", "not-our-payment"),
    ("Выплата безналичных денег", Operation.PAYMENT, "какой-то GUID", "unknown", "not-our-payment"),
    ("Выплата безналичных денег", Operation.PAYMENT, "acme-si-5", "unknown", ""),
    ("Отпуск товара", Operation.SHIPMENT, "какой-то GUID", "unknown", "not-our-shipment"),
    ("Заказ товара", Operation.ORDER, "", "ambiguous", ""),
    ("Заказ товара", Operation.ORDER, "", "second-1c-id", ""),
    ("Заказ товара", Operation.ORDER, "", "foreign-id", ""),
]


@pytest.mark.parametrize(("name", "operation", "basis", "found", "code"), CASES)
def test_what_is_none_of_ours_is_information(
    name: str, operation: Operation, basis: str, found: str, code: str
) -> None:
    document = ReturnedDocument(operation, name, id="x", number="777", basis=basis)
    known = stranger(document, NoMatch(found, "Причина."))
    assert (known.code if known else "") == code


@pytest.mark.parametrize(
    ("name", "operation", "set_aside"),
    [
        ("Возврат товара", Operation.OTHER, True),
        ("Счёт-фактура", Operation.OTHER, True),
        ("", Operation.OTHER, False),
        ("Заказ товара", Operation.ORDER, False),
        ("Отпуск товара", Operation.SHIPMENT, False),
    ],
)
def test_an_operation_nobody_foresaw_never_speaks_for_its_order(
    name: str, operation: Operation, set_aside: bool
) -> None:
    document = ReturnedDocument(operation, name, number="101")
    assert (unknown_operation(document) is not None) == set_aside
