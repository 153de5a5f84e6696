"""The 1C-Bitrix exchange module 7.x inside УТ, КА, ERP or УТП (facts: 1c-clients, "Bitrix module"; commerceml §4C).

Opposite to the stock clients: four lines of init, ``version=3.1``, only ``Контейнер`` is read, query is repeated until
an answer has none, and what could not be read is acknowledged all the same.
"""

from __future__ import annotations

from typing import Literal

from commerceml_bridge.simulators.onec import answers, booking, counterparties, errors, items, outgoing, vat
from commerceml_bridge.simulators.onec.answers import Login, Parameters
from commerceml_bridge.simulators.onec.base import Event
from commerceml_bridge.simulators.onec.core import Setup
from commerceml_bridge.simulators.onec.decoding import by_charset_tail, by_text_reader
from commerceml_bridge.simulators.onec.errors import DocumentProblem, OneCError, WrongOperation
from commerceml_bridge.simulators.onec.model import Order, Payment, Shipment, new_guid
from commerceml_bridge.simulators.onec.outgoing_containers import VERSION, XMLNS, add_container
from commerceml_bridge.simulators.onec.phase import Manners, Phase
from commerceml_bridge.simulators.onec.reports import LoadReport, UploadReport
from commerceml_bridge.simulators.onec.site_documents import SiteDocument
from commerceml_bridge.simulators.onec.uploading import OutFile
from commerceml_bridge.simulators.onec.xdto import Node
from commerceml_bridge.simulators.onec.xdto_client import ROOT, XdtoClient

ORDER = "заказ товара"
SHIPMENT = "отпуск товара"
PAYMENTS = {
    "выплата наличных денег": "cash",
    "выплата безналичных денег": "bank",
    "эквайринговая операция": "card",
}
INIT_LINES = 4


class Bitrix(XdtoClient):
    """The module.

    ``build``: 7.0.1.3 for УТ 11.4 or the УТП build (other decoding, trims query answers); ``site_id``: whether it
    returns the site's own Ид or the 1C reference; ``contragents``: also upload ``contragents___GUID.xml``;
    ``empty_container``: end a file with an empty ``Контейнер``; ``page_limit`` ends an endless query loop.
    """

    family = "bitrix"
    default_path = "bitrix/admin/1c_exchange.php"
    timeout = None

    def __init__(
        self,
        setup: Setup,
        *,
        build: Literal["ut11", "utp"] = "ut11",
        site_id: bool = True,
        contragents: bool = False,
        empty_container: bool = False,
        page_limit: int = 10_000,
        vat_rates: tuple[str, ...] = vat.CONVERTER_RATES,
        strict_shape: bool = True,
    ) -> None:
        super().__init__(setup)
        if build not in ("ut11", "utp"):
            raise ValueError(f"неизвестная сборка модуля {build!r}")
        decode = by_charset_tail if build == "ut11" else by_text_reader
        self.manners = Manners(decode, refused=f"{errors.LOGIN_REFUSED}\n{errors.NO_CONNECTION}")
        self.strict_shape = strict_shape
        self._trims = build == "utp"
        self._site_id = site_id
        self._contragents = contragents
        self._empty_container = empty_container
        self._page_limit = page_limit
        self.rules = booking.Rules(
            resolve_rates=vat.rates_plain,
            match_party=counterparties.by_site_id,
            match_item=items.by_site_id,
            rates=vat.Rates(vat_rates),
            service_requisites=("ТипНоменклатуры", "ВидНоменклатуры"),
            base_currency_if_unknown=False,
            unit_structure_to_create=True,
        )

    def token(self, login: Login) -> str:
        """Always ``&`` and line 4, even an empty one."""
        return f"&{login.line4}"

    # --- load

    def prepare_load(self, opened: Phase) -> None:
        """Four lines, the last ending in a four-character number of at least 2.08."""
        text = opened.get(self.query("init", opened) + f"&version={VERSION}")
        if answers.module_version_of(text) is None:
            raise opened.failure(errors.NO_PARAMETERS, detail=repr(text[:200]))

    def query_page(self, opened: Phase, report: LoadReport) -> str:
        """The УТП build trims the answer first."""
        if not self._trims:
            return super().query_page(opened, report)
        text = opened.get(self.query("query", opened)).strip()
        report.pages += 1
        report.body = opened.last.body if opened.last else b""
        if not text.startswith(self.query_starts):
            raise opened.failure(errors.UNREADABLE_DATA, detail=text[:200])
        return text

    def fetch(self, opened: Phase, report: LoadReport) -> None:
        """Query until an answer has no ``Контейнер``; every page is written before the next is asked for."""
        problems: list[str] = []
        for _ in range(self._page_limit):
            text = self.query_page(opened, report)
            containers = self._containers(text, report)
            if not containers:
                break
            documents = [self.read_document(node) for container in containers for node in container.all("Документ")]
            self._book_page(documents, report, problems)
        else:
            raise OneCError(errors.ENDLESS, "query: Контейнер в каждом ответе")
        if problems:
            raise OneCError(errors.DOCUMENTS_FAILED, "; ".join(problems[:3]))

    def _containers(self, text: str, report: LoadReport) -> list[Node]:
        """Containers of a page; malformed XML and bare documents count as none (addendum 9)."""
        try:
            root = self.read_root(text)
        except OneCError as error:
            report.messages.append(str(error))
            return []
        found = root.all("Контейнер") if root.name == ROOT else []
        if not found and report.pages == 1:
            report.messages.append(errors.NO_DOCUMENTS)
        return found

    def book(self, documents: list[SiteDocument], report: LoadReport) -> None:
        """One page; raises OneCError for bad documents after the good ones are written."""
        problems: list[str] = []
        self._book_page(documents, report, problems)
        if problems:
            raise OneCError(errors.DOCUMENTS_FAILED, "; ".join(problems[:3]))

    def _book_page(self, documents: list[SiteDocument], report: LoadReport, problems: list[str]) -> None:
        for document in documents:
            try:
                self._take_any(document, report)
            except DocumentProblem as problem:
                report.messages.append(str(problem))
                problems.append(str(problem))

    def _take_any(self, document: SiteDocument, report: LoadReport) -> None:
        if document.problem is not None:
            raise document.problem
        operation = (document.operation or "").lower()
        if operation == ORDER:
            self.validate(document)
            self.take(document, report)
        elif operation == SHIPMENT or operation in PAYMENTS:
            self._take_linked(document, operation)
        else:
            raise WrongOperation(document.operation)

    def validate(self, document: SiteDocument) -> None:
        """Контрагент/Ид is required besides the usual."""
        super().validate(document)
        if document.party is not None and not document.party.id:
            raise DocumentProblem("Ошибка в значении узла <Контрагент>.<Ид>")

    def _take_linked(self, document: SiteDocument, operation: str) -> None:
        """A payment or shipment of the site, by ``Основание``; a known one is not entered twice."""
        order = self.base.by_site_id(document.basis or "")
        if order is None:
            raise DocumentProblem(f"Основание {document.basis!r} не найдено")
        known = {payment.guid for payment in order.payments} | {shipment.guid for shipment in order.shipments}
        if document.id in known:
            return
        guid, moment = document.id or new_guid(), document.moment or self.base.now()
        if operation == SHIPMENT:
            order.shipments.append(Shipment(self.base.next_number("00РТ-"), moment, guid=guid))
        else:
            order.payments.append(
                Payment(
                    number=self.base.next_number("00ПЛ-"),
                    date=moment,
                    amount=document.amount or order.total,
                    kind=PAYMENTS[operation],
                    site_number=document.number or "",
                    posted=(document.requisite("Оплачено") or "true").lower() == "true",
                    guid=guid,
                )
            )
        self.base.written(order, Event.WRITTEN)

    def find(self, document: SiteDocument) -> Order | None:
        """By the site's Ид."""
        return self.base.by_site_id(document.id or "")

    def number_for(self, document: SiteDocument) -> str:
        """The base's own number."""
        return self.base.next_number("00УТ-")

    def update(self, order: Order, document: SiteDocument) -> bool:
        """Only a changed НомерВерсии is read again; without one a document is read once and never again."""
        if document.version is None or document.version == order.version:
            return False
        booking.fill(self.base, order, document, self.rules)
        return True

    def after_fill(self, order: Order, document: SiteDocument) -> None:
        """Requisite ``Отменен`` = true cancels."""
        order.cancelled = order.requisites.get("Отменен", "").lower() == "true"

    def acknowledge(self, opened: Phase) -> None:
        """The first line must be ``success``."""
        text = opened.get(self.query("success", opened))
        if answers.status_of(text) != "success":
            raise opened.failure(errors.SUCCESS_FAILED, detail=repr(text[:200]))

    # --- upload

    def sends(self, order: Order) -> bool:
        """Orders born in 1C too, without Номер."""
        return True

    def init_upload(self, opened: Phase) -> Parameters:
        """At least four lines."""
        text = opened.get(self.query("init", opened) + f"&version={VERSION}")
        if len(answers.lines_of(text)) < INIT_LINES:
            raise opened.failure(errors.NO_PARAMETERS, detail=repr(text[:200]))
        return answers.parameters_of(text)

    def write_files(self, orders: list[Order], run_guid: str, index: int) -> list[OutFile]:
        """``documents___<GUID>.xml`` (after ``contragents___<GUID>.xml`` if switched on)."""
        generated = outgoing.locale_moment(self.base.now())
        root = outgoing.root(VERSION, generated, XMLNS)
        for order in orders:
            add_container(root, order, currency=self.base.currencies[order.currency], site_id=self._site_id)
        if self._empty_container:
            outgoing.add(root, "Контейнер")
        guid = run_guid if index == 0 else new_guid()
        files = [OutFile(f"documents___{guid}.xml", outgoing.to_bytes(root, bom=self.run.bom))]
        return [self._contragents_file(orders, guid, generated), *files] if self._contragents else files

    def _contragents_file(self, orders: list[Order], guid: str, generated: str) -> OutFile:
        root = outgoing.root(VERSION, generated, XMLNS)
        container = outgoing.add(root, "Контрагенты")
        for party in {order.counterparty.guid: order.counterparty for order in orders}.values():
            outgoing.add_party(container, party)
        return OutFile(f"contragents___{guid}.xml", outgoing.to_bytes(root, bom=self.run.bom))

    def import_files(self, opened: Phase, files: list[OutFile], report: UploadReport) -> None:
        """Import of every file, polled while ``progress``."""
        for file in files:
            self.poll_import(opened, file.name, report)
