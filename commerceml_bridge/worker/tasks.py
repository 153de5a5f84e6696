"""What the worker does at intervals beside fetching and writing back, as one table.

A task is looked at every ``every`` seconds: ``due`` names what needs work now (ids of portals, nodes, jobs; ``0`` where
there is only one thing), ``work`` does it for one of them in a lane of its own. Both must be safe to repeat and to run
in several workers at once; what must happen once claims its row first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from commerceml_bridge.services import (
    alerting,
    bursts,
    catalog_runs,
    nodes,
    notifying,
    overdue,
    polling,
    remapping,
    retaining,
    searching,
    sweeping,
)
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.receiving import settle_unfinished


def _one(_bridge: Bridge) -> Iterable[int]:
    return (0,)


@dataclass(frozen=True)
class Task:
    """One kind of recurring work."""

    sort: str
    """unique; lanes are counted by it"""
    what: str
    """for the log, Russian"""
    every: float
    """seconds between two looks"""
    work: Callable[[Bridge, int], object]
    due: Callable[[Bridge], Iterable[int]] = _one
    width: int = 1
    """lanes at a time; all lanes together must stay below ``db.database.POOL``"""


TASKS: tuple[Task, ...] = (
    Task("tidy", "уборка незаконченных файлов", 60.0, lambda bridge, _id: settle_unfinished(bridge)),
    Task("sweep", "сверка счетов по номерам", 60.0, sweeping.sweep_in_turn, sweeping.due),
    Task("settle", "отбор счетов узла", 2.0, nodes.settle, nodes.unsettled),
    Task("notify", "звонок в 1С", 1.0, notifying.call_due, notifying.due, width=2),
    Task("goods", "сопоставление строк с номенклатурой", 3.0, remapping.remap, remapping.behind),
    Task("catalogues", "конец выгрузки каталога", 600.0, catalog_runs.end_idle, catalog_runs.idle_nodes),
    Task("bursts", "брошенные пачки записей", 60.0, bursts.close, bursts.abandoned),
    Task("alerts", "сообщения о молчании и отказах", 60.0, lambda bridge, _id: alerting.look(bridge)),
    Task("unseen", "счета, которых 1С не возвращает", 600.0, lambda bridge, _id: overdue.look(bridge)),
    Task("search", "указатель для поиска", 5.0, lambda bridge, _id: searching.catch_up(bridge)),
    Task("odata", "опрос базы 1С по OData", 5.0, polling.poll, polling.due, width=2),
    Task("retention", "удаление тел по сроку хранения", 3600.0, lambda bridge, _id: retaining.sweep(bridge)),
)
