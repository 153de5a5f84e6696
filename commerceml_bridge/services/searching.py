"""Keeps the search index of invoices up to date; pages may lag it by seconds, nothing else depends on it."""

from __future__ import annotations

import logging

from commerceml_bridge.domain import snapshots, wording
from commerceml_bridge.services.bridge import Bridge

log = logging.getLogger(__name__)
SLICE = 200
"""Invoices indexed in one transaction."""


def catch_up(bridge: Bridge) -> int:
    """Index every invoice whose newest revision is not indexed yet; return how many."""
    total = 0
    while True:
        with bridge.db.write(durable=False) as uow:
            found = uow.search.unindexed(SLICE)
            for one in found:
                uow.search.index(one, _words(one.snapshot))
        total += len(found)
        if len(found) < SLICE:
            return total


def _words(snapshot: str) -> list[str]:
    try:
        return wording.words_of(snapshots.from_json(snapshot))
    except ValueError:
        log.exception("a revision cannot be indexed")
        return []
