"""1С:УНФ 3.0 in both implementations, and the old УНФ 1.6 (facts: 1c-clients, columns "УНФ").

``shop=False`` is УНФ (plan), the exchange plan "Обмен с сайтом"; ``shop=True`` is УНФ (shop), the newer "Интеграция с
интернет-магазином". The node's CMS protocol changes the dialect: Битрикс uses init, the token and, with online
payments, ``cmlVersion=2.10`` and subordinate documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from commerceml_bridge.simulators.onec import (
    answers,
    booking,
    counterparties,
    errors,
    items,
    numbering,
    online_payments,
    outgoing,
    vat,
)
from commerceml_bridge.simulators.onec.answers import Login
from commerceml_bridge.simulators.onec.base import Event
from commerceml_bridge.simulators.onec.core import Setup
from commerceml_bridge.simulators.onec.decoding import by_declaration, by_header_with_retries
from commerceml_bridge.simulators.onec.errors import DocumentProblem, OneCError, WrongOperation
from commerceml_bridge.simulators.onec.model import COMPLETED, ZERO, Order
from commerceml_bridge.simulators.onec.outgoing_subordinate import add_subordinate
from commerceml_bridge.simulators.onec.phase import Manners, Phase
from commerceml_bridge.simulators.onec.reports import LoadReport, UploadReport
from commerceml_bridge.simulators.onec.site_documents import SiteDocument
from commerceml_bridge.simulators.onec.uploading import OutFile
from commerceml_bridge.simulators.onec.xdto import Node
from commerceml_bridge.simulators.onec.xdto_client import XdtoClient

Cms = Literal["bitrix", "umi", "other"]
Policy = Literal["always", "unposted", "never"]
"""УНФ (shop): ВсегдаОбновлять, ОбновлятьТолькоНеПроведенные, НеОбновлять."""
DEFAULT_PATHS = {
    "bitrix": "/bitrix/admin/1c_exchange.php",
    "umi": "/admin/exchange/autoimport/",
    "other": "bitrix/admin/1c_exchange.php",
}
OPERATION = "заказ товара"
ANY_NUMBER = 10**6
EMPTY_BODY_LENGTH = 555
IMPORT_PAUSE = 5.0
ATTRIBUTES = {"Комментарий": "comment"}
"""Requisite names (spaces removed) that overwrite an attribute of the order this base keeps."""


@dataclass(frozen=True)
class UnfNode:
    """Settings of the node.

    ``cms``: protocol; ``subordinate``: "обмен оплатами и отгрузками" (Битрикс only); ``shop``: which implementation;
    ``policy``: УНФ (shop) on re-delivery; ``upload_orders``: УНФ (shop) option ВыгружатьЗаказыНаСайт; ``statuses``:
    1C status → (site id, site name); ``payment_date_if_partial``: whether ``Дата оплаты по 1С`` is written for a part
    payment too (the facts name no condition).
    """

    cms: Cms = "bitrix"
    subordinate: bool = False
    shop: bool = False
    policy: Policy = "always"
    upload_orders: bool = True
    statuses: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    payment_date_if_partial: bool = False
    vat_rates: tuple[str, ...] = vat.STOCK_RATES
    strict_shape: bool = True

    def __post_init__(self) -> None:
        if self.cms not in get_args(Cms) or self.policy not in get_args(Policy):
            raise ValueError(f"неизвестная настройка узла: {self.cms!r}, {self.policy!r}")
        if self.subordinate and self.cms != "bitrix":
            raise ValueError("подчинённые документы есть только в протоколе Битрикс")


class Unf(XdtoClient):
    """УНФ 3.0; options are the fields of ``UnfNode``."""

    family = "unf"
    timeout = 1800.0
    verify_tls = True
    ignored_events = frozenset({Event.PAYMENT_UNPOSTED})
    query_starts = ("<?xml", "PK", "<КоммерческаяИнформация")
    initial_status = "Открыт"
    prefix = "НФНФ-"
    xmlns = "urn:1C.ru:commerceml_210"
    manners = Manners(
        by_header_with_retries,
        refused=f"{errors.LOGIN_REFUSED}\n{errors.NO_CONNECTION_UNF}",
        shows_server_text=True,
        mentions_status=True,
    )

    def __init__(self, setup: Setup, **options: object) -> None:
        self.node = UnfNode(**options)  # type: ignore[arg-type]  # checked by UnfNode and by the caller's tests
        super().__init__(setup)
        self.strict_shape = self.node.strict_shape
        self.forgets_reloaded = self.uploads_after_failed_load = self.node.shop
        if self.node.shop:
            self.manners = replace(self.manners, names_redirect=True, repeats_broken_get=True)
        self.schema_version = "2.10" if self.node.subordinate else "2.08"
        self.init_lines = (2 if self.node.cms == "bitrix" else 1, ANY_NUMBER)
        self.rules = booking.Rules(
            resolve_rates=vat.rates_unf,
            match_party=counterparties.by_chain,
            match_item=items.by_map_article_or_name,
            rates=vat.Rates(self.node.vat_rates),
        )

    @classmethod
    def default_path_for(cls, options: Mapping[str, object]) -> str:
        """By CMS protocol."""
        return DEFAULT_PATHS.get(str(options.get("cms", "bitrix")), "")

    def token(self, login: Login) -> str:
        """Protocol Битрикс: ``&`` and line 4 verbatim, if it is not empty."""
        return f"&{login.line4}" if self.node.cms == "bitrix" and login.line4 else ""

    # --- load

    def prepare_load(self, opened: Phase) -> None:
        """Protocol Битрикс: init before query."""
        if self.node.cms != "bitrix":
            return
        text = opened.get(self.query("init", opened) + ("&cmlVersion=2.10" if self.node.subordinate else ""))
        if len(answers.lines_of(text)) < self.init_lines[0]:
            raise opened.failure(errors.NO_PARAMETERS, detail=repr(text[:200]))

    def unreadable(self, text: str) -> str:
        """A ``failure…`` text is shown as it is."""
        return text.strip() if answers.status_of(text).startswith("failure") else errors.UNREADABLE_DATA

    def remarks(self, root: Node) -> list[str]:
        """УНФ (shop) logs a schema version that is not 2.x."""
        version = root.attributes.get("ВерсияСхемы", "")
        bad = self.node.shop and not version.startswith("2.")
        return [f"Версия схемы {version!r} не поддерживается"] if bad else []

    def found_nothing(self, text: str) -> None:
        """УНФ (shop) believes in "nothing new" only if the body is short."""
        if self.node.shop and len(text) >= EMPTY_BODY_LENGTH:
            raise OneCError(errors.NO_DOCUMENTS, f"{len(text)} знаков без документов")

    def book(self, documents: list[SiteDocument], report: LoadReport) -> None:
        """A bad document fails alone and the last decides; УНФ (plan) stops at a wrong operation."""
        stop = len(documents) if self.node.shop else _first_wrong_operation(documents)
        good = self.take_each(documents[:stop], report)
        if not good or stop < len(documents):
            raise OneCError(errors.DOCUMENTS_FAILED, "; ".join(report.messages[-3:]))

    def validate(self, document: SiteDocument) -> None:
        """Operation (any case), required fields, currency, readable date."""
        if document.problem is None and (document.operation or "").lower() != OPERATION:
            raise WrongOperation(document.operation)
        super().validate(document)
        if document.moment is None:
            raise DocumentProblem(f"Дата {document.date!r} {document.time!r} не читается")

    def number_for(self, document: SiteDocument) -> str:
        """The site's digits, padded and cut."""
        prefix = self.prefix if self.base.prefix is None else self.base.prefix
        return numbering.number_from_site(prefix, document.number or "")

    def find(self, document: SiteDocument) -> Order | None:
        """By the generated number within the year."""
        moment = document.moment or self.base.now()
        return self.base.by_number_1c(self.number_for(document), moment.year)

    def update(self, order: Order, document: SiteDocument) -> bool:
        """Completed orders are skipped; with linked documents only properties change."""
        if order.status == COMPLETED or not self._policy_allows(order):
            return False
        self.base.renumber(order, document.number or "")
        if order.has_linked_documents:
            order.requisites = dict(document.requisites)
        else:
            booking.fill(self.base, order, document, self.rules)
        return True

    def _policy_allows(self, order: Order) -> bool:
        if not self.node.shop or self.node.policy == "always":
            return True
        return self.node.policy == "unposted" and not order.posted

    def after_fill(self, order: Order, document: SiteDocument) -> None:
        """Cancellation, overwritten attributes, online payments."""
        for name, value in document.requisites:
            attribute = ATTRIBUTES.get(name.replace(" ", ""))
            if attribute:
                setattr(order, attribute, value)
        if order.requisites.get("Отменен", "").lower() == "true":
            order.cancelled, order.status = True, COMPLETED
        if self.node.subordinate:
            online_payments.take(self.base, order, document, online_payments.settled_unless_denied)

    def acknowledge(self, opened: Phase) -> None:
        """The answer must be non-empty and not start with ``failure``."""
        text = opened.get(self.query("success", opened))
        if text.lower().startswith("failure"):
            raise opened.failure(f"{errors.SUCCESS_FAILED}\n{text.strip()}")

    # --- upload

    def sends(self, order: Order) -> bool:
        """Orders of the site, if the node uploads orders at all."""
        return bool(order.number) and (self.node.upload_orders or not self.node.shop)

    def upload_query(self, mode: str, opened: Phase, more: str = "") -> str:
        """УНФ puts ``mode`` behind token and versions."""
        versions = "&version=2.09&cmlVersion=2.10" if self.node.subordinate else ""
        return f"type=sale{opened.token}{versions}&mode={mode}{more}"

    def write_files(self, orders: list[Order], run_guid: str, index: int) -> list[OutFile]:
        """``orders-<GUID>_.xml``, then ``orders-<GUID>_<n>.xml``; the site's time comes back as 00:00:00."""
        generated = outgoing.locale_moment(self.base.now())
        root = outgoing.root(self.schema_version, generated, self.xmlns)
        for order in orders:
            currency = order.currency[:3]
            head = outgoing.Head(order.guid, currency, order.total, "00:00:00")
            document = outgoing.order_element(root, order, head, self.requisites(order))
            if self.node.subordinate:
                add_subordinate(document, order, currency)
        return [OutFile(f"orders-{run_guid}_{index or ''}.xml", outgoing.to_bytes(root, bom=self.run.bom))]

    def requisites(self, order: Order) -> outgoing.Requisites:
        """Flags, status by the mapping, and the date requisites of a node without subordinate documents."""
        paid = order.posted and order.debt <= ZERO
        found = outgoing.state(order, outgoing.locale_moment(order.date_1c))
        found += [("Оплачен", outgoing.flag(paid)), ("Отгружен", outgoing.flag(order.shipped))]
        if order.cancelled:
            found.append(("Отменен", "true"))
        if order.status in self.node.statuses:
            status_id, status_name = self.node.statuses[order.status]
            found += [("Статуса заказа ИД", status_id), ("Статус заказа", status_name)]
        found.append(("Вид заказа", "Заказ на продажу"))
        return found if self.node.subordinate else found + self.linked(order, paid=paid)

    def linked(self, order: Order, *, paid: bool) -> outgoing.Requisites:
        """Number and date of payment and shipment."""
        found: outgoing.Requisites = []
        payments = [(p.number, p.date) for p in order.posted_payments]
        if payments and (paid or self.node.payment_date_if_partial):
            number, date = outgoing.numbers(payments)
            found += [("Номер оплаты по 1С", number), ("Дата оплаты по 1С", outgoing.locale_moment(date))]
        shipments = [(s.number, s.date) for s in order.shipments if s.posted]
        if shipments:
            number, date = outgoing.numbers(shipments)
            found += [("Номер отгрузки по 1С", number), ("Дата отгрузки по 1С", outgoing.locale_moment(date))]
        return found

    def import_files(self, opened: Phase, files: list[OutFile], report: UploadReport) -> None:
        """УНФ (plan): only with subordinate documents. УНФ (shop): always; without them ``progress`` just ends it."""
        for file in files:
            if self.node.subordinate:
                self.poll_import(opened, file.name, report, IMPORT_PAUSE)
            elif self.node.shop and self.import_once(opened, file.name, report) == "progress":
                report.messages.append("Импорт не завершен")
                return


class Unf16(Unf):
    """УНФ 1.6 and Small Business 1.5: no init before query, exactly two lines of init, no import, no ``Оплачен``."""

    family = "unf16"
    xmlns = "urn:1C.ru:commerceml_205"
    manners = Manners(
        by_declaration, refused=f"{errors.LOGIN_REFUSED}\n{errors.NO_CONNECTION_UNF}", mentions_status=True
    )

    def __init__(self, setup: Setup, **options: object) -> None:
        super().__init__(setup, **{"cms": "other", **options})
        if self.node.cms != "other" or self.node.shop:
            raise ValueError("в УНФ 1.6 нет протокола CMS и интеграции с интернет-магазином")
        self.init_lines = (2, 2)
        self.schema_version = "2.05"

    @classmethod
    def default_path_for(cls, options: Mapping[str, object]) -> str:
        """As УНФ with another CMS."""
        return DEFAULT_PATHS["other"]

    def requisites(self, order: Order) -> outgoing.Requisites:
        """State and dates only."""
        paid = order.posted and order.debt <= ZERO
        return outgoing.state(order, outgoing.locale_moment(order.date_1c)) + self.linked(order, paid=paid)


def _first_wrong_operation(documents: list[SiteDocument]) -> int:
    """Index of the first document with another operation; their number if there is none."""
    for index, document in enumerate(documents):
        if document.problem is None and (document.operation or "").lower() != OPERATION:
            return index
    return len(documents)
