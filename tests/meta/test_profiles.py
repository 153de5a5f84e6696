"""The strict profiles accept what the dialects emit today: everything of it, and nothing a dialect does not emit."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from commerceml_bridge.commerceml.dialects import dialect_for
from commerceml_bridge.commerceml.schema_source import notation, ours
from commerceml_bridge.commerceml.schemas import PROFILE_OF_FORM
from commerceml_bridge.commerceml.validation import validate_outgoing
from commerceml_bridge.commerceml.writer import render_document
from commerceml_bridge.domain.documents import Encoding, Form
from tests.unit.commerceml.goldens import SITUATIONS, rendered
from tests.unit.commerceml.samples import awkward_invoice, goldens, invoice, mixed_rates_invoice, person_invoice

FOLDERS = {Form.BARE: "2.05", Form.SUBORDINATE: "2.10", Form.CONTAINER: "3.1"}


@pytest.mark.parametrize("form", Form)
def test_every_version_and_contact_kind_a_profile_lists_is_one_its_dialect_prints(form: Form) -> None:
    listed = ours.OF_FORM[PROFILE_OF_FORM[form]]
    asked = ("2.05", "2.06", "2.07", "2.08", "2.09", "2.10", "3.1", None)
    dialects = [dialect_for(form, version) for version in asked]
    assert {one.schema_version for one in dialects} == set(listed["schema_version"].among)
    assert {kind for one in dialects for kind in (one.phone_type, one.mail_type)} == set(listed["contact_kind"].among)


@pytest.mark.parametrize("form", Form)
def test_every_element_a_profile_allows_is_one_that_is_emitted(form: Form) -> None:
    text = "".join(
        body.decode("cp1251" if b"windows-1251" in body[:60] else "utf-8-sig")
        for path, body in goldens().items()
        if path.parts[-3] == FOLDERS[form]
    )
    emitted = set(re.findall(r"<(\w+)", text))
    emitted |= set(re.findall(r' (\w+)="', text))
    version = ours.CONTAINER if form is Form.CONTAINER else ours.PLAIN
    contents = notation.at_version(notation.read(ours.TEXT), version)
    assert set(_names(contents["root"], contents)) <= emitted


def _names(content: notation.Content, contents: dict[str, notation.Content]) -> Iterator[str]:
    yield from (attribute.name for attribute in content.attributes)
    for item in content.items:
        if isinstance(item.what, notation.Choice):
            for option in item.what.options:
                yield from _names(option, contents)
        elif isinstance(item.what, notation.Element):
            yield item.what.name
            inner = item.what.content or contents.get(item.what.kind)
            if inner is not None:
                yield from _names(inner, contents)


@pytest.mark.parametrize("form", Form)
def test_everything_a_dialect_emits_is_accepted(form: Form) -> None:
    documents = [rendered(name, form)[0] for name in SITUATIONS]
    documents += [invoice(), person_invoice(), awkward_invoice(), mixed_rates_invoice()]
    for document in documents:
        body = render_document(document, dialect_for(form, None), Encoding.UTF8)
        assert validate_outgoing(body, form, Encoding.UTF8) == []


@pytest.mark.parametrize("form", Form)
def test_requisites_of_a_document_may_be_any_up_to_their_limits(form: Form) -> None:
    pairs = (("Отменен", "true"), ("я" * 250, "ю" * 1000))
    body = render_document(invoice(requisites=pairs), dialect_for(form, None), Encoding.UTF8)
    assert "Отменен".encode() in body
    assert validate_outgoing(body, form, Encoding.UTF8) == []
