"""Batches shrink while the portal is slow and grow again; what timed out is asked for in smaller pieces."""

from __future__ import annotations

import pytest

from commerceml_bridge.bitrix24.batch import LIMIT
from commerceml_bridge.bitrix24.fetch import FetchOptions
from commerceml_bridge.bitrix24.pace import Pace
from commerceml_bridge.bitrix24.refusals import PortalTooSlow
from commerceml_bridge.errors import PortalUnavailable
from commerceml_bridge.simulators.portal import FaultKind, seed_many
from tests.integration.bitrix24.live import SMART_ONLY, Live, invoices


def sizes(live: Live) -> list[int]:
    return [len(entry.commands) or 1 for entry in live.journal.entries()]


@pytest.mark.parametrize("status", [504, 524, 408])
def test_a_batch_that_timed_out_is_asked_for_in_halves(status: int) -> None:
    with Live(SMART_ONLY) as live:
        seed_many(live.portal, 500, clients=166)
        info = live.info()
        live.faults.add(FaultKind.HTML, times=3, methods=["batch"], status=status)
        assert len(invoices(live.pages(info=info))) == 500
        assert sizes(live)[:4] == [10, 5, 2, 1]
        assert live.slept == []
        assert live.client.pace.size > 1


def test_an_answer_that_never_comes_shrinks_the_batch_too() -> None:
    with Live(SMART_ONLY) as live:
        seed_many(live.portal, 120)
        info = live.info()
        live.client = live.new_client(timeout=0.3)
        live.faults.add(FaultKind.SLOW, times=2, methods=["batch"], seconds=0.8)
        assert len(invoices(live.pages(info=info))) == 120
        assert live.client.pace.size < LIMIT
        assert len(sizes(live)) > 3


def test_the_smallest_piece_that_is_too_slow_is_a_portal_that_is_not_available() -> None:
    with Live(SMART_ONLY) as live:
        seed_many(live.portal, 120)
        info = live.info()
        live.faults.add(FaultKind.HTML, times=50, status=504)
        with pytest.raises(PortalUnavailable) as caught:
            live.pages(info=info)
        assert type(caught.value) is not PortalTooSlow
        assert live.journal.count() < 12


def test_slow_answers_make_batches_smaller_and_quick_ones_larger_again() -> None:
    with Live(SMART_ONLY) as live:
        seed_many(live.portal, 2000, clients=600)
        live.client.pace = Pace(slow=0.5, quick=0.4)
        info = live.info()
        live.faults.add(FaultKind.SLOW, times=2, methods=["batch"], seconds=0.6)
        assert len(invoices(live.pages(info=info))) == 2000
        asked = sizes(live)
        assert min(asked[1:6]) < LIMIT
        assert max(asked[6:]) > min(asked[1:6])


def test_the_pace_never_leaves_its_bounds() -> None:
    pace = Pace()
    for _ in range(20):
        pace.note(pace.size, 60.0)
    assert pace.size == 1
    assert not pace.too_slow(1)
    for _ in range(40):
        pace.note(pace.size, 0.1)
    assert pace.size == LIMIT
    pace.note(3, 0.1)
    pace.note(LIMIT, 10.0)
    assert pace.size == LIMIT


def test_an_idle_look_that_is_too_much_at_once_is_done_in_pieces() -> None:
    with Live() as live:
        seed_many(live.portal, 20)
        info = live.info()
        before = live.pages(info=info)
        live.portal.advance_clock(600)
        before = live.pages(before[-1].cursor, info=info, options=FetchOptions(surroundings=True))
        live.portal.advance_clock(600)
        live.portal.update_company(2, TITLE="Переименована")
        live.faults.add(FaultKind.HTML, times=2, methods=["batch"], status=504)
        live.journal.clear()
        pages = live.pages(before[-1].cursor, info=info, options=FetchOptions(surroundings=True))
        assert [change.ref.id for change in pages[-1].changed or ()] == [2]
        assert max(sizes(live)[1:]) < sizes(live)[0]
