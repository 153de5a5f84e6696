"""The load phase: query, read, write, acknowledge (facts: 1c-clients §1.4, §2.5, §3.2).

The skeleton is here, the hooks are the families' own. ``mode=success`` is sent only after a good load.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

from commerceml_bridge.simulators.onec import booking, errors
from commerceml_bridge.simulators.onec.core import Core, Setup
from commerceml_bridge.simulators.onec.errors import DocumentProblem, OneCError
from commerceml_bridge.simulators.onec.model import Order
from commerceml_bridge.simulators.onec.phase import Phase
from commerceml_bridge.simulators.onec.reports import LoadReport
from commerceml_bridge.simulators.onec.site_documents import SiteDocument

Hook = Callable[[], object]


class Loading(Core):
    """Site → 1C."""

    forgets_reloaded: bool = False
    """The trap: what was read in a run is not uploaded in it, and its change registration is deleted."""
    query_starts: ClassVar[tuple[str, ...]] = ("<?xml", "PK")
    initial_status: ClassVar[str] = ""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._reloaded: list[Order] = []

    def load(self, *, before_success: Hook | None = None, send_success: bool = True) -> LoadReport:
        """The load phase. ``before_success`` is called when everything is written and before ``mode=success``;
        ``send_success=False`` ends there, as a crash would. Raises OneCError with the unfinished report."""
        report = LoadReport()
        self._reloaded, self.suppressed = [], []
        try:
            with self.open_phase() as opened:
                self.log_in(opened)
                self.prepare_load(opened)
                self.fetch(opened, report)
                if before_success is not None:
                    before_success()
                if not send_success:
                    return report
                report.success_sent = True
                self.acknowledge(opened)
        except OneCError as error:
            error.report = report
            self._forget()
            raise
        self._forget()
        return report

    def _forget(self) -> None:
        if self.forgets_reloaded:
            self.suppressed = self.registration.remove(self._reloaded)

    def prepare_load(self, opened: Phase) -> None:
        """Between checkauth and query."""

    @abstractmethod
    def read_documents(self, text: str, report: LoadReport) -> list[SiteDocument]:
        """Documents of a query answer; raises OneCError if it cannot be read."""

    @abstractmethod
    def book(self, documents: list[SiteDocument], report: LoadReport) -> None:
        """Write the documents; raises OneCError if the load must not be acknowledged."""

    @abstractmethod
    def find(self, document: SiteDocument) -> Order | None:
        """The order a re-delivered document is recognised as."""

    @abstractmethod
    def number_for(self, document: SiteDocument) -> str:
        """Number of the new 1C document."""

    @abstractmethod
    def update(self, order: Order, document: SiteDocument) -> bool:
        """Re-read a known order; False if the family leaves it alone."""

    def fetch(self, opened: Phase, report: LoadReport) -> None:
        """One query, read and written."""
        text = self.query_page(opened, report)
        documents = self.read_documents(text, report)
        if documents:
            self.book(documents, report)
        else:
            report.messages.append(errors.NO_DOCUMENTS)
            self.found_nothing(text)

    def found_nothing(self, text: str) -> None:
        """An answer without documents: most families acknowledge it all the same (silent loss)."""

    def query_page(self, opened: Phase, report: LoadReport) -> str:
        """One ``mode=query``; raises OneCError unless the answer starts as the family demands."""
        text = opened.get(self.query("query", opened))
        report.pages += 1
        report.body = opened.last.body if opened.last else b""
        if not text.startswith(self.query_starts):
            raise opened.failure(self.unreadable(text), detail=text[:200])
        return text

    def unreadable(self, text: str) -> str:
        """Words for a query answer that is no data."""
        return errors.UNREADABLE_DATA

    def acknowledge(self, opened: Phase) -> None:
        """``mode=success``; raises OneCError if the family minds the answer (an empty one always counts)."""
        opened.get(self.query("success", opened))

    def take(self, document: SiteDocument, report: LoadReport) -> Order:
        """Create, update or skip one order; raises DocumentProblem."""
        order = self.find(document)
        if order is None:
            order = booking.new_order(self.base, document, self.rules, self.number_for(document), self.initial_status)
            self.after_fill(order, document)
            report.created += 1
        elif self.update(order, document):
            self.after_fill(order, document)
            self.base.written(order)
            report.updated += 1
        else:
            report.skipped += 1
        report.documents.append(document.number or "")
        self._reloaded.append(order)
        note = booking.differs(order)
        if note:
            report.messages.append(note)
        return order

    def after_fill(self, order: Order, document: SiteDocument) -> None:
        """Apply the requisites the family understands to an order just filled."""

    def take_each(self, documents: list[SiteDocument], report: LoadReport) -> bool:
        """A bad document fails alone; the last one decides (УНФ, addendum 8). Returns that decision."""
        good = True
        for document in documents:
            try:
                self.validate(document)
                self.take(document, report)
                good = True
            except DocumentProblem as problem:
                report.messages.append(str(problem))
                good = False
        return good

    def validate(self, document: SiteDocument) -> None:
        """Everything that can be wrong with a document; raises DocumentProblem before anything is written."""
        booking.require(document)
        booking.currency_of(self.base, document, self.rules)
