"""Some hundred returned documents in one transaction: known facts are read at once, outcomes stored at once.

Each document stands alone all the same: if they cannot be stored together they are taken one by one.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from commerceml_bridge.db.returned import Known
from commerceml_bridge.db.rows import NodeRow, UploadRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.family_switches import switches
from commerceml_bridge.domain.matching import OF_AN_ORDER, NoMatch
from commerceml_bridge.domain.returned import BrokenDocument, ReturnedDocument, ReturnedItem
from commerceml_bridge.domain.strangers import NOT_OUR_PAYMENT, NOT_OUR_SHIPMENT, unknown_operation
from commerceml_bridge.errors import DatabaseUnavailable
from commerceml_bridge.services import foreigners
from commerceml_bridge.services.announcing import announce
from commerceml_bridge.services.applying import Outcome, apply
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.candidates import Candidates
from commerceml_bridge.services.jobs import WRITEBACK
from commerceml_bridge.services.ledger import Pages, unpaid
from commerceml_bridge.services.repeats import content_hash, kept_before, last_known, moves, says_the_same
from commerceml_bridge.services.settling import CONFLICT, Outbox, settle, stored_numbers

log = logging.getLogger(__name__)
LATER = 1000
"""Payments and shipments of one file kept until its orders have been read; 1C writes them behind their order."""


@dataclass
class Summary:
    """What became of a file's documents."""

    documents: int = 0
    repeated: int = 0
    empty_containers: list[int] = field(default_factory=list)
    """lines of containers without a document"""
    passed_over: dict[str, None] = field(default_factory=dict)
    """names under the root that this exchange does not read"""
    set_aside: list[str] = field(default_factory=list)
    """a Russian line for each quarantined document"""


@dataclass
class Batch:
    """Some hundred documents in one transaction.

    All of them together first; if anything unforeseen happens, each by itself, so that the one it is about is
    quarantined and the others are not.
    """

    uow: UnitOfWork
    bridge: Bridge
    node: NodeRow
    upload: UploadRow
    formed_at: str
    summary: Summary
    burst_id: int | None = None
    """what the file sets off is held until it is weighed as a whole"""
    later: list[tuple[str, ReturnedItem]] | None = None
    """takes payments and shipments whose order may stand further down, each with ``formed_at``; ``None``: not asked"""

    def run(self, items: Sequence[ReturnedItem]) -> None:
        """Take all documents; nothing but a database that is gone gets out of here."""
        self.uow.portals.lock(self.node.portal_id)
        self.summary.documents += len(items)
        if self._attempt(items) is None:
            return
        for item in items:
            error = self._attempt([item])
            if error is not None:
                self._set_aside_alone(item, error)

    def _attempt(self, items: Sequence[ReturnedItem]) -> Exception | None:
        try:
            with self.uow.savepoint():
                documents = Documents(self, items)
                documents.decide()
                documents.store()
        except DatabaseUnavailable:
            raise
        except Exception as error:  # whatever one document does must not touch the others
            log.exception("upload %s: %s documents could not be taken", self.upload.id, len(items))
            return error
        self.summary.repeated += documents.repeated
        self.summary.set_aside += documents.set_aside
        if self.later is not None:
            self.later += [(self.formed_at, item) for item in documents.later]
            self.summary.documents -= len(documents.later)  # they come again
        return None

    def _set_aside_alone(self, item: ReturnedItem, error: Exception) -> None:
        reason = f"Документ не удалось обработать ({type(error).__name__}). Он сохранён, сообщите разработчикам."
        self.summary.set_aside.append(line(item, reason))
        values = {"state": "quarantined", "code": "internal", "reason": reason}
        safe = {"document_id": item.document.id[:100].replace("\0", ""), "number": item.document.number[:100]}
        self.uow.returned.add_many([row_of(self, item, values) | safe | {"date": None, "amount": None}])


class Documents:
    """Some documents of a batch: what is known of them is read at once, and stored at once."""

    def __init__(self, batch: Batch, items: Sequence[ReturnedItem]) -> None:
        self.batch = batch
        self.uow = batch.uow
        self.items = items
        self.repeated = 0
        self.set_aside: list[str] = []
        self.later: list[ReturnedItem] = []
        documents = [item.document for item in items if isinstance(item.document, ReturnedDocument)]
        self.candidates = Candidates(batch.uow, batch.node, documents)
        self.pages = Pages(self.uow, self.candidates.rows, batch.bridge.clock(), batch.node.options.policy)
        self.outcomes: list[tuple[ReturnedItem, Outcome]] = []

    # --- deciding ---

    def decide(self) -> None:
        """Decide about every document; those that say nothing new are only counted.

        Orders come first: a payment may name one by 1C's id that only the order itself tells.
        """
        contents = [content_hash(item) for item in self.items]
        known = last_known(self.uow, self.batch.node.id, self.items, contents)
        for item, content, last in sorted(
            zip(self.items, contents, known, strict=True), key=lambda one: _hangs_on_an_order(one[0])
        ):
            self._decide(item, content, last)

    def _decide(self, item: ReturnedItem, content: str, last: Known | None) -> None:
        same = says_the_same(last, content)
        if same and item.document.id and not self.batch.formed_at:
            self.repeated += 1
            return
        outcome = self._outcome(item)
        if self._may_belong_to_a_later_order(item, outcome):
            self.later.append(item)
            return
        waits = outcome.returned["state"] == "quarantined"
        if same and not outcome.made and not waits and not moves(outcome):
            self.repeated += 1
            return
        outcome.returned["content_hash"] = content
        if kept := kept_before(last, outcome):
            self.repeated += 1
        else:
            self.outcomes.append((item, outcome))
        if waits and not (last and last.resolved and kept):
            self.set_aside.append(line(item, outcome.returned["reason"]))

    def _outcome(self, item: ReturnedItem) -> Outcome:
        document = item.document
        if isinstance(document, BrokenDocument):
            return foreigners.quarantined(document.code, document.reason)
        if (unforeseen := unknown_operation(document)) is not None:
            return foreigners.informed(unforeseen)
        found = self.candidates.match(document)
        if isinstance(found, NoMatch):
            return foreigners.unmatched(self.uow, self.batch.node, document, found)
        candidate = self.candidates.rows[found.invoice_id]
        if not (candidate.served or candidate.adopted):
            proposed = foreigners.typed_by_hand(self.uow, self.batch.node, document)
            if proposed is not None:
                return proposed
        outcome = apply(
            document,
            found,
            candidate,
            self.candidates.state(candidate),
            self.pages,
            formed_at=self.batch.formed_at,
            now=self.batch.bridge.clock(),
            zero_is_none=switches(self.batch.node.options.client).inherits_document_rate,
        )
        if outcome.consignment is not None:
            self.candidates.changed(outcome.consignment)
        return outcome

    def _may_belong_to_a_later_order(self, item: ReturnedItem, outcome: Outcome) -> bool:
        """Tell a payment or shipment of nobody's whose order, named by 1C's id, may not have been read yet."""
        later = self.batch.later
        if later is None or len(later) + len(self.later) >= LATER or not isinstance(item.document, ReturnedDocument):
            return False
        return outcome.returned["code"] in {NOT_OUR_PAYMENT, NOT_OUR_SHIPMENT} and bool(item.document.basis.strip())

    # --- storing ---

    def store(self) -> None:
        """Write everything that was decided, queue or take back what Bitrix24 is to be told."""
        self._settle()
        ids = self.uow.returned.add_many([row_of(self.batch, item, one.returned) for item, one in self.outcomes])
        for returned_id, (_item, outcome) in zip(ids, self.outcomes, strict=True):
            for made in outcome.made:
                made.origin.update(returned_id=returned_id, session_id=self.batch.upload.session_id)
        self.pages.store()
        now = self.batch.bridge.clock()
        self.uow.journal.add_events(
            [
                {
                    "at": now,
                    "invoice_id": outcome.invoice_id,
                    "node_id": self.batch.node.id,
                    "kind": "returned",
                    "text": outcome.returned["reason"],
                    "returned_id": returned_id,
                }
                for returned_id, (_item, outcome) in zip(ids, self.outcomes, strict=True)
                if outcome.event
            ]
        )
        merged: dict[int, dict[str, object]] = {}
        for _item, outcome in self.outcomes:
            if outcome.consignment is not None and outcome.changes:
                merged[outcome.consignment.id] = merged.get(outcome.consignment.id, {}) | outcome.changes
        self.uow.consignments.update_rows(merged.items())

    def _numbers(self, consignment_id: int) -> list[str]:
        """Of payments, with those of this file: its pages are stored after it is settled."""
        if consignment_id in self.candidates.rows:
            return self.pages.numbers(consignment_id)
        return stored_numbers(self.uow, consignment_id)

    def _settle(self) -> None:
        """Settle every invoice a document spoke about; a contradiction is written on that document."""
        speaking = {one.invoice_id: one for _item, one in self.outcomes if one.speaks and one.invoice_id is not None}
        jobs = self.uow.jobs.last_of(speaking, WRITEBACK)
        totals = {row.invoice_id: row.total for row in self.candidates.rows.values()}
        outbox = Outbox(self.batch.burst_id, numbers=self._numbers)
        for about, outcome in speaking.items():
            contradiction = settle(
                self.uow,
                self.batch.bridge,
                self.batch.node,
                about,
                self.candidates.at_nodes[about],
                totals[about],
                jobs.get(about),
                outbox,
            )
            if contradiction:
                outcome.returned |= {"code": CONFLICT, "reason": contradiction}
        told = [outcome.told for _item, outcome in self.outcomes if outcome.told is not None]
        announce(self.uow, self.batch.bridge, self.batch.node, told, outbox)
        outbox.store(self.uow)
        taken_back = sum(unpaid(one.before, one.after) for one in told)
        if taken_back and self.batch.burst_id is not None:
            self.uow.bursts.count_unpaid(self.batch.burst_id, taken_back)


def _hangs_on_an_order(item: ReturnedItem) -> bool:
    return isinstance(item.document, ReturnedDocument) and item.document.operation in OF_AN_ORDER


def line(item: ReturnedItem, reason: str) -> str:
    """Return what 1C is told about a document that was set aside."""
    return f"№ {item.document.number or item.document.id or item.position}: {reason}"


def row_of(batch: Batch, item: ReturnedItem, values: Mapping[str, object]) -> dict[str, object]:
    """Return every column of a returned document's row: one statement takes them only if all rows name the same."""
    document = item.document
    known = document if isinstance(document, ReturnedDocument) else None
    return {
        "upload_id": batch.upload.id,
        "node_id": batch.node.id,
        "position": item.position,
        "operation": known.operation_name if known else "",
        "document_id": document.id,
        "number": document.number,
        "number_1c": known.number_1c.strip() if known else "",
        "proposed_id": None,
        "date": known.date if known else None,
        "amount": str(known.amount) if known and known.amount is not None else None,
        "xml": item.xml,
        "created_at": batch.bridge.clock(),
        "consignment_id": None,
        "matched_by": "",
        "decision": "",
        "reason": "",
        "code": "",
        "content_hash": values.get("content_hash") or content_hash(item),
        **values,
    }
