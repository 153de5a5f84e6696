"""Detection of kinds, pipelines and stages; what ``portal check`` finds."""

from typing import Any

import pytest

from commerceml_bridge import errors
from commerceml_bridge.bitrix24.findings import Finding
from commerceml_bridge.bitrix24.portal_check import check
from commerceml_bridge.bitrix24.portal_info import Catalog, Category, PortalInfo, detect, with_stage
from commerceml_bridge.domain.invoices import InvoiceKind, StageSemantics
from commerceml_bridge.simulators.portal import FaultKind, Settings, Stage
from tests.integration.bitrix24.live import OLD_ONLY, SMART_ONLY, Live
from tests.integration.bitrix24.scripted import CODE, Reply, Scripted, parts

BOTH = frozenset(InvoiceKind)


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        (Settings(), BOTH),
        (SMART_ONLY, frozenset({InvoiceKind.SMART})),
        (OLD_ONLY, frozenset({InvoiceKind.OLD})),
        (Settings(kinds=frozenset()), frozenset()),
    ],
)
def test_the_kinds_in_use_are_found_in_one_request(settings: Settings, kinds: frozenset[InvoiceKind]) -> None:
    with Live(settings) as live:
        assert detect(live.client).kinds == kinds
        assert live.journal.count() == 1


def test_old_invoices_left_over_count_as_a_kind() -> None:
    with Live(SMART_ONLY) as live:
        live.seed_seller()
        company = live.portal.add_company("А", inn="7700000011")
        live.portal.add_old_invoice(company_id=company, rows=[{"PRODUCT_NAME": "х", "PRICE": 5, "QUANTITY": 1}])
        assert detect(live.client).kinds == BOTH


def test_without_the_directory_of_types_the_lists_themselves_tell() -> None:
    refused: dict[str, Any] = {"code": "ACCESS_DENIED", "status": 400}
    for settings, kinds in ((SMART_ONLY, {InvoiceKind.SMART}), (Settings(kinds=frozenset()), set())):
        with Live(settings) as live:
            live.faults.add(FaultKind.REST, methods=["crm.status.entity.types"], inner=True, **refused)
            assert detect(live.client).kinds == kinds


def test_stages_have_their_meaning_per_pipeline() -> None:
    stages = (
        Stage("N", "Новый", 10),
        Stage("UC_9", "Почти", 20),
        Stage("OK", "Деньги пришли", 30, "S"),
        Stage("D", "Отказ", 40, "F"),
        Stage("UC_8", "Совсем отказ", 50, "F"),
    )
    with Live(Settings(category_id=13, stages=stages)) as live:
        info = detect(live.client)
    assert [category.id for category in info.categories] == [13]
    assert info.success_stage(13) == "DT31_13:OK"
    meanings = {stage.id: stage.semantics for stage in info.stages if stage.category_id == 13}
    assert meanings == {
        "DT31_13:N": StageSemantics.OPEN,
        "DT31_13:UC_9": StageSemantics.OPEN,
        "DT31_13:OK": StageSemantics.SUCCESS,
        "DT31_13:D": StageSemantics.FAILURE,
        "DT31_13:UC_8": StageSemantics.FAILURE,
    }


def test_old_statuses_behind_the_declined_one_are_declined_and_only_p_is_paid() -> None:
    statuses = (
        Stage("N", "Черновик", 10),
        Stage("A", "Подтверждён", 115),
        Stage("P", "Оплачен", 130),
        Stage("X", "После оплаты", 135),
        Stage("D", "Отклонён", 140),
        Stage("Z", "Архив", 150),
    )
    with Live(Settings(kinds=frozenset({"old"}), statuses=statuses)) as live:
        info = detect(live.client)
    found = {code: info.semantics(code).value for code in "NAPXDZ"}
    assert found == {"N": "open", "A": "open", "P": "success", "X": "open", "D": "failure", "Z": "failure"}


def several_categories(first_stages: object) -> Reply:
    categories = [{"id": number, "name": f"В{number}", "entityTypeId": 31, "isDefault": "N"} for number in (4, 9)]
    types = [{"ID": f"SMART_INVOICE_STAGE_{number}"} for number in (4, 9)]
    results = {"types": types, "categories": {"categories": categories}, "stages": first_stages, "old_statuses": []}
    errors_ = {"catalogs": {"error": "insufficient_scope", "error_description": ""}}
    return parts({**results, "smart_probe": {"items": []}, "old_probe": []}, errors_)


def stages_of(category: int) -> list[dict[str, str | None]]:
    directory = f"SMART_INVOICE_STAGE_{category}"
    stage = {"ENTITY_ID": directory, "STATUS_ID": f"DT31_{category}:P", "NAME": "Оплачен", "SORT": "30"}
    return [{**stage, "SEMANTICS": "S"}]


def test_several_pipelines_take_a_second_request() -> None:
    second = parts({"c4": stages_of(4), "c9": stages_of(9)})
    with Scripted(several_categories(stages_of(4)), second) as server:
        info = detect(server.client())
    assert info.categories == (Category(4, "В4"), Category(9, "В9"))
    assert (info.success_stage(4), info.success_stage(9)) == ("DT31_4:P", "DT31_9:P")
    assert info.catalogs == ()


def test_the_catalogues_are_seen_only_with_their_scope_and_right() -> None:
    with Live() as live:
        assert detect(live.client).catalogs == (Catalog(23, False), Catalog(24, True))
    for settings in (Settings(scopes=frozenset({"crm"})), Settings(catalog_rights=False)):
        with Live(settings) as live:
            assert detect(live.client).catalogs == ()


def test_a_webhook_without_crm_is_told_so() -> None:
    with Live(Settings(scopes=frozenset({"user"}))) as live, pytest.raises(errors.PortalAccessDenied, match="crm"):
        detect(live.client)


def test_a_passing_fault_makes_no_wrong_portal() -> None:
    with Live() as live:
        live.faults.add(FaultKind.INTERNAL, methods=["crm.status.entity.types"], inner=True)
        with pytest.raises(errors.PortalUnavailable):
            detect(live.client)


def test_stages_are_read_again_only_for_an_unknown_one() -> None:
    with Live() as live:
        stale = PortalInfo(BOTH, (), ())
        fresh = with_stage(live.client, stale, "DT31_5:P")
        assert fresh.success_stage(5) == "DT31_5:P"
        assert with_stage(live.client, fresh, "DT31_5:N") is fresh
        assert live.journal.count() == 1


# --- portal check -----------------------------------------------------------------------------------------------------


def found(findings: list[Finding], name: str) -> Finding:
    return next(finding for finding in findings if name in finding.name)


BANK = {"RQ_BIK": "044525000", "RQ_ACC_NUM": "40702810000000000032"}
ADDRESS = {6: {"CITY": "Москва", "ADDRESS_1": "ул. Печная, 4"}}


def test_a_portal_in_order_has_nothing_to_mend() -> None:
    with Live() as live:
        live.portal.add_my_company("Мы", inn="7700000029", kpp="770101001", bank=BANK, addresses=ADDRESS)
        live.portal.add_smart_invoice(account_number="СЧ-7")
        findings = check(live.client)
    assert [finding for finding in findings if not finding.ok] == []
    assert all(finding.what for finding in findings)


def test_an_own_company_says_what_it_lacks() -> None:
    with Live() as live:
        live.portal.add_my_company("Без всего")
        live.portal.add_my_company("ООО", inn="7700000029")
        live.portal.add_my_company("ИП", inn="770000000052", bank=BANK, addresses=ADDRESS)
        live.portal.add_company("Чужая")
        findings = check(live.client)
    assert found(findings, "Без всего").what == "Не заполнено: реквизиты."
    assert found(findings, "«ООО»").what == "Не заполнено: КПП, банковский счёт и БИК, адрес."
    assert found(findings, "«ИП»").ok
    assert not any("Чужая" in finding.name for finding in findings)


def test_a_portal_without_own_companies_is_told() -> None:
    with Live() as live:
        finding = found(check(live.client), "Мои компании")
    assert not finding.ok
    assert finding.mend


def test_numbers_1c_cannot_keep_bring_advice() -> None:
    with Live() as live:
        live.seed_seller()
        for number in ("2026-11/00017", "18"):
            live.portal.add_smart_invoice(account_number=number)
        finding = found(check(live.client), "Нумерация")
    assert not finding.ok
    assert "1 из 2" in finding.what
    assert "2026-11/00017" in finding.what
    assert "нумератор" in finding.mend


def test_missing_rights_are_named_one_by_one() -> None:
    with Live() as live:
        refused: dict[str, Any] = {"code": "ACCESS_DENIED", "status": 400}
        live.faults.add(FaultKind.REST, methods=["crm.requisite.link.list"], inner=True, **refused)
        findings = check(live.client)
    assert found(findings, "Чтение компаний").ok
    assert not found(findings, "связей счетов").ok


def test_a_pipeline_without_success_stage_is_told() -> None:
    with Live(Settings(stages=(Stage("N", "Новый", 10), Stage("D", "Отказ", 20, "F")))) as live:
        finding = found(check(live.client), "Стадия «оплачен»")
    assert not finding.ok
    assert "нет успешной стадии" in finding.what


def test_the_catalogue_scope_is_advice_and_crm_a_must() -> None:
    with Live(Settings(scopes=frozenset({"crm"}))) as live:
        finding = found(check(live.client), "Права вебхука")
    assert finding.ok
    assert "catalog" in finding.mend
    with Live(Settings(scopes=frozenset({"catalog"}))) as live:
        findings = check(live.client)
    assert [finding.name for finding in findings if not finding.ok] == ["Права вебхука"]


def test_a_dead_portal_gives_one_finding_without_the_code() -> None:
    with Live() as live:
        client = live.new_client(f"http://127.0.0.1:9/rest/1/{CODE}/")
        findings = check(client)
    assert [finding.ok for finding in findings] == [False]
    assert CODE not in repr(findings)


def test_a_portal_without_invoices_is_told() -> None:
    with Live(Settings(kinds=frozenset())) as live:
        assert not found(check(live.client), "Виды счетов").ok
