"""A botched test exchange is taken back: what 1C was given in it becomes due again, numbers and dates stay.

For a base that was restored from a copy, or whose settings were wrong. Never an invoice with a known payment, nor one
that does not go to this node any more: they are listed as left. Nothing is done in 1C or Bitrix24. The sessions of the
node end with it, so that a late ``success`` cannot confirm what was taken back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.db.taking_back import ServedRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.invoices import StageSemantics
from commerceml_bridge.errors import BadInput, NotFound
from commerceml_bridge.services import auditing, nodes
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.consigning import PAYMENT_FACTS, REFUSED_BY_1C


@dataclass(frozen=True)
class Left:
    """An invoice of the exchange that stays as it is."""

    row: ServedRow
    why: str


@dataclass(frozen=True)
class Plan:
    """What taking back means."""

    sessions: tuple[int, ...]
    taken: tuple[ServedRow, ...]
    left: tuple[Left, ...]


def preview(bridge: Bridge, node_name: str, *, since: dt.datetime | None = None, session_id: int | None = None) -> Plan:
    """Say what would be taken back; changes nothing. Raises ``NotFound`` and ``BadInput``."""
    with bridge.db.read() as uow:
        return _plan(uow, _node(uow, node_name), since, session_id)


def take_back(
    bridge: Bridge,
    node_name: str,
    *,
    reason: str,
    since: dt.datetime | None = None,
    session_id: int | None = None,
) -> Plan:
    """Make the documents of the exchange due again; return what was done. Raises ``NotFound`` and ``BadInput``."""
    reason = reason.strip()
    if not reason:
        raise BadInput("Напишите причину: она останется в истории счетов и в журнале изменений.")
    with bridge.db.write() as uow:
        node = _node(uow, node_name)
        uow.portals.lock(node.portal_id)
        plan = _plan(uow, node, since, session_id)
        if not plan.taken:
            raise BadInput("Возвращать нечего: ни один счёт этого обмена не может уйти снова.")
        _reset(uow, bridge, node, plan, reason)
    nodes.settle(bridge, node.id)
    return plan


def _reset(uow: UnitOfWork, bridge: Bridge, node: NodeRow, plan: Plan, reason: str) -> None:
    now = bridge.clock()
    ids = [row.consignment_id for row in plan.taken]
    uow.taking_back.reset(ids)
    uow.taking_back.lift(ids, REFUSED_BY_1C)
    uow.taking_back.close_open(node.id)
    uow.sessions.expire(node.id)
    text = f"Пробный обмен взят назад: {auditing.actor()}. Причина: {reason}"
    events = [
        {"at": now, "invoice_id": row.invoice_id, "kind": "taken-back", "text": text, "node_id": node.id}
        for row in plan.taken
    ]
    uow.journal.add_events(events)
    changes: dict[str, tuple[object, object]] = {
        "сеансы": ("", plan.sessions),
        "снова к отправке": ("", len(plan.taken)),
        "оставлено": ("", len(plan.left)),
    }
    auditing.note(uow, bridge, "node.take-back", node.name, changes, reason=reason)
    uow.nodes.update(node.id, settled_to=0)  # every rule is looked at again, by us or by the worker
    uow.notifiers.want(node.id, now)


def _plan(uow: UnitOfWork, node: NodeRow, since: dt.datetime | None, session_id: int | None) -> Plan:
    sessions = _sessions(uow, node, since, session_id)
    rows = uow.taking_back.served(node.id, sessions)
    money = uow.taking_back.with_money([row.invoice_id for row in rows])
    later = uow.taking_back.confirmed_later(sessions, [row.consignment_id for row in rows])
    taken: list[ServedRow] = []
    left: list[Left] = []
    for row in rows:
        why = _why_left(row, has_money=row.invoice_id in money, confirmed_later=row.consignment_id in later)
        if why:
            left.append(Left(row, why))
        else:
            taken.append(row)
    return Plan(tuple(sessions), tuple(taken), tuple(left))


def _sessions(uow: UnitOfWork, node: NodeRow, since: dt.datetime | None, session_id: int | None) -> Sequence[int]:
    if (since is None) is (session_id is None):
        raise BadInput("Назовите одно: сеанс или момент, с которого взять обмен назад.")
    if since is not None:
        return uow.taking_back.sessions_since(node.id, since)
    session = uow.sessions.by_id(session_id or 0)
    if session is None or session.node_id != node.id:
        raise NotFound(f"Сеанса {session_id} у узла «{node.name}» нет. Номера сеансов — на странице «Сеансы».")
    return [session.id]


def _why_left(row: ServedRow, *, has_money: bool, confirmed_later: bool) -> str:
    if has_money or row.payment in PAYMENT_FACTS or row.stage_semantics == StageSemantics.SUCCESS.value:
        return "Оплата по счёту известна: повторная загрузка могла бы затереть её в 1С."
    if row.adopted:
        return "Счёт связан с документом, введённым в 1С вручную."
    if row.never:
        return f"Счёт не передаётся в 1С: {row.never}"
    if row.outside:
        return f"Счёт вышел из отбора узла. {row.outside}"
    if confirmed_later:
        return "Счёт подтверждён в более позднем сеансе, который назад не берут."
    return ""


def _node(uow: UnitOfWork, name: str) -> NodeRow:
    node = uow.nodes.by_name(name)
    if node is None:
        raise NotFound(f"Узла «{name}» нет. Список: commerceml-bridge node list.")
    return node
