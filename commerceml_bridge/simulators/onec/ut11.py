"""УТ 11, ERP 2, КА 2, Розница 2: one library (facts: 1c-clients §1.4, §2, §3, §4 column "УТ 11 family").

No init before query; a wrong operation ends the load but keeps the documents before it; import for every file; the
letter ``T`` for a payment without a payment document.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from commerceml_bridge.simulators.onec import booking, counterparties, errors, items, outgoing, vat
from commerceml_bridge.simulators.onec.answers import Login
from commerceml_bridge.simulators.onec.base import Event
from commerceml_bridge.simulators.onec.core import Setup
from commerceml_bridge.simulators.onec.decoding import by_header
from commerceml_bridge.simulators.onec.errors import DocumentProblem, OneCError, WrongOperation
from commerceml_bridge.simulators.onec.model import UNCONFIRMED, ZERO, Order
from commerceml_bridge.simulators.onec.phase import Manners, Phase
from commerceml_bridge.simulators.onec.reports import LoadReport, UploadReport
from commerceml_bridge.simulators.onec.site_documents import SiteDocument
from commerceml_bridge.simulators.onec.uploading import OutFile
from commerceml_bridge.simulators.onec.xdto_client import XdtoClient

NUMBER_COLUMN = 11
OPERATION = "заказ товара"
PAYMENT_DOCUMENTS = ("cash", "bank", "card")
"""ПКО, ПоступлениеБезналичныхДС, ОперацияПоПлатежнойКарте; anything else settles without a payment document."""
XMLNS = "urn:1C.ru:commerceml_2"


class Ut11(XdtoClient):
    """The УТ 11 family.

    ``use_sessid``: node option ИспользоватьИдентификаторСессии (11.5+); ``wait_for_import=False``: node option
    ВыгружатьФайлыБезОжиданияПодтвержденияИмпортаСервером; ``counterparty_by``: node setting; ``vat_rates``: what the
    release knows (a newer one: add 5, 7, 22); ``attributes_set=False``: the two additional attributes for the site's
    number and date are not configured, so nothing is recognised again nor reported.
    """

    family = "ut11"
    default_path = "bitrix/admin/1c_exchange.php"
    timeout = 180.0
    verify_tls = True
    uploads_after_failed_load = True
    forgets_reloaded = True
    sends_empty_file = True
    removing_events = frozenset({Event.MARKED, Event.UNPOSTED})
    initial_status = UNCONFIRMED
    inherits_empty_values = True
    plain_contacts = True
    manners = Manners(by_header, refused=f"{errors.LOGIN_REFUSED}\n{errors.NO_CONNECTION}", mentions_status=True)

    def __init__(
        self,
        setup: Setup,
        *,
        use_sessid: bool = False,
        wait_for_import: bool = True,
        counterparty_by: Literal["name", "inn"] = "name",
        vat_rates: tuple[str, ...] = vat.STOCK_RATES,
        strict_shape: bool = True,
        attributes_set: bool = True,
    ) -> None:
        super().__init__(setup)
        self._use_sessid = use_sessid
        self._wait_for_import = wait_for_import
        self.strict_shape = strict_shape
        self._attributes_set = attributes_set
        by_name = counterparty_by == "name"
        self.rules = booking.Rules(
            resolve_rates=vat.rates_ut11,
            match_party=counterparties.by_name_and_type if by_name else counterparties.by_inn_and_kpp,
            match_item=items.by_guid_article_name,
            rates=vat.Rates(vat_rates),
            party_name_required=True,
        )

    def token(self, login: Login) -> str:
        """``sessid=`` is stripped from line 4 and written again, if the node says so."""
        return f"&sessid={login.line4.removeprefix('sessid=')}" if self._use_sessid else ""

    # --- load

    def book(self, documents: list[SiteDocument], report: LoadReport) -> None:
        """All or nothing, except that a wrong operation keeps what came before it."""
        ready: list[SiteDocument] = []
        failure: DocumentProblem | None = None
        for document in documents:
            try:
                self.validate(document)
            except WrongOperation as wrong:
                failure = wrong
                break
            except DocumentProblem as problem:
                raise OneCError(errors.DOCUMENTS_FAILED, str(problem)) from problem
            ready.append(document)
        for document in ready:
            self.take(document, report)
        if failure is not None:
            raise OneCError(errors.DOCUMENTS_FAILED, str(failure)) from failure

    def validate(self, document: SiteDocument) -> None:
        """The operation comes first; then the required fields, the currency and a name of the counterparty."""
        if document.problem is None and (document.operation or "").lower() != OPERATION:
            raise WrongOperation(document.operation)
        super().validate(document)
        if document.party is not None and not document.party.name:
            raise DocumentProblem("Ошибка в значении узла <Контрагент>.<Наименование>")

    def find(self, document: SiteDocument) -> Order | None:
        """By Номер through a String(11) column: a longer one never matches."""
        number = document.number or ""
        if not self._attributes_set or len(number) > NUMBER_COLUMN:
            return None
        found = self.base.duplicates(number)
        return found[-1] if found else None

    def number_for(self, document: SiteDocument) -> str:
        """The base's own number."""
        return self.base.next_number("00УТ-")

    def update(self, order: Order, document: SiteDocument) -> bool:
        """Only orders still awaiting confirmation are read again."""
        if order.status != UNCONFIRMED:
            return False
        booking.fill(self.base, order, document, self.rules)
        return True

    def after_fill(self, order: Order, document: SiteDocument) -> None:
        """Requisite ``Отменен`` = true cancels."""
        order.cancelled = order.cancelled or order.requisites.get("Отменен", "").lower() == "true"

    # --- upload

    def sends(self, order: Order) -> bool:
        """Orders of the site whose date 1C could read."""
        return bool(order.number) and order.date is not None and self._attributes_set

    def write_files(self, orders: list[Order], run_guid: str, index: int) -> list[OutFile]:
        """``orders-<GUID>_<n>.xml``, n from 1, namespace commerceml_2, schema 2.07."""
        root = outgoing.root("2.07", outgoing.locale_moment(self.base.now()), XMLNS)
        for order in orders:
            outgoing.order_element(root, order, self._head(order), self._requisites(order))
        return [OutFile(f"orders-{run_guid}_{index + 1}.xml", outgoing.to_bytes(root, bom=self.run.bom))]

    def import_files(self, opened: Phase, files: list[OutFile], report: UploadReport) -> None:
        """Import of every XML, repeated while ``progress`` without a pause."""
        if self._wait_for_import:
            for file in files:
                self.poll_import(opened, file.name, report)

    def _head(self, order: Order) -> outgoing.Head:
        paid = order.posted_payments
        return outgoing.Head(
            id=order.guid,
            currency=self.base.currencies[order.currency],
            total=_document_sum(order),
            time=order.time,
            due=f"{max(payment.date for payment in paid):%Y-%m-%d}" if paid else None,
        )

    def _requisites(self, order: Order) -> outgoing.Requisites:
        found = outgoing.state(order, outgoing.locale_moment(order.date_1c))
        if order.posted and _document_sum(order) - order.paid <= ZERO:
            payments = [(p.number, p.date) for p in order.posted_payments if p.kind in PAYMENT_DOCUMENTS]
            number, date = outgoing.numbers(payments)
            if number:
                found.append(("Номер оплаты по 1С", number))
            found.append(("Дата оплаты по 1С", outgoing.locale_moment(date)))
        shipments = [(s.number, s.date) for s in order.shipments if s.posted]
        if shipments:
            number, date = outgoing.numbers(shipments)
            found += [("Номер отгрузки по 1С", number), ("Дата отгрузки по 1С", outgoing.locale_moment(date))]
        return found


def _document_sum(order: Order) -> Decimal:
    """СуммаДокумента: a fully cancelled order has none left, so it looks paid without a payment document."""
    return ZERO if order.cancelled else order.total
