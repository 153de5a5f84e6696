"""The policy as a table: a row a case."""

from __future__ import annotations

import pytest

from commerceml_bridge.domain.policy import DEFAULTS, Existing, Policy, Rule, Situation, check
from commerceml_bridge.errors import ConfigurationError

S = Situation
PORTAL = Existing({"DT31_5:P": "Оплачен"}, {"WON": "Успех"}, {"ufCrm_1": "Номер 1С"}, may_notify=False)
READY = Rule(S.STATUS, status="READY", stage="DT31_5:P")
CHANGED = Policy((Rule(S.PAID, stage="DT31_5:P", comment=True), READY))


@pytest.mark.parametrize(
    ("situation", "stage", "comment"),
    [
        pytest.param(S.SEEN, "", True, id="найден в 1С"),
        pytest.param(S.PAYMENT, "", True, id="каждый платёж"),
        pytest.param(S.PAID, "success", False, id="оплачен"),
        pytest.param(S.PARTLY_PAID, "", False, id="оплачен частично"),
        pytest.param(S.OVERPAID, "", True, id="переплата"),
        pytest.param(S.WITHDRAWN, "", True, id="оплата отозвана"),
        pytest.param(S.CANCELLED, "", True, id="отменён"),
        pytest.param(S.DELETED, "", True, id="удалён"),
        pytest.param(S.UNPOSTED, "", True, id="не проведён"),
        pytest.param(S.SHIPPED, "", False, id="отгружен"),
        pytest.param(S.STATUS, "", False, id="статус"),
    ],
)
def test_what_is_done_by_default(situation: Situation, stage: str, comment: bool) -> None:
    rule = Policy().rule(situation)
    assert (rule.stage, rule.comment, rule.notify, rule.deal_stage, rule.fields) == (stage, comment, False, "", {})
    assert len(DEFAULTS) == len(Situation)


@pytest.mark.parametrize(
    ("status_id", "name", "stage"),
    [
        pytest.param("READY", "Готов", "DT31_5:P", id="по ИД"),
        pytest.param("", "ready", "DT31_5:P", id="по имени, без регистра"),
        pytest.param("X", "Другой", "", id="другой статус"),
        pytest.param("", "", "", id="статуса нет"),
    ],
)
def test_a_status_of_1c_is_found_by_its_id_or_name(status_id: str, name: str, stage: str) -> None:
    assert CHANGED.rule(S.STATUS, status_id, name).stage == stage


def test_a_row_is_changed_and_returned_to_the_default() -> None:
    assert CHANGED.rule(S.PAID).stage == "DT31_5:P"
    assert CHANGED.without(S.PAID).rule(S.PAID).stage == "success"
    assert [one.situation for one in CHANGED.table].count(S.STATUS) == 1
    assert CHANGED.with_rule(Rule(S.PAID)).rule(S.PAID).stage == ""


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        pytest.param(Rule(S.PAID, stage="NO"), "DT31_5:P (Оплачен)", id="нет такой стадии"),
        pytest.param(Rule(S.PAID, deal_stage="NO"), "WON (Успех)", id="нет такой стадии сделки"),
        pytest.param(Rule(S.PAID, fields={"ufNo": "paid"}), "ufCrm_1 (Номер 1С)", id="нет такого поля"),
        pytest.param(Rule(S.PAID, fields={"ufCrm_1": "sum"}), "number-1c", id="нет такого значения"),
        pytest.param(Rule(S.PAID, notify=True), "(im)", id="нет права уведомлять"),
        pytest.param(Rule(S.STATUS, stage="success"), "--status", id="статус не назван"),
        pytest.param(Rule(S.PAID, status="X"), "--status", id="статус не к месту"),
        pytest.param(Rule(S.PAYMENT, stage="success"), "seen и payment", id="событие не переводит"),
    ],
)
def test_what_cannot_work_is_refused_with_what_exists(rule: Rule, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check(rule, PORTAL)
    assert said in caught.value.message
