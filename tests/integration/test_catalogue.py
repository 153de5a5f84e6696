"""Catalogue files become an index of items; absence takes nothing away before a whole export has come."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest

from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.services import catalog_runs, cataloguing, nodes, receiving
from commerceml_bridge.services.receiving import Reply
from tests.integration.office import Office

TRAIT = "90c55447-d3a8-11e4-9423-e0cb4ed5eed4"


def guid(number: int) -> str:
    return f"bd72d910-55bc-11d9-848a-{number:012}"


def item(number: int, name: str = "", extra: str = "", status: str = "") -> str:
    mark = f' Статус="{status}"' if status else ""
    return (
        f"<Товар{mark}><Ид>{guid(number)}</Ид><Артикул>А-{number}</Артикул>"
        f"<Наименование>{name or f'Болт {number}'}</Наименование>"
        f'<БазоваяЕдиница Код="796 " НаименованиеПолное="Штука">шт</БазоваяЕдиница>{extra}</Товар>'
    )


def catalog(*items: str, full: bool | None = True, catalog_id: str = "c1") -> bytes:
    said = "" if full is None else f' СодержитТолькоИзменения="{"false" if full else "true"}"'
    return _file(f"<Каталог{said}><Ид>{catalog_id}</Ид><Товары>{''.join(items)}</Товары></Каталог>")


def offers(*entries: str) -> bytes:
    return _file(
        f"<ПакетПредложений><Ид>c1#</Ид><ИдКаталога>c1</ИдКаталога><Предложения>{''.join(entries)}</Предложения>"
        "</ПакетПредложений>"
    )


def _file(body: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><КоммерческаяИнформация>{body}</КоммерческаяИнформация>'.encode()


def upload(office: Office, node: NodeRow, body: bytes, filename: str = "import0_1.xml") -> Reply:
    """One cycle: checkauth, file, import."""
    caller = office.session(node)
    caller = type(caller)(nodes.by_name(office.bridge, node.name), caller.session)
    reply = receiving.receive(office.bridge, caller, exchange_type="catalog", filename=filename, body=iter([body]))
    again = receiving.report(office.bridge, caller, exchange_type="catalog", filename=filename)
    assert again.ok == reply.ok
    return reply


def names(office: Office, node: NodeRow, *, usable: bool = True) -> dict[str, str]:
    with office.bridge.db.read() as uow:
        found = uow.catalog.find(node.id, limit=1000)
    return {one.item_id: one.name for one in found if not usable or not (one.deleted or one.gone)}


def present(office: Office, node: NodeRow) -> list[int]:
    return sorted(int(one.rpartition("-")[2]) for one in names(office, node) if "#" not in one)


def test_items_and_their_offers_are_kept_and_a_repeat_changes_nothing(office: Office) -> None:
    node = office.node()
    offer = f"<Предложение><Ид>{guid(1)}#{TRAIT}</Ид><Наименование>Болт 1 (синий)</Наименование></Предложение>"
    price = f"<Предложение><Ид>{guid(2)}</Ид><Цены><Цена><ЦенаЗаЕдиницу>7</ЦенаЗаЕдиницу></Цена></Цены></Предложение>"
    assert "новых 2, изменено 0" in upload(office, node, catalog(item(1), item(2))).lines[0]
    assert "новых 1, изменено 0" in upload(office, node, offers(offer, price), "offers0_1.xml").lines[0]
    assert names(office, node) == {
        guid(1): "Болт 1",
        f"{guid(1)}#{TRAIT}": "Болт 1 (синий)",
        guid(2): "Болт 2",
    }
    for body, name in ((catalog(item(1), item(2)), "import0_1.xml"), (offers(offer, price), "offers0_1.xml")):
        assert "новых 0, изменено 0" in upload(office, node, body, name).lines[0]


def test_what_the_catalogue_says_wins_in_either_order(office: Office) -> None:
    node = office.node()
    offer = f"<Предложение><Ид>{guid(1)}</Ид><Наименование>из предложений</Наименование></Предложение>"
    upload(office, node, offers(offer), "offers.xml")
    assert names(office, node) == {guid(1): "из предложений"}
    upload(office, node, catalog(item(1)), "import.xml")
    upload(office, node, offers(offer), "offers.xml")
    assert names(office, node) == {guid(1): "Болт 1"}


def test_a_file_comes_in_chunks_of_one_name(office: Office) -> None:
    node = office.node()
    body = catalog(*(item(number) for number in range(1, 40)))
    caller = office.session(node)
    for start in range(0, len(body), 1000):
        reply = receiving.receive(
            office.bridge,
            caller,
            exchange_type="catalog",
            filename="import.xml",
            body=iter([body[start : start + 1000]]),
        )
        assert reply.ok
    assert len(present(office, node)) == 39


def test_a_zip_of_portions_and_pictures_is_read(office: Office) -> None:
    node = office.node()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("import_files/aa/1.jpg", b"\xff\xd8\xff")
        archive.writestr("import0_1.xml", catalog(item(1)))
        archive.writestr("import0_2.xml", catalog(item(2)))
    assert upload(office, node, packed.getvalue(), "v8_1.zip").ok
    assert present(office, node) == [1, 2]


def test_in_a_zip_neither_foreign_nor_broken_xml_keeps_back_the_rest(office: Office) -> None:
    node = office.node()
    for broken, state in ((b"", True), (catalog(item(3))[:-40], False)):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("import_files/aa/settings.xml", "<settings/>")
            archive.writestr("import0_1.xml", catalog(item(1)))
            if broken:
                archive.writestr("import0_2.xml", broken)
            archive.writestr("import0_3.xml", catalog(item(2)))
        assert upload(office, node, packed.getvalue(), "v8_1.zip").ok is state
    assert present(office, node) == [1, 2, 3]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\xff\xd8\xff\x00picture", id="picture"),
        pytest.param(b"<?xml version='1.0'?><html><body/></html>", id="another kind of XML"),
        pytest.param(b"log of the module", id="text"),
    ],
)
def test_pictures_and_unknown_files_are_kept_with_success(office: Office, body: bytes) -> None:
    node = office.node()
    assert upload(office, node, body, "import_files/aa/1.jpg") == Reply(ok=True, upload_id=1, chunks=(0, 1))
    assert names(office, node) == {}


def test_a_zip_of_pictures_is_kept(office: Office) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("1.jpg", b"\xff\xd8\xff")
    assert upload(office, office.node(), packed.getvalue(), "pictures.zip").ok


def test_a_broken_file_is_refused_shown_and_its_good_entries_kept(office: Office) -> None:
    node = office.node()
    reply = upload(
        office, node, catalog(item(1), item(2)).replace(b"</\xd0\xa2\xd0\xbe\xd0\xb2\xd0\xb0\xd1\x80\xd1\x8b>", b"<<")
    )
    assert (reply.ok, reply.code) == (False, "not-well-formed")
    assert present(office, node) == [1, 2]
    assert office.counts(node).quarantined == 1


def test_a_defect_of_ours_does_not_stop_1c(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a defect")

    node = office.node()
    monkeypatch.setattr(catalog_runs, "note", broken)
    assert upload(office, node, catalog(item(1))).ok
    assert office.counts(node).quarantined == 1


def test_a_node_may_decline_the_catalogue(office: Office) -> None:
    node = office.node(catalog=False)
    assert upload(office, node, catalog(item(1))).ok
    assert names(office, node, usable=False) == {}


def test_changes_only_change_what_they_name(office: Office) -> None:
    node = office.node()
    upload(office, node, catalog(item(1), item(2), item(3)))
    upload(office, node, catalog(item(1, "Болт новый"), item(2, status="Удален"), full=False), "import0_1.xml")
    assert names(office, node) == {guid(1): "Болт новый", guid(3): "Болт 3"}
    upload(office, node, catalog(item(2), full=False), "import0_1.xml")
    assert present(office, node) == [1, 2, 3]


def test_absence_from_one_portion_or_one_export_takes_nothing_away(office: Office) -> None:
    node = office.node()
    upload(office, node, catalog(item(1)), "import0_1.xml")
    upload(office, node, catalog(item(2)), "import0_2.xml")
    assert present(office, node) == [1, 2]
    upload(office, node, catalog(item(1)), "import0_1.xml")  # the next export, broken off after its first portion
    assert present(office, node) == [1, 2]
    upload(office, node, catalog(item(1)), "import0_1.xml")
    assert present(office, node) == [1, 2]
    upload(office, node, catalog(item(1)), "import0_1.xml")  # two exports in a row without it are over
    assert present(office, node) == [1]
    upload(office, node, catalog(item(2), full=False), "import0_1.xml")
    assert present(office, node) == [1, 2]


def test_a_run_is_over_after_an_hour_without_files(office: Office) -> None:
    node = office.node()
    for items in ([item(1), item(2)], [item(1)], [item(1)]):
        upload(office, node, catalog(*items), "import.xml")
        assert catalog_runs.idle_nodes(office.bridge) == set()
        office.now += dt.timedelta(hours=2)
        assert catalog_runs.idle_nodes(office.bridge) == {node.id}
        catalog_runs.end_idle(office.bridge, node.id)
    assert present(office, node) == [1]


def test_a_file_that_does_not_say_it_is_full_takes_nothing_away(office: Office) -> None:
    node = office.node()
    upload(office, node, catalog(item(1), item(2)))
    for _ in range(4):
        upload(office, node, catalog(item(1), full=None))
    assert present(office, node) == [1, 2]


def test_deactivate_ends_a_full_export_of_all_its_portions(office: Office) -> None:
    node = office.node()
    upload(office, node, catalog(*(item(number) for number in (1, 2, 3, 4))), "import___a.xml")
    assert catalog_runs.deactivate(office.bridge, node, int(office.now.timestamp())) == 0
    begun = int(office.clock().timestamp())
    upload(office, node, catalog(item(1)), "import___b.xml")
    upload(office, node, catalog(item(2), full=False), "import___c.xml")
    upload(office, node, catalog(item(9), catalog_id="c2"), "import___d.xml")
    assert catalog_runs.deactivate(office.bridge, node, begun) == 2
    assert present(office, node) == [1, 2, 9]
    assert catalog_runs.deactivate(office.bridge, node, begun) == 0


@pytest.mark.parametrize("timestamp", [None, 0, 10**11, "now"])
def test_a_timestamp_that_says_nothing_never_takes_more_away(office: Office, timestamp: int | str | None) -> None:
    """1C may repeat the timestamp of a checkauth after the last portion: the whole run counts all the same."""
    node = office.node()
    upload(office, node, catalog(item(1), item(2)), "import___a.xml")
    upload(office, node, catalog(item(3)), "import___b.xml")
    told = int(office.clock().timestamp()) if timestamp == "now" else timestamp
    assert catalog_runs.deactivate(office.bridge, node, told) == 0  # type: ignore[arg-type]  # "now" was replaced
    assert present(office, node) == [1, 2, 3]


def test_an_export_with_an_unread_file_takes_nothing_away(office: Office) -> None:
    node = office.node()
    upload(office, node, catalog(item(1), item(2)), "import___a.xml")
    catalog_runs.deactivate(office.bridge, node, None)
    upload(office, node, catalog(item(1)), "import___b.xml")
    upload(office, node, catalog(item(2)) + b"<<<", "import___c.xml")
    assert catalog_runs.deactivate(office.bridge, node, None) == 0


def test_an_export_that_names_nothing_takes_nothing_away(office: Office) -> None:
    node = office.node()
    upload(office, node, catalog(item(1)), "import___a.xml")
    catalog_runs.deactivate(office.bridge, node, None)
    upload(office, node, catalog(), "import___b.xml")
    assert catalog_runs.deactivate(office.bridge, node, None) == 0


def test_a_file_left_by_a_killed_process_is_taken_up_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    node = office.node()
    many = catalog(*(item(number) for number in range(1, 1201)))
    take, calls = cataloguing._Batch.take, []

    def dies(batch: cataloguing._Batch, entries: list[object]) -> None:
        calls.append(len(entries))
        if len(calls) == 2:
            raise KeyboardInterrupt  # what ends a process passes every handler
        take(batch, entries)  # type: ignore[arg-type]  # entries of the reader

    monkeypatch.setattr(cataloguing._Batch, "take", dies)
    with pytest.raises(KeyboardInterrupt):
        upload(office, node, many)
    assert len(present(office, node)) == 500
    monkeypatch.undo()
    assert receiving.settle_unfinished(office.bridge, node) == 1
    assert len(present(office, node)) == 1000  # as many as the helper lists
    with office.bridge.db.read() as uow:
        assert uow.catalog.size(node.id).items == 1200
        assert [portion.items for portion in uow.catalog.open_portions(node.id)] == [1200]


def test_two_nodes_do_not_share_items(office: Office) -> None:
    one, other = office.node(), office.node("other")
    upload(office, one, catalog(item(1)))
    assert names(office, other) == {}


def test_an_export_that_breaks_off_at_its_first_portion_every_time_takes_nothing_away(office: Office) -> None:
    node = office.node()
    for portion in (1, 2, 3):
        upload(office, node, catalog(item(portion), item(portion + 10)), f"import0_{portion}.xml")
    for _ in range(4):
        upload(office, node, catalog(item(1), item(11)), "import0_1.xml")
    assert present(office, node) == [1, 2, 3, 11, 12, 13]
