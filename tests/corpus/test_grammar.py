"""Our schemas of 2.05–2.10 accept exactly what the official ones do: compared as languages, not on examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.grammar import Schema, differences

pytestmark = pytest.mark.corpus

OURS = Path(__file__).parents[2] / "schemas"
VERSIONS = ("2.05", "2.06", "2.07", "2.08", "2.09", "2.10")
ROOT = "КоммерческаяИнформация"
WIDER_THAN_THE_MODULE = {
    "Аналог",
    "БанкКорреспондент",
    "Владелец",
    "Документ",
    "Изготовитель",
    "Каталог",
    "Классификатор",
    ROOT,
    "Комплектующее",
    "Контрагент",
    "Остаток",
    "ПакетПредложений",
    "Представитель",
    "Свойство",
    "Склад",
    "Справочник",
    "ТипыЦен",
    "Товар",
    "ХарактеристикиТовара",
    "Цена",
}
"""elements whose children stand more freely in 3.1 than in the module's own schema; reasons in schemas/SOURCES.md"""


def official(shared: Path, version: str) -> Schema:
    return Schema(shared / f"reference-schemas/CommerceML-{version}.xsd")


def ours(version: str) -> Schema:
    return Schema(OURS / f"commerceml-{version}.xsd")


def names(schema: Schema) -> list[str]:
    return sorted(name for kind, name in schema.named if kind == "element" and name)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_either_schema_of_a_version_accepts_the_other_accepts_too(shared: Path, version: str) -> None:
    text, own = official(shared, version), ours(version)
    assert ROOT in names(text)
    for name in names(text):
        assert list(differences(text, own, name)) == [], f"{name}: official, not ours"
        assert list(differences(own, text, name)) == [], f"{name}: ours, not official"


def test_3_1_accepts_all_the_module_schema_does_and_is_wider_in_the_listed_places_only(shared: Path) -> None:
    text, own = official(shared, "3-bitrix-module"), ours("3.1")
    wider = set()
    for name in names(text):
        assert list(differences(text, own, name)) == []
        for difference in differences(own, text, name):
            place, _, what = difference.partition(": ")
            assert what == "children", difference
            wider.add(place.rpartition("/")[2])
    assert wider == WIDER_THAN_THE_MODULE


def test_the_comparison_can_say_no(shared: Path) -> None:
    later, earlier = official(shared, "2.10"), official(shared, "2.09")
    assert list(differences(later, earlier, "Документ")) == ["Документ: children"]
    newer = [one.partition(": ")[::2] for one in differences(official(shared, "2.06"), official(shared, "2.05"), ROOT)]
    assert any(place.endswith("/БазоваяЕдиница") and what == "@НаименованиеКраткое" for place, what in newer)
    assert any(place.endswith("/РасчетныйСчет") for place, _ in newer) is False
