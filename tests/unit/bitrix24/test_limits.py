import datetime as dt
import threading
from decimal import Decimal

import pytest

from commerceml_bridge.bitrix24.limits import LeakyBucket, MethodPauses


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def bucket(time: Time, rate: float = 2, burst: float = 50) -> LeakyBucket:
    return LeakyBucket(rate=rate, burst=burst, monotonic=time.read, sleep=time.sleep)


def test_the_burst_passes_without_waiting_and_then_two_requests_a_second() -> None:
    time = Time()
    limiter = bucket(time)
    for _ in range(50):
        limiter.acquire()
    assert time.slept == []
    for _ in range(4):
        limiter.acquire()
    assert sum(time.slept) == pytest.approx(2.0, abs=0.001)


def test_the_bucket_leaks_while_nobody_asks() -> None:
    time = Time()
    limiter = bucket(time, rate=1, burst=2)
    limiter.acquire(2)
    time.now += 2
    limiter.acquire(2)
    assert time.slept == []


def test_a_penalty_stops_everybody_and_the_bucket_counts_as_full() -> None:
    time = Time()
    limiter = bucket(time)
    limiter.penalise(3)
    limiter.acquire()
    assert sum(time.slept) == pytest.approx(3.0, abs=0.001)
    limiter.penalise(0)
    limiter.acquire()
    assert sum(time.slept) == pytest.approx(3.5, abs=0.001)


def test_a_cost_that_never_fits_is_an_error_and_not_an_endless_wait() -> None:
    with pytest.raises(ValueError, match="exceeds"):
        bucket(Time(), burst=5).acquire(6)


def test_threads_together_do_not_exceed_the_bucket() -> None:
    time = Time()
    lock = threading.Lock()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        with lock:
            slept.append(seconds)
            time.now += seconds

    limiter = LeakyBucket(rate=10, burst=20, monotonic=time.read, sleep=sleep)

    def ask() -> None:
        for _ in range(10):
            limiter.acquire()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # 80 requests, 20 fit at once: the other 60 need 6 seconds at least.
    assert time.now - 1000 >= 6 - 0.001


NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)


def test_a_method_pauses_until_the_reset_the_portal_told() -> None:
    now = [NOW]
    pauses = MethodPauses(lambda: now[0])
    pauses.note("crm.item.list", {"operating_reset_at": int(NOW.timestamp()) + 200})
    assert pauses.pause("crm.item.List") == 200
    assert pauses.remaining("CRM.ITEM.LIST") == 200
    assert pauses.remaining("crm.item.get") == 0
    now[0] += dt.timedelta(seconds=200)
    assert pauses.remaining("crm.item.list") == 0


@pytest.mark.parametrize("block", [{}, {"operating_reset_at": None}, {"operating_reset_at": 5}])
def test_without_a_known_reset_the_pause_is_a_minute(block: dict[str, object]) -> None:
    pauses = MethodPauses(lambda: NOW)
    pauses.note("batch", block)
    assert pauses.pause("batch") == 60


def test_the_reset_may_be_a_fraction() -> None:
    pauses = MethodPauses(lambda: NOW)
    pauses.note("x", {"operating_reset_at": Decimal(int(NOW.timestamp()) + 30) + Decimal("0.5")})
    assert pauses.pause("x") == 30
