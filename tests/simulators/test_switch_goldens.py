"""The doubles of 1C named in the table of switches take every fixture of the switch."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from commerceml_bridge.commerceml.switches import MODULE, STOCK, SWITCHES
from commerceml_bridge.simulators.onec import FAMILIES, connect
from commerceml_bridge.simulators.onec.errors import OneCError
from commerceml_bridge.simulators.onec.model import Order
from tests.simulators.onec_site import Reply, envelope, running

FIXTURES = Path(__file__).parents[2] / "fixtures" / "commerceml"
PAIRS = sorted({(family, name) for one in SWITCHES for family in one.families for name in one.fixtures})
OWN = [pair for pair in PAIRS if pair[1].startswith("switches/")]


def loaded(family: str, name: str) -> Order:
    body = (FIXTURES / name).read_bytes()
    charset = "utf-8" if b"UTF-8" in body[:60] else "windows-1251"
    with running() as site:
        kind = f"application/xml; charset={charset}"
        site.answers["query"] = [Reply(body=body, content_type=kind), Reply(envelope(), content_type=kind)]
        one = connect(family, address=site.address, login="l", password="p")
        one.base.currencies["руб."] = "643"
        report = one.load()
    assert (report.created, report.skipped, report.success_sent) == (1, 0, True), (family, name, report.messages)
    (order,) = one.base.orders.values()
    return order


@pytest.mark.parametrize(("family", "name"), PAIRS)
def test_a_family_takes_the_fixtures_of_the_switches_for_it(family: str, name: str) -> None:
    order = loaded(family, name)
    assert order.total == sum((line.amount for line in order.lines), Decimal(0))
    assert not order.cancelled


@pytest.mark.parametrize(("family", "name"), OWN)
def test_the_sum_is_the_invoices_and_the_mounting_is_a_service(family: str, name: str) -> None:
    order = loaded(family, name)
    assert order.total == Decimal("7750.50")
    assert [line.service for line in order.lines][:2] == [False, True]


@pytest.mark.parametrize(("family", "name"), OWN)
def test_a_joined_spelling_brings_the_phone_to_everybody_and_the_usual_one_to_whom_it_is_known_to(
    family: str, name: str
) -> None:
    phone = loaded(family, name).counterparty.phone
    both = {"+7 495 000-00-00", "+7 495 000-00-01"}  # УТ 10.3 keeps the last, the others the first
    assert phone in both or (family != "ut11" and "joined" not in name and "everything" not in name)


def test_utf8_without_a_mark_is_what_ut_10_cannot_read() -> None:
    with pytest.raises(OneCError, match="Не удалось разобрать"):
        loaded("ut10", "2.05/outgoing/007-company-utf8.xml")


def test_a_delivery_is_known_as_one() -> None:
    for family in STOCK:
        line = loaded(family, "switches/036-delivery.xml").lines[2]
        assert (line.site_id, line.service, line.amount) == ("ORDER_DELIVERY", True, Decimal("350.50"))


def test_stage_paid_and_extra_requisites_arrive() -> None:
    for family, name in [(one, "switches/041-everything-2.10.xml") for one in STOCK] + [
        (one, "switches/042-everything-3.1.xml") for one in MODULE
    ]:
        said = loaded(family, name).requisites
        assert said["Статус заказа"] == "[DT31_2:P] Оплачен"
        assert (said["Заказ оплачен"], said["Источник"], said["Сделка Б24"]) == ("true", "Битрикс24", "77")


def test_every_family_is_in_the_table() -> None:
    assert {family for family, _name in PAIRS} == set(FAMILIES)
