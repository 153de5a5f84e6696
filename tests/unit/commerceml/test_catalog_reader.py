"""Entries of catalogue files: told by where they stand, whatever is around them."""

from __future__ import annotations

import pytest

from commerceml_bridge.commerceml.catalog_reader import read_catalog
from commerceml_bridge.domain.catalogue import Entry, EntryKind, Facts

GUID = "bd72d910-55bc-11d9-848a-00112f43529a"
TRAIT = "90c55447-d3a8-11e4-9423-e0cb4ed5eed4"


def entries(body: str, root: str = "КоммерческаяИнформация") -> list[Entry]:
    data = f"<{root}>{body}</{root.split(maxsplit=1)[0]}>".encode()
    return list(read_catalog(data[start : start + 17] for start in range(0, len(data), 17)))


def catalog(items: str, head: str = "<Ид>c1</Ид>", attributes: str = "") -> str:
    return f"<Каталог{attributes}>{head}<Товары>{items}</Товары></Каталог>"


def offers(items: str, head: str = "<Ид>c1#</Ид><ИдКаталога>c1</ИдКаталога>") -> str:
    return f"<ПакетПредложений>{head}<Предложения>{items}</Предложения></ПакетПредложений>"


def test_everything_the_index_keeps_is_read() -> None:
    (entry,) = entries(
        catalog(
            f"""<Товар Статус="Удален"><Ид>{GUID}</Ид><Штрихкод>4600000000013</Штрихкод><Артикул> А-1 </Артикул>
            <Наименование>Болт  &amp;quot;М6&amp;quot;</Наименование>
            <БазоваяЕдиница Код="796 " НаименованиеПолное="Штука">шт</БазоваяЕдиница>
            <СтавкиНалогов><СтавкаНалога><Наименование>НДС</Наименование><Ставка>20</Ставка></СтавкаНалога></СтавкиНалогов>
            <ЗначенияРеквизитов>
            <ЗначениеРеквизита><Наименование>ТипНоменклатуры</Наименование><Значение>Услуга</Значение></ЗначениеРеквизита>
            <ЗначениеРеквизита><Наименование>Полное наименование</Наименование><Значение>Болт М6 цинк</Значение>
            </ЗначениеРеквизита></ЗначенияРеквизитов></Товар>""",
            attributes=' СодержитТолькоИзменения="false"',
        )
    )
    assert entry.item_id == GUID
    assert (entry.section.kind, entry.section.catalog_id, entry.section.changes_only) == (EntryKind.ITEM, "c1", False)
    assert entry.facts == Facts(
        name='Болт "М6"',
        article="А-1",
        barcode="4600000000013",
        full_name="Болт М6 цинк",
        unit_code="796",
        unit_name="шт",
        vat_rate="20",
        is_service=True,
        deleted=True,
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (f"<Ид>{GUID}#{TRAIT}</Ид>", f"{GUID}#{TRAIT}"),
        (f"<Ид> {GUID}#{GUID} </Ид>", GUID),
        (f"<Ид>{GUID}</Ид><ИдХарактеристики>{TRAIT}</ИдХарактеристики>", f"{GUID}#{TRAIT}"),
        ("<Ид>005001</Ид>", "005001"),
    ],
)
def test_an_offer_is_known_by_item_and_characteristic(written: str, read: str) -> None:
    (entry,) = entries(offers(f"<Предложение>{written}<Наименование>Болт</Наименование></Предложение>"))
    assert (entry.item_id, entry.section.kind, entry.section.catalog_id) == (read, EntryKind.OFFER, "c1")


def test_a_unit_of_the_third_version_is_a_code() -> None:
    (entry,) = entries(catalog("<Товар><Ид>1</Ид><БазоваяЕдиница>796 </БазоваяЕдиница></Товар>"))
    assert (entry.facts.unit_code, entry.facts.unit_name) == ("796", None)


@pytest.mark.parametrize("written", ["Удален", " удален "])
def test_a_deleted_item_is_marked_by_an_element_as_well_as_by_an_attribute(written: str) -> None:
    marked = f'<Товар Статус="{written}"><Ид>1</Ид></Товар><Товар><Ид>2</Ид><Статус>{written}</Статус></Товар>'
    kept = "<Товар><Ид>3</Ид><Статус>Изменен</Статус></Товар>"
    assert [entry.facts.deleted for entry in entries(catalog(marked + kept))] == [True, True, None]


def test_prices_and_rests_say_little() -> None:
    (entry,) = entries(
        offers("<Предложение><Ид>1</Ид><Цены><Цена><ЦенаЗаЕдиницу>7</ЦенаЗаЕдиницу></Цена></Цены></Предложение>")
    )
    assert entry.says_little


def test_lines_of_documents_and_parts_of_sets_are_no_entries() -> None:
    line = "<Товар><Ид>9</Ид><Наименование>строка</Наименование></Товар>"
    part = f"<Комплектующие><Комплектующее><Товары>{line}</Товары></Комплектующее></Комплектующие>"
    found = entries(f"<Документ><Товары>{line}</Товары></Документ>" + catalog(f"<Товар><Ид>1</Ид>{part}</Товар>"))
    assert [entry.item_id for entry in found] == ["1"]


def test_namespace_and_order_of_branches_do_not_matter() -> None:
    body = (
        offers("<Предложение><Ид>2</Ид></Предложение>")
        + catalog("<Товар><Ид>1</Ид></Товар>", head="")
        + "<Классификатор><Группы><Группа><Ид>g</Ид></Группа></Группы></Классификатор>"
    )
    found = entries(body, 'КоммерческаяИнформация xmlns="urn:1C.ru:commerceml_3"')
    assert [(entry.item_id, entry.section.catalog_id) for entry in found] == [("2", "c1"), ("1", "")]


def test_an_entry_without_an_id_is_counted_and_the_next_one_read() -> None:
    body = catalog("<Товар><Ид/><Наименование>без Ид</Наименование></Товар><Товар><Ид>1</Ид></Товар>")
    stream = read_catalog([f"<КоммерческаяИнформация>{body}</КоммерческаяИнформация>".encode()])
    assert [entry.item_id for entry in stream] == ["1"]
    assert stream.skipped == 1


def test_a_section_without_entries_is_still_told() -> None:
    stream = read_catalog(["<КоммерческаяИнформация><Каталог><Ид>c1</Ид></Каталог></КоммерческаяИнформация>".encode()])
    assert list(stream) == []
    assert [section.catalog_id for section in stream.sections] == ["c1"]
