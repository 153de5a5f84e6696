"""The paid stage: written once, proven, never out of a failure stage."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from commerceml_bridge import errors
from commerceml_bridge.bitrix24.write import read_state, set_paid
from commerceml_bridge.domain.invoices import StageSemantics
from commerceml_bridge.simulators.portal import FaultKind, Row, Settings, Stage
from tests.integration.bitrix24.live import START, Live, old, smart
from tests.integration.bitrix24.scripted import Reply, Scripted

SECOND_PAID = Settings(
    stages=(*Settings().stages, Stage("UC_PAID", "Оплачен частями", 125), Stage("X", "Отказ", 150, "F"))
)


@pytest.fixture
def live() -> Iterator[Live]:
    with Live(SECOND_PAID) as portal:
        portal.seed_seller()
        yield portal


def smart_invoice(live: Live, stage: str = "") -> int:
    return live.portal.add_smart_invoice(account_number="1", stage=stage, rows=[Row("Вещь", 10, 1)])


def old_invoice(live: Live, status: str = "N") -> int:
    company = live.portal.add_company("А", inn="7700000011")
    return live.portal.add_old_invoice(account_number="1", company_id=company, status=status, rows=[Row("Вещь", 10, 1)])


def test_the_state_of_each_kind_is_read(live: Live) -> None:
    info = live.info()
    state = read_state(live.client, info, smart(smart_invoice(live, "S")))
    assert (state.stage_id, state.semantics, state.category_id) == ("DT31_5:S", StageSemantics.OPEN, 5)
    assert (state.updated_at, state.paid, state.voucher_number) == (START, None, "")
    state = read_state(live.client, info, old(old_invoice(live)))
    assert (state.stage_id, state.semantics, state.category_id, state.paid) == ("N", StageSemantics.OPEN, 0, False)
    with pytest.raises(errors.PortalNotFound):
        read_state(live.client, info, smart(404))
    with pytest.raises(errors.PortalNotFound):
        read_state(live.client, info, old(404))


def test_a_smart_invoice_moves_to_the_success_stage_of_its_pipeline(live: Live) -> None:
    number = smart_invoice(live)
    proof = set_paid(live.client, live.info(), smart(number))
    assert proof.written
    assert (proof.before.stage_id, proof.after.stage_id) == ("DT31_5:N", "DT31_5:P")
    assert live.portal.smart_invoice(number)["stageId"] == "DT31_5:P"
    methods = [entry.method for entry in live.journal.entries()]
    assert methods == ["crm.item.get", "crm.item.update", "crm.item.get"]


def test_another_stage_may_be_asked_for(live: Live) -> None:
    number = smart_invoice(live)
    proof = set_paid(live.client, live.info(), smart(number), stage_id="DT31_5:UC_PAID")
    assert proof.after.stage_id == "DT31_5:UC_PAID"


@pytest.mark.parametrize(("stage", "wanted"), [("P", None), ("UC_PAID", "DT31_5:UC_PAID"), ("P", "DT31_5:UC_PAID")])
def test_what_is_paid_already_is_left_alone(live: Live, stage: str, wanted: str | None) -> None:
    number = smart_invoice(live, stage)
    info = live.info()
    proof = set_paid(live.client, info, smart(number), stage_id=wanted)
    assert not proof.written
    assert proof.before == proof.after
    assert live.journal.count_commands("crm.item.update") == 0


def test_writing_twice_moves_once(live: Live) -> None:
    number = smart_invoice(live)
    info = live.info()
    assert [set_paid(live.client, info, smart(number)).written for _ in range(2)] == [True, False]
    assert live.portal.stages_of(number) == ["DT31_5:N", "DT31_5:P"]


@pytest.mark.parametrize("stage", ["D", "X"])
def test_nothing_is_moved_out_of_a_failure_stage(live: Live, stage: str) -> None:
    number = smart_invoice(live, stage)
    with pytest.raises(errors.PortalRefused, match="закрыт как неоплаченный"):
        set_paid(live.client, live.info(), smart(number))
    assert live.journal.count_commands("crm.item.update") == 0


def test_a_failure_stage_cannot_mean_paid(live: Live) -> None:
    number = smart_invoice(live)
    with pytest.raises(errors.PortalRefused, match="означает отказ"):
        set_paid(live.client, live.info(), smart(number), stage_id="DT31_5:X")
    assert live.journal.count_commands("crm.item.update") == 0


@pytest.mark.parametrize("stage", ["DT31_5:GONE", "DT31_9:P"])
def test_a_stage_the_portal_silently_ignores_is_noticed(live: Live, stage: str) -> None:
    number = smart_invoice(live)
    with pytest.raises(errors.PortalRefused, match="оставил прежнюю стадию DT31_5:N"):
        set_paid(live.client, live.info(), smart(number), stage_id=stage)
    assert live.portal.smart_invoice(number)["stageId"] == "DT31_5:N"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(required_on_stage_change=("comments",)), "обязательное поле"),
        (Settings(tariff_allows_update=False), "Тариф"),
        (Settings(may_change_stage=False), "изменение счетов"),
    ],
)
def test_a_refusal_of_the_portal_is_the_operators_business(settings: Settings, words: str) -> None:
    with Live(settings) as live:
        number = smart_invoice(live)
        with pytest.raises(errors.PortalRefused, match=words):
            set_paid(live.client, live.info(), smart(number))
        assert live.portal.stages_of(number) == ["DT31_5:N"]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (FaultKind.DROP_AFTER, {}),
        (FaultKind.TRUNCATED, {}),
        (FaultKind.HTML, {"executed": True}),
        (FaultKind.INTERNAL, {"executed": True}),
    ],
)
@pytest.mark.parametrize("is_smart", [True, False])
def test_a_write_that_happened_unseen_is_found_by_reading(
    live: Live, kind: FaultKind, options: dict[str, Any], is_smart: bool
) -> None:
    key = smart(smart_invoice(live)) if is_smart else old(old_invoice(live))
    method = "crm.item.update" if is_smart else "crm.invoice.update"
    info = live.info()
    live.faults.add(kind, methods=[method], **options)
    proof = set_paid(live.client, info, key)
    assert proof.written
    assert proof.after.semantics is StageSemantics.SUCCESS
    assert live.journal.count(method) == 1


@pytest.mark.parametrize("kind", [FaultKind.DROP_BEFORE, FaultKind.HTML, FaultKind.INTERNAL])
def test_a_write_that_did_not_happen_is_left_for_later(live: Live, kind: FaultKind) -> None:
    number = smart_invoice(live)
    info = live.info()
    live.faults.add(kind, methods=["crm.item.update"])
    with pytest.raises(errors.PortalUnavailable, match="не подтвердил"):
        set_paid(live.client, info, smart(number))
    assert live.journal.count("crm.item.update") == 1
    assert set_paid(live.client, info, smart(number)).written
    assert live.portal.stages_of(number) == ["DT31_5:N", "DT31_5:P"]


def test_an_old_invoice_is_paid_with_its_voucher(live: Live) -> None:
    number = old_invoice(live)
    day = dt.date(2026, 11, 20)
    proof = set_paid(live.client, live.info(), old(number), voucher_number="000000123", voucher_date=day)
    assert proof.written
    assert (proof.after.paid, proof.after.voucher_number, proof.after.voucher_date) == (True, "000000123", day)
    kept = live.portal.old_invoice(number)
    assert (kept["STATUS_ID"], kept["PAY_VOUCHER_NUM"]) == ("P", "000000123")


def test_a_long_voucher_number_is_cut_to_what_fits(live: Live) -> None:
    number = old_invoice(live)
    proof = set_paid(live.client, live.info(), old(number), voucher_number="1234567890" * 3)
    assert proof.after.voucher_number == "1234567890" * 2


@pytest.mark.parametrize(("status", "words"), [("D", "закрыт как неоплаченный")])
def test_a_declined_old_invoice_stays_declined(live: Live, status: str, words: str) -> None:
    number = old_invoice(live, status)
    with pytest.raises(errors.PortalRefused, match=words):
        set_paid(live.client, live.info(), old(number))


def test_a_paid_old_invoice_is_not_written_again(live: Live) -> None:
    number = old_invoice(live, "P")
    proof = set_paid(live.client, live.info(), old(number), voucher_number="5")
    assert not proof.written
    assert live.journal.count("crm.invoice.update") == 0


def test_the_same_number_of_the_other_kind_is_not_touched(live: Live) -> None:
    number = smart_invoice(live)
    assert old_invoice(live) == number
    set_paid(live.client, live.info(), old(number))
    assert live.portal.smart_invoice(number)["stageId"] == "DT31_5:N"


def test_a_pipeline_made_since_the_last_look_has_its_success_stage(live: Live) -> None:
    number = smart_invoice(live)
    with Live(Settings(category_id=77)) as other:
        stale = other.info()
    assert set_paid(live.client, stale, smart(number)).after.stage_id == "DT31_5:P"


def test_a_state_that_cannot_be_read_is_an_invalid_answer() -> None:
    item = {"id": 1, "stageId": "DT31_5:N", "categoryId": "пять", "updatedTime": "2026-11-23T10:00:00+03:00"}
    with Live() as live:
        info = live.info()
    with Scripted(Reply({"result": {"item": item}}), Reply({"result": {"item": None}})) as server:
        client = server.client()
        for _ in range(2):
            with pytest.raises(errors.PortalAnswerInvalid):
                read_state(client, info, smart(1))


def test_a_stage_made_since_the_last_look_is_understood(live: Live) -> None:
    number = smart_invoice(live, "X")
    with Live() as other:
        stale = other.info()
    assert read_state(live.client, stale, smart(number)).semantics is StageSemantics.FAILURE
