"""One poll of a 1C base over OData: what the books say of the invoices this node delivered → the ledger (§6.1).

Nothing is asked while no invoice is open. The window reaches back to the oldest open invoice, since payments are posted
backdated; paid and cancelled ones are looked at once a day for a month more. No half results: an error drops the whole
poll, is shown, and the next try comes later each time; what 1C refuses for good waits for a person a while longer.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from commerceml_bridge.db.books import GivenRow, SourceRow
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import book_facts
from commerceml_bridge.domain.alerts import LOGIN_TRIES, ODATA_LOGIN
from commerceml_bridge.domain.books import PREFIX_LENGTH, BookInvoice, Pairing, Sought, Told, learn_prefix, pair
from commerceml_bridge.errors import BridgeError, DatabaseUnavailable, NotFound, ODataError, ODataObjectMissing
from commerceml_bridge.onec_odata import accounting, orders
from commerceml_bridge.onec_odata.client import ODataClient
from commerceml_bridge.onec_odata.expressions import is_guid
from commerceml_bridge.services import ledger, odata_sources
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.bursts import guarded

log = logging.getLogger(__name__)
LEASE = dt.timedelta(minutes=15)
REACH = dt.timedelta(days=365)
"""1C links payments to invoices of the last twelve months (§1.2)."""
CLOSED_REACH = dt.timedelta(days=30)
CLOSED_EVERY = dt.timedelta(hours=24)
PAUSES = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
"""Before the next try after failures; never less than the node's own interval after what only a person can mend."""
SLICE = 100
"""Invoices told in one transaction."""
LEARNING = 3
"""Invoices asked for to learn the prefix."""


@dataclass
class PollReport:
    """What a poll found; ``error`` says in Russian why there was none."""

    asked: int = 0
    """invoices of ours in the window"""
    found: int = 0
    told: int = 0
    """whose state had changed"""
    doubtful: int = 0
    missing: int = 0
    requests: int = 0
    prefix: str = ""
    error: str = ""


class _Defect(BridgeError):
    """An error nobody foresaw: its text may hold data of the base, so that only its kind is told."""

    permanent = False
    code = "internal"

    def __init__(self, error: Exception) -> None:
        super().__init__(f"Внутренняя ошибка ({type(error).__name__}): подробности в журнале программы.")


def due(bridge: Bridge) -> list[int]:
    """Return the nodes whose base is to be asked now."""
    with bridge.db.read() as uow:
        return uow.books.due(bridge.clock())


def poll_by_name(bridge: Bridge, name: str) -> PollReport:
    """Ask the base of a node now. Raises ``NotFound`` if it is not asked over OData."""
    source = odata_sources.of_node(bridge, name)
    if source is None:
        raise NotFound(f"Узел «{name}» не опрашивается по OData: commerceml-bridge node odata {name} --url …")
    return poll(bridge, source.node_id)


def poll_portal(bridge: Bridge, portal_id: int) -> dict[str, PollReport]:
    """Ask the bases of a portal's nodes, one after another; nothing for nodes that are not asked over OData."""
    with bridge.db.read() as uow:
        nodes = [node for node in uow.nodes.all(portal_id) if uow.books.source(node.id) is not None]
    return {node.name: poll(bridge, node.id) for node in nodes}


def poll(bridge: Bridge, node_id: int) -> PollReport:
    """Ask the base of a node, unless somebody does so at this moment; the outcome is stored and returned."""
    now = bridge.clock()
    with bridge.db.write() as uow:
        source, node = uow.books.source(node_id), uow.nodes.by_id(node_id)
        if source is None or node is None or not uow.books.claim(node_id, now, now + LEASE):
            return PollReport()
    report = PollReport()
    try:
        _poll(bridge, node, source, report)
    except DatabaseUnavailable:
        raise
    except BridgeError as error:
        report.error = _failed(bridge, source, error)
    except Exception as error:  # an answer nobody foresaw must not be asked for again at once, nor stay unseen
        log.exception("опрос базы 1С, узел %d: внутренняя ошибка", node_id)
        report.error = _failed(bridge, source, _Defect(error))
    else:
        _succeeded(bridge, source, report)
    return report


def _poll(bridge: Bridge, node: NodeRow, source: SourceRow, report: PollReport) -> None:
    since, closed_too = _window(bridge, source)
    if since is None:
        return
    with bridge.db.read() as uow:
        given = uow.books.given(node.id, since)
    report.asked = len(given)
    client = odata_sources.connect(bridge, source)
    try:
        books, report.prefix = _read(bridge, node, source, client, given, since)
        paired = pair([sought(one) for one in given], books, report.prefix)
        paired = book_facts.with_earlier(
            paired, {one.consignment_id: Told.read(one.fingerprint) for one in given}, since
        )
        changed = _changed(given, paired)
        _name_payments(client, changed, since)
    finally:
        report.requests = client.requests_sent
        client.close()
    _tell(bridge, node, given, paired, changed)
    report.found, report.told, report.doubtful = len(paired.found), len(changed), len(paired.unproven)
    report.missing = report.asked - report.found
    if closed_too:
        with bridge.db.write() as uow:
            uow.books.set_source(node.id, closed_read_at=bridge.clock())


def _read(
    bridge: Bridge,
    node: NodeRow,
    source: SourceRow,
    client: ODataClient,
    given: Sequence[GivenRow],
    since: dt.date,
) -> tuple[list[BookInvoice], str]:
    """Return what the base holds of the window as its configuration keeps it, and the prefix of our numbers there."""
    profile = orders.PROFILES.get(node.options.client)
    if profile is not None:
        return orders.read_orders(client, profile, since), ""
    organization = _organization(bridge, source, client)
    prefix = _prefix(bridge, source, client, given)
    return accounting.read_books(client, since, prefix=prefix, organization=organization), prefix


def _window(bridge: Bridge, source: SourceRow) -> tuple[dt.date | None, bool]:
    """Return from when invoices are asked for (``None``: none is open), and whether closed ones are among them."""
    now = bridge.clock()
    reach = now.date() - REACH
    closed_too = source.closed_read_at is None or now - source.closed_read_at >= CLOSED_EVERY
    with bridge.db.read() as uow:
        closed_since = now.date() - CLOSED_REACH if closed_too else None
        return uow.books.oldest(source.node_id, reach, closed_since=closed_since), closed_too


def sought(row: GivenRow) -> Sought:
    """Return an invoice as it is looked for in the books."""
    ref = row.onec_id.lower() if is_guid(row.onec_id) else ""
    return Sought(row.consignment_id, row.number, row.printed, row.date, row.total, ref)


def _organization(bridge: Bridge, source: SourceRow, client: ODataClient) -> str:
    """Return the reference of the organisation that was named, ``""`` if none was. Raises ``ODataError``."""
    wanted = source.organization
    if not wanted or source.organization_key:
        return source.organization_key
    if is_guid(wanted):
        return wanted.lower()
    every = accounting.organizations(client)
    hits = [ref for ref, name, inn in every if wanted == inn or wanted.casefold() == name.strip().casefold()]
    if len(hits) != 1:
        names = ", ".join(f"{name} ({inn})" for _, name, inn in every) or "ни одной"
        raise ODataObjectMissing(f"Организации «{wanted}» в базе 1С нет или их несколько. Есть: {names}.")
    with bridge.db.write() as uow:
        uow.books.set_source(source.node_id, organization_key=hits[0])
    return hits[0]


def _prefix(bridge: Bridge, source: SourceRow, client: ODataClient, given: Sequence[GivenRow]) -> str:
    """Return the four characters before our digits, or what is known of them where there are several or none yet.

    Learned from the newest invoices, so that an organisation that changes its prefix is noticed (§6.5).
    """
    if len(source.prefix) == PREFIX_LENGTH:
        return source.prefix
    prefixes = {row.onec_number[:PREFIX_LENGTH] for row in given if row.onec_number}
    few = 1 if prefixes else LEARNING  # one is enough to notice that the organisation has changed it
    unknown = [sought(one) for one in given[-few:] if not one.onec_number]
    rows = [row for one in unknown for row in accounting.read_one_number(client, one.tail, one.date.year)]
    prefixes |= {learn_prefix(unknown, rows, source.prefix)} - {""}
    if len(prefixes) != 1:
        return source.prefix
    learned = prefixes.pop()
    if learned != source.learned_prefix:
        with bridge.db.write() as uow:
            uow.books.set_source(source.node_id, learned_prefix=learned)
    return learned


def _changed(given: Iterable[GivenRow], paired: Pairing) -> dict[int, BookInvoice]:
    """Return what differs from the state told last."""
    return {
        row.consignment_id: found
        for row in given
        if (found := paired.found.get(row.consignment_id)) is not None and found.told.stored() != row.fingerprint
    }


def _name_payments(client: ODataClient, changed: dict[int, BookInvoice], since: dt.date) -> None:
    """Give new payments the bank's numbers: one question more, only when there is news. Missing names do not matter."""
    if not any(payment.kind == accounting.BANK for found in changed.values() for payment in found.payments):
        return
    try:
        names = accounting.bank_numbers(client, since)
    except ODataError as error:
        log.info("номера платежей: %s", error.message)
        return
    for key, found in changed.items():
        named = tuple(dataclasses.replace(one, number=names.get(one.key, "")) for one in found.payments)
        changed[key] = dataclasses.replace(found, payments=named)


def _tell(
    bridge: Bridge, node: NodeRow, given: Sequence[GivenRow], paired: Pairing, changed: dict[int, BookInvoice]
) -> None:
    """Tell the ledger what changed, some invoices to a transaction; the state told is kept in the same one."""
    doubts = {row.consignment_id: text for row in given if (text := _doubt(row, paired)) != row.doubt}
    rows = [row for row in given if row.consignment_id in changed or row.consignment_id in doubts]
    if not rows:
        return
    with guarded(bridge, node, "опрос 1С по OData") as burst_id:
        for start in range(0, len(rows), SLICE):
            with bridge.db.write() as uow:
                uow.portals.lock(node.portal_id)
                states: dict[int, tuple[str, str]] = {}
                for row in rows[start : start + SLICE]:
                    found = changed.get(row.consignment_id)
                    if found is not None:
                        _record(uow, bridge, node, row, found, burst_id)
                    fingerprint = row.fingerprint if found is None else found.told.stored()
                    states[row.consignment_id] = (fingerprint, doubts.get(row.consignment_id, row.doubt))
                uow.books.note(node.id, states, bridge.clock())


def _doubt(row: GivenRow, paired: Pairing) -> str:
    unproven = paired.unproven.get(row.consignment_id)
    if unproven is not None:
        return book_facts.doubt_of(unproven, row.total, row.date)
    several = paired.ambiguous.get(row.consignment_id)
    if several:
        return (
            f"В 1С таких счетов несколько ({several}): номер, дата и сумма одни и те же. Укажите организацию: "
            "commerceml-bridge node odata УЗЕЛ --organization ИНН."
        )
    return ""


def _record(uow: UnitOfWork, bridge: Bridge, node: NodeRow, row: GivenRow, found: BookInvoice, burst_id: int) -> None:
    """OData having found the document is "seen"; its equal date and total are "verified" (decision 13).

    Whether it is posted is kept beside: it may be paid all the same (facts: 1c-odata-payments §1.5).
    """
    before = uow.consignments.by_id(row.consignment_id)
    assert before is not None  # noqa: S101 - read in this poll; consignments are never deleted
    now = bridge.clock()
    about: dict[str, object] = {}
    if not found.bare:
        differs = book_facts.difference(found, row.total, row.date)
        about = {
            "seen_at": before.seen_at or now,
            "onec_id": before.onec_id or found.ref,
            "onec_number": found.number,
            "onec_date": found.date,
            "difference": differs,
            "unposted": book_facts.why_unposted(found),
            "verified_at": None if differs else (before.verified_at or now),
        }
    report = book_facts.report(found, Told.read(row.fingerprint), row.currency, now)
    evidence = json.dumps(asdict(found), default=str, ensure_ascii=False)
    ledger.record(uow, bridge, node, row.consignment_id, report, evidence=evidence, burst_id=burst_id, about=about)


def _succeeded(bridge: Bridge, source: SourceRow, report: PollReport) -> None:
    now = bridge.clock()
    with bridge.db.write() as uow:
        uow.books.set_source(
            source.node_id,
            claimed_until=None,
            tried_at=now,
            succeeded_at=now,
            next_at=now + dt.timedelta(seconds=source.every_seconds),
            failures=0,
            error="",
            error_code="",
            summary=json.dumps(asdict(report), ensure_ascii=False),
        )


def _failed(bridge: Bridge, source: SourceRow, error: BridgeError) -> str:
    now = bridge.clock()
    failures = source.failures + 1 if error.code != ODATA_LOGIN or source.error_code == ODATA_LOGIN else 1
    said = error.message
    if error.code == ODATA_LOGIN and failures >= LOGIN_TRIES:
        said += " Опрос остановлен, чтобы не запереть пользователя: он продолжится после нового логина или пароля."
    pause = PAUSES[min(failures, len(PAUSES)) - 1]
    if error.permanent:  # do not hammer: a refused login may lock the user of 1C
        pause = max(pause, dt.timedelta(seconds=source.every_seconds), PAUSES[-1] if failures > 2 else pause)
    with bridge.db.write() as uow:
        uow.books.set_source(
            source.node_id,
            claimed_until=None,
            tried_at=now,
            next_at=now + pause,
            failures=failures,
            error=said,
            error_code=error.code,
        )
    return said
