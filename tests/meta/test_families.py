"""Differences between families of 1C stand in one table: nobody else names a family to decide something."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from commerceml_bridge.domain.family_switches import switches
from commerceml_bridge.domain.nodes import ClientFamily

ROOT = Path(__file__).parents[2] / "commerceml_bridge"
TABLES = {"domain/nodes.py", "domain/family_switches.py", "onec_odata/orders.py", "web/onec_words.py"}
"""The enumeration, the table of switches, the table of what OData has to be asked for in each base, and the words each
family's own form is filled with (texts only)."""


def decisions(source: str) -> Iterator[int]:
    """Yield the lines that name a member of ClientFamily or compare something's client with the name of a family."""
    names = {one.value for one in ClientFamily}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ClientFamily":
            if node.attr.isupper():
                yield node.lineno
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            literals = {one.value for side in sides for one in ast.walk(side) if isinstance(one, ast.Constant)}
            asked = {one.attr for side in sides for one in ast.walk(side) if isinstance(one, ast.Attribute)}
            if literals & names and asked & {"client", "family"}:
                yield node.lineno


def test_nobody_but_the_tables_decides_by_family() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted(ROOT.rglob("*.py"))
        if str(path.relative_to(ROOT)) not in TABLES and "simulators" not in path.parts
        for line in decisions(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_search_finds_what_it_looks_for() -> None:
    assert list(decisions("x = node.options.client is ClientFamily.BP3")) == [1]
    assert list(decisions('if node.client in {"unf", "bp3"}:\n    pass')) == [1]
    assert not list(decisions("client = ClientFamily(text)"))


def test_every_family_has_its_switches_and_a_base_not_told_is_read_the_strict_way() -> None:
    strict = switches(ClientFamily.AUTO)
    for family in ClientFamily:
        one = switches(family)
        assert one.keeps_digits_only <= strict.keeps_digits_only, family
        assert one.inherits_document_rate <= strict.inherits_document_rate, family
        assert one.requisites_overwrite <= strict.requisites_overwrite, family
        assert one.requisites_read <= strict.requisites_read, family
