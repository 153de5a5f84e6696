"""Buyers at a real database: doubles, joining, 1C's own counterparties, wrong tax numbers."""

from __future__ import annotations

import dataclasses
import re

import pytest

from commerceml_bridge.db.browse.party_records import ProblemFilter
from commerceml_bridge.db.buyers import ListedBuyer
from commerceml_bridge.domain.invoices import Invoice
from commerceml_bridge.errors import BadInput
from commerceml_bridge.services import buyers, nodes, operations
from tests.integration.office import Office, Taken, file_of
from tests.unit.domain.samples import BUYER

TWIN = dataclasses.replace(BUYER, entity_id=8, name="Ромашка (старая)")
BARE = dataclasses.replace(BUYER, entity_id=10, name="Ромашка (без КПП)", kpp="")
BRANCH = dataclasses.replace(BUYER, entity_id=9, name="Ромашка, филиал", kpp="780501001")
GUID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"


def parties_in(taken: Taken) -> list[str]:
    """Ид of the counterparty of every document, in order."""
    return re.findall(r"<Контрагент>\s*<Ид>([^<]*)</Ид>", taken.text)


def listed(office: Office) -> dict[str, ListedBuyer]:
    return {one.wire_id.rpartition("-")[2]: one for one in buyers.listed(office.bridge)}


def problems(office: Office, source: str) -> list[str]:
    with office.bridge.db.read() as uow:
        return [one.reason for group in uow.browse.problems(ProblemFilter(source=source)) for one in group.items]


def join(office: Office, *ids: int) -> None:
    buyers.join(office.bridge, ids, operator="бухгалтер", reason="одна фирма")


def test_two_cards_of_one_firm_are_a_problem_and_a_branch_is_none(office: Office) -> None:
    office.bill("101")
    office.bill("102", buyer=BRANCH)
    assert problems(office, "buyer") == []
    office.bill("103", buyer=TWIN)
    (reason,) = problems(office, "buyer")
    assert "«Ромашка»" in reason
    assert "«Ромашка (старая)»" in reason
    assert reason.count("/crm/company/details/") == 2
    found = listed(office)
    assert [found[key].double for key in ("7", "8", "9")] == [True, True, False]


def test_a_card_without_kpp_is_a_double_of_the_only_firm_it_can_be(office: Office) -> None:
    node = office.node()
    office.bill("101")
    office.bill("102", buyer=BARE)
    (reason,) = problems(office, "buyer")
    assert "«Ромашка (без КПП)»" in reason
    assert "«Ромашка»" in reason
    found = listed(office)
    buyers.join_doubles(office.bridge, found["10"].id, operator="бухгалтер", reason="одна фирма")
    assert problems(office, "buyer") == []
    assert parties_in(office.exchange(node)) == ["p-co-7", "p-co-7"]


def test_a_card_without_kpp_is_no_double_where_the_firm_has_branches(office: Office) -> None:
    office.bill("101")
    office.bill("102", buyer=BRANCH)
    office.bill("103", buyer=BARE)
    assert problems(office, "buyer") == []
    found = listed(office)
    assert not any(one.double for one in found.values())
    join(office, found["9"].id, found["10"].id)  # a person knows which branch it is
    with pytest.raises(BadInput, match="разные"):
        join(office, found["7"].id, found["9"].id)
    office.bill("104", buyer=TWIN)
    (reason,) = problems(office, "buyer")
    assert "«Ромашка (старая)»" in reason
    assert "филиал" not in reason


def test_joined_cards_go_out_under_the_id_1c_knows(office: Office) -> None:
    node = office.node()
    office.bill("101", buyer=TWIN)
    assert parties_in(office.exchange(node)) == ["p-co-8"]
    office.bill("102")
    found = listed(office)
    join(office, found["7"].id, found["8"].id)
    assert problems(office, "buyer") == []
    assert parties_in(office.exchange(node)) == ["p-co-8"], "the card 1C knows wins, nothing is sent again"
    office.bill("103")
    buyers.separate(office.bridge, found["7"].id, operator="бухгалтер", reason="ошибка")
    assert parties_in(office.exchange(node)) == ["p-co-7"]
    assert len(problems(office, "buyer")) == 1


def test_joined_cards_1c_does_not_know_go_out_under_the_older_one(office: Office) -> None:
    node = office.node()
    office.bill("101")
    office.bill("102", buyer=TWIN)
    found = listed(office)
    join(office, found["8"].id, found["7"].id)
    assert parties_in(office.exchange(node)) == ["p-co-7", "p-co-7"]
    office.bill("103", buyer=TWIN)
    assert parties_in(office.exchange(node)) == ["p-co-7"]


def test_different_firms_cannot_be_joined(office: Office) -> None:
    office.bill("101")
    office.bill("102", buyer=BRANCH)
    found = listed(office)
    with pytest.raises(BadInput, match="разные"):
        join(office, found["7"].id, found["9"].id)
    with pytest.raises(BadInput):
        join(office, found["7"].id)


def test_a_renamed_buyer_keeps_its_id(office: Office) -> None:
    node = office.node()
    office.bill("101")
    office.bill("102", buyer=dataclasses.replace(BUYER, name="Лютик", full_name='ООО "Лютик"'))
    assert parties_in(office.exchange(node)) == ["p-co-7", "p-co-7"]


@pytest.mark.parametrize("place", ["Контрагенты", "Классификатор/Контрагенты"])
def test_a_file_of_counterparties_is_read_into_an_index(office: Office, place: str) -> None:
    node = office.node(onec_party_ids=True)
    bill = office.bill("101")
    party = (
        f"<Контрагент><Ид>{GUID}</Ид><Наименование>Ромашка ООО</Наименование><ИНН>7707083893</ИНН><КПП>770701001</КПП>"
    )
    party += "</Контрагент><Контрагент><Ид>x</Ид><Наименование>Старая</Наименование><ИНН>7707083893</ИНН>"
    party += "<КПП>770701001</КПП><ПометкаУдаления>true</ПометкаУдаления></Контрагент>"
    names = place.split("/")
    body = "".join(f"<{name}>" for name in names) + party + "".join(f"</{name}>" for name in reversed(names))
    assert office.post(node, file_of(body), filename=f"contragents___{GUID}.xml").ok
    assert office.post(node, file_of(body), filename=f"contragents___{GUID}.xml").ok
    with office.bridge.db.read() as uow:
        invoice = uow.invoices.by_key(office.portal.id, bill.key)
        assert invoice is not None
        assert [(one.onec_id, one.deleted) for one in uow.browse.onec_parties_of(invoice.id)] == [
            (GUID, False),
            ("x", True),
        ]
        assert uow.browse.onec_parties() == {"base": 2}
    office.bill("102")
    assert parties_in(office.exchange(node))[-1] == GUID


#  КПП of the card, КПП of each counterparty 1C named → whether 1C's own id goes out
KPPS = [
    ("", ("770701001",), True),
    ("770701001", ("",), True),
    ("770701001", ("", "770701001"), True),
    ("770701001", ("780501001",), False),
    ("", ("770701001", "780501001"), False),
    ("", ("", "780501001"), True),
]


@pytest.mark.parametrize(("mine", "theirs", "told"), KPPS)
def test_a_missing_kpp_contradicts_no_counterparty_of_1c(
    office: Office, mine: str, theirs: tuple[str, ...], told: bool
) -> None:
    node = office.node(onec_party_ids=True)
    parties = "".join(
        f"<Контрагент><Ид>1c-{kpp or 'bare'}</Ид><Наименование>Р</Наименование><ИНН>7707 083893</ИНН><КПП>{kpp}</КПП>"
        "</Контрагент>"
        for kpp in theirs
    )
    office.post(node, file_of(f"<Контрагенты>{parties}</Контрагенты>"))
    office.bill("101", buyer=dataclasses.replace(BUYER, kpp=mine))
    (sent,) = parties_in(office.exchange(node))
    assert sent.startswith("1c-") == told
    if mine in theirs:
        assert sent == f"1c-{mine or 'bare'}"


def wrong(office: Office) -> Invoice:
    return office.bill("101", buyer=dataclasses.replace(BUYER, inn="7707083894"))


def test_a_wrong_inn_stays_out_of_1c_and_is_a_warning_until_it_is_mended(office: Office) -> None:
    node = office.node()
    bill = wrong(office)
    assert "7707083894" in office.consignment(node, bill).warning
    assert len(problems(office, "warning")) == 1
    assert "<ИНН>" not in office.exchange(node).text
    office.bill("101")
    assert problems(office, "warning") == []


def test_a_node_may_hold_such_invoices_and_a_person_may_let_them_go(office: Office) -> None:
    node = office.node(hold_bad_inn=True)
    bill = wrong(office)
    row = office.consignment(node, bill)
    assert row.held_code == "tax-number"
    assert office.exchange(node).documents == 0
    operations.release(office.bridge, row.id, operator="бухгалтер", reason="пусть идёт")
    assert office.exchange(node).documents == 1
    assert nodes.by_name(office.bridge, "base").options.hold_bad_inn
