"""The policy of a node against a live simulated portal: stages, fields, deals, comments, notes; and the breaker."""

from __future__ import annotations

import dataclasses

import pytest

from commerceml_bridge.db.browse.party_records import ProblemFilter
from commerceml_bridge.errors import BadInput
from commerceml_bridge.services import bursts
from commerceml_bridge.simulators.portal import FaultKind, PortalServer, seed_demo
from commerceml_bridge.simulators.portal.seed import Demo
from commerceml_bridge.simulators.portal.settings import ALL_SCOPES
from tests.integration.office import PAID, file_of, returned
from tests.stand import Stand

LATER, LAST = "2026-11-25T10:00:00", "2026-11-25T11:00:00"
UNPAID = {"Оплачен": "false"}


@pytest.fixture
def made(stand: Stand, server: PortalServer) -> Demo:
    """The demo's invoices, delivered; the webhook may notify."""
    demo = seed_demo(server.portal)
    server.portal.settings = dataclasses.replace(server.portal.settings, scopes=ALL_SCOPES | {"im"})
    stand.set_up()
    assert not stand.sync().failed
    stand.deliver_all()
    return demo


def document(stand: Stand, requisites: dict[str, str], number: int = 11, total: str = "44200.00") -> str:
    return returned(str(number), requisites=requisites, total=total, date=stand.date_of(number))


def say(stand: Stand, requisites: dict[str, str], at: str = "2026-11-25T09:00:00") -> None:
    assert stand.receive(file_of(document(stand, requisites), formed_at=at)).ok


def policy(stand: Stand, *words: str, ok: bool = True) -> str:
    done = stand.command("node", "policy", "set", "base", *words, ok=ok)
    return done.stdout + done.stderr


def stage(server: PortalServer, demo: Demo) -> str:
    return str(server.portal.smart_invoice(demo.smart_invoices[0])["stageId"])


def test_every_effect_of_a_row_is_written_and_proven(stand: Stand, server: PortalServer, made: Demo) -> None:
    field = server.portal.add_custom_field("UF_CRM_SMART_INVOICE_1651114959541")
    deal = server.portal.add_deal("Сделка", stageId="NEW")
    server.portal.update_invoice(made.smart_invoices[0], parentId2=deal)
    policy(stand, "paid", "--deal-stage", "WON", "--field", f"{field}=number-1c", "--notify")
    say(stand, PAID)
    assert not stand.sync().failed
    assert stage(server, made) == "DT31_5:P"
    assert server.portal.smart_invoice(made.smart_invoices[0])[field] == "УТ-11"
    with server.portal.lock:
        assert server.portal.deals.get(deal)["stageId"] == "WON"  # type: ignore[index]
        assert [one["USER_ID"] for one in server.portal.notes] == [1]
    proof = stand.jobs()[0].proof
    assert all(word in proof for word in ("DT31_5:N", "DT31_5:P", "WON", "УТ-11"))


def test_what_the_portal_does_not_have_is_refused_with_what_it_has(
    stand: Stand, server: PortalServer, made: Demo
) -> None:
    assert "DT31_5:P (Оплачен)" in policy(stand, "cancelled", "--stage", "DT31_5:UC_NONE", ok=False)
    assert "WON (Сделка успешна)" in policy(stand, "paid", "--deal-stage", "NOPE", ok=False)
    assert "ufNope" in policy(stand, "paid", "--field", "ufNope=paid", ok=False)
    server.portal.settings = dataclasses.replace(server.portal.settings, scopes=ALL_SCOPES)
    assert "(im)" in policy(stand, "paid", "--notify", ok=False)
    assert "по умолчанию" in stand.command("node", "policy", "show", "base").stdout


def test_a_portal_that_lists_no_scopes_is_believed_to_let_us_notify(
    stand: Stand, server: PortalServer, made: Demo
) -> None:
    unknown = {"code": "ERROR_METHOD_NOT_FOUND", "description": "Method not found!", "status": 404}
    server.faults.add(FaultKind.REST, times=100, methods=("scope",), **unknown)  # type: ignore[arg-type]
    policy(stand, "paid", "--notify")


def test_a_withdrawn_payment_moves_back_only_where_the_policy_says_so(
    stand: Stand, server: PortalServer, made: Demo
) -> None:
    say(stand, PAID)
    stand.sync()
    say(stand, UNPAID, LATER)
    stand.sync()
    assert stage(server, made) == "DT31_5:P"  # by default only told
    assert any("не числится" in one for one in server.portal.comments_of(made.smart_invoices[0]))
    policy(stand, "withdrawn", "--stage", "first")
    say(stand, PAID | {"Номер оплаты по 1С": "ПП-8"}, "2026-11-25T10:30:00")
    say(stand, UNPAID | {"Комментарий": "снова"}, LAST)
    stand.sync()
    assert stage(server, made) == "DT31_5:N"


def test_where_a_manager_moved_an_invoice_it_stays(stand: Stand, server: PortalServer, made: Demo) -> None:
    policy(stand, "withdrawn", "--stage", "first")
    say(stand, PAID)
    stand.sync()
    server.portal.update_invoice(made.smart_invoices[0], stage="DT31_5:D")
    say(stand, UNPAID, LATER)
    stand.sync()
    assert stage(server, made) == "DT31_5:D"


def test_silence_never_takes_a_payment_back(stand: Stand, server: PortalServer, made: Demo) -> None:
    policy(stand, "withdrawn", "--stage", "first")
    say(stand, PAID)
    stand.sync()
    say(stand, {}, LATER)
    assert not stand.sync().failed
    assert stage(server, made) == "DT31_5:P"


@pytest.mark.parametrize("fault", [FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER, FaultKind.HTML])
def test_a_comment_whose_fate_is_unknown_is_said_once(
    stand: Stand, server: PortalServer, made: Demo, fault: FaultKind
) -> None:
    server.faults.add(fault, times=1, methods=("crm.timeline.comment.add",))
    say(stand, PAID)
    stand.sync()
    stand.run_jobs_now()
    said = server.portal.comments_of(made.smart_invoices[0])
    assert sorted("оплата" in one for one in said) == [False, True]


def no_comments(server: PortalServer, code: str, description: str, status: int) -> None:
    fault = {"code": code, "description": description, "status": status}
    server.faults.add(FaultKind.REST, times=100, methods=("crm.timeline.comment.add",), **fault)  # type: ignore[arg-type]


def test_a_right_for_comments_that_is_missing_never_stops_the_stage(
    stand: Stand, server: PortalServer, made: Demo
) -> None:
    no_comments(server, "ACCESS_DENIED", "Доступ запрещен", 403)
    say(stand, PAID)
    stand.sync()
    stand.run_jobs_now()
    assert stage(server, made) == "DT31_5:P"
    with stand.bridge.db.read() as uow:
        groups = {(one.source, one.code): one.count for one in uow.browse.problems()}
    assert groups == {("job", "comment"): 2}


def test_a_portal_without_comments_is_nobodys_problem(stand: Stand, server: PortalServer, made: Demo) -> None:
    no_comments(server, "ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
    say(stand, PAID)
    stand.sync()
    stand.run_jobs_now()
    assert not stand.sync().failed
    assert stage(server, made) == "DT31_5:P"
    with stand.bridge.db.read() as uow:
        assert not uow.browse.problems()
        row = next(one for one in uow.portals.sample(1, 100) if one.number == "11")
        history = uow.browse.invoice(row.id)
    assert history is not None
    told = [one.text for one in history.events if one.kind == "told"]
    assert len(told) == 2
    assert all(one.startswith("Не сказано") for one in told)


# --- the circuit breaker ---


def flood(stand: Stand) -> None:
    body = file_of(document(stand, PAID), document(stand, PAID, 12, "13226.40"), formed_at="2026-11-25T09:00:00")
    assert stand.receive(body).ok


def test_a_file_that_would_change_too_much_waits_for_a_person(stand: Stand, server: PortalServer, made: Demo) -> None:
    stand.command("node", "set", "base", "--burst-changes", "1")
    flood(stand)
    assert not stand.sync().failed
    assert stage(server, made) == "DT31_5:N"
    assert server.portal.comments_of(made.smart_invoices[0]) == []
    with stand.bridge.db.read() as uow:
        (group,) = uow.browse.problems(ProblemFilter(source="burst"))
    assert "изменились бы 2 счетов (предел 1)" in group.items[0].reason

    say(stand, PAID, LATER)  # the same again: not written beside the gate
    stand.sync()
    assert stage(server, made) == "DT31_5:N"
    bursts.let_go(stand.bridge, group.items[0].id, operator="anna", reason="первый обмен")
    assert stand.sync().delivered.written == 2
    assert stage(server, made) == "DT31_5:P"
    with pytest.raises(BadInput):
        bursts.discard(stand.bridge, group.items[0].id, operator="anna", reason="ещё раз")


def test_what_a_person_discards_is_never_written_and_stays_in_the_ledger(
    stand: Stand, server: PortalServer, made: Demo
) -> None:
    stand.command("node", "set", "base", "--burst-changes", "1")
    flood(stand)
    assert "изменились бы 2 счетов (предел 1)" in stand.command("burst", "list").stdout
    stand.command("burst", "discard", "1", "--reason", "не та база")
    assert "изменились бы" not in stand.command("burst", "list").stdout
    stand.sync()
    assert stage(server, made) == "DT31_5:N"
    with stand.bridge.db.read() as uow:
        assert uow.browse.problem_count() == 0
        assert [one.kind for one in uow.browse.ledger(1)].count("paid-flag") == 1


def test_a_file_that_takes_too_many_payments_back_waits(stand: Stand, server: PortalServer, made: Demo) -> None:
    stand.command("node", "set", "base", "--burst-unpaid", "1")
    flood(stand)
    stand.sync()
    body = file_of(document(stand, UNPAID), document(stand, UNPAID, 12, "13226.40"), formed_at=LATER)
    assert stand.receive(body).ok
    with stand.bridge.db.read() as uow:
        (group,) = uow.browse.problems(ProblemFilter(source="burst"))
    assert "оплата отозвана у 2 счетов (предел 1)" in group.items[0].reason
