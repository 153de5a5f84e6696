"""How far a connection has come: every step by what 1C really did, and what is missing in words."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from commerceml_bridge.db import tables
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain.nodes import ClientFamily
from commerceml_bridge.services import connecting, nodes
from tests.integration.office import PAID, Office, file_of, returned


def look(office: Office, node: NodeRow) -> connecting.Progress:
    return connecting.progress(office.bridge, nodes.by_name(office.bridge, node.name))


def missing(office: Office, node: NodeRow) -> dict[str, str]:
    return {step.code: step.why for step in look(office, node).steps if not step.done}


def fetched(office: Office) -> None:
    with office.bridge.db.write() as uow:
        uow.portals.update(office.portal.id, fetched_at=office.clock())


def test_each_step_is_done_by_what_1c_did_and_the_last_says_it(office: Office) -> None:
    node = office.node()
    assert list(missing(office, node)) == ["fetched", "contact", "delivered", "verified", "paid"]
    assert look(office, node).summary == "1С ещё не подключалась."
    fetched(office)
    assert "Ни один счёт не подходит" in missing(office, node)["fetched"]
    office.bill("101")
    assert list(missing(office, node)) == ["contact", "delivered", "verified", "paid"]
    caller = office.session(node)
    assert "Ждут обмена: 1" in missing(office, node)["delivered"]
    office.query(caller)
    assert "не подтвердила" in missing(office, node)["delivered"]
    office.success(caller)
    assert list(missing(office, node)) == ["verified", "paid"]
    office.post(node, file_of(returned("101")))
    assert list(missing(office, node)) == ["paid"]
    office.post(node, file_of(returned("101", requisites=PAID), formed_at="2026-03-06T13:00:00"))
    now = look(office, node)
    assert now.done
    assert now.summary == "1С подключилась, счетов доставлено и сверено: 1, оплат вернулось: 1."


def test_a_wrong_password_is_told_apart_from_silence(office: Office) -> None:
    node = office.node()
    assert "проверку соединения" in missing(office, node)["contact"]
    with office.bridge.db.write() as uow:
        uow.journal.add_step(
            at=office.clock(),
            result="failure",
            code="auth-failed",
            login=node.login,
            duration_ms=1,
            method="GET",
            path="/",
        )
    assert "пароль не подошёл" in missing(office, node)["contact"]


def test_a_difference_and_an_unreadable_portal_are_named(office: Office) -> None:
    node = office.node()
    office.bill("101")
    office.exchange(node)
    office.post(node, file_of(returned("101", total="1100.00")))
    with office.bridge.db.write() as uow:
        uow.portals.update(office.portal.id, last_error="Вебхук удалён.")
    why = missing(office, node)
    assert "отличаются: 1" in why["verified"]
    assert "Вебхук удалён." in why["fetched"]


@pytest.mark.parametrize(("client", "words"), [(ClientFamily.BP3, "OData"), (ClientFamily.UT11, "обмен ещё раз")])
def test_what_to_do_is_said_for_the_chosen_program(office: Office, client: ClientFamily, words: str) -> None:
    node = office.node(client=client)
    office.bill("101")
    office.exchange(node)
    assert words in missing(office, node)["verified"]


def test_what_another_node_was_told_is_not_counted_here(office: Office) -> None:
    told, silent = office.node("told"), office.node("silent")
    office.bill("101")
    office.exchange(told)
    office.post(told, file_of(returned("101", requisites=PAID)))
    with office.bridge.db.write() as uow:  # as the worker does when Bitrix24 has taken it
        uow.connection.execute(sa.update(tables.job).values(state="done"))
    assert "записано в Битрикс24: 1" in look(office, told).steps[-1].text
    assert "записано в Битрикс24: 0" in look(office, silent).steps[-1].text
