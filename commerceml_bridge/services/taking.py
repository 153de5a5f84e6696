"""Some hundred returned documents in one transaction: known facts are read at once, outcomes stored at once.

Each document stands alone all the same: if they cannot be stored together they are taken one by one.
"""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from commerceml_bridge.db.consignments import CandidateRow
from commerceml_bridge.db.returned import Known
from commerceml_bridge.db.rows import NodeRow, UploadRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import matching
from commerceml_bridge.domain.adoption import ADOPTABLE
from commerceml_bridge.domain.family_switches import switches
from commerceml_bridge.domain.identity import invoice_id, parse_invoice_id
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind
from commerceml_bridge.domain.returned import BrokenDocument, ReturnedDocument, ReturnedItem
from commerceml_bridge.domain.strangers import NOT_OUR_PAYMENT, NOT_OUR_SHIPMENT, unknown_operation
from commerceml_bridge.errors import DatabaseUnavailable
from commerceml_bridge.services import foreigners
from commerceml_bridge.services.announcing import announce
from commerceml_bridge.services.applying import Outcome, apply
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.jobs import WRITEBACK
from commerceml_bridge.services.ledger import Pages, unpaid
from commerceml_bridge.services.settling import CONFLICT, Outbox, settle

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
        self.contents = [hashlib.sha256(item.xml).hexdigest() for item in items]
        self.known = self._known()
        self.rows = {row.consignment_id: row for row in self._candidates(documents)}
        self.candidates = {row_id: _as_candidate(row) for row_id, row in self.rows.items()}
        self.places: dict[str, set[int]] = defaultdict(set)
        for row_id, one in self.candidates.items():
            for name in (one.own_id, one.onec_id or "", matching.number_key(one.number)):
                self.places[name].add(row_id)
        self.consignments = self.uow.consignments.in_service(row.invoice_id for row in self.rows.values())
        self.pages = Pages(self.uow, self.rows, batch.bridge.clock(), batch.node.options.policy)
        self.outcomes: list[tuple[ReturnedItem, Outcome]] = []

    def _known(self) -> dict[str, Known]:
        """Return the last thing known by 1C's id, or by the content of a document without one."""
        told = self.uow.returned.last_known(self.batch.node.id, (item.document.id for item in self.items))
        nameless = {content for item, content in self._with_content() if not item.document.id}
        return told | self.uow.returned.last_same(self.batch.node.id, nameless)

    def _with_content(self) -> Iterator[tuple[ReturnedItem, str]]:
        return zip(self.items, self.contents, strict=True)

    def _candidates(self, documents: Sequence[ReturnedDocument]) -> list[CandidateRow]:
        wanted = [matching.keys(document) for document in documents]
        own = [parsed for one in wanted for text in one.own_ids if (parsed := parse_invoice_id(text))]
        return self.uow.consignments.candidates(
            self.batch.node.id,
            keys=[(key.kind.value, key.id) for code, key in own if code == self.batch.node.portal_code],
            numbers={number for one in wanted for number in one.numbers},
            onec_ids={onec_id for one in wanted for onec_id in one.onec_ids},
        )

    # --- deciding ---

    def decide(self) -> None:
        """Decide about every document; those that say nothing new are only counted.

        Orders come first: a payment may name one by 1C's id that only the order itself tells.
        """
        for item, content in sorted(self._with_content(), key=_hangs_on_an_order):
            last = self.known.get(item.document.id or content)
            same = _says_the_same(last, content)
            if same and item.document.id and not self.batch.formed_at:
                self.repeated += 1
                continue
            outcome = self._outcome(item)
            if self._may_belong_to_a_later_order(item, outcome):
                self.later.append(item)
                continue
            if same and not outcome.made and outcome.returned["state"] != "quarantined" and not _moves(outcome):
                self.repeated += 1  # the ledger keeps that it was said again, and when
                continue
            outcome.returned["content_hash"] = content
            if kept := _kept_before(last, outcome):
                self.repeated += 1
            else:
                self.outcomes.append((item, outcome))
            asked = outcome.returned["state"] == "quarantined" and not (last and last.resolved and kept)
            if asked:
                self.set_aside.append(line(item, outcome.returned["reason"]))

    def _outcome(self, item: ReturnedItem) -> Outcome:
        document = item.document
        if isinstance(document, BrokenDocument):
            return foreigners.quarantined(document.code, document.reason)
        if (unforeseen := unknown_operation(document)) is not None:
            return foreigners.informed(unforeseen)
        found = matching.match(document, self._meant(document))
        if isinstance(found, matching.NoMatch):
            return foreigners.unmatched(self.uow, self.batch.node, document, found)
        candidate = self.rows[found.invoice_id]
        if not (candidate.served or candidate.adopted):
            proposed = foreigners.typed_by_hand(self.uow, self.batch.node, document)
            if proposed is not None:
                return proposed
        mine = self.consignments[candidate.invoice_id]
        place = next(index for index, row in enumerate(mine) if row.id == candidate.consignment_id)
        now = self.batch.bridge.clock()
        outcome = apply(
            document,
            found,
            candidate,
            mine[place],
            self.pages,
            formed_at=self.batch.formed_at,
            now=now,
            zero_is_none=switches(self.batch.node.options.client).inherits_document_rate,
        )
        if outcome.consignment is not None and outcome.consignment.onec_id:
            # the next document of this file must meet what this one has just told
            mine[place] = outcome.consignment
            known = self.candidates[found.invoice_id]
            self.candidates[found.invoice_id] = replace(known, onec_id=outcome.consignment.onec_id)
            self.places[outcome.consignment.onec_id].add(found.invoice_id)
        elif outcome.consignment is not None:
            mine[place] = outcome.consignment
        return outcome

    def _may_belong_to_a_later_order(self, item: ReturnedItem, outcome: Outcome) -> bool:
        """Tell a payment or shipment of nobody's whose order, named by 1C's id, may not have been read yet."""
        later = self.batch.later
        if later is None or len(later) + len(self.later) >= LATER or not isinstance(item.document, ReturnedDocument):
            return False
        return outcome.returned["code"] in {NOT_OUR_PAYMENT, NOT_OUR_SHIPMENT} and bool(item.document.basis.strip())

    def _meant(self, document: ReturnedDocument) -> list[matching.Candidate]:
        """Return the candidates that share a key with the document: all that matching could choose from."""
        wanted = matching.keys(document)
        names = {*wanted.own_ids, *wanted.onec_ids, *(matching.number_key(number) for number in wanted.numbers)}
        ids = {row_id for name in names for row_id in self.places.get(name, ())}
        return [self.candidates[row_id] for row_id in sorted(ids)]

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
        if consignment_id in self.rows:
            return self.pages.numbers(consignment_id)
        return Pages(self.uow, [consignment_id], self.batch.bridge.clock()).numbers(consignment_id)

    def _settle(self) -> None:
        """Settle every invoice a document spoke about; a contradiction is written on that document."""
        speaking = {one.invoice_id: one for _item, one in self.outcomes if one.speaks and one.invoice_id is not None}
        jobs = self.uow.jobs.last_of(speaking, WRITEBACK)
        totals = {row.invoice_id: row.total for row in self.rows.values()}
        outbox = Outbox(self.batch.burst_id, numbers=self._numbers)
        for about, outcome in speaking.items():
            contradiction = settle(
                self.uow,
                self.batch.bridge,
                self.batch.node,
                about,
                self.consignments[about],
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


def _hangs_on_an_order(pair: tuple[ReturnedItem, str]) -> bool:
    document = pair[0].document
    return isinstance(document, ReturnedDocument) and document.operation in matching.OF_AN_ORDER


def _moves(outcome: Outcome) -> bool:
    """Tell whether another payment holds now: silence may withdraw one by an order that says what it said before, and a
    document without an Ид may say again what another one has replaced."""
    told = outcome.told
    return told is not None and (told.after.payment, told.after.paid_amount) != (
        told.before.payment,
        told.before.paid_amount,
    )


def _says_the_same(last: Known | None, content: str) -> bool:
    return last is not None and last.content_hash == content and last.state == "applied" and last.code != CONFLICT


def _kept_before(last: Known | None, outcome: Outcome) -> bool:
    """Tell whether the same document waits for a person, or is known as information, already; one line is enough.

    Of a proposal a person said "no" to nobody is asked again.
    """
    new = outcome.returned
    return (
        last is not None
        and (not last.resolved or new["code"] == ADOPTABLE)
        and last.state == new["state"]
        and new["state"] in {"quarantined", foreigners.INFORMATION}
        and (last.content_hash, last.code) == (new["content_hash"], new["code"])
    )


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
        "content_hash": values.get("content_hash") or hashlib.sha256(item.xml).hexdigest(),
        **values,
    }


def _as_candidate(row: CandidateRow) -> matching.Candidate:
    return matching.Candidate(
        invoice_id=row.consignment_id,
        own_id=invoice_id(row.portal_code, InvoiceKey(InvoiceKind(row.kind), row.b24_id)),
        number=row.number,
        date=row.date,
        onec_id=row.onec_id or None,
    )
