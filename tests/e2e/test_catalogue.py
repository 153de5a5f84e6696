"""Each 1C family sends its goods to the live server in its own sequence; the index has them."""

from __future__ import annotations

import pytest

from commerceml_bridge.services import nodes
from commerceml_bridge.simulators.onec.catalogue import Goods
from commerceml_bridge.simulators.portal import PortalServer, seed_demo
from tests.stand import Stand

TRAIT = "90c55447-d3a8-11e4-9423-e0cb4ed5eed4"
GOODS = [
    Goods(
        guid=f"bd72d910-55bc-11d9-848a-{number:012}",
        name=f"Кронштейн & «{number}»",
        article=f"К-{number}",
        traits=((TRAIT, "белый"),) if number == 1 else (),
    )
    for number in range(1, 8)
]


def usable(stand: Stand) -> dict[str, str]:
    node = nodes.by_name(stand.bridge, "base")
    with stand.bridge.db.read() as uow:
        return {one.item_id: one.name for one in uow.catalog.find(node.id, limit=100) if one.usable}


@pytest.mark.parametrize(
    ("family", "portion", "modes"),
    [
        pytest.param("ut10", 0, ["file", "file", "import", "import"], id="УТ 10.3"),
        pytest.param("ut11", 4, ["file", "import"] * 4, id="УТ 11"),
        pytest.param("unf", 4, ["file", "import"] * 4, id="УНФ"),
        pytest.param("bitrix", 4, [*(["file", "import"] * 8), "deactivate", "complete"], id="модуль Битрикс"),
    ],
)
def test_goods_reach_the_index_in_the_familys_own_sequence(
    stand: Stand, server: PortalServer, family: str, portion: int, modes: list[str]
) -> None:
    stand.set_up(client="unf" if family == "unf" else family)
    stand.start()
    client = stand.client(family)
    report = client.upload_catalog(GOODS, portion=portion)
    assert [mode for mode, _ in report.answers] == modes
    assert all(text.startswith("success\n") for _, text in report.answers)
    everything = {one.guid: one.name for one in GOODS} | {f"{GOODS[0].guid}#{TRAIT}": f"{GOODS[0].name} (белый)"}
    assert usable(stand) == everything

    again = client.upload_catalog(GOODS, portion=portion)
    assert not [text for mode, text in again.answers if mode == "import" and "новых 0, изменено 0" not in text]

    changed = [Goods(GOODS[1].guid, "Кронштейн новый"), Goods(GOODS[2].guid, "", deleted=True)]
    client.upload_catalog(changed, full=False)
    left = usable(stand)
    assert left[GOODS[1].guid] == "Кронштейн новый"
    assert GOODS[2].guid not in left
    assert len(left) == len(everything) - 1


def test_a_full_export_of_the_bitrix_module_takes_away_what_it_does_not_name(
    stand: Stand, server: PortalServer
) -> None:
    stand.set_up(client="bitrix")
    stand.start()
    client = stand.client("bitrix")
    client.upload_catalog(GOODS, portion=3)
    client.upload_catalog(GOODS[:4], portion=3)
    assert {one.guid for one in GOODS[:4]} == {item_id for item_id in usable(stand) if "#" not in item_id}


def test_unmapped_lines_go_out_and_come_back_by_command(stand: Stand, server: PortalServer) -> None:
    seed_demo(server.portal)
    stand.set_up(client="ut11", options=("--unmapped", "hold"))
    stand.start()
    stand.client("ut11").upload_catalog(GOODS)
    stand.sync()
    held = stand.status()["nodes"][0]["held"]
    assert held > 0
    assert "Кронштейн & «3»" in stand.command("items", "list", "base", "К-3").stdout

    table = stand.folder / "lines.csv"
    stand.command("items", "unmapped", "base", "--to", str(table))
    header, *lines = table.read_text("utf-8-sig").splitlines()
    place = header.split(";").index("Ид в 1С")
    filled = [line.split(";") for line in lines]
    for values in filled:
        values[place] = "К-1"
    text = "\r\n".join([header, *(";".join(values) for values in filled)])
    table.write_text(text.replace("К-1", "нет такой", 1), encoding="cp1251", errors="replace")
    refused = stand.command("items", "map", "base", str(table), ok=False)
    assert "Ничего не изменено" in refused.stderr
    table.write_text(text, encoding="cp1251", errors="replace")
    done = stand.command("items", "map", "base", str(table))
    assert f"Сопоставлено: {len(lines)}" in done.stdout
    assert f"Отпущено счетов, которые ждали сопоставления: {held}" in done.stdout
    assert stand.client("ut11").load().success_sent
    assert stand.status()["nodes"][0]["held"] == 0
    assert stand.command("items", "unmapped", "base").stdout.count("p-") == 0
