"""Selections as people type them: names and ids, what there is to choose, how many invoices that means."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator

import pytest

from commerceml_bridge.db.rows import PortalRow
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.domain.selection import OnLeave, Selection
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services import choosing, nodes, portals
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.choosing import Wanted, count_in_portal, count_stored, resolve
from commerceml_bridge.services.fetching import fetch_portal
from commerceml_bridge.simulators.portal import PortalServer, Settings, Stage, seed_demo
from tests.integration.live_portal import connect, impatient, real_time
from tests.integration.office import PASSWORD, Office
from tests.unit.domain import samples

SMART = frozenset({"smart"})
EVERY = NodeOptions(from_date=dt.date(2020, 1, 1))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)
    monkeypatch.setattr(portals, "_infos", {})


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with PortalServer() as made:
        seed_demo(made.portal)
        yield made


@pytest.fixture
def bridge(office: Office) -> Bridge:
    return real_time(office)


@pytest.fixture
def portal(bridge: Bridge, server: PortalServer) -> PortalRow:
    return connect(bridge, "q", server)


def typed(bridge: Bridge, portal: PortalRow, **fields: tuple[str, ...]) -> Selection:
    return resolve(bridge, portal, Wanted(fields), Selection())


def test_names_and_ids_mean_the_same(bridge: Bridge, portal: PortalRow, server: PortalServer) -> None:
    mine = next(row for row in server.portal.companies if row["IS_MY_COMPANY"] == "Y")
    by_name = typed(
        bridge,
        portal,
        kinds=("новые",),
        categories=("Общая",),
        from_stages=("Отправлен клиенту",),
        sellers=(str(mine["TITLE"]).upper(),),
        currencies=("rub",),
        responsible=("Анна Орлова",),
    )
    by_id = typed(
        bridge,
        portal,
        kinds=("smart",),
        categories=("5",),
        from_stages=("DT31_5:S", "S"),
        sellers=(str(mine["ID"]),),
        currencies=("RUB",),
        responsible=("1",),
    )
    assert by_name == by_id
    assert by_name.from_stages == {"DT31_5:S", "S"}, "a name means the stage in every pipeline that has it"


@pytest.mark.parametrize(
    ("field", "text", "there"),
    [
        ("kinds", "квитанции", "smart"),
        ("categories", "Нет такой", "Общая"),
        ("stages", "Нет такой", "Оплачен (DT31_5:P)"),
        ("sellers", "Чужая", "("),
        ("responsible", "Никто", "Анна Орлова (1)"),
        ("currencies", "рубли", "RUB"),
    ],
)
def test_a_name_nobody_knows_is_refused_with_what_there_is(
    bridge: Bridge, portal: PortalRow, field: str, text: str, there: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        typed(bridge, portal, **{field: (text,)})
    assert there in caught.value.message


def test_all_clears_one_field_and_the_others_stay(bridge: Bridge, portal: PortalRow) -> None:
    before = typed(bridge, portal, sellers=("1",), currencies=("RUB",))
    after = resolve(bridge, portal, Wanted({"sellers": ("все",)}), before)
    assert after == Selection(currencies=frozenset({"RUB"}))


def test_a_portal_that_was_never_fetched_is_asked_for_its_stages(bridge: Bridge, server: PortalServer) -> None:
    portal = connect(bridge, "new", server, fetch=False)
    assert typed(bridge, portal, stages=("Новый",)).stages == {"DT31_5:N", "N"}


def test_bitrix24_is_asked_how_many_invoices_a_selection_means(bridge: Bridge, portal: PortalRow) -> None:
    whole = count_in_portal(bridge, portal, EVERY)
    assert whole.endswith("в Битрикс24: 7.")
    chosen = dataclasses.replace(EVERY, selection=typed(bridge, portal, kinds=("smart",), from_stages=("DT31_5:N",)))
    counted = count_stored(bridge, portal, chosen)
    said = count_in_portal(bridge, portal, chosen)
    assert said.endswith(f"в Битрикс24: {counted.inside + counted.outside.get('never', 0)}.")
    assert "по отбору" in said
    nobody = dataclasses.replace(EVERY, selection=Selection(sellers=frozenset({999})))
    assert count_stored(bridge, portal, nobody).inside == 0
    assert "старые посчитаны без продавца" in count_in_portal(bridge, portal, nobody)


def test_stored_invoices_are_counted_beside_what_was_delivered(office: Office) -> None:
    node = office.node()
    for number, company in (("1", 1), ("2", 1), ("3", 2)):
        office.bill(number, seller=dataclasses.replace(samples.SELLER, entity_id=company))
    office.exchange(node)
    office.bill("4", seller=dataclasses.replace(samples.SELLER, entity_id=2))
    options = dataclasses.replace(node.options, selection=Selection(sellers=frozenset({2})))
    count = count_stored(office.bridge, office.portal, options, node)
    assert (count.stored, count.inside, count.fresh, count.leaving) == (4, 2, 1, 2)
    assert dict(count.outside) == {"seller": 2}
    assert "2 — будут отменены в 1С" in count.text(OnLeave.CANCEL)
    assert "2 — останутся в 1С" in count.text(OnLeave.LEAVE)


def test_what_there_is_to_choose_is_listed_even_without_the_portal(office: Office) -> None:
    office.bill("1")
    node = office.node(selection=Selection(sellers=frozenset({1}), stages=frozenset({"DT31_2:N"})))
    listed = {one.title: one for one in choosing.choices_of(office.bridge, node)}
    assert listed["--seller"].chosen == "1"
    assert listed["--seller"].there == "1"
    assert listed["--currency"].there == "RUB"
    assert listed["--kind"].chosen == "все"


def test_a_changed_order_of_stages_settles_nodes_that_choose_by_it(bridge: Bridge) -> None:
    stages = (Stage("N", "Новый", 10), Stage("S", "Отправлен", 20), Stage("P", "Оплачен", 30, "S"))
    turned = (Stage("S", "Отправлен", 5), stages[0], stages[2])
    with PortalServer(Settings(kinds=frozenset({"smart"}), stages=stages)) as first:
        seed_demo(first.portal)
        portal = connect(bridge, "q", first)
        options = dataclasses.replace(EVERY, selection=Selection(SMART, from_stages=frozenset({"DT31_5:S"})))
        node = nodes.add(bridge, "base", "q", "base", PASSWORD, options)
        assert count_stored(bridge, portal, options).outside.get("stage", 0) > 0
        first.portal.settings = dataclasses.replace(first.portal.settings, stages=turned)
        portals.forget_info(portal)
        fetch_portal(bridge, portals.by_name(bridge, "q"))
    assert nodes.unsettled(bridge) == [node.id]
    nodes.settle(bridge, node.id)
    assert count_stored(bridge, portals.by_name(bridge, "q"), options).outside.get("stage", 0) == 0
