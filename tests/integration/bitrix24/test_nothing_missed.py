"""Whatever changes while the portal is read, each state is read in the end, and a quiet portal costs one request."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commerceml_bridge.bitrix24.answers import Answer
from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.cursor import Cursor
from commerceml_bridge.bitrix24.fetch import FetchOptions, FetchPage, fetch_changes
from commerceml_bridge.domain.invoices import Invoice, InvoiceKey
from commerceml_bridge.simulators.portal import Settings, seed_many
from tests.integration.bitrix24.live import START, Live

SAME_SECOND = dt.timedelta(seconds=2)


class Memory:
    """What the database keeps of fetched invoices, and what it answers to ``known``."""

    def __init__(self) -> None:
        self.invoices: dict[InvoiceKey, Invoice] = {}
        self.read_at: dict[InvoiceKey, dt.datetime] = {}
        self.cursor = Cursor()

    def known(self, listed: Sequence[tuple[InvoiceKey, dt.datetime]]) -> set[InvoiceKey]:
        return {
            key
            for key, updated in listed
            if key in self.invoices
            and self.invoices[key].updated_at == updated
            and self.read_at[key] - updated > SAME_SECOND
        }

    def keep(self, page: FetchPage) -> int:
        for invoice in page.invoices:
            self.invoices[invoice.key] = invoice
            assert page.read_at is not None
            self.read_at[invoice.key] = page.read_at
        self.cursor = Cursor.from_json(page.cursor.to_json())
        return len(page.invoices)


class Busy:
    """People who work in the portal between any two requests of ours."""

    def __init__(self, live: Live, chance: random.Random) -> None:
        self.live, self.chance, self.awake = live, chance, True
        call = live.client.call_full

        def disturbed(method: str, params: Mapping[str, Any] | None = None, *, write: bool | None = None) -> Answer:
            self.work()
            answer = call(method, params, write=write)
            self.work()
            return answer

        live.client.call_full = disturbed  # type: ignore[method-assign]

    def work(self) -> None:
        if not self.awake:
            return
        portal = self.live.portal
        for _ in range(self.chance.randint(0, 3)):
            numbers = list(portal.items.records)
            if self.chance.random() < 0.2 or not numbers:
                portal.add_smart_invoice(title=f"новый {self.chance.random()}")
            else:
                portal.update_invoice(self.chance.choice(numbers), title=f"иной {self.chance.random()}")
            portal.advance_clock(self.chance.choice((0, 0, 1)))


def titles(live: Live) -> dict[int, str]:
    return {number: str(live.portal.smart_invoice(number)["title"]) for number in live.portal.items.records}


def one_pass(client: BitrixClient, info: Any, memory: Memory, options: FetchOptions, stop_after: int = 0) -> int:
    """Fetch; ``stop_after``: be killed after so many pages."""
    fetched = 0
    pages: Iterable[FetchPage] = fetch_changes(client, info, memory.cursor, known=memory.known, options=options)
    for place, page in enumerate(pages, 1):
        fetched += memory.keep(page)
        if place == stop_after:
            break
    return fetched


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, 10**6),
    st.sampled_from([0, 49, 50, 51, 130]),
    st.sampled_from([1, 2, 10]),
    st.sampled_from(["unfiltered", "error"]),
    st.integers(-86400, 86400),
)
def test_nothing_is_missed_and_nothing_read_twice_for_nothing(
    seed: int, count: int, chain: int, dangling: str, skew: int
) -> None:
    chance = random.Random(seed)
    with Live(Settings(kinds=frozenset({"smart"}), dangling=dangling)) as live:
        seed_many(live.portal, count, days=0)
        live.client.clock = lambda: START + dt.timedelta(seconds=skew)  # ours is wrong by up to a day
        info, memory, options = live.info(), Memory(), FetchOptions(chain_pages=chain)
        busy = Busy(live, chance)
        for _ in range(4):
            one_pass(live.client, info, memory, options, stop_after=chance.randint(0, 3))
            live.portal.advance_clock(chance.choice((0, 1, 5, 60, 600)))
        busy.awake = False
        for _ in range(3):  # one that was interrupted, one that has met changes, one that looks back
            one_pass(live.client, info, memory, options)
            live.portal.advance_clock(3)
        assert {key.id: invoice.title for key, invoice in memory.invoices.items()} == titles(live)
        live.portal.advance_clock(3)
        live.journal.clear()
        assert one_pass(live.client, info, memory, options) == 0
        assert live.journal.count() <= 1 + len(memory.invoices) // 50
