"""Numbers given to documents at a real database: the reserve, what a family can keep, invoices numbered anew."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from commerceml_bridge.domain.nodes import ClientFamily
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services import nodes
from tests.integration.office import Office


def test_a_printed_number_at_the_end_of_the_reserve_uses_up_no_substitutes(office: Office) -> None:
    node = office.node()
    for b24_id, printed in enumerate(("999999", "без номера", "нет", "900003", "тоже нет"), start=1):
        office.bill(printed, b24_id=b24_id)
    assert office.exchange(node).numbers == ["999999", "900001", "900002", "900003", "900004"]


def test_a_reserve_that_ran_to_its_end_begins_again_where_it_is_free(office: Office) -> None:
    node = office.node()
    last = office.bill("нет", b24_id=1)
    row = office.consignment(node, last)
    with office.bridge.db.write() as uow:
        uow.consignments.update(row.id, number="999999", digits=999999)
    office.bill("900001", b24_id=2)
    office.bill("и тут нет", b24_id=3)
    assert office.exchange(node).numbers == ["999999", "900001", "900002"]


def test_a_prefix_with_digits_leaves_every_invoice_a_substitute(office: Office) -> None:
    node = office.node(prefix="24-", number_digits=8, client=ClientFamily.UT11)
    for b24_id in range(1, 6):
        office.bill("нет" * b24_id, b24_id=b24_id)
    taken = office.exchange(node).numbers
    assert len(set(taken)) == 5
    assert taken[0] == "24-900001"


@pytest.mark.parametrize("client", [ClientFamily.BP3, ClientFamily.UNF, ClientFamily.AUTO])
def test_a_family_that_keeps_six_digits_is_allowed_no_more(office: Office, client: ClientFamily) -> None:
    with pytest.raises(ConfigurationError, match="отрежут лишние"):
        office.node(client=client, number_digits=7)
    node = office.node(client=ClientFamily.UT11, number_digits=7)
    with pytest.raises(ConfigurationError, match="отрежут лишние"):
        nodes.set_options(office.bridge, node.name, client=client)
    with office.bridge.db.write() as uow:  # set up by a release that did not refuse it
        uow.nodes.set_options(node.id, dataclasses.replace(node.options, client=client))
    office.bill("1234567")
    assert office.exchange(node).numbers == ["900001"]


def test_a_family_that_keeps_numbers_whole_may_be_given_longer_ones(office: Office) -> None:
    node = office.node(client=ClientFamily.UT11, number_digits=9)
    office.bill("1234567")
    assert office.exchange(node).numbers == ["1234567"]


def test_an_invoice_numbered_anew_says_the_new_number_in_its_comment(office: Office) -> None:
    node = office.node()
    bill = office.bill("101", b24_id=7)
    assert "<Комментарий>" not in office.exchange(node).text
    office.bill("777", b24_id=7, date=dt.date(2026, 5, 1))
    taken = office.exchange(node)
    assert taken.numbers == ["101"]
    assert "<Комментарий>Счёт № 777 от 05.03.2026" in taken.text
    assert office.consignment(node, bill).substitute
    assert (office.counts(node).numbers_printed, office.counts(node).numbers) == (0, 1)
    office.bill("101", b24_id=7)
    assert "<Комментарий>" not in office.exchange(node).text
    assert not office.consignment(node, bill).substitute


def test_a_prefix_set_later_makes_no_substitute_of_a_number_already_given(office: Office) -> None:
    node = office.node()
    bill = office.bill("101")
    office.exchange(node)
    nodes.set_options(office.bridge, node.name, prefix="Б24")
    office.bill("101")
    assert not office.consignment(node, bill).substitute
