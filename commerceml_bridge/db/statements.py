"""Bank statements: files, documents, and the invoices each is taken for."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer, columns, pieces
from commerceml_bridge.db.tables import consignment, invoice, node, statement, statement_document, statement_share
from commerceml_bridge.db.types import Money


@dataclass(frozen=True)
class StatementRow:
    """An uploaded file without its bytes."""

    id: int
    node_id: int
    filename: str
    state: str
    error: str
    code_page: str
    since: dt.date | None
    until: dt.date | None
    documents: int
    repeated: int
    problems: str
    uploaded_by: str
    created_at: dt.datetime
    erased_at: dt.datetime | None

    @property
    def problem_lines(self) -> list[tuple[int, str]]:
        """(line, text) of what could not be read."""
        return [(line, text) for line, text in json.loads(self.problems)]


@dataclass(frozen=True)
class DocumentRow:
    """One document of the bank."""

    id: int
    statement_id: int
    node_id: int
    fingerprint: str
    line: int
    kind: str
    number: str
    date: dt.date
    booked_on: dt.date | None
    amount: Decimal
    currency: str
    direction: str
    payer: str
    payer_inn: str
    payer_account: str
    payee: str
    payee_inn: str
    payee_account: str
    purpose: str
    refund: bool
    state: str
    reason: str
    decided_by: str
    decided_at: dt.datetime | None
    created_at: dt.datetime


@dataclass(frozen=True)
class ShareRow:
    """Part of a document for one invoice."""

    id: int
    document_id: int
    consignment_id: int
    invoice_id: int
    invoice_number: str
    invoice_date: dt.date
    invoice_total: Decimal
    counterparty: str
    amount: Decimal
    reasons: str
    confidence: int
    state: str


@dataclass(frozen=True)
class PayableRow:
    """A delivered invoice a payment may mean."""

    consignment_id: int
    invoice_id: int
    number: str
    printed: str
    date: dt.date
    inn: str
    total: Decimal
    currency: str
    paid: Decimal
    """by statements so far"""


class Statements(Drawer):
    """Files of banks and what became of their documents."""

    def add(self, **values: object) -> int:
        """Keep a file and return its id."""
        return self._insert(statement, **values)

    def update(self, statement_id: int, **values: object) -> None:
        """Change columns of a file."""
        self._update(statement, statement_id, **values)

    def by_id(self, statement_id: int) -> StatementRow | None:
        """Return a file without its bytes."""
        return self._one(StatementRow, sa.select(*columns(statement, "body")).where(statement.c.id == statement_id))

    def body(self, statement_id: int) -> bytes:
        """Return the bytes of a file."""
        found: bytes = self.connection.execute(
            sa.select(statement.c.body).where(statement.c.id == statement_id)
        ).scalar_one()
        return found

    def of_node(self, node_id: int, limit: int = 50) -> list[StatementRow]:
        """Return the newest files of a node."""
        chosen = sa.select(*columns(statement, "body")).where(statement.c.node_id == node_id)
        return self._all(StatementRow, chosen.order_by(statement.c.id.desc()).limit(limit))

    def known(self, node_id: int, fingerprints: Iterable[str]) -> dict[str, DocumentRow]:
        """Return by fingerprint the documents the node has already."""
        found: dict[str, DocumentRow] = {}
        for some in pieces(fingerprints):
            chosen = sa.select(statement_document).where(
                statement_document.c.node_id == node_id, statement_document.c.fingerprint.in_(some)
            )
            found |= {row.fingerprint: row for row in self._all(DocumentRow, chosen)}
        return found

    def add_document(self, shares: Sequence[Mapping[str, object]], **values: object) -> int:
        """Keep a document and its shares."""
        made = self._insert(statement_document, **values)
        self._add_shares(made, shares)
        return made

    def retry_document(self, document_id: int, shares: Sequence[Mapping[str, object]], **values: object) -> None:
        """Weigh a document anew: its former shares go."""
        self.connection.execute(sa.delete(statement_share).where(statement_share.c.document_id == document_id))
        self._update(statement_document, document_id, **values)
        self._add_shares(document_id, shares)

    def _add_shares(self, document_id: int, shares: Sequence[Mapping[str, object]]) -> None:
        if shares:
            rows = [{"document_id": document_id, **share} for share in shares]
            self.connection.execute(sa.insert(statement_share), rows)

    def document(self, document_id: int) -> DocumentRow | None:
        """Return one document; its row is locked for the rest of the transaction."""
        chosen = sa.select(statement_document).where(statement_document.c.id == document_id).with_for_update()
        return self._one(DocumentRow, chosen)

    def documents(
        self, node_id: int, *, states: Collection[str] = (), statement_id: int | None = None, limit: int = 200
    ) -> list[DocumentRow]:
        """Return documents of a node, newest first, narrowed by state or file."""
        chosen = sa.select(statement_document).where(statement_document.c.node_id == node_id)
        if states:
            chosen = chosen.where(statement_document.c.state.in_(states))
        if statement_id is not None:
            chosen = chosen.where(statement_document.c.statement_id == statement_id)
        return self._all(DocumentRow, chosen.order_by(statement_document.c.id.desc()).limit(limit))

    def counts(self, node_id: int) -> dict[str, int]:
        """Count the node's documents by state."""
        rows = self.connection.execute(
            sa.select(statement_document.c.state, sa.func.count())
            .where(statement_document.c.node_id == node_id)
            .group_by(statement_document.c.state)
        )
        return {state: int(number) for state, number in rows}

    def decide(self, document_id: int, **values: object) -> None:
        """Change columns of a document."""
        self._update(statement_document, document_id, **values)

    def set_shares(self, document_id: int, state: str, *, only: Collection[int] | None = None) -> None:
        """Change the state of a document's shares (of those in ``only``)."""
        changed = sa.update(statement_share).where(statement_share.c.document_id == document_id)
        if only is not None:
            changed = changed.where(statement_share.c.id.in_(only))
        self.connection.execute(changed.values(state=state))

    def shares(self, document_ids: Iterable[int]) -> dict[int, list[ShareRow]]:
        """Return by document what it is taken for, the surest first."""
        found: dict[int, list[ShareRow]] = defaultdict(list)
        for some in pieces(document_ids):
            chosen = _SHARES.where(statement_share.c.document_id.in_(some))
            for row in self._all(ShareRow, chosen.order_by(statement_share.c.confidence.desc(), statement_share.c.id)):
                found[row.document_id].append(row)
        return found

    def payable(
        self, node_id: int, *, words: Iterable[str] = (), digits: Iterable[int] = (), inns: Iterable[str] = ()
    ) -> list[PayableRow]:
        """Return delivered invoices by number on the wire, printed number, digits, or the counterparty's ИНН."""
        conditions: list[sa.ColumnElement[bool]] = []
        conditions += [consignment.c.number.in_(some) for some in pieces(words)]
        conditions += [invoice.c.number.in_(some) for some in pieces(words)]
        conditions += [consignment.c.digits.in_(some) for some in pieces(digits)]
        conditions += [invoice.c.inn.in_(some) for some in pieces(inns)]
        found: dict[int, PayableRow] = {}
        for condition in conditions:
            rows = self._all(PayableRow, _PAYABLE.where(consignment.c.node_id == node_id, condition))
            found |= {row.consignment_id: row for row in rows}
        return [found[key] for key in sorted(found)]

    def waiting(self) -> list[tuple[int, str, int]]:
        """Return (node id, node, proposals) of nodes where payments wait for a person."""
        rows = self.connection.execute(
            sa.select(node.c.id, node.c.name, sa.func.count())
            .join(statement_document, statement_document.c.node_id == node.c.id)
            .where(statement_document.c.state == "proposed", node.c.removed_at.is_(None))
            .group_by(node.c.id, node.c.name)
        )
        return [(int(node_id), name, int(count)) for node_id, name, count in rows]


_SHARES = (
    sa.select(
        *columns(statement_share),
        consignment.c.invoice_id,
        invoice.c.number.label("invoice_number"),
        invoice.c.date.label("invoice_date"),
        invoice.c.total.label("invoice_total"),
        invoice.c.counterparty,
    )
    .join(consignment, consignment.c.id == statement_share.c.consignment_id)
    .join(invoice, invoice.c.id == consignment.c.invoice_id)
)
_SIGNED = sa.case((statement_document.c.refund, -statement_share.c.amount), else_=statement_share.c.amount)
_PAID = (
    sa.select(sa.func.coalesce(sa.func.sum(_SIGNED), 0))
    .join(statement_document, statement_document.c.id == statement_share.c.document_id)
    .where(statement_share.c.consignment_id == consignment.c.id, statement_share.c.state == "applied")
    .correlate(consignment)
    .scalar_subquery()
)
_PAYABLE = (
    sa.select(
        consignment.c.id.label("consignment_id"),
        consignment.c.invoice_id,
        consignment.c.number,
        invoice.c.number.label("printed"),
        invoice.c.date,
        invoice.c.inn,
        invoice.c.total,
        invoice.c.currency,
        sa.type_coerce(_PAID, Money).label("paid"),
    )
    .join(invoice, invoice.c.id == consignment.c.invoice_id)
    .where(consignment.c.first_served_at.is_not(None), consignment.c.number.is_not(None))
)
