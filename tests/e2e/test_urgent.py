"""What a person wants at once: an invoice read again or fetched by its number, a payment written now."""

from __future__ import annotations

import pytest

from commerceml_bridge.errors import BadInput
from commerceml_bridge.services import outlook, urgent
from commerceml_bridge.simulators.portal import FaultKind, PortalServer, seed_demo
from commerceml_bridge.simulators.portal.rows import Row
from commerceml_bridge.web import versions
from tests.integration.office import PAID, file_of, returned
from tests.stand import Stand

WHO = {"operator": "anna", "reason": "клиент звонит"}


def invoice_id(stand: Stand, number: str) -> int:
    with stand.bridge.db.read() as uow:
        return next(one.id for one in uow.portals.sample(1, 100) if one.number == number)


def events(stand: Stand, of: int) -> list[tuple[str, str]]:
    with stand.bridge.db.read() as uow:
        history = uow.browse.invoice(of)
    assert history is not None
    return [(one.kind, one.text) for one in history.events]


def test_a_changed_invoice_is_read_again_and_set_beside_what_1c_accepted(stand: Stand, server: PortalServer) -> None:
    made = seed_demo(server.portal)
    stand.set_up(client="ut11")
    stand.sync()
    stand.deliver_all()
    mine = invoice_id(stand, "11")
    with stand.bridge.db.read() as uow:
        (before,), _missed = outlook.of_invoice(uow, mine)
    assert (before.state, before.body) == ("nothing", b"")

    server.portal.update_invoice(made.smart_invoices[0], rows=(Row("Подшипник 6204", 500, 10, 22),))
    urgent.refetch(stand.bridge, mine, **WHO)

    with stand.bridge.db.read() as uow:
        history = uow.browse.invoice(mine)
        assert history is not None
        looked, _missed = outlook.of_invoice(uow, mine)
        (found,) = versions.differences(uow.browse, history, looked)
    assert (looked[0].state, looked[0].reason) == ("goes", "")
    assert (found.accepted, found.newest) == (1, 2)
    assert {"rows.0.price", "rows.0.quantity"} <= {one.field for one in found.fields}
    assert {("removed", "100"), ("added", "10")} <= {
        (line.kind, line.text.split(">")[1].split("<")[0]) for line in found.lines if "<Количество>" in line.text
    }
    kind, text = events(stand, mine)[-1]
    assert kind == "refetched"
    assert "anna" in text
    assert "клиент звонит" in text
    stand.deliver_all()
    with stand.bridge.db.read() as uow:
        served = uow.browse.invoice(mine).servings[-1].rendering_id  # type: ignore[union-attr]  # it was there
        assert b"".join(uow.browse.read_body("document", served)) == looked[0].body


def test_an_invoice_that_went_from_the_portal_says_so(stand: Stand, server: PortalServer) -> None:
    made = seed_demo(server.portal)
    stand.set_up()
    stand.sync()
    mine = invoice_id(stand, "11")
    server.portal.delete_invoice(made.smart_invoices[0])
    with pytest.raises(BadInput, match="удалён"):
        urgent.refetch(stand.bridge, mine, **WHO)
    assert events(stand, mine)[-1][0] == "refetched"


def test_an_invoice_is_fetched_by_number_or_else_by_id(stand: Stand, server: PortalServer) -> None:
    made = seed_demo(server.portal)
    stand.set_up()
    (by_number,) = urgent.fetch_number(stand.bridge, " 12 ", operator="anna")
    assert by_number.invoice_id == invoice_id(stand, "12")
    (old,) = urgent.fetch_number(stand.bridge, "8", operator="anna")
    assert old.invoice_id == invoice_id(stand, "8")
    server.portal.add_smart_invoice(account_number="СЧ 15", company_id=made.companies[0])
    (spaced,) = urgent.fetch_number(stand.bridge, "СЧ 15", operator="anna")
    assert spaced.invoice_id == invoice_id(stand, "СЧ 15"), "the demo has a 15 too"
    bare = server.portal.add_smart_invoice(account_number="X-1", company_id=made.companies[0], id=7001)
    (by_id,) = urgent.fetch_number(stand.bridge, str(bare), operator="anna")
    assert by_id.invoice_id == invoice_id(stand, "X-1")
    (nothing,) = urgent.fetch_number(stand.bridge, "999999", operator="anna")
    assert (nothing.invoice_id, "нет счёта с таким номером" in nothing.reason) == (None, True)
    with pytest.raises(BadInput):
        urgent.fetch_number(stand.bridge, "  ", operator="anna")


def test_a_parked_payment_is_written_now_once_its_cause_is_gone(stand: Stand, server: PortalServer) -> None:
    made = seed_demo(server.portal)
    stand.set_up()
    stand.sync()
    stand.deliver_all()
    assert stand.receive(file_of(returned("11", requisites=PAID, total="44200.00", date=stand.date_of(11)))).ok
    server.faults.add(FaultKind.REST, times=50, methods=("crm.item.update",), code="ACCESS_DENIED", status=403)
    stand.sync()
    assert stand.jobs()[0].state == "parked"
    server.faults.clear()
    mine = invoice_id(stand, "11")
    urgent.write_now(stand.bridge, mine, **WHO)
    stand.sync()
    assert server.portal.smart_invoice(made.smart_invoices[0])["stageId"] == "DT31_5:P"


def test_a_stage_somebody_changed_is_written_again_where_a_person_says_so(stand: Stand, server: PortalServer) -> None:
    made = seed_demo(server.portal)
    stand.set_up()
    stand.sync()
    stand.deliver_all()
    mine = invoice_id(stand, "11")
    with pytest.raises(BadInput, match="ещё не сообщила"):
        urgent.write_now(stand.bridge, mine, **WHO)
    assert stand.receive(file_of(returned("11", requisites=PAID, total="44200.00", date=stand.date_of(11)))).ok
    stand.sync()
    server.portal.update_invoice(made.smart_invoices[0], stage="DT31_5:N")
    stand.sync()
    assert server.portal.smart_invoice(made.smart_invoices[0])["stageId"] == "DT31_5:N", "a manager's change stays"
    urgent.write_now(stand.bridge, mine, **WHO)
    stand.sync()
    assert server.portal.smart_invoice(made.smart_invoices[0])["stageId"] == "DT31_5:P"
    assert [job.state for job in stand.jobs()] == ["done", "done"]
