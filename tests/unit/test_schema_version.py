"""The schema version an operator chose is printed in the bare form, and in no other."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from commerceml_bridge.commerceml.dialects import BARE_VERSIONS, dialect_for
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.services.consigning import expected_wire
from commerceml_bridge.services.delivering import wire_for


def _printed(chosen: str, version: str, cml_version: str = "") -> str:
    node: Any = SimpleNamespace(options=NodeOptions(dt.date(2026, 1, 1), schema_version=chosen))
    session: Any = SimpleNamespace(version=version, cml_version=cml_version)
    wire = wire_for(session, node)
    node.last_form, node.last_version = wire.form.value, version
    if not cml_version:
        assert expected_wire(node) == wire
    return dialect_for(wire.form, wire.version or None).schema_version


@pytest.mark.parametrize("chosen", sorted(BARE_VERSIONS))
@pytest.mark.parametrize("asked", ["", "2.08"])
def test_the_chosen_version_goes_before_the_one_asked_for(chosen: str, asked: str) -> None:
    assert _printed(chosen, asked) == chosen


def test_without_a_choice_the_request_decides() -> None:
    assert (_printed("", "2.08"), _printed("", "")) == ("2.08", "2.05")


def test_containers_and_subordinate_documents_keep_their_own() -> None:
    assert (_printed("2.07", "3.1"), _printed("2.07", "", "2.10")) == ("3.1", "2.10")
