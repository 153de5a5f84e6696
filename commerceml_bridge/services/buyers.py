"""Who a buyer is to 1C: two CRM cards of one firm may go out under one Ид, if a person joins them.

Two cards with one ИНН and КПП are shown as doubles (a card without КПП contradicts none); nothing is guessed. Joined
ones go out under the Ид the node's 1C confirmed first, else the oldest one's. Joining and separating change documents
that wait, and send nothing again: the Ид is no accounting content (decision 11). Branches (one ИНН, other КПП) are no
doubles.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from commerceml_bridge.db.buyers import BuyerRow, ListedBuyer
from commerceml_bridge.db.rows import PortalRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.counterparties import tax_numbers
from commerceml_bridge.domain.identity import party_id
from commerceml_bridge.domain.invoices import Party
from commerceml_bridge.errors import BadInput, NotFound
from commerceml_bridge.services import auditing
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.consigning import consign


def note(uow: UnitOfWork, portal: PortalRow, party: Party | None, now: dt.datetime) -> int | None:
    """Keep an invoice's buyer in the index; ``None`` for one without a CRM card, or another firm than the card's."""
    if party is None or party.entity_id <= 0 or party.apart:
        return None
    inn, kpp = tax_numbers(party)
    values = {"wire_id": party_id(portal.code, party), "name": party.name, "inn": inn, "kpp": kpp}
    return uow.buyers.note(portal.id, party.entity, party.entity_id, now, values)


def join(bridge: Bridge, ids: Sequence[int], *, operator: str, reason: str) -> list[BuyerRow]:
    """Let buyers go out under one Ид; return all that are joined now. Raises ``NotFound`` and ``BadInput``."""
    with bridge.db.write() as uow:
        rows = [_must(uow, one) for one in dict.fromkeys(ids)]
        _check(rows)
        uow.portals.lock(rows[0].portal_id)
        members = {one.id: one for row in rows for one in _group(uow, _must(uow, row.id))}
        uow.buyers.set_joined(list(members), min(members))
        named = "; ".join(_named(one) for one in members.values())
        with auditing.acting(operator):
            auditing.note(uow, bridge, "buyer.join", named, {"joined": ("", str(min(members)))}, reason=reason)
        _settle(uow, bridge, rows[0].portal_id, list(members))
        return uow.buyers.joined(min(members))


def _check(rows: Sequence[BuyerRow]) -> None:
    if len(rows) < 2:
        raise BadInput("Объединить можно двух покупателей или больше: укажите их номера из «parties list».")
    if len({row.portal_id for row in rows}) > 1:
        raise BadInput("Объединить можно только покупателей одного портала.")
    if len({row.inn for row in rows} - {""}) > 1 or len({row.kpp for row in rows} - {""}) > 1:
        raise BadInput("У покупателей разные ИНН или КПП: это разные организации или филиалы.")


def join_doubles(bridge: Bridge, buyer_id: int, *, operator: str, reason: str) -> None:
    """Join a buyer with every other one of its ИНН and КПП. Raises ``NotFound`` and ``BadInput``."""
    with bridge.db.read() as uow:
        found = uow.buyers.doubles_of(_must(uow, buyer_id))
    join(bridge, [one.id for one in found], operator=operator, reason=reason)


def separate(bridge: Bridge, buyer_id: int, *, operator: str, reason: str) -> None:
    """Let a buyer go out under its own Ид again. Raises ``NotFound`` and ``BadInput``."""
    with bridge.db.write() as uow:
        row = _must(uow, buyer_id)
        uow.portals.lock(row.portal_id)
        row = _must(uow, buyer_id)
        if row.joined_id is None:
            raise BadInput("Этот покупатель ни с кем не объединён: обновите страницу.")
        members = uow.buyers.joined(row.joined_id)
        rest = [one.id for one in members if one.id != row.id]
        uow.buyers.set_joined([row.id], None)
        uow.buyers.set_joined(rest, min(rest) if len(rest) > 1 else None)
        with auditing.acting(operator):
            changes = {"joined": (str(row.joined_id), "")}
            auditing.note(uow, bridge, "buyer.separate", _named(row), changes, reason=reason)
        _settle(uow, bridge, row.portal_id, [one.id for one in members])


def listed(bridge: Bridge, *, doubles_only: bool = False) -> list[ListedBuyer]:
    """Return buyers, doubles first."""
    with bridge.db.read() as uow:
        return uow.buyers.listed(doubles_only=doubles_only)


def _group(uow: UnitOfWork, row: BuyerRow) -> list[BuyerRow]:
    return [row] if row.joined_id is None else uow.buyers.joined(row.joined_id)


def _settle(uow: UnitOfWork, bridge: Bridge, portal_id: int, ids: Sequence[int]) -> None:
    """Render anew what waits; what 1C has confirmed stays as it is."""
    nodes = uow.nodes.all(portal_id)
    for invoice_id in uow.buyers.invoices_of(ids):
        invoice = uow.invoices.by_id(invoice_id)
        if invoice is None:
            continue
        for node in nodes:
            consign(uow, node, invoice, bridge.clock())


def _named(row: BuyerRow) -> str:
    return f"{row.name} ({row.entity} {row.entity_id})"


def _must(uow: UnitOfWork, buyer_id: int) -> BuyerRow:
    row = uow.buyers.by_id(buyer_id)
    if row is None:
        raise NotFound(f"Покупателя № {buyer_id} нет. Список: commerceml-bridge parties list.")
    return row
