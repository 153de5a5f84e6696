"""Portals are changed, moved and removed: never mistaken for another one, never losing history."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from commerceml_bridge.cli.processes import free_port
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services import nodes, portals, secrets
from commerceml_bridge.services.fetching import fetch_portal
from commerceml_bridge.services.jobs import FETCH, wake_fetch
from commerceml_bridge.services.turns import FETCHING, turn
from commerceml_bridge.services.writeback import deliver_pending
from commerceml_bridge.simulators.portal import FaultKind, PortalServer, seed_demo, seed_many
from tests.integration.live_portal import connect, impatient, pay
from tests.integration.office import Office


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with PortalServer() as made:
        seed_demo(made.portal)
        yield made


def webhook(office: Office, name: str = "q") -> str:
    return secrets.unseal(office.bridge, portals.by_name(office.bridge, name).webhook_sealed)


def nowhere() -> str:
    return f"http://127.0.0.1:{free_port()}/rest/1/othercode/"


# --- set --------------------------------------------------------------------------------------------------------------


def test_a_new_address_of_the_same_portal_is_accepted(office: Office, server: PortalServer) -> None:
    connect(office.bridge, "q", server)
    with PortalServer(portal=server.portal) as renamed:
        portals.set_portal(office.bridge, "q", webhook=renamed.webhook_url)
        assert webhook(office) == renamed.webhook_url
        assert portals.by_name(office.bridge, "q").host == f"127.0.0.1:{renamed.port}"
        assert renamed.journal.count("crm.item.get") + renamed.journal.count("crm.invoice.get") == portals.WITNESSES


@pytest.mark.parametrize("vouched", [False, True])
def test_a_webhook_of_another_portal_is_refused(office: Office, server: PortalServer, vouched: bool) -> None:
    connect(office.bridge, "q", server)
    with PortalServer() as other:
        seed_many(other.portal, 30)
        with pytest.raises(ConfigurationError, match="portal add"):
            portals.set_portal(office.bridge, "q", webhook=other.webhook_url, renamed=vouched)
    assert webhook(office) == server.webhook_url


def test_a_portal_with_the_same_ids_but_other_dates_is_refused(office: Office, server: PortalServer) -> None:
    connect(office.bridge, "q", server)
    with PortalServer() as other:
        made = seed_demo(other.portal)
        for number in made.smart_invoices:
            other.portal.update_invoice(number, begindate="2020-02-02")
        for number in made.old_invoices:
            other.portal.update_old_invoice(number, DATE_BILL="2020-02-02")
        with pytest.raises(ConfigurationError, match="а другой"):
            portals.set_portal(office.bridge, "q", webhook=other.webhook_url)


def test_a_portal_where_no_known_invoice_is_found_is_refused(office: Office, server: PortalServer) -> None:
    connect(office.bridge, "q", server)
    with PortalServer() as empty, pytest.raises(ConfigurationError, match="нет известных счетов"):
        portals.set_portal(office.bridge, "q", webhook=empty.webhook_url)


def test_an_address_that_does_not_answer_needs_a_person_who_vouches(office: Office, server: PortalServer) -> None:
    connect(office.bridge, "q", server)
    address = nowhere()
    with pytest.raises(ConfigurationError, match="--renamed") as caught:
        portals.set_portal(office.bridge, "q", webhook=address)
    assert "othercode" not in str(caught.value)
    assert webhook(office) == server.webhook_url
    portals.set_portal(office.bridge, "q", webhook=address, renamed=True)
    assert webhook(office) == address


def test_a_webhook_without_rights_is_refused_even_if_vouched_for(office: Office, server: PortalServer) -> None:
    connect(office.bridge, "q", server)
    with PortalServer(portal=server.portal) as renamed:
        wrong = renamed.webhook_url.replace(server.portal.settings.code, "wr0ngc0de")
        with pytest.raises(ConfigurationError, match="права вебхука"):
            portals.set_portal(office.bridge, "q", webhook=wrong, renamed=True)


def test_the_same_host_and_a_portal_without_invoices_need_no_proof(office: Office, server: PortalServer) -> None:
    connect(office.bridge, "q", server)
    server.journal.clear()
    portals.set_portal(office.bridge, "q", webhook=server.webhook_url.replace("/rest/1/", "/rest/7/"))
    portals.set_portal(office.bridge, "p", webhook=nowhere())
    assert server.journal.count() == 0


# --- remove -----------------------------------------------------------------------------------------------------------


def test_a_portal_that_was_only_asked_is_removed_with_its_traces(office: Office) -> None:
    wake_fetch(office.bridge, "p")
    with office.bridge.db.write() as uow:
        uow.invoices.note_problem(office.portal.id, InvoiceKey(InvoiceKind.SMART, 5), "reason", office.now)
    with turn(office.bridge, office.portal.id, FETCHING, every=60.0):
        wake_fetch(office.bridge, "p")
    portals.remove(office.bridge, "p")
    assert portals.all_portals(office.bridge) == []


def test_a_portal_in_use_names_the_nodes_to_remove(office: Office) -> None:
    office.node("base")
    office.node("second")
    with pytest.raises(ConfigurationError) as caught:
        portals.remove(office.bridge, "p")
    assert "node remove base" in str(caught.value)
    assert "node remove second" in str(caught.value)


def test_a_portal_whose_nodes_were_removed_has_history_and_no_false_advice(office: Office) -> None:
    office.session(office.node("base"))
    nodes.remove(office.bridge, "base")
    with pytest.raises(ConfigurationError, match="история") as caught:
        portals.remove(office.bridge, "p")
    assert "node remove" not in str(caught.value)


# --- moved ------------------------------------------------------------------------------------------------------------


def test_a_fetch_that_was_redirected_keeps_the_new_address(
    office: Office, server: PortalServer, caplog: pytest.LogCaptureFixture
) -> None:
    portal = connect(office.bridge, "q", server, fetch=False)
    with PortalServer(portal=server.portal) as renamed:
        server.faults.add(FaultKind.REDIRECT, times=1000, location=renamed.base_url)
        assert fetch_portal(office.bridge, portal).invoices == 7
        moved = portals.by_name(office.bridge, "q")
        assert (moved.host, webhook(office)) == (f"127.0.0.1:{renamed.port}", renamed.webhook_url)
        asked = server.journal.count()
        assert fetch_portal(office.bridge, moved).revisions == 0
        assert (asked, server.journal.count()) == (1, 1)
    assert sum("переименован" in record.getMessage() for record in caplog.records) == 1
    assert server.portal.settings.code not in caplog.text


def test_a_write_back_that_was_redirected_keeps_the_new_address(office: Office, server: PortalServer) -> None:
    portal = connect(office.bridge, "q", server)
    pay(office.bridge, portal, 2)
    with PortalServer(portal=server.portal) as renamed:
        server.journal.clear()
        server.faults.add(FaultKind.REDIRECT, times=1000, location=renamed.base_url)
        assert deliver_pending(office.bridge).written == 2
        assert webhook(office) == renamed.webhook_url
        assert server.journal.count() == 1


def test_a_move_does_not_undo_the_webhook_a_person_set_meanwhile(office: Office, server: PortalServer) -> None:
    portal = connect(office.bridge, "q", server)
    client = portals.client_for(office.bridge, portal)
    mine = server.webhook_url.replace("/rest/1/", "/rest/7/")
    portals.set_portal(office.bridge, "q", webhook=mine)
    with PortalServer(portal=server.portal) as renamed:
        server.faults.add(FaultKind.REDIRECT, times=1, location=renamed.base_url)
        client.call("crm.status.list", {"filter": {"ENTITY_ID": "INVOICE_STATUS"}})
        assert client.moved_to is not None
    assert webhook(office) == mine


def test_a_new_webhook_is_read_with_at_once(office: Office) -> None:
    portals.set_portal(office.bridge, "p", webhook="http://127.0.0.1:1/rest/1/mended1234/")
    with office.bridge.db.read() as uow:
        assert uow.jobs.due_portals(office.clock(), FETCH) == {office.portal.id}
