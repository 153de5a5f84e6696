"""A simulated portal and a client that never really sleeps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.cursor import Cursor
from commerceml_bridge.bitrix24.fetch import FetchOptions, FetchPage, FetchProblem, Known, fetch_changes
from commerceml_bridge.bitrix24.limits import LeakyBucket
from commerceml_bridge.bitrix24.portal_info import PortalInfo, detect
from commerceml_bridge.bitrix24.products import ProductCodes
from commerceml_bridge.bitrix24.webhook import Webhook
from commerceml_bridge.domain.invoices import Invoice, InvoiceKey, InvoiceKind
from commerceml_bridge.simulators.portal import PortalServer, Settings

START = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
SMART_ONLY = Settings(kinds=frozenset({"smart"}))
OLD_ONLY = Settings(kinds=frozenset({"old"}))


def smart(number: int) -> InvoiceKey:
    return InvoiceKey(InvoiceKind.SMART, number)


def old(number: int) -> InvoiceKey:
    return InvoiceKey(InvoiceKind.OLD, number)


class Live:
    """A portal whose clock stands until it is moved, and a client of it. ``slept``: seconds it asked to wait."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.server = PortalServer(settings, clock=lambda: START)
        self.portal = self.server.portal
        self.journal = self.server.journal
        self.faults = self.server.faults
        self.slept: list[float] = []
        self._monotonic = 0.0
        self.client = self.new_client()

    def new_client(self, url: str = "", timeout: float = 5.0) -> BitrixClient:
        limiter = LeakyBucket(monotonic=lambda: self._monotonic, sleep=self.sleep)
        webhook = Webhook.parse(url or self.server.webhook_url)
        return BitrixClient(webhook, limiter=limiter, clock=self.portal.now, sleep=self.sleep, timeout=(2.0, timeout))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._monotonic += seconds

    def info(self) -> PortalInfo:
        """Return the portal's constants without leaving a trace in the journal."""
        found = detect(self.client)
        self.journal.clear()
        return found

    def seed_seller(self) -> int:
        return self.portal.add_my_company("Мы", inn="7700000029", kpp="770101001")

    def pages(
        self,
        cursor: Cursor | None = None,
        *,
        known: Known | None = None,
        codes: ProductCodes | None = None,
        options: FetchOptions | None = None,
        info: PortalInfo | None = None,
    ) -> list[FetchPage]:
        """Return all pages of one fetch; the journal then holds its requests only."""
        info = info or self.info()
        changes = fetch_changes(self.client, info, cursor or Cursor(), known=known, codes=codes, options=options)
        return list(changes)

    def __enter__(self) -> Live:
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.server.close()


def invoices(pages: Iterable[FetchPage]) -> dict[InvoiceKey, Invoice]:
    """Return the invoices of all pages, each exactly once."""
    found = [invoice for page in pages for invoice in page.invoices]
    by_key = {invoice.key: invoice for invoice in found}
    assert len(by_key) == len(found)
    return by_key


def problems(pages: Iterable[FetchPage]) -> list[FetchProblem]:
    return [problem for page in pages for problem in page.problems]


class Stored:
    """What a database would answer to ``known``."""

    def __init__(self, pages: Iterable[FetchPage] = ()) -> None:
        self.seen = {(invoice.key, invoice.updated_at) for page in pages for invoice in page.invoices}
        self.asked: list[int] = []

    def __call__(self, listed: Sequence[tuple[InvoiceKey, dt.datetime]]) -> set[InvoiceKey]:
        self.asked.append(len(listed))
        return {pair[0] for pair in listed if pair in self.seen}
