import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commerceml_bridge.domain.batching import PATIENCE, Due, Plan, plan


def due(ids: str, suspects: str = "") -> list[Due]:
    marked = {int(one) for one in suspects}
    return sorted((Due(int(one), int(one) in marked) for one in ids), key=lambda one: not one.suspect)


#  due, suspects among them, cap, open batch, refusals → served, replay, suspects, held
PLANS: list[tuple[str, str, str, int, str | None, int, str, bool, str, str]] = [
    ("nothing due", "", "", 0, None, 0, "", False, "", ""),
    ("everything at once", "1234", "", 0, None, 0, "1234", False, "", ""),
    ("no more than the cap", "1234", "", 3, None, 0, "123", False, "", ""),
    ("refused once: the same again", "1234", "", 3, "123", 1, "123", True, "", ""),
    ("refused twice: the same again", "1234", "", 3, "123", 2, "123", True, "", ""),
    ("refused three times: half of it", "1234", "", 0, "1234", 3, "12", False, "1234", ""),
    ("new ones wait while suspects are about", "1234567", "", 0, "1234", 3, "12", False, "1234", ""),
    ("half taken: half of the rest", "34567", "34", 0, None, 0, "3", False, "34", ""),
    ("half refused: its half, the others are free", "1234", "1234", 0, "12", 1, "1", False, "12", ""),
    ("one refused alone: held", "1234", "1234", 0, "1", 1, "2", False, "234", "1"),
    ("the last suspect taken: the rest flows", "567", "", 0, None, 0, "567", False, "", ""),
    ("the last suspect held: the rest flows", "1567", "1", 0, "1", 1, "567", False, "", "1"),
    ("a single document refused three times", "1", "", 0, "1", 3, "", False, "", "1"),
    ("a single document refused once", "12", "", 0, "1", 1, "1", True, "", ""),
    ("a document left the open batch", "134", "", 0, "123", 1, "134", False, "", ""),
    ("what is left of a refused pair is suspected, not held", "13", "", 0, "12", 3, "1", False, "1", ""),
    ("the whole open batch is gone", "34", "", 0, "12", 3, "34", False, "", ""),
    ("an odd number: the smaller half", "12345", "", 0, "12345", 3, "12", False, "12345", ""),
    ("halves obey a lowered cap", "12345678", "", 2, "12345678", 3, "12", False, "12345678", ""),
    ("suspects not yet served again", "12", "12", 0, "1", 0, "1", True, "12", ""),
]  # fmt: skip


@pytest.mark.parametrize("case", PLANS, ids=[one[0] for one in PLANS])
def test_what_goes_into_the_next_answer(
    case: tuple[str, str, str, int, str | None, int, str, bool, str, str],
) -> None:
    what, ids, marked, cap, batch, attempts, serve, replay, suspects, hold = case
    open_batch = None if batch is None else [int(one) for one in batch]
    planned = plan(due(ids, marked), cap=cap, open_batch=open_batch, attempts=attempts)
    expected = Plan([int(one) for one in serve], replay, frozenset(map(int, suspects)), [int(one) for one in hold])
    assert planned == expected, what


@dataclass
class Exchange:
    """A node and a 1C that refuses every batch with a culprit in it; the bookkeeping a service would do."""

    culprits: frozenset[int]
    waiting: list[int]
    cap: int = 0
    suspects: set[int] = field(default_factory=set)
    delivered: set[int] = field(default_factory=set)
    held: set[int] = field(default_factory=set)
    clears_marks: bool = True
    batch: list[int] | None = None
    attempts: int = 0
    rounds: int = 0

    def round(self, outage: bool = False) -> None:
        """One session of 1C: query, and success if it likes what it got."""
        ordered = sorted(self.waiting, key=lambda one: (one not in self.suspects, one))
        planned = plan(
            [Due(one, one in self.suspects) for one in ordered],
            cap=self.cap,
            open_batch=self.batch,
            attempts=self.attempts,
        )
        self.rounds += 1
        self.suspects = set(planned.suspects) | (set() if self.clears_marks else self.suspects)
        self.held |= set(planned.hold)
        self._remove(set(planned.hold))
        self.attempts = self.attempts + 1 if planned.replay else 1
        self.batch = planned.serve
        if not outage and not self.culprits & set(planned.serve):
            self.delivered |= set(planned.serve)
            self._remove(set(planned.serve))
            self.batch, self.attempts = None, 0

    def _remove(self, gone: set[int]) -> None:
        self.waiting = [one for one in self.waiting if one not in gone]
        self.suspects -= gone

    def finish(self, limit: int) -> None:
        while self.waiting and self.rounds < limit:
            self.round()


def bound(documents: int, culprits: int, cap: int) -> int:
    """Rounds that always suffice: per culprit a run of patience, a way down and a way up; and the plain answers."""
    depth = math.ceil(math.log2(documents + 1)) + 1
    plain = math.ceil(documents / cap) if cap else 1
    return plain + 1 + culprits * (PATIENCE + depth * (depth + 1))


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 120), st.sets(st.integers(1, 120), max_size=4), st.sampled_from([0, 1, 7, 50]), st.booleans())
def test_every_innocent_is_delivered_and_only_culprits_are_held(
    documents: int, bad: set[int], cap: int, clears_marks: bool
) -> None:
    culprits = frozenset(one for one in bad if one <= documents)
    exchange = Exchange(culprits, list(range(1, documents + 1)), cap, clears_marks=clears_marks)
    exchange.finish(bound(documents, len(culprits), cap))
    assert exchange.waiting == []
    assert exchange.held == culprits
    assert exchange.delivered == set(range(1, documents + 1)) - culprits
    assert exchange.suspects == set()


@pytest.mark.parametrize("culprit", [1, 250, 500])
def test_one_culprit_in_a_full_answer_is_alone_within_a_score_of_exchanges(culprit: int) -> None:
    exchange = Exchange(frozenset({culprit}), list(range(1, 501)), cap=500)
    while not exchange.held:
        exchange.round()
    assert exchange.held == {culprit}
    assert exchange.rounds <= 20


def test_new_invoices_wait_no_longer_than_the_search() -> None:
    exchange = Exchange(frozenset({3}), list(range(1, 9)))
    for number in range(100, 140):
        exchange.waiting.append(number)
        exchange.round()
    exchange.finish(60)
    assert exchange.held == {3}
    assert exchange.waiting == []


def test_two_refusals_by_a_broken_line_hold_nothing() -> None:
    exchange = Exchange(frozenset(), list(range(1, 9)))
    exchange.round(outage=True)
    exchange.round(outage=True)
    exchange.round()
    assert exchange.delivered == set(range(1, 9))
    assert exchange.suspects == set()
