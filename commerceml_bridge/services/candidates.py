"""The invoices some returned documents may mean, read at once; which of them each document means.

Kept up to date while the documents are decided: the next document of a file meets what this one has just told. Must not
decide what a document says (``services.applying``). Facts: decision 21.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from commerceml_bridge.db.consignments import CandidateRow
from commerceml_bridge.db.rows import ConsignmentRow, NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import matching
from commerceml_bridge.domain.identity import invoice_id, parse_invoice_id
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind
from commerceml_bridge.domain.returned import ReturnedDocument


class Candidates:
    """Invoices of a node that share a key with any of the documents, and their state at every node in service."""

    def __init__(self, uow: UnitOfWork, node: NodeRow, documents: Iterable[ReturnedDocument]) -> None:
        self.rows = {row.consignment_id: row for row in _found(uow, node, documents)}
        self._meant = {row_id: _as_candidate(row) for row_id, row in self.rows.items()}
        self._by_key: dict[str, set[int]] = defaultdict(set)
        for row_id, one in self._meant.items():
            for key in (one.own_id, one.onec_id or "", matching.number_key(one.number)):
                self._by_key[key].add(row_id)
        self.at_nodes = uow.consignments.in_service(row.invoice_id for row in self.rows.values())
        """by invoice: its state at every node, as the documents decided so far have left it"""

    def match(self, document: ReturnedDocument) -> matching.Match | matching.NoMatch:
        """Tell which invoice a document means."""
        wanted = matching.keys(document)
        keys = {*wanted.own_ids, *wanted.onec_ids, *(matching.number_key(number) for number in wanted.numbers)}
        ids = {row_id for key in keys for row_id in self._by_key.get(key, ())}
        return matching.match(document, [self._meant[row_id] for row_id in sorted(ids)])

    def state(self, row: CandidateRow) -> ConsignmentRow:
        """Return the state of a candidate at this node."""
        return next(one for one in self.at_nodes[row.invoice_id] if one.id == row.consignment_id)

    def changed(self, after: ConsignmentRow) -> None:
        """Take over what a document made of its invoice."""
        mine = self.at_nodes[after.invoice_id]
        mine[:] = [after if one.id == after.id else one for one in mine]
        if after.onec_id:
            self._meant[after.id] = replace(self._meant[after.id], onec_id=after.onec_id)
            self._by_key[after.onec_id].add(after.id)


def _found(uow: UnitOfWork, node: NodeRow, documents: Iterable[ReturnedDocument]) -> list[CandidateRow]:
    wanted = [matching.keys(document) for document in documents]
    own = [parsed for one in wanted for text in one.own_ids if (parsed := parse_invoice_id(text))]
    return uow.consignments.candidates(
        node.id,
        keys=[(key.kind.value, key.id) for code, key in own if code == node.portal_code],
        numbers={number for one in wanted for number in one.numbers},
        onec_ids={onec_id for one in wanted for onec_id in one.onec_ids},
    )


def _as_candidate(row: CandidateRow) -> matching.Candidate:
    return matching.Candidate(
        invoice_id=row.consignment_id,
        own_id=invoice_id(row.portal_code, InvoiceKey(InvoiceKind(row.kind), row.b24_id)),
        number=row.number,
        date=row.date,
        onec_id=row.onec_id or None,
    )
