"""A recorded exchange, replayed against a live server, gets the answers it got; and a recording tells of nobody."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from commerceml_bridge.domain.invoices import Party
from commerceml_bridge.domain.snapshots import from_json
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.simulators.portal import PortalServer, seed_demo
from tests.e2e.make_recordings import FAMILIES, walk
from tests.e2e.replaying import replaying
from tests.stand import Stand

RECORDINGS = Path(__file__).parents[2] / "fixtures" / "recordings"


@pytest.mark.parametrize("name", sorted(path.parent.name for path in RECORDINGS.glob("*/recording.json")))
def test_a_recorded_exchange_is_answered_as_it_was(name: str, tmp_path: Path, database_url: str) -> None:
    with replaying(RECORDINGS / name, tmp_path, database_url) as replay:
        assert len(replay.description["steps"]) > 6
        assert replay.differences() == []


def test_an_answer_that_changed_is_noticed(tmp_path: Path) -> None:
    source = sorted(RECORDINGS.glob("*/recording.json"))[0].parent
    copy = tmp_path / "recording"
    copy.mkdir()
    for path in source.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    query = next(copy.glob("*-query.answer"))
    query.write_bytes(query.read_bytes().replace("Сумма>".encode("cp1251"), "Суммы>".encode("cp1251"), 1))
    with replaying(copy, tmp_path, f"sqlite:///{tmp_path / 'replay.sqlite3'}") as replay:
        found = replay.differences()
    assert [difference.partition(":")[0] for difference in found] == [query.stem]


@pytest.mark.parametrize(("family", "options"), [FAMILIES[0], FAMILIES[2]])
def test_what_is_recorded_can_be_replayed_and_names_nobody(
    stand: Stand, server: PortalServer, tmp_path: Path, family: str, options: dict[str, Any]
) -> None:
    seed_demo(server.portal)
    walk(stand, family, options)
    folder = tmp_path / "recording"
    stand.command("record", "base", "--last", "3", "--to", str(folder))
    contents = {path.name: path.read_bytes() for path in folder.iterdir()}
    for secret in personal(stand):
        for encoding in ("utf-8", "cp1251"):
            found = [name for name, body in contents.items() if secret.encode(encoding, "replace") in body]
            assert not found, f"{secret} in {found}"
    again = tmp_path / "again"
    again.mkdir()
    with replaying(folder, again, f"sqlite:///{again / 'replay.sqlite3'}") as replay:
        assert replay.differences() == []


def test_a_session_that_only_returns_documents_is_replayed_against_known_ones(
    stand: Stand, server: PortalServer, tmp_path: Path
) -> None:
    seed_demo(server.portal)
    walk(stand, "ut11", {})
    with stand.bridge.db.read() as uow:
        node = uow.nodes.by_name("base")
        assert node is not None
        upload = uow.uploads.latest(node.id, "sale")
    assert upload is not None
    folder = tmp_path / "recording"
    stand.command("record", "base", "--session", str(upload.session_id), "--to", str(folder))
    again = tmp_path / "again"
    again.mkdir()
    with replaying(folder, again, f"sqlite:///{again / 'replay.sqlite3'}") as replay:
        documents = replay.description["documents"]
        assert [one["known"] for one in documents] == [True, True]
        assert replay.differences() == []
        assert payments(replay.bridge) == ["paid", "partly-paid"]
    stand.command("record", "base", "--session", "999", "--to", str(tmp_path / "none"), ok=False)


def payments(bridge: Bridge) -> list[str]:
    with bridge.db.read() as uow:
        node = uow.nodes.by_name("replay")
        assert node is not None
        return sorted(row.payment for row in uow.consignments.of_node(node.id, due=False))


def personal(stand: Stand) -> set[str]:
    """Everything the portal told of buyers and sellers that could not stand in a file by chance."""
    found: set[str] = set()
    with stand.bridge.db.read() as uow:
        snapshots = [row.snapshot for row in uow.recordings.delivered(1)]
    assert snapshots
    for invoice in map(from_json, snapshots):
        for party in (invoice.buyer, invoice.seller):
            found |= set(texts_of(party)) if party else set()
        found |= {invoice.comment}
    return {text for text in found if len(text) > 4 and text not in {"company", "contact", "entrepreneur", "Россия"}}


def texts_of(party: Party) -> list[str]:
    """The texts of a party but its bank's name and БИК, which stay."""
    values = dataclasses.asdict(party)
    bank = values.pop("bank_account") or {}
    values.pop("entity")
    values.pop("kind")
    texts = [bank.get("account", ""), bank.get("correspondent_account", "")]
    for address in values.pop("addresses"):
        texts += [text for name, text in address.items() if name != "kind"]
    texts += [*values.pop("phones"), *values.pop("emails")]
    return [*texts, *(value for value in values.values() if isinstance(value, str))]


def test_a_folder_with_files_is_not_recorded_into(stand: Stand, tmp_path: Path) -> None:
    stand.set_up()
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "letter.txt").write_text("mine")
    assert "не пуста" in stand.command("record", "base", "--to", str(tmp_path / "kept"), ok=False).stderr
    assert "Нет ни одного сеанса" in stand.command("record", "base", "--to", str(tmp_path / "new"), ok=False).stderr
    assert not (tmp_path / "new").exists()
