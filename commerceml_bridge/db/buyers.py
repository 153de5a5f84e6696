"""Buyers of a portal and the counterparties of a 1C base: who is who, by ИНН and КПП."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer, pieces
from commerceml_bridge.db.tables import buyer, consignment, invoice, node, onec_party, portal, rendering

_BY_ID = sa.select(buyer).where(buyer.c.id == sa.bindparam("wanted"))
"""Made once, for it is asked for every invoice that is consigned."""


@dataclass(frozen=True)
class BuyerRow:
    """A CRM company or contact that was seen as a buyer."""

    id: int
    portal_id: int
    entity: str
    entity_id: int
    wire_id: str
    name: str
    inn: str
    kpp: str
    joined_id: int | None
    seen_at: dt.datetime


@dataclass(frozen=True)
class ListedBuyer:
    """A buyer as pages and commands show it; ``double`` tells that another one has its ИНН and КПП."""

    id: int
    portal: str
    host: str
    entity: str
    entity_id: int
    wire_id: str
    name: str
    inn: str
    kpp: str
    joined_id: int | None
    double: bool

    @property
    def url(self) -> str:
        """Where Bitrix24 shows it."""
        return f"https://{self.host}/crm/{self.entity}/details/{self.entity_id}/"


@dataclass(frozen=True)
class OnecParty:
    """A counterparty of a 1C base."""

    id: int
    node_id: int
    onec_id: str
    name: str
    inn: str
    kpp: str
    deleted: bool
    seen_at: dt.datetime


class Buyers(Drawer):
    """Buyers and counterparties."""

    def note(self, portal_id: int, entity: str, entity_id: int, now: dt.datetime, values: Mapping[str, str]) -> int:
        """Keep what is known of a buyer and return its id. The caller holds the portal's lock."""
        mine = (buyer.c.portal_id == portal_id, buyer.c.entity == entity, buyer.c.entity_id == entity_id)
        row = self._one(BuyerRow, sa.select(buyer).where(*mine))
        if row is None:
            key = {"portal_id": portal_id, "entity": entity, "entity_id": entity_id}
            return self._insert(buyer, **key, **values, seen_at=now)
        if any(getattr(row, name) != value for name, value in values.items()):
            self._update(buyer, row.id, **values, seen_at=now)
        return row.id

    def by_id(self, buyer_id: int) -> BuyerRow | None:
        """Return one buyer."""
        return self._one(BuyerRow, _BY_ID, wanted=buyer_id)

    def joined(self, joined_id: int) -> list[BuyerRow]:
        """Return the buyers joined under one value, oldest first."""
        return self._all(BuyerRow, sa.select(buyer).where(buyer.c.joined_id == joined_id).order_by(buyer.c.id))

    def set_joined(self, ids: Collection[int], joined_id: int | None) -> None:
        """Join buyers under one value, or separate them."""
        self.connection.execute(sa.update(buyer).where(buyer.c.id.in_(ids)).values(joined_id=joined_id))

    def first_known(self, node_id: int, buyer_ids: Sequence[int]) -> str:
        """Return the Ид under which the node's 1C first confirmed an invoice of one of these buyers, else ``""``."""
        statement = (
            sa.select(sa.func.coalesce(sa.func.nullif(rendering.c.party, ""), buyer.c.wire_id))
            .select_from(consignment)
            .join(invoice, invoice.c.id == consignment.c.invoice_id)
            .join(buyer, buyer.c.id == invoice.c.buyer_id)
            .join(rendering, rendering.c.id == consignment.c.served_rendering_id)
            .where(
                consignment.c.node_id == node_id,
                consignment.c.acknowledged_at.is_not(None),
                invoice.c.buyer_id.in_(buyer_ids),
            )
            .order_by(consignment.c.acknowledged_at, consignment.c.id)
            .limit(1)
        )
        return self.connection.execute(statement).scalar_one_or_none() or ""

    def doubles_of(self, row: BuyerRow) -> list[BuyerRow]:
        """Return the portal's buyers with this one's ИНН and КПП, itself included (``is_double`` tells the rule)."""
        if not row.inn:
            return [row]
        same = (buyer.c.portal_id == row.portal_id, buyer.c.inn == row.inn)
        found = self._all(BuyerRow, sa.select(buyer).where(*same).order_by(buyer.c.id))
        return found if len({one.kpp for one in found} - {""}) <= 1 else [one for one in found if one.kpp == row.kpp]

    def invoices_of(self, buyer_ids: Collection[int]) -> list[int]:
        """Return the ids of invoices of these buyers that wait for a node."""
        statement = (
            sa.select(invoice.c.id)
            .join(consignment, consignment.c.invoice_id == invoice.c.id)
            .where(invoice.c.buyer_id.in_(buyer_ids), consignment.c.due)
            .distinct()
        )
        return [int(row.id) for row in self.connection.execute(statement)]

    def listed(self, *, doubles_only: bool, limit: int = 1000) -> list[ListedBuyer]:
        """List buyers by portal and ИНН, those first who share them."""
        double = is_double().label("double")
        names = ("id", "entity", "entity_id", "wire_id", "name", "inn", "kpp", "joined_id")
        statement = sa.select(
            *(buyer.c[name] for name in names), portal.c.name.label("portal"), portal.c.host, double
        ).join(portal, portal.c.id == buyer.c.portal_id)
        if doubles_only:
            statement = statement.where(sa.or_(is_double(), buyer.c.joined_id.is_not(None)))
        order: tuple[sa.ColumnElement[Any], ...] = (
            sa.desc("double"),
            portal.c.name,
            buyer.c.joined_id,
            buyer.c.inn,
            buyer.c.kpp,
            buyer.c.id,
        )
        rows = self.connection.execute(statement.order_by(*order).limit(limit)).mappings()
        return [ListedBuyer(**(dict(row) | {"double": bool(row["double"])})) for row in rows]

    # --- 1C's own counterparties ---

    def note_onec(self, node_id: int, parties: Iterable[Mapping[str, object]], now: dt.datetime) -> int:
        """Keep counterparties of a node's 1C by their ids; return how many."""
        wanted = {str(one["onec_id"]): one for one in parties}
        known: dict[str, int] = {}
        for batch in pieces(wanted):
            rows = self.connection.execute(
                sa.select(onec_party.c.id, onec_party.c.onec_id).where(
                    onec_party.c.node_id == node_id, onec_party.c.onec_id.in_(batch)
                )
            )
            known |= {row.onec_id: row.id for row in rows}
        self._update_rows(
            onec_party, ((known[key], {**one, "seen_at": now}) for key, one in wanted.items() if key in known)
        )
        new = [{**one, "node_id": node_id, "seen_at": now} for key, one in wanted.items() if key not in known]
        if new:
            self.connection.execute(sa.insert(onec_party), new)
        return len(wanted)

    def onec_of_invoice(self, invoice_id: int) -> list[OnecParty]:
        """Return 1C's counterparties, at any node, with the ИНН of an invoice's buyer and no other КПП."""
        statement = (
            sa.select(onec_party)
            .join(
                buyer,
                (buyer.c.inn == onec_party.c.inn)
                & (buyer.c.inn != "")
                & sa.or_(buyer.c.kpp == onec_party.c.kpp, buyer.c.kpp == "", onec_party.c.kpp == ""),
            )
            .join(invoice, invoice.c.buyer_id == buyer.c.id)
            .where(invoice.c.id == invoice_id)
            .order_by(onec_party.c.node_id, onec_party.c.id)
            .limit(20)
        )
        return self._all(OnecParty, statement)

    def onec_counts(self) -> dict[str, int]:
        """Return by node how many counterparties its 1C has told of."""
        statement = (
            sa.select(node.c.name, sa.func.count())
            .select_from(onec_party)
            .join(node, node.c.id == onec_party.c.node_id)
        )
        rows = self.connection.execute(statement.group_by(node.c.name).order_by(node.c.name))
        return {name: int(count) for name, count in rows}

    def onec_by_inn(self, node_id: int, inn: str, kpp: str) -> list[OnecParty]:
        """Return 1C's counterparties with this ИНН and КПП that are not marked for deletion.

        Without any, those where one side has no КПП: managers and accountants leave it out.
        """
        if not inn:
            return []
        statement = sa.select(onec_party).where(
            onec_party.c.node_id == node_id, onec_party.c.inn == inn, onec_party.c.deleted.is_(False)
        )
        found = self._all(OnecParty, statement.order_by(onec_party.c.id))
        exact = [one for one in found if one.kpp == kpp]
        return exact or [one for one in found if not (one.kpp and kpp)]


def is_double() -> sa.ColumnElement[bool]:
    """Tell whether another buyer of the portal has this one's ИНН and КПП and is not joined with it.

    A card without КПП is the firm of that ИНН where the portal knows one КПП only; of several branches it may be any.
    """
    other, third = buyer.alias("other"), buyer.alias("third")
    apart = sa.or_(buyer.c.joined_id.is_(None), other.c.joined_id.is_(None), buyer.c.joined_id != other.c.joined_id)
    branch = (
        sa.exists()
        .where(
            third.c.portal_id == buyer.c.portal_id,
            third.c.inn == buyer.c.inn,
            third.c.kpp.not_in(("", buyer.c.kpp, other.c.kpp)),
        )
        .correlate(buyer, other)
    )
    return (buyer.c.inn != "") & sa.exists().where(
        other.c.portal_id == buyer.c.portal_id,
        other.c.inn == buyer.c.inn,
        other.c.id != buyer.c.id,
        sa.or_(other.c.kpp == buyer.c.kpp, sa.or_(buyer.c.kpp == "", other.c.kpp == "") & ~branch),
        apart,
    )


def firm_kpp() -> sa.ColumnElement[str]:
    """Return a buyer's КПП, for one without it the only one its portal knows of that ИНН, else ``""``."""
    third = buyer.alias("of_firm")
    only = (
        sa.select(sa.func.max(third.c.kpp))
        .where(third.c.portal_id == buyer.c.portal_id, third.c.inn == buyer.c.inn, third.c.kpp != "")
        .having(sa.func.count(sa.distinct(third.c.kpp)) == 1)
        .scalar_subquery()
    )
    return sa.func.coalesce(sa.func.nullif(buyer.c.kpp, ""), only, "")
