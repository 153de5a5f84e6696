"""Choices of a node about spelling: what waits goes out by them, what 1C has is never sent again (decision 11)."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from commerceml_bridge.domain.invoices import BankAccount, StageSemantics
from commerceml_bridge.domain.nodes import UnmappedGoods
from commerceml_bridge.domain.spelling import ContactTypes, ServiceMark
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services import nodes, preflight
from commerceml_bridge.services.extra_requisites import changed
from tests.integration.office import Office
from tests.integration.test_catalogue import catalog, item, upload
from tests.unit.domain import samples

CHOICES: list[tuple[dict[str, Any], str]] = [
    ({"contact_types": ContactTypes.JOINED}, "<Тип>ТелефонРабочий</Тип>"),
    ({"service_mark": ServiceMark.LOWER}, "<Значение>услуга</Значение>"),
    ({"delivery_row": "Доставка"}, "<Ид>ORDER_DELIVERY</Ид>"),
    ({"send_stage": True}, "<Наименование>Статуса заказа ИД</Наименование>\n<Значение>DT31_2:N</Значение>"),
    ({"send_paid": True}, "<Наименование>Заказ оплачен</Наименование>\n<Значение>false</Значение>"),
    ({"extra_requisites": changed((), ["Счёт={number}"])}, "<Наименование>Счёт</Наименование>"),
]
ROWS = (
    samples.row("1000.00", is_service=True, name="Монтаж"),
    samples.row("200.00", row_id=2, product_id=56, name="доставка"),
)


@pytest.mark.parametrize(("options", "words"), CHOICES, ids=lambda one: next(iter(one), "") if one else "")
def test_what_waits_goes_out_by_the_choice_and_what_1c_has_stays(
    office: Office, options: dict[str, Any], words: str
) -> None:
    node = office.node()
    office.bill("101", rows=ROWS)
    assert words not in office.exchange(node).text
    office.bill("102", rows=ROWS)
    nodes.set_options(office.bridge, node.name, **options)
    taken = office.exchange(node)
    assert taken.numbers == ["102"]
    assert words in taken.text
    back = {name: getattr(node.options, name) for name in options}
    nodes.set_options(office.bridge, node.name, **back)
    assert office.exchange(node).numbers == []


def test_a_stage_moved_before_the_exchange_is_the_one_that_is_told(office: Office) -> None:
    node = office.node(send_stage=True, send_paid=True)
    office.bill("101")
    office.bill("101", stage_id="DT31_2:P", stage_semantics=StageSemantics.SUCCESS)
    with office.bridge.db.read() as uow:
        row = uow.nodes.by_name(node.name)
        assert row is not None
        invoice = uow.invoices.by_id(1)
        assert invoice is not None
        held = uow.consignments.of(row.id, invoice.id)
        assert held is not None
        assert "<Значение>true</Значение>" in preflight.bytes_of(uow, preflight.draft_of(uow, row, held)).decode(
            "cp1251"
        )
    text = office.exchange(node).text
    assert "<Наименование>Заказ оплачен</Наименование>\n<Значение>true</Значение>" in text
    assert "<Значение>[DT31_2:P]" in text
    office.bill("101", stage_id="DT31_2:N", stage_semantics=StageSemantics.OPEN)
    assert office.exchange(node).numbers == [], "a stage move sends nothing again"


def test_a_delivery_is_not_held_for_the_nomenclature(office: Office) -> None:
    node = office.node(unmapped=UnmappedGoods.HOLD, delivery_row="Доставка", match_names=True)
    upload(office, node, catalog(item(1, name="Монтаж")))
    invoice = office.bill("101", rows=ROWS)
    assert office.consignment(node, invoice).held_reason == ""
    assert "<Ид>ORDER_DELIVERY</Ид>" in office.exchange(node).text


def test_a_second_delivery_and_one_of_two_pieces_are_ordinary_lines(office: Office) -> None:
    node = office.node(delivery_row="Доставка")
    rows = (
        samples.row("33.335", "2", name="Доставка"),
        samples.row("100", row_id=2, name="Доставка"),
        samples.row("50", row_id=3, name="Доставка"),
    )
    office.bill("101", rows=rows, total=Decimal("216.67"))
    assert office.exchange(node).text.count("ORDER_DELIVERY") == 1


def test_requisites_that_suit_one_1c_are_refused_when_the_node_becomes_another(office: Office) -> None:
    from commerceml_bridge.domain.nodes import ClientFamily

    node = office.node(client=ClientFamily.UT11, extra_requisites=changed((), ["Склад=Главный"]))
    with pytest.raises(ConfigurationError, match="УНФ запишет"):
        nodes.set_options(office.bridge, node.name, client=ClientFamily.UNF)


def test_another_account_of_the_buyer_is_kept_and_sends_nothing_again(office: Office) -> None:
    node = office.node()
    office.bill("101")
    assert office.exchange(node).text.count("<НомерСчета>") == 1
    richer = dataclasses.replace(
        samples.BUYER, other_accounts=(BankAccount("40702810500000000077", "Второй", "044525974"),)
    )
    office.bill("101", buyer=richer)
    assert office.exchange(node).numbers == []
    office.bill("102", buyer=richer)
    assert office.exchange(node).text.count("<НомерСчета>") == 2
