"""Where an invoice, 1C and Bitrix24 disagree: one table of differences, each with its reason and one action.

Read by the reconciliation report. A row of the table that holds is shown; the first one is what to do first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from commerceml_bridge.domain.money import ZERO

UNSEEN_AFTER = dt.timedelta(days=7)


@dataclass(frozen=True)
class Line:
    """One invoice at one node, as the report sees it."""

    invoice_id: int
    kind: str
    b24_id: int
    number: str
    date: dt.date
    counterparty: str
    inn: str
    currency: str
    total: Decimal
    stage_id: str
    stage: str
    """semantics: open, success, failure"""
    onec_number: str
    wire_number: str
    held_reason: str
    first_served_at: dt.datetime | None
    acknowledged_at: dt.datetime | None
    seen_at: dt.datetime | None
    verified_at: dt.datetime | None
    difference: str
    doubt: str
    payment: str
    payment_certain: bool
    payment_reason: str
    payment_note: str
    paid_amount: Decimal | None

    @property
    def paid(self) -> Decimal:
        """What is known to be paid; a full payment of unknown sum is the total."""
        if self.paid_amount is not None:
            return self.paid_amount
        return self.total if self.payment == "paid" else ZERO

    @property
    def fully_paid(self) -> bool:
        """Tell whether 1C or the bank say that everything is paid."""
        return self.payment in ("paid", "overpaid")


@dataclass(frozen=True)
class Difference:
    """What disagrees, why, and the one thing to do."""

    code: str
    reason: str
    action: str


@dataclass(frozen=True)
class Outlook:
    """What the node can know, and the moment of the report."""

    now: dt.datetime
    sees: bool
    """the base can show us its documents: it returns orders, or is asked over OData"""


@dataclass(frozen=True)
class _Rule:
    code: str
    holds: Callable[[Line, Outlook], bool]
    reason: Callable[[Line], str]
    action: str


def _unseen(line: Line, outlook: Outlook) -> bool:
    at = line.acknowledged_at
    return bool(outlook.sees and at and not line.seen_at and outlook.now - at >= UNSEEN_AFTER)


_CANCELLED = {"cancelled": "отменён", "deleted": "помечен на удаление"}

RULES: tuple[_Rule, ...] = (
    _Rule(
        "held",
        lambda line, _: bool(line.held_reason),
        lambda line: f"Удержан: {line.held_reason}",
        "Исправьте счёт в Битрикс24 или отпустите его на странице «Проблемы».",
    ),
    _Rule(
        "not-delivered",
        lambda line, _: not line.held_reason and line.first_served_at is None,
        lambda line: "1С его ещё не получала.",
        "Проведите в 1С обмен с сайтом.",
    ),
    _Rule(
        "not-acknowledged",
        lambda line, _: line.first_served_at is not None and line.acknowledged_at is None,
        lambda line: "Отдан, но 1С загрузку не подтвердила.",
        "Повторите обмен в 1С и посмотрите её журнал регистрации.",
    ),
    _Rule(
        "doubt",
        lambda line, _: bool(line.doubt),
        lambda line: line.doubt,
        "Сверьте счета с одинаковым номером в 1С.",
    ),
    _Rule(
        "differs",
        lambda line, _: bool(line.difference),
        lambda line: f"В 1С не то, что отправлено: {line.difference}.",
        "Исправьте счёт в 1С или отправьте его снова.",
    ),
    _Rule(
        "cancelled-but-open",
        lambda line, _: line.payment in _CANCELLED and line.stage != "failure",
        lambda line: f"В 1С счёт {_CANCELLED[line.payment]}, а в Битрикс24 он на стадии {line.stage_id}.",
        "Решите судьбу счёта и переведите его в Битрикс24.",
    ),
    _Rule(
        "paid-but-failed",
        lambda line, _: (line.fully_paid or line.paid > 0) and line.stage == "failure",
        lambda line: f"Оплачено {line.paid}, а в Битрикс24 счёт на провальной стадии {line.stage_id}.",
        "Верните счёт в работу в Битрикс24 или деньги покупателю.",
    ),
    _Rule(
        "uncertain",
        lambda line, _: line.fully_paid and not line.payment_certain,
        lambda line: f"Оплата под вопросом: {line.payment_reason}",
        "Проверьте оплату в 1С и переведите счёт в Битрикс24 вручную.",
    ),
    _Rule(
        "paid-but-open",
        lambda line, _: line.fully_paid and line.payment_certain and line.stage == "open",
        lambda line: f"Оплачен, а в Битрикс24 счёт на стадии {line.stage_id}.",
        "Дождитесь записи. Если на странице счёта она уже есть, стадию сменили в Битрикс24: запишите оплату там ещё "
        "раз.",
    ),
    _Rule(
        "paid-by-status",
        lambda line, _: line.fully_paid and bool(line.payment_note),
        lambda line: line.payment_note,
        "Проверьте оплату в 1С; если счёт закрыт наличными или взаимозачётом, делать нечего.",
    ),
    _Rule(
        "overpaid",
        lambda line, _: line.paid > line.total > 0,
        lambda line: f"Оплачено больше на {line.paid - line.total}.",
        "Верните лишнее или зачтите в другой счёт.",
    ),
    _Rule(
        "success-but-partly",
        lambda line, _: line.stage == "success" and not line.fully_paid and line.paid > 0,
        lambda line: f"В Битрикс24 счёт завершён, а оплачено {line.paid} из {line.total}.",
        "Проверьте, все ли платежи привязаны в 1С к этому счёту.",
    ),
    _Rule(
        "success-but-unpaid",
        lambda line, _: line.stage == "success" and not line.fully_paid and line.paid <= 0,
        lambda line: "В Битрикс24 счёт завершён, а об оплате ничего не известно.",
        "Привяжите платёж к счёту в 1С или загрузите выписку банка.",
    ),
    _Rule(
        "partly-paid",
        lambda line, _: line.stage == "open" and line.payment == "partly-paid",
        lambda line: (
            f"Оплачено {line.paid} из {line.total}, осталось {line.total - line.paid}."
            if line.paid_amount
            else "Оплачен частично, сумму 1С не сообщила."
        ),
        "Напомните покупателю об остатке.",
    ),
    _Rule(
        "unposted",
        lambda line, _: line.payment == "unposted",
        lambda line: "Документ в 1С не проведён: его оплата не считается.",
        "Проведите документ в 1С.",
    ),
    _Rule(
        "unseen",
        _unseen,
        lambda line: "1С подтвердила загрузку, но документа так и не показала.",
        "Найдите счёт в 1С; если его нет, отправьте снова.",
    ),
)
"""The order is the order of urgency."""


def differences(line: Line, outlook: Outlook) -> tuple[Difference, ...]:
    """Return every difference of a line, the most urgent first."""
    return tuple(Difference(rule.code, rule.reason(line), rule.action) for rule in RULES if rule.holds(line, outlook))


@dataclass
class Totals:
    """The bottom row, for one currency. Sums of invoices that have come that far; ``paid`` is money."""

    currency: str
    invoices: int = 0
    invoiced: Decimal = ZERO
    delivered: Decimal = ZERO
    acknowledged: Decimal = ZERO
    verified: Decimal = ZERO
    paid: Decimal = ZERO
    succeeded: Decimal = ZERO
    """in a success stage of Bitrix24"""
    different: int = 0

    def add(self, line: Line, *, different: bool) -> None:
        """Count one line."""
        self.add_alike(line, different=different, invoices=1, total=line.total, paid=line.paid)

    def add_alike(self, line: Line, *, different: bool, invoices: int, total: Decimal, paid: Decimal) -> None:
        """Count several lines that came as far as this one; ``total`` and ``paid`` are of all of them."""
        self.invoices += invoices
        self.invoiced += total
        self.delivered += total if line.first_served_at else ZERO
        self.acknowledged += total if line.acknowledged_at else ZERO
        self.verified += total if line.verified_at else ZERO
        self.paid += paid
        self.succeeded += total if line.stage == "success" else ZERO
        self.different += invoices if different else 0
