"""How long bodies are kept: settings in days and bytes, errors longest; the pages state the rule (``rule``).

What happened stays for ever: sessions, steps, deliveries, decisions, the ledger. Only bytes go: files of 1C, answers,
superseded documents, XML of returned documents, bank statements. The limit in bytes counts all of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from commerceml_bridge.db.retention import Erased, Retention
from commerceml_bridge.services.bridge import Bridge

SLICE = 200
"""Bodies erased in one transaction."""
Work = Callable[[Retention], Erased]


@dataclass(frozen=True)
class Rule:
    """What is kept how long; ``megabytes`` 0: no limit."""

    days: float
    error_days: float
    megabytes: float


def rule(bridge: Bridge) -> Rule:
    """Return the rule in force; errors are never kept shorter than the rest."""
    settings = bridge.settings
    return Rule(settings.keep_days, max(settings.keep_days, settings.keep_error_days), settings.keep_mb)


def sweep(bridge: Bridge) -> int:
    """Erase what has been kept long enough; return how many bodies went."""
    in_force = rule(bridge)
    now = bridge.clock()
    good, bad = (now - dt.timedelta(days=days) for days in (in_force.days, in_force.error_days))
    erased = 0
    for work in (
        lambda keep: keep.uploads(good, now, failed=False, limit=SLICE),
        lambda keep: keep.uploads(bad, now, failed=True, limit=SLICE),
        lambda keep: keep.answers(good, failed=False, limit=SLICE),
        lambda keep: keep.answers(bad, failed=True, limit=SLICE),
        lambda keep: keep.documents(bad, now, limit=SLICE),
        lambda keep: keep.returned(bad, limit=SLICE),
        lambda keep: keep.statements(bad, now, limit=SLICE),
    ):
        erased += _all(bridge, work)
    return erased + _fit(bridge, in_force, now)


def _all(bridge: Bridge, work: Work) -> int:
    """Repeat ``work`` in short transactions until it finds nothing."""
    total = 0
    while True:
        with bridge.db.write() as uow:
            done = work(uow.retention)
        total += done.count
        if done.count < SLICE:
            return total


def _fit(bridge: Bridge, in_force: Rule, now: dt.datetime) -> int:
    """Erase the oldest bodies without errors until the rest fits, the largest kind (files of 1C) first.

    What is needed stays: if that alone is more, it is more.
    """
    if not in_force.megabytes:
        return 0
    with bridge.db.read() as uow:
        excess = uow.retention.stored_bytes() - in_force.megabytes * 1024 * 1024
    soon = now + dt.timedelta(seconds=1)
    works: tuple[Work, ...] = (
        lambda keep: keep.uploads(soon, now, failed=False, limit=SLICE // 20),
        lambda keep: keep.returned(soon, limit=SLICE, failed_too=False),
        lambda keep: keep.documents(soon, now, limit=SLICE),
        lambda keep: keep.statements(soon, now, limit=SLICE // 20),
        lambda keep: keep.answers(soon, failed=False, limit=SLICE),
    )
    erased = 0
    for work in works:
        while excess > 0:
            with bridge.db.write() as uow:
                done = work(uow.retention)
            if not done.count:
                break
            erased += done.count
            excess -= done.size
    return erased
