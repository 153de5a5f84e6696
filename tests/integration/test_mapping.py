"""Lines of invoices at a node: mapped to items of its 1C, held, replaced; never a reason to send again."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain.invoices import Invoice
from commerceml_bridge.domain.nodes import UnmappedGoods
from commerceml_bridge.errors import BadInput
from commerceml_bridge.services import nodes, nomenclature, remapping
from tests.integration.office import Office
from tests.integration.test_catalogue import catalog, guid, item, upload
from tests.unit.domain import samples


def bill(office: Office, number: str = "101", **changes: Any) -> Invoice:
    """An invoice with one line of product 55."""
    plain: dict[str, Any] = {"product_id": 55, "name": "Болт М6"}
    row = dataclasses.replace(samples.row("1200.00"), **(plain | changes))
    return office.bill(number, rows=(row,))


def node_now(office: Office, name: str = "base") -> NodeRow:
    return nodes.by_name(office.bridge, name)


def record(office: Office) -> list[list[dict[str, str]]]:
    with office.bridge.db.read() as uow:
        rows = uow.connection.exec_driver_sql("SELECT goods FROM rendering ORDER BY id")
        return [json.loads(row[0]) for row in rows]


def csv_of(office: Office, **arguments: object) -> str:
    found = nomenclature.lines(office.bridge, node_now(office), **arguments)  # type: ignore[arg-type]  # of lines
    return "".join(nomenclature.to_csv(found))


def test_a_document_carries_1cs_id_and_keeps_where_it_came_from(office: Office) -> None:
    node = office.node()
    upload(office, node, catalog(item(1)))
    bill(office, article="А-1")
    assert f"<Ид>{guid(1)}</Ид>" in office.exchange(node).text
    ((kept,),) = record(office)
    assert (kept["source"], kept["item"]) == ("article", guid(1))


def test_what_1c_has_is_not_sent_again_when_its_line_becomes_mapped(office: Office) -> None:
    node = office.node()
    bill(office, article="А-1")
    assert office.exchange(node).documents == 1
    upload(office, node, catalog(item(1)))
    remapping.remap(office.bridge, node.id)
    bill(office, article="А-1", product_xml_id=guid(1))
    assert office.exchange(node).documents == 0


def test_what_waits_is_rendered_with_the_newest_items(office: Office) -> None:
    node = office.node()
    bill(office, article="А-1")
    upload(office, node, catalog(item(1)))
    assert remapping.behind(office.bridge) == set()  # a file may still be coming
    office.clock(), office.clock(), office.clock()
    assert remapping.behind(office.bridge) == {node.id}
    remapping.remap(office.bridge, node.id)
    assert remapping.behind(office.bridge) == set()
    assert f"<Ид>{guid(1)}</Ид>" in office.exchange(node).text


def test_an_unchanged_export_touches_no_waiting_invoice(office: Office) -> None:
    node = office.node()
    upload(office, node, catalog(item(1)))
    remapping.remap(office.bridge, node.id)
    upload(office, node, catalog(item(1)))
    office.clock(), office.clock(), office.clock(), office.clock()
    assert remapping.behind(office.bridge) == set()


def test_a_held_invoice_goes_as_soon_as_its_lines_are_mapped(office: Office) -> None:
    node = office.node(unmapped=UnmappedGoods.HOLD)
    invoice = bill(office, article="А-1")
    held = office.consignment(node, invoice)
    assert held.held_code == "unmapped-goods"
    assert "«Болт М6»" in held.held_reason
    assert office.exchange(node).documents == 0
    upload(office, node, catalog(item(1)))
    assert remapping.remap(office.bridge, node.id) == 1
    assert office.exchange(node).documents == 1


def test_a_line_that_is_no_item_becomes_the_service_of_the_node(office: Office) -> None:
    node = office.node(unmapped=UnmappedGoods.SERVICE, service_item="Прочие услуги")
    service = "<ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>ТипНоменклатуры</Наименование>"
    service += "<Значение>Услуга</Значение></ЗначениеРеквизита></ЗначенияРеквизитов>"
    upload(office, node, catalog(item(7, "Прочие услуги", extra=service)))
    bill(office)
    text = office.exchange(node).text
    assert f"<Ид>{guid(7)}</Ид>" in text
    assert "<Наименование>Прочие услуги</Наименование>" in text
    assert "<Значение>Услуга</Значение>" in text


def test_the_list_goes_out_is_filled_and_comes_back(office: Office) -> None:
    node = office.node(unmapped=UnmappedGoods.HOLD)
    upload(office, node, catalog(item(1), item(2)))
    bill(office, name="=1+1")
    text = csv_of(office)
    assert text.splitlines()[1].startswith("p-55;55;")
    assert ";'=1+1;" in text
    header = text.splitlines()[0].split(";")
    filled = dict(zip(header, text.splitlines()[1].split(";"), strict=True)) | {"Ид в 1С": "А-2"}
    table = f"{';'.join(header)}\r\n{';'.join(filled.values())}\r\n"
    done = nomenclature.take_csv(office.bridge, node, table.encode("cp1251"), operator="anna")
    assert (done.chosen, done.taken_back, done.untouched) == (1, 0, 0)
    assert nomenclature.take_csv(office.bridge, node, table.encode("utf-8-sig"), operator="anna").untouched == 1
    assert remapping.remap(office.bridge, node.id) == 1
    assert f"<Ид>{guid(2)}</Ид>" in office.exchange(node).text
    assert "p-55" not in csv_of(office)
    assert f";{guid(2)};Болт 2;выбрано вручную;" in csv_of(office, everything=True)
    back = table.replace("А-2", "-")
    assert nomenclature.take_csv(office.bridge, node, back.encode(), operator="anna").taken_back == 1
    assert "p-55" in csv_of(office)


def test_a_list_of_everything_that_comes_back_as_it_went_chooses_nothing(office: Office) -> None:
    node = office.node()
    odd, gone = "-6j47-_ehmm", "=GONE"
    upload(office, node, catalog(item(1), item(2), *(item(3).replace(guid(3), one) for one in (odd, gone))))
    bill(office, "101", article="А-1")
    for number, (key, chosen) in enumerate({"p-56": odd, "p-57": gone}.items(), start=102):
        bill(office, str(number), product_id=int(key[2:]))
        table = f"Ключ;Ид в 1С\n{key};{chosen}\n".encode()
        assert nomenclature.take_csv(office.bridge, node, table, operator="anna").chosen == 1
    with office.bridge.db.write() as uow:
        uow.connection.exec_driver_sql("DELETE FROM catalog_item WHERE item_id = '=GONE'")
    text = csv_of(office, everything=True)
    assert f";{guid(1)};Болт 1;артикул;" in text
    assert ";'-6j47-_ehmm;" in text
    assert ";'=GONE;" in text
    done = nomenclature.take_csv(office.bridge, node, text.encode("utf-8-sig"), operator="anna")
    assert (done.chosen, done.taken_back, done.untouched) == (0, 0, 3)
    edited = text.replace(f";{guid(1)};", f";{guid(2)};")
    assert nomenclature.take_csv(office.bridge, node, edited.encode("utf-8-sig"), operator="anna").chosen == 1


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("Ключ;Ид в 1С\np-55;А-1\np-56;нет такой\nx;А-1\n", "строка 4: «x» не ключ строки"),
        ("Ключ;Ид в 1С\np-55;А-1\np-56;нет такой\n", "строка 3: позиции «нет такой» нет"),
        ("Ключ;Ид в 1С\np-55;А-1\np-55;А-2\n", "строка 3: ключ p-55 уже был в строке 2"),
        ("Ключ,Название\np-55,Болт\n", "нужны столбцы"),
        ("", "нужны столбцы"),
        ('Ключ;Ид в 1С\np-55;"А-1\n', "не читается как таблица"),
    ],
)
def test_a_table_with_one_wrong_line_changes_nothing(office: Office, table: str, said: str) -> None:
    node = office.node()
    upload(office, node, catalog(item(1), item(2)))
    with pytest.raises(BadInput, match=said):
        nomenclature.take_csv(office.bridge, node, table.encode(), operator="anna")
    with office.bridge.db.read() as uow:
        assert uow.choices.of(node.id) == {}


def test_a_base_that_never_sent_its_items_is_mapped_by_guid(office: Office) -> None:
    node = office.node()
    table = f"Ключ;Ид в 1С\np-55;{guid(3)}\n".encode()
    assert nomenclature.take_csv(office.bridge, node, table, operator="anna").chosen == 1
    with pytest.raises(BadInput, match="нет в номенклатуре"):
        nomenclature.take_csv(office.bridge, node, "Ключ;Ид в 1С\np-56;А-1\n".encode(), operator="anna")
    bill(office)
    assert f"<Ид>{guid(3)}</Ид>" in office.exchange(node).text
