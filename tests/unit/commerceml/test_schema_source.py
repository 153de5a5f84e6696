"""The schemas that are committed are the ones the description gives."""

from __future__ import annotations

from itertools import pairwise

import pytest
from lxml import etree

from commerceml_bridge.commerceml.schema_source import notation, structure, structure_3
from commerceml_bridge.commerceml.schema_source.build import SCHEMAS, model_2, model_3, schemas
from commerceml_bridge.commerceml.schemas import Profile, strict_schema, tolerant_schema


def test_every_schema_is_the_one_the_description_gives() -> None:
    texts = schemas()
    assert {path.name for path in SCHEMAS.glob("*.xsd")} == set(texts)
    for name, text in texts.items():
        assert (SCHEMAS / name).read_text(encoding="utf-8") == text, f"{name}: run make schemas"


@pytest.mark.parametrize("profile", Profile)
def test_every_profile_has_a_schema_of_its_language(profile: Profile) -> None:
    if profile is Profile.IN:
        assert "КоммерческаяИнформация" in tolerant_schema().elements
    else:
        assert strict_schema(profile).validate(etree.fromstring("<Реклама/>")) is False


def test_no_name_means_two_things() -> None:
    for model in (*map(model_2, structure.VERSIONS), model_3()):
        assert not model.contents.keys() & model.values.keys()


def test_every_version_differs_from_the_one_before() -> None:
    texts = schemas()
    for one, other in pairwise((*structure.VERSIONS, structure_3.VERSION)):
        assert texts[f"commerceml-{one}.xsd"].replace(one, other) != texts[f"commerceml-{other}.xsd"]


def test_the_notation_reads_what_it_says() -> None:
    (content,) = notation.at_version(
        notation.read("one =\n  А?:x@2.07- Б 2..3{ В } ( Г | Д+ )* .Е?:y # remark\n"), "2.06"
    ).values()
    second, third = content.items
    assert isinstance(second.what, notation.Element)
    assert (second.what.name, second.least, second.most) == ("Б", 2, 3)
    assert isinstance(third.what, notation.Choice)
    assert (len(third.what.options), third.least, third.most) == (2, 0, notation.UNBOUNDED)
    assert content.attributes == (notation.Attribute("Е", "y", False),)


@pytest.mark.parametrize("text", ["one =\n  А{ Б\n", "one =\n  ( А | Б\n", "one =\n  А!\n", "one =\n  А } Б\n"])
def test_what_is_not_in_the_notation_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="unexpected"):
        notation.read(text)
