"""What we write, held against the official schemas: an oracle, nothing of it is ours."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from commerceml_bridge.commerceml.dialects import dialect_for
from commerceml_bridge.commerceml.switches import SWITCHES
from commerceml_bridge.commerceml.writer import render_document
from commerceml_bridge.domain.documents import Encoding, Form, OutgoingDocument
from tests.unit.commerceml.samples import goldens
from tests.unit.commerceml.strategies import documents
from tests.unit.commerceml.switch_goldens import CASES, body_of

pytestmark = pytest.mark.corpus

VERSIONS = ("2.05", "2.06", "2.07", "2.08", "2.09", "2.10")


@cache
def schema(directory: Path, version: str) -> tuple[etree.XMLSchema, str]:
    tree = etree.parse(directory / f"reference-schemas/CommerceML-{version}.xsd")
    return etree.XMLSchema(tree), tree.getroot().get("targetNamespace") or ""


def complaints(shared: Path, version: str, body: bytes) -> list[str]:
    """Move every element into the namespace of the schema and validate."""
    official, namespace = schema(shared, version)
    root = etree.fromstring(body)
    for element in root.iter():
        element.tag = f"{{{namespace}}}{element.tag}"
    official.validate(root)
    return [f"{error.line}: {error.message}" for error in cast("Iterable[etree._LogEntry]", official.error_log)]


@pytest.mark.parametrize("version", VERSIONS)
def test_bare_goldens_are_valid_in_every_version_at_once(shared: Path, version: str) -> None:
    for path, body in goldens().items():
        if path.parts[-3] == "2.05":
            assert complaints(shared, version, body) == [], path.name


def test_subordinate_goldens_are_valid_in_2_10(shared: Path) -> None:
    for path, body in goldens().items():
        if path.parts[-3] == "2.10":
            assert complaints(shared, "2.10", body) == [], path.name


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.form is Form.BARE])
def test_a_switch_keeps_a_document_valid_or_stands_as_an_exception(shared: Path, version: str, name: str) -> None:
    found = complaints(shared, version, body_of(name))
    kept = next(one.official for one in SWITCHES if f"switches/{name}.xml" in one.fixtures)
    assert (found == []) is kept, found
    assert all("Тип" in one or "Валюта" in one for one in found), "nothing but what was chosen"


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=documents)
def test_any_bare_document_is_valid_in_every_version_at_once(shared: Path, document: OutgoingDocument) -> None:
    body = render_document(document, dialect_for(Form.BARE, None), Encoding.UTF8)
    for version in VERSIONS:
        assert complaints(shared, version, body) == [], version


def test_the_oracle_can_say_no(shared: Path) -> None:
    path = next(path for path in goldens() if path.name.startswith("001") and path.parts[-3] == "2.05")
    broken = path.read_bytes().decode("cp1251").replace("<Курс>1</Курс>\n", "").encode("cp1251")
    assert all(complaints(shared, version, broken) for version in VERSIONS)
