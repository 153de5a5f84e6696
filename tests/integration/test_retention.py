"""Bodies go when their time is over, errors last; what happened, and what may be needed again, stays."""

from __future__ import annotations

import dataclasses
import datetime as dt

from commerceml_bridge.services import retaining
from commerceml_bridge.services.bridge import Bridge
from tests.integration.office import PAID, Office, file_of, returned


def keeping(office: Office, *, days: float = 10, error_days: float = 30, megabytes: float = 0) -> Bridge:
    settings = dataclasses.replace(
        office.bridge.settings, keep_days=days, keep_error_days=error_days, keep_mb=megabytes
    )
    return dataclasses.replace(office.bridge, settings=settings)


def size_of(office: Office, kind: str, body_id: int) -> int | None:
    """Bytes that can still be read; ``None`` if the page says they were erased."""
    with office.bridge.db.read() as uow:
        body = uow.browse.body(kind, body_id)
        assert body is not None
        return None if body.erased else len(b"".join(uow.browse.read_body(kind, body_id)))


def test_a_good_file_goes_after_its_days_and_a_broken_one_stays_longer(office: Office) -> None:
    node = office.node()
    office.bill("101")
    office.exchange(node)
    good = office.post(node, file_of(returned("101", requisites=PAID)))
    bad = office.post(node, b"<\xff broken", filename="broken.xml")
    assert good.ok
    assert not bad.ok
    bridge = keeping(office)
    assert retaining.sweep(bridge) == 0
    office.now += dt.timedelta(days=11)
    retaining.sweep(bridge)
    assert size_of(office, "upload", good.upload_id or 0) is None
    assert size_of(office, "upload", bad.upload_id or 0) == len(b"<\xff broken")
    office.now += dt.timedelta(days=20)
    retaining.sweep(bridge)
    assert size_of(office, "upload", bad.upload_id or 0) is None
    with office.bridge.db.read() as uow:
        kept = uow.uploads.by_id(good.upload_id or 0)
    assert kept is not None
    assert (kept.state, kept.documents) == ("processed", 1), "the record stays"


def test_the_oldest_good_files_go_first_when_there_is_too_much(office: Office) -> None:
    node = office.node()
    office.bill("101")
    office.exchange(node)
    filler = "<!--" + "x" * 700_000 + "-->"
    files = [office.post(node, file_of(returned("101"), filler, formed_at=f"2026-03-06T1{n}:00:00")) for n in range(3)]
    assert retaining.sweep(keeping(office, megabytes=1)) > 0
    assert retaining.sweep(keeping(office, megabytes=1)) == 0
    sizes = [size_of(office, "upload", one.upload_id or 0) for one in files]
    assert sizes[0] is None
    assert sum(size or 0 for size in sizes) <= 1024 * 1024


def test_what_1c_was_given_last_and_what_waits_for_it_stay(office: Office) -> None:
    node = office.node()
    office.bill("101")
    office.exchange(node)
    old = office.consignment(node, office.bill("101", comment="другой")).served_rendering_id
    office.bill("102")
    waiting = office.query(office.session(node))
    office.now += dt.timedelta(days=1000)
    retaining.sweep(keeping(office))
    assert size_of(office, "document", old or 0)
    assert office.query(office.session(node)).body == waiting.body, "an open delivery is replayed byte for byte"


def test_a_superseded_document_is_erased_and_never_served(office: Office) -> None:
    node = office.node()
    first = office.bill("101")
    office.exchange(node)
    before = office.consignment(node, first).served_rendering_id or 0
    changed = dataclasses.replace(first, rows=(dataclasses.replace(first.rows[0], name="Другое"),))
    office.bill("101", rows=changed.rows)
    office.exchange(node)
    office.now += dt.timedelta(days=1000)
    retaining.sweep(keeping(office))
    assert size_of(office, "document", before) is None
    office.bill("101", rows=first.rows)  # the first content again
    assert "<Номер>101</Номер>" in office.exchange(node).text


def test_errors_are_never_kept_shorter_than_the_rest(office: Office) -> None:
    assert retaining.rule(keeping(office, days=100, error_days=5)).error_days == 100


def test_the_limit_in_bytes_counts_bodies_of_every_kind_and_spares_what_is_needed(office: Office) -> None:
    node = office.node()
    first = office.bill("101")
    office.exchange(node)
    superseded = office.consignment(node, first).served_rendering_id or 0
    office.bill("101", rows=(dataclasses.replace(first.rows[0], name="Другое"),))
    office.exchange(node)
    last = office.consignment(node, first).served_rendering_id or 0
    for n in range(40):  # each says something new, and all XML of documents together is over the limit
        words = {"Комментарий менеджера": "x" * 40_000 + str(n)}
        file = file_of(returned("101", requisites=PAID | words), formed_at=f"2026-03-06T1{n // 10}:0{n % 10}:00")
        assert office.post(node, file).ok
    broken = office.post(node, b"<\xff broken", filename="broken.xml")
    office.now += dt.timedelta(minutes=1)
    with office.bridge.db.read() as uow:
        assert uow.retention.stored_bytes() > 2 * 1024 * 1024
    assert retaining.sweep(keeping(office, megabytes=0.1)) > 40
    with office.bridge.db.read() as uow:
        assert uow.retention.stored_bytes() <= 0.1 * 1024 * 1024
    assert size_of(office, "document", superseded), "what fits stays"
    assert retaining.sweep(keeping(office, megabytes=0.001)) > 0
    assert size_of(office, "document", superseded) is None
    assert size_of(office, "document", last), "what 1C was given last stays"
    assert size_of(office, "upload", broken.upload_id or 0), "errors stay as long as their days"
    assert retaining.sweep(keeping(office, megabytes=0.001)) == 0


def test_what_is_needed_fills_no_limit_and_documents_that_wait_for_1c_stay(office: Office) -> None:
    node = office.node()
    for number in range(101, 111):
        office.bill(str(number))
    office.exchange(node)
    waiting = office.bill("111")
    file = office.post(node, file_of(returned("101")))
    office.now += dt.timedelta(minutes=1)
    with office.bridge.db.read() as uow:
        assert uow.retention.stored_bytes() < 10_000, "ten documents that were given last are more than that"
    assert retaining.sweep(keeping(office, megabytes=0.01)) == 0
    assert size_of(office, "upload", file.upload_id or 0)
    retaining.sweep(keeping(office, megabytes=0.0001))
    taken = office.exchange(node)
    assert taken.numbers == ["111"], "what was made ahead for the next query is whole"
    assert office.consignment(node, waiting).served_rendering_id
