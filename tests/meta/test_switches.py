"""The table of switches, the page that shows it, the options of a node and the fixtures are one thing."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from commerceml_bridge.cli.nodes import set_node
from commerceml_bridge.commerceml import switches
from commerceml_bridge.domain.family_switches import FamilySwitches
from commerceml_bridge.domain.nodes import ClientFamily, NodeOptions
from commerceml_bridge.domain.spelling import ContactTypes, ServiceMark
from commerceml_bridge.simulators.onec import FAMILIES
from tests.unit.commerceml.switch_goldens import CASES

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures" / "commerceml"
PAGE = ROOT / "docs" / "dialects.md"


def test_the_page_shows_the_table_of_the_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert switches.placed(text) == text, "python -m commerceml_bridge.commerceml.switches docs/dialects.md"


@pytest.mark.parametrize("switch", switches.SWITCHES, ids=lambda one: one.title)
def test_every_switch_has_values_a_reason_with_its_fact_a_fixture_and_somebody_who_takes_it(
    switch: switches.Switch,
) -> None:
    assert switch.values
    assert re.search(r"§|решени", switch.reason), "a reason names its fact"
    assert switch.fixtures
    assert switch.families
    assert set(switch.families) <= set(FAMILIES)
    assert [name for name in switch.fixtures if not (FIXTURES / name).is_file()] == []


def test_every_fixture_of_a_switch_stands_in_the_table() -> None:
    told = {name for one in switches.SWITCHES for name in one.fixtures if name.startswith("switches/")}
    there = {f"switches/{path.name}" for path in (FIXTURES / "switches").iterdir()}
    assert told == there == {f"switches/{name}.xml" for name in CASES}


def test_every_option_of_the_table_is_one_of_a_node_and_of_the_command() -> None:
    fields = {field.name for field in dataclasses.fields(NodeOptions)}
    offered = {name for parameter in set_node.params for name in (*parameter.opts, *parameter.secondary_opts)}
    for one in switches.SWITCHES:
        assert not one.option or one.option in fields
        for flag in re.findall(r"`(--[a-z-]+)", one.chosen_by):
            assert flag in offered, flag


def test_every_choice_of_a_switch_is_told() -> None:
    text = {one.option: one.values for one in switches.SWITCHES}
    for option, kind in (("contact_types", ContactTypes), ("service_mark", ServiceMark)):
        assert [value for value in kind if f"`{value}`" not in text[option]] == []


def test_every_difference_between_families_is_told() -> None:
    assert list(switches.FAMILY_SWITCHES) == [field.name for field in dataclasses.fields(FamilySwitches)]
    assert set(switches.FAMILY_TITLES) == {one.value for one in ClientFamily}
