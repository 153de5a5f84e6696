"""Many problems mended at once: one reason, each by itself, the filter kept in the address."""

from __future__ import annotations

from dataclasses import replace

import requests
import sqlalchemy as sa

from commerceml_bridge.db import tables
from commerceml_bridge.db.browse.party_records import ProblemFilter
from commerceml_bridge.domain.policy import Policy, Rule, Situation
from tests.web.conftest import Site, csrf_token
from tests.web.firm import LOGIN
from tests.web.test_actions import row


def mend(site: Site, **form: str | list[str]) -> requests.Response:
    with site.operator() as browser:
        token = csrf_token(browser.get(site.url("/problems"), timeout=10).text)
        whole = {"csrf_token": token, "reason": "разом", "back": "/problems?q=1", **form}
        return browser.post(site.url("/problems/mend"), data=whole, timeout=10)


def hold_too(site: Site, *names: str) -> list[str]:
    ids = [site.seeded.consignments[name] for name in names]
    with site.bridge.db.write() as uow:
        table = tables.consignment
        held = sa.update(table).where(table.c.id.in_(ids)).values(held_code="vat-mix", held_reason="смешаны", due=True)
        uow.connection.execute(held)
    return [str(one) for one in ids]


def test_those_ticked_are_mended_and_the_count_is_told(fresh_site: Site) -> None:
    ids = hold_too(fresh_site, "due", "xss")
    answer = mend(fresh_site, source="held", action="release", id=ids)
    assert "Сделано: 2 из 2." in answer.text
    assert answer.url == fresh_site.url("/problems?q=1")
    held = fresh_site.seeded.consignments["held"]
    assert [row(fresh_site, tables.consignment, int(one)).held_code for one in ids] == ["", ""]
    assert row(fresh_site, tables.consignment, held).held_code == "vat-mix"
    with fresh_site.bridge.db.read() as uow:
        texts = list(uow.connection.scalars(sa.select(tables.event.c.text).where(tables.event.c.kind == "released")))
    assert len(texts) == 2
    assert all(LOGIN in text and "разом" in text for text in texts)


def test_one_that_cannot_be_mended_does_not_stop_the_others(fresh_site: Site) -> None:
    first, second = hold_too(fresh_site, "due", "xss")
    fine = str(fresh_site.seeded.consignments["verified"])
    answer = mend(fresh_site, source="held", action="release", id=[first, fine, "999999", second])
    assert "Сделано: 2 из 4." in answer.text
    assert "1 не вышло: Этот счёт ничто не задерживает" in answer.text
    assert row(fresh_site, tables.consignment, int(second)).held_code == ""


def test_all_of_a_group_are_mended_by_what_the_filter_shows(fresh_site: Site) -> None:
    hold_too(fresh_site, "due", "xss")
    answer = mend(fresh_site, source="held", action="release", code="vat-mix", all="1", q="1045")
    assert "Сделано: 1 из 1." in answer.text
    assert row(fresh_site, tables.consignment, fresh_site.seeded.consignments["xss"]).held_code == "vat-mix"
    answer = mend(fresh_site, source="held", action="release", code="vat-mix", all="1")
    assert "из 2." in answer.text


def test_nonsense_changes_nothing(fresh_site: Site) -> None:
    assert "такого действия нет" in mend(fresh_site, source="held", action="erase", id=["1"]).text
    assert "Ничего не отмечено" in mend(fresh_site, source="held", action="release").text
    assert "Напишите причину" in mend(fresh_site, source="held", action="release", id=["1"], reason=" ").text
    assert row(fresh_site, tables.consignment, fresh_site.seeded.consignments["held"]).held_code == "vat-mix"


def test_the_filter_stands_in_the_address_and_narrows_every_source(site: Site) -> None:
    with site.operator() as browser:
        by_node = browser.get(site.url("/problems.json?node=Торговля"), timeout=10).json()
        assert {one["node"] for group in by_node["groups"] for one in group["items"]} == {"Торговля"}
        by_words = browser.get(site.url("/problems.json?q=ACCESS_DENIED"), timeout=10).json()
        assert [(group["source"], group["actions"]) for group in by_words["groups"]] == [("job", ["retry"])]
        page = browser.get(site.url("/problems?q=ACCESS_DENIED&node="), timeout=10).text
        assert 'value="ACCESS_DENIED"' in page
        assert browser.get(site.url("/problems.json?source=nothing"), timeout=10).json()["count"] == 0


def test_silence_is_a_problem_until_it_ends(fresh_site: Site) -> None:
    with fresh_site.bridge.db.write() as uow:
        now = fresh_site.bridge.clock()
        for kind in ("silent", "parked"):
            uow.alerts.begin(key=f"{kind}:Торговля", kind=kind, subject="Торговля", text="1С молчит 30 ч.", now=now)
    with fresh_site.bridge.db.read() as uow:
        (group,) = uow.browse.problems(ProblemFilter("alert"))
    assert (group.code, group.count, group.items[0].node_id) == ("silent", 1, fresh_site.seeded.ids["Торговля"])
    with fresh_site.operator() as browser:
        assert "1С молчит 30 ч." in browser.get(fresh_site.url("/problems"), timeout=10).text
    with fresh_site.bridge.db.write() as uow:
        uow.alerts.end([one.id for one in uow.alerts.open()], fresh_site.bridge.clock())
    with fresh_site.bridge.db.read() as uow:
        assert uow.browse.problems(ProblemFilter("alert")) == ()


def test_counting_problems_looks_only_at_what_there_is_to_show(fresh_site: Site) -> None:
    with fresh_site.bridge.db.write() as uow:
        kept = uow.connection.execute(
            sa.select(tables.returned).where(tables.returned.c.id == fresh_site.seeded.ids["returned"])
        ).mappings()
        plain = {name: value for name, value in kept.one().items() if name != "id"}
        uow.connection.execute(sa.insert(tables.returned), [plain | {"content_hash": str(one)} for one in range(3000)])
        uow.connection.exec_driver_sql("ANALYZE")
    with fresh_site.bridge.db.read() as uow:
        for source, index in (("held", "ix_consignment_troubled"), ("document", "ix_returned_unresolved")):
            assert index in _plan(uow.connection, source)


def _plan(connection: sa.Connection, source: str) -> str:
    from commerceml_bridge.db.browse.problem_sources import SOURCES

    counted = sa.select(sa.func.count()).select_from(SOURCES[source]().subquery())
    text = str(counted.compile(connection.engine, compile_kwargs={"literal_binds": True}))
    return " ".join(str(row) for row in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + text))


def test_a_status_no_rule_names_is_a_problem_where_statuses_have_rules(fresh_site: Site) -> None:
    def found() -> list[tuple[str, int | None]]:
        with fresh_site.bridge.db.read() as uow:
            groups = uow.browse.problems(ProblemFilter("status"))
        return [(one.title, one.node_id) for group in groups for one in group.items]

    at = fresh_site.bridge.clock()
    fact = {"source": "exchange", "kind": "status", "first_at": at, "last_at": at}
    with fresh_site.bridge.db.write() as uow:
        for name in ("В работе", "Закрыт"):
            values = fact | {"consignment_id": fresh_site.seeded.consignments["verified"], "key": name, "text": name}
            uow.connection.execute(sa.insert(tables.payment_fact).values(values))
    assert found() == []
    with fresh_site.bridge.db.write() as uow:
        node = next(one for one in uow.nodes.all() if one.name == "Торговля")
        rule = Rule(Situation.STATUS, status="В работе", stage="DT31_1:N")
        uow.nodes.set_options(node.id, replace(node.options, policy=Policy().with_rule(rule)))
    assert found() == [("Закрыт", node.id)]
