"""Write-back against a portal that misbehaves: retried, parked, proven, never done twice."""

from __future__ import annotations

import pytest

from commerceml_bridge.simulators.portal import FaultKind, PortalServer, seed_demo
from commerceml_bridge.simulators.portal.seed import Demo
from tests.integration.office import PAID, file_of, returned
from tests.stand import Stand


@pytest.fixture
def paid(stand: Stand, server: PortalServer) -> Demo:
    """Invoice 11 is delivered and 1C has reported its payment; Bitrix24 does not know yet."""
    made = seed_demo(server.portal)
    stand.set_up()
    assert not stand.sync().failed
    stand.deliver_all()
    reply = stand.receive(file_of(returned("11", requisites=PAID, total="44200.00", date=stand.date_of(11))))
    assert reply.ok
    return made


def stage(server: PortalServer, made: Demo) -> str:
    return str(server.portal.smart_invoice(made.smart_invoices[0])["stageId"])


def test_the_stage_moves_and_the_proof_is_kept(stand: Stand, server: PortalServer, paid: Demo) -> None:
    report = stand.sync()
    assert (report.delivered.written, report.failed) == (1, False)
    assert stage(server, paid) == "DT31_5:P"
    job = stand.jobs()[0]
    assert job.state == "done"
    assert "DT31_5:N" in job.proof
    assert "DT31_5:P" in job.proof
    assert stand.sync().delivered.written == 0


def test_an_invoice_already_paid_in_bitrix24_is_not_written(stand: Stand, server: PortalServer, paid: Demo) -> None:
    server.portal.update_invoice(paid.smart_invoices[0], stage="DT31_5:P")
    server.journal.clear()
    report = stand.sync()
    assert (report.delivered.already, report.delivered.written) == (1, 0)
    assert server.journal.count("crm.item.update") == 0


def test_an_invoice_in_a_failure_stage_is_parked(stand: Stand, server: PortalServer, paid: Demo) -> None:
    server.portal.update_invoice(paid.smart_invoices[0], stage="DT31_5:D")
    report = stand.sync()
    assert report.delivered.parked == 1
    assert stage(server, paid) == "DT31_5:D"
    assert stand.status()["portals"][0]["parked"] == 1


@pytest.mark.parametrize("fault", [FaultKind.OPERATION_TIME, FaultKind.INTERNAL])
def test_a_temporary_refusal_keeps_the_job(stand: Stand, server: PortalServer, paid: Demo, fault: FaultKind) -> None:
    server.faults.add(fault, times=100, methods=("crm.item.update",))
    report = stand.sync()
    assert report.failed
    assert stage(server, paid) == "DT31_5:N"
    assert (stand.jobs()[0].state, bool(stand.jobs()[0].error)) == ("pending", True)
    server.faults.clear()
    stand.run_jobs_now()
    assert stage(server, paid) == "DT31_5:P"


@pytest.mark.parametrize("fault", [FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER, FaultKind.TRUNCATED, FaultKind.HTML])
def test_a_write_without_an_answer_is_settled_by_reading(
    stand: Stand, server: PortalServer, paid: Demo, fault: FaultKind
) -> None:
    server.faults.add(fault, times=1, methods=("crm.item.update",))
    stand.sync()
    stand.run_jobs_now()
    assert stage(server, paid) == "DT31_5:P"
    assert server.portal.stages_of(paid.smart_invoices[0]).count("DT31_5:P") == 1
    assert stand.jobs()[0].state == "done"


def test_a_stage_the_portal_ignores_is_parked_with_the_reason(stand: Stand, server: PortalServer, paid: Demo) -> None:
    stand.command("node", "set", "base", "--paid-stage", "DT31_5:UC_NONE")
    stand.receive(
        file_of(
            returned("12", requisites=PAID, total="13226.40", date=stand.date_of(12)), formed_at="2026-11-25T10:00:00"
        )
    )
    report = stand.sync()
    assert report.delivered.parked == 1
    assert report.delivered.written == 1  # the one decided before the setting changed
