"""The circuit breaker: one file or poll that would change too much stops, and a person is asked.

Everything a burst sets off is ``held``. At its end it is counted: an ordinary one is released at once, another one
waits for the operator, who lets it go or discards it. The facts are recorded all the same, and nothing else is blocked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from commerceml_bridge.db.bursts import BurstRow
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.errors import BadInput, NotFound
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.jobs import WRITEBACK

ABANDONED = dt.timedelta(minutes=10)
"""A burst nobody closed for so long is closed by the worker."""


@contextmanager
def guarded(bridge: Bridge, node: NodeRow, origin: str, upload_id: int | None = None) -> Iterator[int]:
    """Hold what the block sets off (give its value to ``ledger.record``) and weigh it at the end, come what may.

    A file that is taken up again goes on with the burst it had: what it set off before its process died is weighed too.
    """
    with bridge.db.write() as uow:
        burst_id = uow.bursts.open_of(upload_id) if upload_id is not None else None
        burst_id = burst_id or uow.bursts.add(
            node_id=node.id, origin=origin, upload_id=upload_id, created_at=bridge.clock()
        )
    try:
        yield burst_id
    finally:
        close(bridge, burst_id)


def close(bridge: Bridge, burst_id: int) -> bool:
    """Weigh a burst; return whether it may go. Closing it again lets go what another process has added meanwhile."""
    with bridge.db.write() as uow:
        row = uow.bursts.by_id(burst_id)
        node = uow.nodes.by_id(row.node_id) if row else None
        if row is not None and row.state in {"passed", "let-go"}:
            _release(uow, bridge, row)
        if row is None or row.state != "open":
            return row is not None and row.state != "asked"
        changes = uow.jobs.held_invoices(burst_id, WRITEBACK)
        reason = _too_much(node, changes, row.unpaid) if node else "Узел снят с обмена."
        if reason:
            uow.bursts.update(burst_id, state="asked", changes=changes, reason=reason)
            uow.journal.add_event(bridge.clock(), None, "burst", f"{row.origin}: {reason}", node_id=row.node_id)
            return False
        _release(uow, bridge, row)
        uow.bursts.update(burst_id, state="passed", changes=changes, decided_at=bridge.clock())
        return True


def _too_much(node: NodeRow, changes: int, unpaid: int) -> str:
    limits = node.options
    parts = []
    if 0 < limits.burst_changes < changes:
        parts.append(f"изменились бы {changes} счетов (предел {limits.burst_changes})")
    if 0 < limits.burst_unpaid < unpaid:
        parts.append(f"оплата отозвана у {unpaid} счетов (предел {limits.burst_unpaid})")
    return f"Запись в Битрикс24 остановлена: {', '.join(parts)}." if parts else ""


def _release(uow: UnitOfWork, bridge: Bridge, row: BurstRow) -> int:
    return uow.jobs.of_burst(row.id, state="pending", run_after=bridge.clock())


def stopped(bridge: Bridge) -> list[tuple[str, BurstRow]]:
    """Return what waits for a person, with the name of its node, oldest first."""
    with bridge.db.read() as uow:
        names = {node.id: node.name for node in uow.nodes.all()}
        return [(names.get(one.node_id, ""), one) for one in uow.bursts.asked()]


def let_go(bridge: Bridge, burst_id: int, *, operator: str, reason: str) -> None:
    """Write what a stopped burst has set off. Raises ``NotFound``, and ``BadInput`` if it is not stopped."""
    with bridge.db.write() as uow:
        row = _asked(uow, burst_id)
        jobs = _release(uow, bridge, row)
        _decided(uow, bridge, row, "let-go", f"Отпущено ({jobs} записей): {operator}. Причина: {reason.strip()}")


def discard(bridge: Bridge, burst_id: int, *, operator: str, reason: str) -> None:
    """Write nothing of a stopped burst; its facts stay in the ledger. Raises ``NotFound`` and ``BadInput``."""
    with bridge.db.write() as uow:
        row = _asked(uow, burst_id)
        why = f"Отказано: {operator}. Причина: {reason.strip()}"
        jobs = uow.jobs.of_burst(row.id, state="cancelled", finished_at=bridge.clock(), error=why)
        _decided(uow, bridge, row, "discarded", f"{why} Записей не сделано: {jobs}.")


def _asked(uow: UnitOfWork, burst_id: int) -> BurstRow:
    row = uow.bursts.by_id(burst_id)
    if row is None:
        raise NotFound(f"Нет остановленной записи № {burst_id}.")
    if row.state != "asked":
        raise BadInput("Об этом уже решено: обновите страницу.")
    return row


def _decided(uow: UnitOfWork, bridge: Bridge, row: BurstRow, state: str, note: str) -> None:
    now = bridge.clock()
    uow.bursts.update(row.id, state=state, decided_at=now, reason=f"{row.reason}\n{note}")
    uow.journal.add_event(now, None, "burst", f"{row.origin}: {note}", node_id=row.node_id)


def abandoned(bridge: Bridge) -> list[int]:
    """Return bursts whose process died before it closed them."""
    with bridge.db.read() as uow:
        return uow.bursts.left_open(bridge.clock() - ABANDONED)
