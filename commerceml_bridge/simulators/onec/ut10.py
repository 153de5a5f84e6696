"""УТ 10.3 (КА 1.1, УПП 1.3 presumably alike): facts 1c-clients, columns "UT 10.3".

No init before query, a streaming reader, an unknown currency is an error, no import after an upload, full payment told
by date requisites only.
"""

from __future__ import annotations

import datetime as dt

from commerceml_bridge.simulators.onec import booking, counterparties, errors, items, outgoing, vat
from commerceml_bridge.simulators.onec.base import Event
from commerceml_bridge.simulators.onec.client import OneCClient
from commerceml_bridge.simulators.onec.core import Setup
from commerceml_bridge.simulators.onec.decoding import by_text_document
from commerceml_bridge.simulators.onec.errors import DocumentProblem, OneCError, WrongOperation
from commerceml_bridge.simulators.onec.model import ZERO, Order, new_guid
from commerceml_bridge.simulators.onec.phase import Manners, Phase
from commerceml_bridge.simulators.onec.reports import LoadReport
from commerceml_bridge.simulators.onec.site_documents import SiteDocument
from commerceml_bridge.simulators.onec.uploading import OutFile
from commerceml_bridge.simulators.onec.ut10_reader import UnparsableXml, Ut10Reader

OPERATION = "Заказ товара"
PAYMENT_DOCUMENTS = ("cash", "bank", "card", "letter_of_credit")
"""ПКО, платёжное поручение входящее, card payment, аккредитив."""


class Ut10(OneCClient):
    """УТ 10.3. ``vat_rates``: what the copy knows (stock: 0, 10, 18, 20)."""

    family = "ut10"
    default_path = ""
    timeout = None
    uploads_after_failed_load = True
    forgets_reloaded = True
    ignored_events = frozenset({Event.PAYMENT_UNPOSTED})
    manners = Manners(by_text_document, refused=errors.NO_CONNECTION, empty=errors.USER_NOT_AUTHORISED)

    def __init__(self, setup: Setup, *, vat_rates: tuple[str, ...] = vat.STOCK_RATES) -> None:
        super().__init__(setup)
        self.rules = booking.Rules(
            resolve_rates=vat.rates_plain,
            match_party=counterparties.by_inn_or_name,
            match_item=items.by_guid_name,
            rates=vat.Rates(vat_rates),
            base_currency_if_unknown=False,
        )

    # --- load

    def read_documents(self, text: str, report: LoadReport) -> list[SiteDocument]:
        """By element path; raises OneCError for malformed XML or a wrong encoding."""
        try:
            return Ut10Reader().read(text)
        except UnparsableXml as error:
            raise OneCError(errors.UNPARSABLE_DATA, str(error)) from error

    def book(self, documents: list[SiteDocument], report: LoadReport) -> None:
        """Any document error fails the load; nothing of it is written."""
        try:
            for document in documents:
                self.validate(document)
        except DocumentProblem as problem:
            raise OneCError(errors.DOCUMENTS_FAILED, str(problem)) from problem
        for document in documents:
            self.take(document, report)

    def validate(self, document: SiteDocument) -> None:
        """The operation is compared in its exact case; date and time must be readable."""
        if document.problem is None and document.operation != OPERATION:
            raise WrongOperation(document.operation)
        super().validate(document)
        if document.moment is None:
            raise DocumentProblem(f"Дата {document.date!r} {document.time!r} не читается")

    def find(self, document: SiteDocument) -> Order | None:
        """By the site's number."""
        found = self.base.duplicates(document.number or "")
        return found[-1] if found else None

    def number_for(self, document: SiteDocument) -> str:
        """The base's own number."""
        return self.base.next_number("УТ1")

    def update(self, order: Order, document: SiteDocument) -> bool:
        """Orders that already have linked documents are left alone."""
        if order.has_linked_documents:
            return False
        booking.fill(self.base, order, document, self.rules)
        return True

    def after_fill(self, order: Order, document: SiteDocument) -> None:
        """Category ``Отменен`` (true or Да) cancels; other requisites stay properties of the order."""
        order.cancelled = order.cancelled or order.requisites.get("Отменен", "").lower() in ("true", "да")

    def acknowledge(self, opened: Phase) -> None:
        """The body of the answer is ignored."""
        opened.get_raw(self.query("success", opened))

    # --- upload

    def write_files(self, orders: list[Order], run_guid: str, index: int) -> list[OutFile]:
        """``1cbitrix-<GUID>.xml``: no namespace, schema 2.05, written by a text document (BOM, CRLF)."""
        root = outgoing.root("2.05", f"{self.base.now():%Y-%m-%dT%H:%M:%S}")
        for order in orders:
            head = outgoing.Head(order.guid, order.currency[:3], order.total, order.time)
            outgoing.order_element(root, order, head, self._requisites(order))
        name = f"1cbitrix-{run_guid if index == 0 else new_guid()}.xml"
        return [OutFile(name, outgoing.to_bytes(root, bom=self.run.bom, line_end="\r\n"))]

    def _requisites(self, order: Order) -> outgoing.Requisites:
        found = outgoing.state(order, f"{order.date_1c:%Y-%m-%d}")
        if not order.posted:
            return found
        payments = [(p.number, p.date) for p in order.posted_payments if p.kind in PAYMENT_DOCUMENTS]
        if payments and order.debt <= ZERO:
            found += _linked("оплаты", payments)
        shipments = [(s.number, s.date) for s in order.shipments if s.posted]
        if shipments:
            found += _linked("отгрузки", shipments)
        return found


def _linked(what: str, documents: list[tuple[str, dt.datetime]]) -> outgoing.Requisites:
    number, date = outgoing.numbers(documents)
    return [(f"Номер {what} по 1С", number), (f"Дата {what} по 1С", f"{date:%Y-%m-%d}")]
