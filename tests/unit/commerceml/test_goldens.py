"""Every golden situation reads back as what was meant, in each form."""

from __future__ import annotations

from decimal import Decimal

import pytest

from commerceml_bridge.commerceml.reader import read_documents
from commerceml_bridge.domain.documents import NO_VAT, Form
from commerceml_bridge.domain.returned import Operation, ReturnedDocument
from tests.unit.commerceml.goldens import SITUATIONS, rendered
from tests.unit.commerceml.samples import FIXTURES

FOLDERS = {Form.BARE: "2.05", Form.SUBORDINATE: "2.10", Form.CONTAINER: "3.1"}


def read_back(name: str, form: Form) -> ReturnedDocument:
    (item,) = read_documents([(FIXTURES / FOLDERS[form] / "outgoing" / f"{name}.xml").read_bytes()])
    assert isinstance(item.document, ReturnedDocument)
    return item.document


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("name", SITUATIONS)
def test_a_golden_document_reads_back_as_what_was_meant(name: str, form: Form) -> None:
    meant, _ = rendered(name, form)
    back = read_back(name, form)
    assert (back.warnings, back.operation, back.in_container) == ((), Operation.ORDER, form is Form.CONTAINER)
    assert (back.id, back.number, back.date, back.time) == (meant.id, meant.number, meant.date, meant.time)
    assert (back.amount, back.vat, back.currency, back.pay_date) == (
        meant.amount, meant.tax.amount, meant.currency, meant.pay_before,
    )  # fmt: skip
    assert back.counterparty is not None
    assert (back.counterparty.id, back.counterparty.inn, back.counterparty.kpp) == (
        meant.counterparty.id, meant.counterparty.inn, meant.counterparty.kpp,
    )  # fmt: skip
    assert [(one.id, one.name, one.price, one.quantity, one.amount, one.vat_rate) for one in back.lines] == [
        (one.id, one.name[:250].rstrip(), one.price, one.quantity, one.amount, one.tax.rate) for one in meant.lines
    ]
    assert sum((one.amount or Decimal(0) for one in back.lines), Decimal(0)) == meant.amount


def test_zero_percent_and_without_vat_stay_two_things() -> None:
    for form in Form:
        rates = [line.vat_rate for line in read_back("017-zero-percent-beside-without-vat", form).lines]
        assert rates == ["0", NO_VAT]


def test_a_price_finer_than_a_kopeck_is_split_so_that_the_sum_holds() -> None:
    for form in Form:
        back = read_back("019-price-finer-than-a-kopeck", form)
        assert back.amount == Decimal("100.00")
        assert len(back.lines) == 2
        assert all(line.price and line.quantity and line.price * line.quantity == line.amount for line in back.lines)


def test_characters_outside_windows_1251_survive_it() -> None:
    back = read_back("023-outside-windows-1251", Form.BARE)
    assert back.lines[0].name == 'Труба ⌀ 20 "½" <чёрная> & муфта 😀'
    assert back.comment.endswith("ab ☃")
