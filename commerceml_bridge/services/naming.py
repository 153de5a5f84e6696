"""Counterparties 1C tells of go into the node's index; nothing is ever created in Bitrix24 of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from commerceml_bridge.commerceml.counterparties import read_counterparties
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain import taxpayers
from commerceml_bridge.domain.returned import NamedParty
from commerceml_bridge.services.bridge import Bridge

BATCH = 500
"""Counterparties in one transaction."""


def learn(bridge: Bridge, node: NodeRow, source: Iterable[bytes]) -> int:
    """Keep every counterparty of a file; return how many. Raises ``BadInput`` for a broken file."""
    count = 0
    parties = read_counterparties(source)
    while batch := list(itertools.islice(parties, BATCH)):
        with bridge.db.write() as uow:
            uow.portals.lock(node.portal_id)
            count += uow.buyers.note_onec(node.id, map(_columns, batch), bridge.clock())
    return count


def _columns(party: NamedParty) -> dict[str, object]:
    inn, kpp = taxpayers.tax_numbers(party.inn, party.kpp)
    return {"onec_id": party.id[:100], "name": party.name[:500], "inn": inn, "kpp": kpp, "deleted": party.deleted}
