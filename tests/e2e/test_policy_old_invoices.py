"""The policy and old invoices: fields and deals; and failure stages, which only a row of the table may leave."""

from __future__ import annotations

import json

import pytest

from commerceml_bridge.simulators.portal import PortalServer, seed_demo
from commerceml_bridge.simulators.portal.seed import Demo
from tests.integration.office import PAID, file_of, returned
from tests.stand import Stand

FIELD = "UF_CRM_1651114959"


@pytest.fixture
def made(stand: Stand, server: PortalServer) -> Demo:
    """The demo's invoices, delivered; old ones have a custom field."""
    demo = seed_demo(server.portal)
    server.portal.add_old_custom_field(FIELD)
    stand.set_up()
    assert not stand.sync().failed
    stand.deliver_all()
    return demo


def say(stand: Stand, number: str, total: str, at: str = "2026-11-25T09:00:00") -> None:
    with stand.bridge.db.read() as uow:
        date = next(one.date for one in uow.portals.sample(1, 100) if one.number == number)
    document = returned(number, requisites=PAID, total=total, date=f"{date}")
    assert stand.receive(file_of(document, formed_at=at)).ok
    stand.sync()


def test_fields_and_the_deal_of_an_old_invoice_are_written_and_it_stays_paid(
    stand: Stand, server: PortalServer, made: Demo
) -> None:
    deal = server.portal.add_deal("Сделка", stageId="NEW")
    old = made.old_invoices[0]
    with server.portal.lock:
        server.portal.old_invoices.change(server.portal.old_invoices.get(old), {"UF_DEAL_ID": deal})  # type: ignore[arg-type]
    stand.command("node", "policy", "set", "base", "paid", "--field", f"{FIELD}=payments", "--deal-stage", "WON")
    say(stand, "8", "8400.00")
    with server.portal.lock:
        invoice = server.portal.old_invoices.get(old)
        assert invoice is not None
        assert (invoice["STATUS_ID"], invoice["PAYED"], invoice[FIELD]) == ("P", "Y", "ПП-7")
        assert server.portal.deals.get(deal)["stageId"] == "WON"  # type: ignore[index]
    proof = stand.jobs()[-1].proof
    assert all(word in proof for word in (FIELD, "ПП-7", "WON"))


def test_a_field_the_portal_has_lost_never_keeps_an_invoice_from_being_paid(
    stand: Stand, server: PortalServer, made: Demo
) -> None:
    stand.command("node", "policy", "set", "base", "paid", "--field", f"{FIELD}=payments")
    server.portal.remove_old_custom_field(FIELD)
    say(stand, "8", "8400.00")
    with server.portal.lock:
        invoice = server.portal.old_invoices.get(made.old_invoices[0])
        assert invoice is not None
        assert (invoice["STATUS_ID"], invoice["PAYED"]) == ("P", "Y")
    job = stand.jobs()[-1]
    assert (job.state, FIELD in job.error) == ("parked", True)
    assert json.loads(job.proof)["after"]["stage_id"] == "P", "what was written is proven all the same"


@pytest.mark.parametrize("may_leave", [False, True])
def test_a_failure_stage_is_left_only_where_the_policy_says_so(
    stand: Stand, server: PortalServer, made: Demo, may_leave: bool
) -> None:
    smart = made.smart_invoices[0]
    deal = server.portal.add_deal("Сделка", stageId="LOSE")
    server.portal.update_invoice(smart, stage="DT31_5:D", parentId2=deal)
    more = ("--out-of-failure",) if may_leave else ()
    stand.command("node", "policy", "set", "base", "paid", "--deal-stage", "WON", *more)
    say(stand, "11", "44200.00")
    with server.portal.lock:
        stages = server.portal.smart_invoice(smart)["stageId"], server.portal.deals.get(deal)["stageId"]  # type: ignore[index]
    assert stages == (("DT31_5:P", "WON") if may_leave else ("DT31_5:D", "LOSE"))
    assert [job.state for job in stand.jobs()] == (["done"] if may_leave else ["parked"])
