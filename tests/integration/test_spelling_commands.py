"""``node set`` and ``node list`` for the spelling of documents and extra requisites."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from commerceml_bridge.cli import nodes as command
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain.spelling import ContactTypes, ServiceMark
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services import nodes
from tests.integration.office import Office


class Desk:
    def __init__(self, office: Office) -> None:
        self.office = office

    def run(self, *arguments: str) -> str:
        result = CliRunner().invoke(command.node, arguments)
        if result.exception is not None:
            raise result.exception
        return result.output

    def refusal(self, *arguments: str) -> str:
        with pytest.raises(ConfigurationError) as caught:
            self.run(*arguments)
        return caught.value.message

    @property
    def node(self) -> NodeRow:
        return nodes.by_name(self.office.bridge, "base")


@pytest.fixture
def desk(office: Office, monkeypatch: pytest.MonkeyPatch) -> Desk:
    office.node()
    monkeypatch.setattr(command, "open_bridge", lambda: office.bridge)
    return Desk(office)


def test_choices_are_set_and_taken_back(desk: Desk) -> None:
    spelled = ("--contact-types", "joined", "--service-mark", "lower", "--delivery-row", "Доставка")
    desk.run("set", "base", *spelled, "--send-stage", "--send-paid")
    options = desk.node.options
    assert (options.contact_types, options.service_mark) == (ContactTypes.JOINED, ServiceMark.LOWER)
    assert (options.delivery_row, options.send_stage, options.send_paid) == ("Доставка", True, True)
    desk.run("set", "base", "--contact-types", "form", "--delivery-row", "", "--no-send-stage", "--no-send-paid")
    options = desk.node.options
    assert (options.contact_types, options.delivery_row) == (ContactTypes.FORM, "")
    assert not (options.send_stage or options.send_paid)


def test_extra_requisites_are_added_shown_replaced_and_removed(desk: Desk) -> None:
    desk.run("set", "base", "--extra-requisite", "Источник=Битрикс24", "--extra-requisite", "Счёт={number}")
    assert "Источник=Битрикс24; Счёт={number}" in desk.run("list")
    desk.run("set", "base", "--extra-requisite", "Счёт={title}", "--no-extra-requisite", "Источник")
    assert [str(one) for one in desk.node.options.extra_requisites] == ["Счёт={title}"]
    desk.run("set", "base", "--cap", "7")
    assert [str(one) for one in desk.node.options.extra_requisites] == ["Счёт={title}"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Отменен=true", "занят обменом"),
        ("Курс=2", "УНФ запишет"),
        ("Счёт={номер}", "поля «номер» нет. Есть: number"),
        ("Счёт", "Имя=значение"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_the_reason(desk: Desk, typed: str, said: str) -> None:
    assert said in desk.refusal("set", "base", "--extra-requisite", typed)
    assert desk.node.options.extra_requisites == ()


def test_a_field_of_the_order_may_be_filled_on_purpose(desk: Desk) -> None:
    desk.run("set", "base", "--extra-requisite", "Курс=2", "--extra-may-overwrite")
    assert [str(one) for one in desk.node.options.extra_requisites] == ["Курс=2"]
    assert "УНФ запишет" in desk.refusal("set", "base", "--extra-must-not-overwrite")


def test_an_unknown_removal_names_what_there_is(desk: Desk) -> None:
    assert "Есть: ни одного" in desk.refusal("set", "base", "--no-extra-requisite", "Счёт")
