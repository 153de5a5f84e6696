"""The queries behind the pages, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa

from commerceml_bridge.db import tables
from commerceml_bridge.db.browse import Browse
from commerceml_bridge.db.browse.exchange_records import SessionFilter
from commerceml_bridge.db.browse.facets import of_listed
from commerceml_bridge.db.browse.records import STATES, InvoiceFilter
from tests.web.firm import NOW, Seeded, make_bridge
from tests.web.seed import seed


@pytest.fixture
def filled(database_url: str) -> Iterator[tuple[Browse, Seeded]]:
    bridge = make_bridge(database_url)
    seeded = seed(bridge)
    with bridge.db.read() as uow:
        yield uow.browse, seeded
    bridge.db.close()


def numbers(browse: Browse, **wanted: object) -> list[str]:
    found = browse.invoices(InvoiceFilter(**wanted))  # type: ignore[arg-type]  # the tests name real fields
    return [one.number for one in found.items]


def test_every_query_of_the_pages_runs_and_agrees(filled: tuple[Browse, Seeded]) -> None:
    browse, seeded = filled
    assert numbers(browse, q="РОМАШКА плюс", state="verified") == ["1041"]
    assert numbers(browse, q="12 000,00", portal="romashka", since=dt.date(2025, 11, 20))[-1] == "1041"
    assert numbers(browse, until=dt.date(2025, 11, 19)) == []
    for state in STATES:
        node = next(one for one in browse.nodes() if one.name == "Торговля")
        assert node.counts[state] == len(numbers(browse, state=state, node=node.id)), state
    history = browse.invoice(seeded.invoices["verified"])
    assert history is not None
    assert (history.invoice.total, len(history.revisions), len(history.servings)) == (Decimal("12000.00"), 2, 1)
    assert history.jobs[0].proof["written"] is True
    session = browse.session(seeded.ids["session-return"])
    assert session is not None
    assert (session.received_documents, session.steps, session.failures) == (2, 3, 0)
    assert len(browse.sessions(SessionFilter(since=NOW - dt.timedelta(hours=3), until=NOW)).items) == 3
    assert browse.problem_count() == sum(group.count for group in browse.problems()) == 7
    assert {gauge.name for gauge in browse.gauges()} >= {"invoices", "consignments", "problems", "jobs"}
    assert b"".join(browse.read_body("delivery", seeded.ids["delivery"])).endswith(
        "</КоммерческаяИнформация>\n".encode("cp1251")
    )
    assert browse.portals()[0].nodes == 2
    assert len(browse.steps(None).items) == 1
    assert [one.state for one in browse.returned_in(seeded.ids["session-return"])] == ["applied", "quarantined"]


def test_pages_of_steps_follow_one_another(filled: tuple[Browse, Seeded]) -> None:
    browse, seeded = filled
    first = browse.steps(seeded.ids["session-first"], limit=2)
    rest = browse.steps(seeded.ids["session-first"], cursor=first.next, limit=2)
    assert [one.mode for one in (*first.items, *rest.items)] == ["checkauth", "query", "success"]
    assert rest.next == ""
    newest = browse.sessions(SessionFilter(), limit=1)
    older = browse.sessions(SessionFilter(), cursor=newest.next)
    assert [one.id for one in (*newest.items, *older.items)] == sorted(
        (seeded.ids[f"session-{name}"] for name in ("first", "return", "broken")), reverse=True
    )


def test_a_session_never_lasts_less_than_its_steps(filled: tuple[Browse, Seeded]) -> None:
    browse, seeded = filled
    first = sa.update(tables.session).where(tables.session.c.id == seeded.ids["session-first"])
    browse.connection.execute(first.values(last_seen_at=NOW - dt.timedelta(days=1)))
    session = browse.session(seeded.ids["session-first"])
    assert session is not None
    assert session.seconds == 0.036


@pytest.mark.parametrize(
    "text", ["РОМАШКА плюс", "10", "1041", "ромашк", "кронштейн", "7707083893", "нет такого", "плюс %"]
)
def test_the_one_box_finds_the_invoices_of_the_list_and_counts_their_counterparties(
    filled: tuple[Browse, Seeded], text: str
) -> None:
    browse, _seeded = filled
    listed = browse.invoices(InvoiceFilter(q=text), limit=100).items
    found = browse.found(text, invoices=100, parties=100)
    assert (found.invoices, found.more) == (listed, False)
    names = [(one.counterparty, one.inn) for one in listed if one.counterparty]
    assert {((one.name, one.inn), one.invoices) for one in found.parties} == {(key, names.count(key)) for key in names}
    few = browse.found(text, invoices=1, parties=1)
    assert few.invoices == listed[:1]
    assert few.more is (len(listed) > 1)
    assert few.parties == found.parties[:1]


def test_a_node_whose_1c_never_came_has_no_contact_and_the_others_theirs(filled: tuple[Browse, Seeded]) -> None:
    browse, _seeded = filled
    sessions = browse.sessions(SessionFilter(), limit=100).items
    for node in browse.nodes():
        mine = [one for one in sessions if one.node_id == node.id]
        newest = max(mine, key=lambda one: (one.started_at, one.id), default=None)
        assert node.last_session_id == (newest.id if newest else None)
        assert node.last_contact == (newest.last_seen_at if newest else None)
    assert {node.last_session_id is None for node in browse.nodes()} == {True, False}


@pytest.mark.parametrize(
    "wanted", [{}, {"family": "unf"}, {"family": "un"}, {"result": "failure"}, {"kind": "catalog"}]
)
def test_facets_of_a_list_that_is_whole_are_those_the_database_counts(
    filled: tuple[Browse, Seeded], wanted: dict[str, str]
) -> None:
    browse, _seeded = filled
    fitting = SessionFilter(**wanted)  # type: ignore[arg-type]  # the tests name real fields
    listed = browse.sessions(fitting, limit=100)
    assert listed.next == ""
    assert of_listed(listed.items) == browse.session_facets(fitting)
    assert bool(listed.items) is (wanted not in ({"family": "un"}, {"kind": "catalog"}))
