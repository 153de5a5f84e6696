"""What a person wants done now: read an invoice again, write its payment now, fetch one that is not here yet.

Each leaves an event that says who wanted it and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from commerceml_bridge.bitrix24.numbers import keys_of_number
from commerceml_bridge.db.rows import PortalRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.invoices import InvoiceKey
from commerceml_bridge.domain.typed import parse
from commerceml_bridge.errors import BadInput, DatabaseUnavailable, NotFound, PortalError
from commerceml_bridge.services import fetching, portals, searching
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.jobs import WRITEBACK
from commerceml_bridge.services.settling import Outbox, settle

LONGEST = 100
_WAITING = frozenset({"pending", "parked"})
_NOT_NOW = {
    "held": "Запись ждёт решения: один файл изменил бы слишком много счетов. Решите это на странице «Проблемы».",
    "running": "Запись уже выполняется: обновите страницу через несколько секунд.",
}


@dataclass(frozen=True)
class Fetched:
    """What looking for one number at one portal came to; ``reason`` is Russian, empty where an invoice was found."""

    portal: str
    invoice_id: int | None
    reason: str


def refetch(bridge: Bridge, invoice_id: int, *, operator: str, reason: str) -> None:
    """Read an invoice of Bitrix24 again. Raises ``NotFound``, and ``BadInput`` with what the portal says."""
    with bridge.db.read() as uow:
        invoice = uow.invoices.by_id(invoice_id)
    if invoice is None:
        raise NotFound("Этого счёта нет.")
    try:
        changed = fetching.refetch(bridge, invoice)
    except PortalError as error:
        _tell(bridge, invoice_id, "refetched", f"Получить снова: не удалось. {error.message}", operator, reason)
        raise BadInput(error.message) from error
    said = "содержание изменилось." if changed else "учётное содержание прежнее."
    _tell(bridge, invoice_id, "refetched", f"Получен снова: {said}", operator, reason)


def write_now(bridge: Bridge, invoice_id: int, *, operator: str, reason: str) -> None:
    """Have what 1C said of an invoice written at once: the write-back that waits, else what the policy says now.

    So a stage that somebody changed after it had been written is set again. Raises ``NotFound``, and ``BadInput`` if
    there is nothing to write.
    """
    now = bridge.clock()
    with bridge.db.write() as uow:
        invoice = uow.invoices.by_id(invoice_id)
        if invoice is None:
            raise NotFound("Этого счёта нет.")
        uow.portals.lock(invoice.portal_id)
        job = uow.jobs.last_of([invoice_id], WRITEBACK).get(invoice_id)
        if job is not None and job.state in _NOT_NOW:
            raise BadInput(_NOT_NOW[job.state])
        if job is not None and job.state in _WAITING:
            uow.jobs.update(job.id, state="pending", attempts=0, run_after=now, claimed_until=None, finished_at=None)
        else:
            _write_anew(uow, bridge, invoice_id)
        job = uow.jobs.last_of([invoice_id], WRITEBACK)[invoice_id]
        note = f"Записать сейчас: {operator}. Причина: {reason.strip()}"
        uow.journal.add_event(now, invoice_id, "retried", note, job_id=job.id)


def _write_anew(uow: UnitOfWork, bridge: Bridge, invoice_id: int) -> None:
    """Queue what the policy says of the facts as they are, whatever was written before. Raises ``BadInput``."""
    rows = uow.consignments.in_service([invoice_id])[invoice_id]
    node = uow.nodes.by_id(rows[0].node_id) if rows else None
    owed = uow.ledger.owed([row.id for row in rows])
    outbox = Outbox()
    contradiction = ""
    if node is not None and owed:
        total = next(iter(owed.values())).total
        contradiction = settle(uow, bridge, node, invoice_id, rows, total, None, outbox)
    if not outbox.jobs:
        said = "Записывать нечего: 1С ещё не сообщила того, что по правилам узла пишется в Битрикс24."
        raise BadInput(contradiction or said)
    outbox.store(uow)


def fetch_number(bridge: Bridge, text: str, *, operator: str) -> tuple[Fetched, ...]:
    """Look for an invoice by its number or id at every portal and fetch it; it need not be in any selection.

    Raises ``BadInput`` for an empty text; a portal that refuses is one of the answers.
    """
    meant = parse(text[:LONGEST])
    numbers = tuple(dict.fromkeys(one for one in (meant.text, meant.number) if one))
    if not numbers:
        raise BadInput("Напишите номер счёта или его номер в Битрикс24.")
    with bridge.db.read() as uow:
        every = uow.portals.all()
    found = [one for portal in every for one in _look(bridge, portal, numbers, operator)]
    searching.catch_up(bridge)
    return tuple(found)


def _look(bridge: Bridge, portal: PortalRow, numbers: Sequence[str], operator: str) -> list[Fetched]:
    """Look for what was typed as a whole, «СЧ 15», and where nothing is called so for the number in it."""
    try:
        connection = portals.connect(bridge, portal)
        looks = (keys_of_number(connection.client, connection.info, number) for number in numbers)
        keys = next((found for found in looks if found), [])
        if not keys:
            return [Fetched(portal.name, None, "В Битрикс24 нет счёта с таким номером, или вебхуку его не видно.")]
        return [_fetch(bridge, portal, key, operator) for key in keys]
    except DatabaseUnavailable:
        raise
    except PortalError as error:
        return [Fetched(portal.name, None, error.message)]


def _fetch(bridge: Bridge, portal: PortalRow, key: InvoiceKey, operator: str) -> Fetched:
    try:
        invoice_id = fetching.fetch_by_key(bridge, portal, key)
    except PortalError as error:
        return Fetched(portal.name, None, error.message)
    _tell(bridge, invoice_id, "refetched", "Получен по номеру со страницы поиска.", operator, "")
    return Fetched(portal.name, invoice_id, "")


def _tell(bridge: Bridge, invoice_id: int, kind: str, what: str, operator: str, reason: str) -> None:
    why = f" Причина: {reason.strip()}" if reason.strip() else ""
    with bridge.db.write() as uow:
        uow.journal.add_event(bridge.clock(), invoice_id, kind, f"{what} {operator}.{why}")
