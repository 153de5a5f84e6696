"""БП 3.0: loads invoices and never sends anything back (facts: 1c-clients, columns "БП").

Any code but 200 ends the exchange; the check of required fields never refuses; invoices are found by the generated
number, the year and the organisation, and a known one is refilled and unposted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Literal

from commerceml_bridge.simulators.onec import (
    answers,
    booking,
    counterparties,
    errors,
    items,
    numbering,
    online_payments,
    vat,
)
from commerceml_bridge.simulators.onec.answers import Login
from commerceml_bridge.simulators.onec.base import Event
from commerceml_bridge.simulators.onec.core import Setup
from commerceml_bridge.simulators.onec.decoding import by_header_with_retries
from commerceml_bridge.simulators.onec.errors import DocumentProblem, OneCError
from commerceml_bridge.simulators.onec.model import Order
from commerceml_bridge.simulators.onec.phase import Manners, Phase
from commerceml_bridge.simulators.onec.reports import LoadReport, UploadReport
from commerceml_bridge.simulators.onec.site_documents import SiteDocument
from commerceml_bridge.simulators.onec.unf import DEFAULT_PATHS
from commerceml_bridge.simulators.onec.uploading import OutFile
from commerceml_bridge.simulators.onec.xdto_client import XdtoClient

OPERATION = "заказ товара"
PREFIX = "0000-"


class Bp3(XdtoClient):
    """БП 3.0.

    ``cms``: node setting; ``online_payments``: ``cmlVersion=2.10``; ``start_date``: ДатаНачалаОбмена, older invoices
    are ignored; ``blocked_statuses``: values of ``Статус заказа`` that are not loaded; ``may_create``: whether
    counterparties and items may be created from the site's data.
    """

    family = "bp3"
    timeout = 1800.0
    check_type = "sale"
    query_starts = ("<?xml", "PK", "<КоммерческаяИнформация")
    ignored_events = frozenset(Event)
    manners = Manners(
        by_header_with_retries,
        refused=f"{errors.LOGIN_REFUSED}\n{errors.NO_CONNECTION}",
        shows_server_text=True,
        aborts_on_status=True,
    )

    def __init__(
        self,
        setup: Setup,
        *,
        cms: Literal["bitrix", "umi"] = "bitrix",
        online_payments: bool = False,
        start_date: dt.date | None = None,
        blocked_statuses: frozenset[str] = frozenset(),
        may_create: bool = True,
        strict_shape: bool = True,
    ) -> None:
        super().__init__(setup)
        if cms not in ("bitrix", "umi"):
            raise ValueError(f"неизвестный протокол {cms!r}")
        self.strict_shape = strict_shape
        self._bitrix = cms == "bitrix"
        self._online_payments = online_payments and self._bitrix
        self._start_date = start_date
        self._blocked = blocked_statuses
        self.rules = booking.Rules(
            resolve_rates=vat.rates_converted,
            match_party=counterparties.by_site_id_then_inn,
            match_item=items.by_map_article_or_unique_name,
            rates=vat.Rates(vat.CONVERTER_RATES),
            service_requisites=("ВидНоменклатуры",),
            may_create_party=may_create,
            may_create_item=may_create,
        )

    @classmethod
    def default_path_for(cls, options: Mapping[str, object]) -> str:
        """By CMS, as УНФ."""
        return DEFAULT_PATHS.get(str(options.get("cms", "bitrix")), "")

    def token(self, login: Login) -> str:
        """CMS Bitrix: ``&`` and line 4 verbatim, if it is not empty."""
        return f"&{login.line4}" if self._bitrix and login.line4 else ""

    def prepare_load(self, opened: Phase) -> None:
        """CMS Bitrix: init before query; any non-empty body with 200 will do."""
        if self._bitrix:
            opened.get(self.query("init", opened) + ("&cmlVersion=2.10" if self._online_payments else ""))

    def unreadable(self, text: str) -> str:
        """A ``failure…`` text is shown as it is."""
        return text.strip() if answers.status_of(text).startswith("failure") else errors.UNREADABLE_DATA

    def book(self, documents: list[SiteDocument], report: LoadReport) -> None:
        """Complaints are logged, the load goes on; only what cannot be written at all fails it."""
        failed: list[str] = []
        for document in documents:
            report.messages.extend(_complaints(document))
            if self._ignored(document):
                report.skipped += 1
                continue
            try:
                self.validate(document)
                self.take(document, report)
            except DocumentProblem as problem:
                failed.append(str(problem))
        report.messages.extend(failed)
        if failed:
            raise OneCError(errors.DOCUMENTS_FAILED, "; ".join(failed[:3]))

    def validate(self, document: SiteDocument) -> None:
        """Only what writing needs: a readable shape, a counterparty, a currency."""
        if document.problem is not None:
            raise document.problem
        if document.party is None:
            raise DocumentProblem("Ошибка в значении узла <Документ>.<Контрагенты>")
        booking.currency_of(self.base, document, self.rules)

    def _ignored(self, document: SiteDocument) -> bool:
        moment = document.moment
        if self._start_date and moment and moment.date() < self._start_date:
            return True
        status = document.requisite("Статус заказа") or ""
        return bool(status) and bool({status, *_bracketed(status)} & self._blocked)

    def number_for(self, document: SiteDocument) -> str:
        """The site's digits, padded and cut."""
        prefix = PREFIX if self.base.prefix is None else self.base.prefix
        return numbering.number_from_site(prefix, document.number or "")

    def find(self, document: SiteDocument) -> Order | None:
        """By generated number, year (and organisation: a base here has one)."""
        moment = document.moment or self.base.now()
        return self.base.by_number_1c(self.number_for(document), moment.year)

    def update(self, order: Order, document: SiteDocument) -> bool:
        """Refilled and unposted."""
        self.base.renumber(order, document.number or "")
        booking.fill(self.base, order, document, self.rules)
        order.posted = False
        return True

    def after_fill(self, order: Order, document: SiteDocument) -> None:
        """Cancellation and online payments."""
        order.cancelled = order.requisites.get("Отменен", "").lower() == "true"
        if self._online_payments:
            online_payments.take(self.base, order, document, online_payments.settled_if_said)

    def acknowledge(self, opened: Phase) -> None:
        """The answer must be non-empty and not start with ``failure``."""
        text = opened.get(self.query("success", opened))
        if text.lower().startswith("failure"):
            raise opened.failure(f"{errors.SUCCESS_FAILED}\n{text.strip()}")

    def upload(self, full: bool = False, *, after_file: Callable[[str], object] | None = None) -> UploadReport:
        """БП never sends anything: an empty report."""
        return UploadReport()

    def write_files(self, orders: list[Order], run_guid: str, index: int) -> list[OutFile]:
        """No file, ever."""
        return []


def _complaints(document: SiteDocument) -> list[str]:
    found = []
    if (document.operation or "").lower() != OPERATION:
        found.append(f"Ошибка в значении узла <Документ>.<ХозОперация> {document.operation!r}")
    for name, value in (("Номер", document.number), ("Дата", document.date), ("Ид", document.id)):
        if not value:
            found.append(f"Ошибка в значении узла <Документ>.<{name}>")
    return found


def _bracketed(status: str) -> list[str]:
    """Both halves of the Bitrix form ``[ID] name``."""
    if not status.startswith("[") or "]" not in status:
        return []
    site_id, _, name = status[1:].partition("]")
    return [site_id.strip(), name.strip()]
