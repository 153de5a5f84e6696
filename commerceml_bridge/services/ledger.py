"""The ledger: facts in, what is paid out, and what Bitrix24 is to be told; all in the transaction of the caller.

``record`` is the one door for polls, statements and operators; files of 1C use ``Pages`` for some hundred documents at
once. A fact is stored once by 1C's id and content; saying it again only renews its stamp. Never deletes anything.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from commerceml_bridge.db.ledger import Owed
from commerceml_bridge.db.rows import ConsignmentRow, NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.balance import Balance, Entry, Stamp, Standing, derive_held, holding
from commerceml_bridge.domain.facts import MONEY, STATES, Fact, FactKind, Report, Source
from commerceml_bridge.domain.policy import Policy, Situation
from commerceml_bridge.errors import NotFound
from commerceml_bridge.services.announcing import Change, News, announce
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.jobs import WRITEBACK
from commerceml_bridge.services.settling import Outbox, payment_numbers, settle

_BEGUN = frozenset({"running", "done"})
_PAID = frozenset({Standing.PAID, Standing.PARTLY_PAID, Standing.WITHDRAWN})


@dataclass(frozen=True)
class Made:
    """A fact that is new in the ledger; ``origin`` may be completed before the page is stored."""

    source: Source
    fact: Fact
    origin: dict[str, Any]
    former: Decimal | None = None
    """the sum the same payment had until now"""


@dataclass
class _Line:
    """An entry with its row: ``row_id`` ``None`` until it is stored."""

    entry: Entry
    held: bool
    row_id: int | None = None
    origin: dict[str, Any] = field(default_factory=dict)
    touched: bool = False


class Pages:
    """The ledger pages of some invoices at one node: read at once, changed in memory, stored at once."""

    def __init__(
        self, uow: UnitOfWork, consignment_ids: Iterable[int], now: dt.datetime, policy: Policy | None = None
    ) -> None:
        self._uow = uow
        self._now = now
        self._by_silence = policy is not None and policy.rule(Situation.WITHDRAWN).by_silence
        self._lines: dict[int, list[_Line]] = defaultdict(list)
        self._holding: dict[int, list[Entry]] = {}
        for consignment_id, rows in uow.ledger.of(consignment_ids).items():
            self._lines[consignment_id] = [_Line(row.entry, row.holds, row.id) for row in rows]

    def tell(self, consignment_id: int, report: Report, **origin: object) -> tuple[bool, list[Made]]:
        """Take a report; return whether it changed what holds, and the facts that are new and hold.

        ``origin``: ``returned_id``, ``session_id``, ``evidence``.
        """
        lines = self._lines[consignment_id]
        held = self._held(consignment_id)
        before = _content(held)
        sums = {(one.source, one.fact.kind, one.fact.key): one.fact.amount for one in held if one.fact.kind in MONEY}
        stamp = self._stamp(lines, report)
        full = report.payments_complete and any(fact.kind in MONEY for fact in report.facts)
        made: list[Made] = []
        for fact in _with_standing(report):
            listed = stamp if full and fact.kind in MONEY else ("", 0)
            known = next((one for one in lines if one.entry.source == report.source and one.entry.fact == fact), None)
            if known is None:
                known = _Line(Entry(report.source, fact, stamp, listed), held=False, origin=dict(origin))
                lines.append(known)
                former = sums.get((report.source, fact.kind, fact.key))
                made.append(Made(report.source, fact, known.origin, former))
                continue
            entry = known.entry
            known.entry = replace(entry, stamp=max(entry.stamp, stamp), listed=max(entry.listed, listed))
            known.touched = known.touched or known.entry != entry
        del self._holding[consignment_id]
        return _content(self._held(consignment_id)) != before, made

    def _held(self, consignment_id: int) -> list[Entry]:
        """Return what holds of a page; worked out once until the page is told something."""
        if consignment_id not in self._holding:
            self._holding[consignment_id] = holding(line.entry for line in self._lines[consignment_id])
        return self._holding[consignment_id]

    @staticmethod
    def _stamp(lines: list[_Line], report: Report) -> Stamp:
        """A report of unknown moment counts as newer than all before it; ``number`` tells equals apart by arrival."""
        mine = [line.entry.stamp for line in lines if line.entry.source == report.source]
        number = max((line.entry.stamp[1] for line in lines), default=0) + 1
        return report.at or max((at for at, _number in mine), default=""), number

    def holds(self, consignment_id: int, made: Iterable[Made]) -> tuple[News, ...]:
        """Return those of new facts that hold."""
        now = _content(self._held(consignment_id))
        every = (News(str(one.source), one.fact, one.former) for one in made)
        return tuple(one for one in every if (one.source, one.fact) in now)

    def balance(self, consignment_id: int, total: Decimal, currency: str) -> Balance:
        """What is paid, by what holds now."""
        return derive_held(self._held(consignment_id), total, currency, by_silence=self._by_silence)

    def numbers(self, consignment_id: int) -> list[str]:
        """The numbers of the payments that count now."""
        return payment_numbers(one.fact for one in self._held(consignment_id))

    def store(self) -> None:
        """Write new facts and changed stamps and marks."""
        new: list[dict[str, object]] = []
        changed: list[tuple[int, dict[str, object]]] = []
        for consignment_id, lines in self._lines.items():
            held = {id(entry) for entry in self._held(consignment_id)}
            for line in lines:
                holds = id(line.entry) in held
                if line.row_id is None:
                    new.append(self._row(consignment_id, line, holds))
                elif line.touched or holds != line.held:
                    changed.append((line.row_id, _stamps(line.entry) | {"holds": holds, "last_at": self._now}))
        self._uow.ledger.add_many(new)
        self._uow.ledger.update_rows(changed)

    def _row(self, consignment_id: int, line: _Line, holds: bool) -> dict[str, object]:
        fact = line.entry.fact
        return {
            "consignment_id": consignment_id,
            "source": str(line.entry.source),
            "kind": str(fact.kind),
            "key": fact.key,
            "number": fact.number,
            "date": fact.date,
            "amount": fact.amount,
            "currency": fact.currency,
            "certain": fact.certain,
            "text": fact.text,
            "status_id": fact.status_id,
            "holds": holds,
            "first_at": self._now,
            "last_at": self._now,
            "returned_id": line.origin.get("returned_id"),
            "session_id": line.origin.get("session_id"),
            "evidence": line.origin.get("evidence") or "",
            **_stamps(line.entry),
        }


def _stamps(entry: Entry) -> dict[str, object]:
    return {
        "at": entry.stamp[0],
        "report": entry.stamp[1],
        "listed_at": entry.listed[0],
        "listed_report": entry.listed[1],
    }


def _with_standing(report: Report) -> Iterable[Fact]:
    yield from report.facts
    if report.about_order and not any(fact.kind in STATES for fact in report.facts):
        yield Fact(FactKind.STANDING, "order", text="Документ в 1С действует.")


def _content(entries: Iterable[Entry]) -> frozenset[tuple[str, Fact]]:
    return frozenset((str(one.source), one.fact) for one in entries)


def columns(balance: Balance, row: ConsignmentRow) -> dict[str, Any]:
    """Return the columns of a consignment that follow from its ledger, for lists and searches."""
    standing, reason = balance.standing, balance.reason
    if standing is Standing.NOTHING and row.payment in _PAID:
        standing = Standing.WITHDRAWN
        reason = "Оплата отозвана: 1С сообщала о ней раньше, теперь она в 1С не числится."
    vouched = standing in {Standing.PAID, Standing.PARTLY_PAID}
    return {
        "payment": str(standing),
        "payment_certain": balance.certain,
        "paid_amount": balance.paid if balance.paid or standing is Standing.PAID else None,
        "payment_reason": " ".join(filter(None, (reason, *_shown(balance, standing)))),
        "payment_note": " ".join(balance.notes),
        "voucher_number": balance.number if vouched else "",
        "voucher_date": balance.date if vouched else None,
        "onec_status_id": balance.status_id,
        "onec_status": balance.status,
        "shipped": balance.shipped,
    }


def _shown(balance: Balance, standing: Standing) -> tuple[str, ...]:
    """Doubts speak up where they decide, each once: no doubt makes a known state less readable."""
    if standing not in {Standing.NOTHING, Standing.PARTLY_PAID}:
        return ()
    every = balance.doubts
    return tuple(one for one in every if not any(one.rstrip(".") in other for other in every if other != one))


def record(  # noqa: PLR0913 - the one door for every source
    uow: UnitOfWork,
    bridge: Bridge,
    node: NodeRow,
    consignment_id: int,
    report: Report,
    *,
    returned_id: int | None = None,
    session_id: int | None = None,
    evidence: str = "",
    burst_id: int | None = None,
    about: Mapping[str, object] | None = None,
) -> Balance:
    """Store a report, derive the balance, queue what Bitrix24 is to be told. Raises ``NotFound``.

    The caller holds the portal's lock (``uow.portals.lock``) and commits. ``burst_id``: of ``bursts.guarded``, for
    whoever records many reports at once. ``about``: columns of the consignment the report tells beside its payment.
    """
    row = uow.consignments.by_id(consignment_id)
    owed = uow.ledger.owed([consignment_id]).get(consignment_id)
    if row is None or owed is None:
        raise NotFound("Этого счёта на этом узле нет.")
    now = bridge.clock()
    pages = Pages(uow, [consignment_id], now, node.options.policy)
    news, made = pages.tell(consignment_id, report, returned_id=returned_id, session_id=session_id, evidence=evidence)
    pages.store()
    balance = pages.balance(consignment_id, owed.total, owed.currency)
    paid = columns(balance, row)
    changes = paid | dict(about or {})
    if not (news or _differs(row, changes)):
        return balance
    uow.consignments.update(consignment_id, **changes)
    if _differs(row, paid) and changes["payment_reason"]:
        uow.journal.add_event(now, row.invoice_id, "returned", changes["payment_reason"], node_id=node.id)
    outbox = Outbox(burst_id)
    _weigh(uow, bridge, node, owed, outbox)
    after = replace(row, **changes)
    change = Change(row, after, pages.holds(consignment_id, made), balance, owed.currency, report.at)
    announce(uow, bridge, node, [change], outbox)
    outbox.store(uow)
    if burst_id is not None and unpaid(row, after):
        uow.bursts.count_unpaid(burst_id, 1)
    return balance


def _differs(row: ConsignmentRow, changes: Mapping[str, object]) -> bool:
    return any(getattr(row, name) != value for name, value in changes.items())


def retract(uow: UnitOfWork, bridge: Bridge, node: NodeRow, consignment_id: int) -> str:
    """Take back what 1C told of an invoice through a document that is not its own; return Russian what is left to do.

    Its facts stay to be read and count no more. What was already written to Bitrix24 is not undone by itself.
    """
    row = uow.consignments.by_id(consignment_id)
    owed = uow.ledger.owed([consignment_id]).get(consignment_id)
    now = bridge.clock()
    uow.books.forget_invoice(consignment_id)
    if row is None or owed is None or not uow.ledger.retract(consignment_id, (Source.EXCHANGE, Source.ODATA), now):
        return ""
    balance = Pages(uow, [consignment_id], now, node.options.policy).balance(consignment_id, owed.total, owed.currency)
    unsaid = replace(row, payment="")  # nobody withdrew a payment: it was another invoice's
    uow.consignments.update(consignment_id, **columns(balance, unsaid))
    written = uow.jobs.last_of([owed.invoice_id], WRITEBACK).get(owed.invoice_id)
    outbox = Outbox()
    _weigh(uow, bridge, node, owed, outbox)
    outbox.store(uow)
    if row.payment not in _PAID or balance.says_anything or written is None or written.state not in _BEGUN:
        return ""
    return "Оплата того документа уже записана в Битрикс24: проверьте стадию счёта и верните её вручную."


def unpaid(before: ConsignmentRow, after: ConsignmentRow) -> bool:
    """Tell whether a payment that was certain is there no more."""
    return before.payment == Standing.PAID and after.payment != Standing.PAID


def _weigh(uow: UnitOfWork, bridge: Bridge, node: NodeRow, owed: Owed, outbox: Outbox) -> None:
    rows = uow.consignments.in_service([owed.invoice_id])[owed.invoice_id]
    last = uow.jobs.last_of([owed.invoice_id], WRITEBACK).get(owed.invoice_id)
    settle(uow, bridge, node, owed.invoice_id, rows, owed.total, last, outbox)
