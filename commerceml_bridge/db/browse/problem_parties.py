"""Problems of portals, nodes, people told and buyers: sources that are few rows each (see ``problems``)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from commerceml_bridge.db.browse.problem_columns import as_text, columns
from commerceml_bridge.db.buyers import firm_kpp, is_double
from commerceml_bridge.db.tables import (
    alert,
    buyer,
    consignment,
    node,
    notifier,
    odata_source,
    payment_fact,
    portal,
    statement_document,
)
from commerceml_bridge.db.types import UtcDateTime
from commerceml_bridge.domain.alerts import AlertKind
from commerceml_bridge.domain.facts import FactKind

_OF_THEIR_OWN = (AlertKind.SILENT.value, AlertKind.UNCONFIRMED.value, AlertKind.PORTAL.value)
"""Alerts that no other source of problems says already."""


def _doubles() -> sa.Select[Any]:
    """One problem for each firm: its cards with their addresses in Bitrix24."""
    cards = sa.select(buyer, firm_kpp().label("firm_kpp")).where(is_double()).subquery("cards")
    one = cards.c
    address = sa.literal("https://") + portal.c.host + "/crm/" + one.entity + "/details/" + as_text(one.entity_id)
    card = sa.literal("«") + one.name + "» (№ " + as_text(one.id) + ", " + address + "/)"
    values = columns(
        "buyer",
        code=sa.literal("doubles", sa.Text),
        id=sa.func.min(one.id),
        title=sa.literal("ИНН ") + one.inn + sa.case((one.firm_kpp != "", ", КПП " + one.firm_kpp), else_=""),
        reason=sa.func.aggregate_strings(card, "; "),
        at=sa.func.max(one.seen_at, type_=UtcDateTime),
        portal=portal.c.name,
    )
    return (
        sa.select(*values)
        .join(portal, portal.c.id == one.portal_id)
        .group_by(portal.c.id, portal.c.name, one.inn, one.firm_kpp)
    )


def _portals() -> sa.Select[Any]:
    values = columns(
        "portal",
        code=sa.literal("portal", sa.Text),
        id=portal.c.id,
        title=portal.c.name,
        reason=portal.c.last_error,
        at=portal.c.fetched_at,
        portal=portal.c.name,
    )
    return sa.select(*values).where(portal.c.last_error != "")


def _bases() -> sa.Select[Any]:
    values = columns(
        "odata",
        code=odata_source.c.error_code,
        id=node.c.id,
        title=node.c.name,
        reason=odata_source.c.error,
        at=odata_source.c.tried_at,
        node=node.c.name,
    )
    chosen = sa.select(*values).select_from(odata_source).join(node, node.c.id == odata_source.c.node_id)
    return chosen.where(odata_source.c.error != "", odata_source.c.failures > 1, node.c.removed_at.is_(None))


def _payments() -> sa.Select[Any]:
    one = statement_document
    values = columns(
        "bank",
        code=sa.literal("proposed", sa.Text),
        id=one.c.id,
        node_id=node.c.id,
        title=one.c.number + sa.literal(" ") + one.c.payer,
        reason=one.c.reason,
        at=one.c.created_at,
        node=node.c.name,
    )
    chosen = sa.select(*values).select_from(one).join(node, node.c.id == one.c.node_id)
    return chosen.where(one.c.state == "proposed", node.c.removed_at.is_(None))


def _alerts() -> sa.Select[Any]:
    values = columns(
        "alert",
        code=alert.c.kind,
        id=alert.c.id,
        title=alert.c.subject,
        reason=alert.c.text,
        at=alert.c.began_at,
        node=sa.func.coalesce(node.c.name, ""),
        node_id=node.c.id,
    )
    of_node = sa.and_(
        node.c.name == alert.c.subject, node.c.removed_at.is_(None), alert.c.kind != AlertKind.PORTAL.value
    )
    chosen = sa.select(*values).select_from(alert).outerjoin(node, of_node)
    return chosen.where(alert.c.ended_at.is_(None), alert.c.kind.in_(_OF_THEIR_OWN))


def _untold() -> sa.Select[Any]:
    values = columns(
        "untold",
        code=sa.case((alert.c.told_by != "", "partly"), else_="untold"),
        id=alert.c.id,
        title=alert.c.kind + sa.literal(" ") + alert.c.subject,
        reason=alert.c.error,
        at=alert.c.began_at,
    )
    return sa.select(*values).where(alert.c.ended_at.is_(None), alert.c.told_at.is_(None), alert.c.error != "")


def _uncalled() -> sa.Select[Any]:
    """1C could not be called several times in a row: it comes by its own schedule only."""
    values = columns(
        "notifier",
        code=sa.literal("notifier", sa.Text),
        id=node.c.id,
        title=node.c.name,
        reason=sa.literal("Вызовов подряд без ответа: ", sa.Text) + as_text(notifier.c.attempts),
        at=notifier.c.calling_since,
        node=node.c.name,
        node_id=node.c.id,
    )
    chosen = sa.select(*values).select_from(notifier).join(node, node.c.id == notifier.c.node_id)
    return chosen.where(notifier.c.attempts > _CALLS, node.c.removed_at.is_(None))


_CALLS = 2


def _statuses() -> sa.Select[Any]:
    """Statuses 1C has told of orders at a node that has rules for statuses, but none for these."""
    rules = node.c.options.contains('"situation": "status"')
    named = [
        sa.func.lower(node.c.options).contains(sa.func.lower(sa.literal('"status": "') + one + sa.literal('"')))
        for one in (payment_fact.c.status_id, payment_fact.c.text)
    ]
    values = columns(
        "status",
        code=sa.literal("status", sa.Text),
        id=sa.func.min(payment_fact.c.id),
        title=payment_fact.c.text,
        reason=sa.literal("Счетов с этим статусом: ", sa.Text)
        + as_text(sa.func.count(payment_fact.c.consignment_id.distinct())),
        at=sa.func.max(payment_fact.c.last_at, type_=UtcDateTime),
        node=node.c.name,
        node_id=node.c.id,
    )
    return (
        sa.select(*values)
        .select_from(node)
        .join(consignment, consignment.c.node_id == node.c.id)
        .join(payment_fact, payment_fact.c.consignment_id == consignment.c.id)
        .where(node.c.removed_at.is_(None), rules, payment_fact.c.kind == FactKind.STATUS.value, payment_fact.c.holds)
        .where(payment_fact.c.text != "", *(~one for one in named))
        .group_by(node.c.id, node.c.name, payment_fact.c.status_id, payment_fact.c.text)
    )


SOURCES = {
    "status": _statuses,
    "buyer": _doubles,
    "portal": _portals,
    "odata": _bases,
    "bank": _payments,
    "alert": _alerts,
    "untold": _untold,
    "notifier": _uncalled,
}
