"""Portals, nodes and operators: who talks to whom."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer, columns
from commerceml_bridge.db.rows import InvoiceRow, NodeRow, OperatorRow, PortalRow
from commerceml_bridge.db.tables import (
    bucket,
    consignment,
    fetch_problem,
    invoice,
    job,
    node,
    operating,
    operator,
    portal,
    turn,
)
from commerceml_bridge.domain import codec
from commerceml_bridge.domain.nodes import NodeOptions


class Portals(Drawer):
    """Bitrix24 portals."""

    def add(self, **values: object) -> int:
        """Insert a portal and return its id."""
        return self._insert(portal, **values)

    def by_name(self, name: str) -> PortalRow | None:
        """Return the portal called ``name``."""
        return self._one(PortalRow, sa.select(portal).where(portal.c.name == name))

    def by_id(self, portal_id: int) -> PortalRow:
        """Return the portal with this id, which must exist."""
        row = self._one(PortalRow, sa.select(portal).where(portal.c.id == portal_id))
        assert row is not None, portal_id  # noqa: S101 - a foreign key guarantees it
        return row

    def all(self) -> list[PortalRow]:
        """Return every portal by name."""
        return self._all(PortalRow, sa.select(portal).order_by(portal.c.name))

    def lock(self, portal_id: int) -> None:
        """Make other writers of this portal's invoices and nodes wait until this transaction ends.

        Taken first by everyone who settles consignments, so that fetching, exchanges and operators neither miss each
        other's rows nor deadlock. Rows that only refer to the portal are not kept waiting.
        """
        self.connection.execute(sa.select(portal.c.id).where(portal.c.id == portal_id).with_for_update(key_share=True))

    def update(self, portal_id: int, **values: object) -> None:
        """Change columns of a portal."""
        self._update(portal, portal_id, **values)

    def count_events(self, portal_id: int, events: int, ignored: int) -> None:
        """Add to what a portal has told of changes."""
        self.connection.execute(
            sa.update(portal)
            .where(portal.c.id == portal_id)
            .values(events=portal.c.events + events, events_ignored=portal.c.events_ignored + ignored)
        )

    def remove(self, portal_id: int) -> None:
        """Delete a portal without history (the caller checks), and what fetching from it has left behind."""
        for table in (job, fetch_problem, bucket, operating, turn):
            self.connection.execute(sa.delete(table).where(table.c.portal_id == portal_id))
        self.connection.execute(sa.delete(portal).where(portal.c.id == portal_id))

    def has_history(self, portal_id: int) -> bool:
        """Tell whether the portal ever had invoices or nodes; a removed node counts: its sessions are evidence."""
        return bool(
            self._count(node, node.c.portal_id == portal_id) or self._count(invoice, invoice.c.portal_id == portal_id)
        )

    def sample(self, portal_id: int, count: int) -> list[InvoiceRow]:
        """Return the invoices of a portal that changed last, ``count`` at most."""
        statement = sa.select(invoice).where(invoice.c.portal_id == portal_id)
        return self._all(InvoiceRow, statement.order_by(invoice.c.updated_at.desc(), invoice.c.id.desc()).limit(count))


class Operators(Drawer):
    """People who may see the pages."""

    def add(self, login: str, password_hash: str, role: str, now: dt.datetime) -> int:
        """Insert an operator."""
        return self._insert(operator, login=login, password_hash=password_hash, role=role, created_at=now)

    def by_login(self, login: str) -> OperatorRow | None:
        """Return the operator with this login."""
        return self._one(OperatorRow, sa.select(operator).where(operator.c.login == login))

    def by_id(self, operator_id: int) -> OperatorRow | None:
        """Return the operator with this id."""
        return self._one(OperatorRow, sa.select(operator).where(operator.c.id == operator_id))

    def all(self) -> list[OperatorRow]:
        """Return every operator by login."""
        return self._all(OperatorRow, sa.select(operator).order_by(operator.c.login))

    def set_password(self, operator_id: int, password_hash: str) -> None:
        """Replace the password."""
        self._update(operator, operator_id, password_hash=password_hash)

    def set_role(self, operator_id: int, role: str) -> None:
        """Replace the role."""
        self._update(operator, operator_id, role=role)

    def remove(self, operator_id: int) -> None:
        """Delete the operator."""
        self.connection.execute(sa.delete(operator).where(operator.c.id == operator_id))


_NODES = (
    sa.select(
        *columns(node, "from_date", "client", "prefix", "options", "removed_at"),
        node.c.from_date,
        node.c.client,
        node.c.prefix,
        node.c.options,
        portal.c.name.label("portal_name"),
        portal.c.code.label("portal_code"),
        portal.c.info.label("portal_info"),
    )
    .join(portal, portal.c.id == node.c.portal_id)
    .where(node.c.removed_at.is_(None))
)


_NODE_BY_ID = _NODES.where(node.c.id == sa.bindparam("id"))
_NODE_BY_LOGIN = _NODES.where(node.c.login == sa.bindparam("login"))


class Nodes(Drawer):
    """Exchange nodes. A removed node keeps its history and frees its name and login."""

    def add(self, options: NodeOptions, **values: object) -> int:
        """Insert a node and return its id."""
        return self._insert(node, **values, **_stored(options))

    def by_name(self, name: str) -> NodeRow | None:
        """Return the node called ``name``."""
        return self._first(_NODES.where(node.c.name == name))

    def by_login(self, login: str) -> NodeRow | None:
        """Return the node 1C logs in to with ``login``."""
        return self._first(_NODE_BY_LOGIN, login=login)

    def by_id(self, node_id: int) -> NodeRow | None:
        """Return the node with this id unless it was removed."""
        return self._first(_NODE_BY_ID, id=node_id)

    def all(self, portal_id: int | None = None) -> list[NodeRow]:
        """Return all nodes by name, or those of one portal."""
        statement = _NODES.order_by(node.c.name)
        if portal_id is not None:
            statement = statement.where(node.c.portal_id == portal_id)
        return [_node(row) for row in self.connection.execute(statement).mappings()]

    def update(self, node_id: int, **values: object) -> None:
        """Change columns of a node."""
        self._update(node, node_id, **values)

    def refused_at(self, node_id: int) -> dt.datetime | None:
        """Return when a document of the node was last held because 1C refuses it."""
        moment: dt.datetime | None = self.connection.execute(
            sa.select(node.c.refused_at).where(node.c.id == node_id)
        ).scalar_one()
        return moment

    def set_options(self, node_id: int, options: NodeOptions) -> None:
        """Replace the options of a node."""
        self._update(node, node_id, **_stored(options))

    def remove(self, row: NodeRow, now: dt.datetime) -> None:
        """Take a node out of service; its history stays, its login and name are free again."""
        mark = f"#{row.id}"
        self._update(node, row.id, removed_at=now, name=row.name + mark, login=row.login + mark, password_hash="")
        self.connection.execute(sa.update(consignment).where(consignment.c.node_id == row.id).values(due=False))

    def _first(self, statement: sa.Select[*tuple[Any, ...]], **parameters: object) -> NodeRow | None:
        row = self.connection.execute(statement, parameters).mappings().first()
        return None if row is None else _node(row)


_OWN_COLUMNS = ("from_date", "client", "prefix")
"""Options that are columns of their own; the rest is JSON, whatever fields there are."""


def _stored(options: NodeOptions) -> dict[str, object]:
    rest = {name: value for name, value in codec.encode(options).items() if name not in _OWN_COLUMNS}
    return {
        "from_date": options.from_date,
        "client": options.client.value,
        "prefix": options.prefix,
        "options": json.dumps(rest, ensure_ascii=False, sort_keys=True),
    }


def _node(row: sa.RowMapping) -> NodeRow:
    values = dict(row)
    own = {name: codec.encode(values.pop(name)) for name in _OWN_COLUMNS}
    options = codec.decode(NodeOptions, json.loads(values.pop("options")) | own)
    return NodeRow(options=options, **values)
