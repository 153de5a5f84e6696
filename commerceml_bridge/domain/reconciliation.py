"""What follows from a returned document (facts: 1c-clients §4.1 and addendum, reference-server §3.5–§3.7; decision 20).

Absence of information never changes a state; a deleted or unposted document never pays; ``T``, ``0001-01-01`` and an
empty date are no payment. Only a *certain* ``paid`` may be written to Bitrix24. Knows nothing of earlier documents.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from commerceml_bridge.domain.ledger import Ledger, add_up, is_money, voucher_date, voucher_number
from commerceml_bridge.domain.returned import Operation, ReturnedDocument
from commerceml_bridge.domain.signals import DateKind, currencies_differ, read_date, real_date
from commerceml_bridge.domain.verification import returned_rates, same_rates


class DecisionKind(StrEnum):
    """What a document means for its invoice."""

    PAID = "paid"
    PARTLY_PAID = "partly-paid"
    CANCELLED = "cancelled"
    DELETED = "deleted"
    UNPOSTED = "unposted"
    NOTHING = "nothing"
    UNCLEAR = "unclear"
    """1C says something about payment that a person must look at"""


@dataclass(frozen=True)
class Decision:
    """A decision with its reason in Russian. ``certain`` paid is what may be written to Bitrix24."""

    kind: DecisionKind
    reason: str
    paid_amount: Decimal | None = None
    voucher_number: str | None = None
    voucher_date: dt.date | None = None
    certain: bool = True


@dataclass(frozen=True)
class _Case:
    """A document beside what we know of its invoice."""

    document: ReturnedDocument
    total: Decimal
    currency: str
    pay_before: dt.date | None
    ledger: Ledger
    has_payments: bool

    def decide(
        self, kind: DecisionKind, reason: str, amount: Decimal | None = None, *, certain: bool = True
    ) -> Decision:
        """Return a decision; vouchers belong to payments only."""
        if kind not in {DecisionKind.PAID, DecisionKind.PARTLY_PAID, DecisionKind.UNCLEAR}:
            return Decision(kind, reason, amount, certain=certain)
        number = self.ledger.voucher_number or voucher_number(self.document) if self._vouched else None
        date = self.ledger.voucher_date or voucher_date(self.document) if self._vouched else None
        return Decision(kind, reason, amount, number, date, certain)

    def unclear(self, reason: str, amount: Decimal | None = None) -> Decision:
        """Return a decision that is shown and never written."""
        return self.decide(DecisionKind.UNCLEAR, reason, amount, certain=False)

    @property
    def _vouched(self) -> bool:
        return bool(self.ledger.counted) or self.claims_paid or self.document.payment_number is not None

    @property
    def payment_date(self) -> DateKind:
        """What ``Дата оплаты по 1С`` is."""
        return read_date(self.document.payment_date).kind

    @property
    def claims_paid(self) -> bool:
        """Tell whether the document itself says it is paid."""
        return self.document.paid is True or self.payment_date is DateKind.REAL


def decide(
    document: ReturnedDocument, invoice_total: Decimal, currency: str, *, sent_pay_before: dt.date | None = None
) -> Decision:
    """Decide what a returned document means for an invoice of ``invoice_total`` in ``currency`` (ISO).

    ``sent_pay_before`` is the ``СрокПлатежа`` we sent: the same date coming back is an echo, another one is УТ 11's
    only sign of a partial payment (addendum 4).
    """
    payments = [one for one in family(document) if is_money(one)]
    case = _Case(document, invoice_total, currency, sent_pay_before, add_up(payments, currency), bool(payments))
    if document.operation is Operation.SHIPMENT:
        return case.decide(DecisionKind.NOTHING, "Документ отгрузки: об оплате ничего не говорит.")
    rules = _PAYMENT_RULES if is_money(document) else _ORDER_RULES
    decisions = (decision for rule in rules if (decision := rule(case)))
    return next(decisions, case.decide(DecisionKind.NOTHING, "1С ничего не сообщает об оплате."))


@dataclass(frozen=True)
class Sent:
    """What a document said when it went out, as far as 1C may return it."""

    number: str
    date: dt.date
    total: Decimal
    tax: Decimal | None = None
    inn: str = ""
    currency: str = ""
    """ISO"""
    rates: str = ""
    """as ``verification.rates_of`` writes them"""


def verify(document: ReturnedDocument, sent: Sent, *, zero_is_none: bool = False) -> list[str]:
    """Return in Russian what differs in 1C from what was sent; empty means verified (decision 13).

    Number, date and total must be there and equal; VAT, its rates, ИНН and currency count only where 1C returned them.
    ``zero_is_none``: as ``same_rates`` has it.
    """
    number = "".join(document.number.split())
    equal_rates = same_rates(document, sent.rates, zero_is_none=zero_is_none)
    checks = (
        ("номер", number or None, sent.number, number.casefold() == "".join(sent.number.split()).casefold()),
        ("дата", document.date, sent.date, document.date == sent.date),
        ("сумма", document.amount, sent.total, document.amount == sent.total),
        ("НДС", document.vat, sent.tax, document.vat is None or sent.tax is None or document.vat == sent.tax),
        ("ИНН контрагента", document.inn, sent.inn, not document.inn or not sent.inn or document.inn == sent.inn),
        ("ставки НДС", returned_rates(document), sent.rates, equal_rates),
        ("валюта", document.currency, sent.currency, not currencies_differ(document.currency, sent.currency)),
    )
    return [_difference(name, back, told) for name, back, told, equal in checks if not equal]


def in_kopecks(amount: Decimal | None) -> Decimal | None:
    """Round an amount 1C wrote with more than two decimals."""
    return None if amount is None else amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _difference(name: str, returned: object, sent: object) -> str:
    if returned is None:
        return f"{name}: отправлено {_show(sent)}, 1С не вернула"
    return f"{name}: отправлено {_show(sent)}, в 1С {_show(returned)}"


def _show(value: object) -> str:
    return f"{value:%d.%m.%Y}" if isinstance(value, dt.date) else str(value)


def family(document: ReturnedDocument) -> Iterator[ReturnedDocument]:
    """Yield a document and all under it: a subordinate document of УНФ may hold others (commerceml §2.2)."""
    yield document
    for child in document.children:
        yield from family(child)


# --- rules for an order, in order of precedence ---


def _deleted(case: _Case) -> Decision | None:
    if case.document.deleted is not True:
        return None
    return case.decide(DecisionKind.DELETED, "Документ помечен в 1С на удаление.")


def _cancelled(case: _Case) -> Decision | None:
    paid = f" При этом в 1С есть оплата {case.ledger.amount}." if case.ledger.amount > 0 else ""
    if case.document.cancelled is True:
        return case.decide(DecisionKind.CANCELLED, f"Заказ отменён в 1С.{paid}")
    if case.document.amount == 0 and case.total > 0:
        return case.decide(DecisionKind.CANCELLED, f"Сумма заказа в 1С равна нулю: все строки отменены.{paid}")
    return None


def _unposted(case: _Case) -> Decision | None:
    if case.document.posted is not False:
        return None
    paid = " Отметки об оплате в нём не учтены." if case.claims_paid or case.has_payments else ""
    return case.decide(DecisionKind.UNPOSTED, f"Документ в 1С не проведён.{paid}")


def _worthless(case: _Case) -> Decision | None:
    if case.total > 0:
        return None
    return case.decide(DecisionKind.NOTHING, "Сумма счёта не больше нуля: оплачивать нечего.")


def _covered(case: _Case) -> Decision | None:
    """Weigh the payment documents against the total."""
    ledger = case.ledger
    if ledger.doubts:
        return case.unclear(f"Оплату нельзя посчитать: {'; '.join(ledger.doubts)}.", ledger.amount)
    if not ledger.counted:
        return None
    if ledger.amount >= case.total:
        reason = f"Документы оплаты в 1С на {ledger.amount} покрывают сумму счёта {case.total}."
        return case.decide(DecisionKind.PAID, reason, ledger.amount)
    if case.claims_paid:
        return case.unclear(
            f"1С отмечает заказ оплаченным, а документов оплаты только на {ledger.amount} из {case.total}.",
            ledger.amount,
        )
    if ledger.amount > 0:
        return case.decide(DecisionKind.PARTLY_PAID, f"В 1С оплачено {ledger.amount} из {case.total}.", ledger.amount)
    return case.unclear(f"Оплата в 1С возвращена: осталось {ledger.amount}.", ledger.amount)


def _claimed(case: _Case) -> Decision | None:
    """Weigh the document's own word: ``Оплачен`` or a real ``Дата оплаты по 1С``."""
    if not case.claims_paid:
        return None
    objection = _objection(case)
    if objection:
        return case.unclear(objection)
    word = "«Оплачен»" if case.document.paid else f"«Дата оплаты по 1С» {(case.document.payment_date or '').strip()}"
    if case.document.posted is None:
        reason = f"1С сообщает {word}, но не говорит, проведён ли документ."
        return case.decide(DecisionKind.PAID, reason, case.total, certain=False)
    return case.decide(DecisionKind.PAID, f"1С сообщает {word}: заказ оплачен полностью.", case.total)


def _objection(case: _Case) -> str:
    """Say what speaks against the document's own word; ``""`` if nothing does."""
    document = case.document
    if document.paid is False:
        return "1С пишет дату оплаты, но отмечает заказ неоплаченным."
    if case.has_payments:
        return "1С отмечает заказ оплаченным, но документы оплаты в нём не проведены, отменены или не оплачены."
    if currencies_differ(document.currency, case.currency):
        return f"1С отмечает заказ оплаченным, но в другой валюте ({document.currency}, в счёте {case.currency})."
    if document.amount is not None and document.amount < case.total:
        return f"1С отмечает оплаченным заказ на {document.amount}, а счёт на {case.total}."
    return ""


def _denied(case: _Case) -> Decision | None:
    if case.document.paid is not False:
        return None
    return case.decide(DecisionKind.NOTHING, "1С сообщает: заказ не оплачен.")


def _placeholder(case: _Case) -> Decision | None:
    """Show what looks like a payment mark and is none (1c-clients §4.1, the "T" quirk)."""
    written = (case.document.payment_date or "").strip()
    if case.payment_date is DateKind.PLACEHOLDER:
        return case.unclear(
            f"«Дата оплаты по 1С» без даты («{written}»): документа оплаты в 1С нет, заказ мог быть закрыт иначе. "
            "Проверьте его в 1С."
        )
    if case.payment_date is DateKind.UNREADABLE:
        return case.unclear(f"«Дата оплаты по 1С» не читается: «{written}».")
    if (case.document.payment_number or "").strip():
        return case.unclear("1С пишет номер оплаты без её даты.")
    return None


def _part_payment(case: _Case) -> Decision | None:
    """УТ 11 shows a partial payment by ``СрокПлатежа`` alone (addendum 4)."""
    date = real_date(case.document.pay_date)
    if date is None or date == case.pay_before:
        return None
    reason = (
        f"1С указала дату платежа {date:%d.%m.%Y}, но не полную оплату: вероятно, оплачена часть. Сумму 1С не передаёт."
    )
    return case.decide(DecisionKind.PARTLY_PAID, reason, certain=False)


# --- rules for a payment that stands alone ---


def _single(case: _Case) -> Decision | None:
    """Weigh one payment: enough for the whole or, not knowing the others, perhaps a part."""
    if case.document.operation is Operation.REFUND or case.ledger.doubts:
        doubts = "; ".join(case.ledger.doubts) or "это возврат покупателю"
        return case.unclear(f"Отдельный документ оплаты: {doubts}.")
    amount = case.ledger.amount
    if not case.ledger.counted or amount <= 0:
        return case.decide(
            DecisionKind.NOTHING, "Документ оплаты не проведён, отменён, удалён или не оплачен: не учтён."
        )
    posted = case.document.posted is True
    if amount >= case.total:
        return case.decide(
            DecisionKind.PAID, f"Платёж {amount} покрывает сумму счёта {case.total}.", amount, certain=posted
        )
    reason = f"Отдельный платёж {amount} из {case.total}; остальные платежи в файле не указаны."
    return case.decide(DecisionKind.PARTLY_PAID, reason, amount, certain=False)


_Rules = tuple[Callable[[_Case], Decision | None], ...]
_ORDER_RULES: _Rules = (
    _deleted,
    _cancelled,
    _unposted,
    _worthless,
    _covered,
    _claimed,
    _denied,
    _placeholder,
    _part_payment,
)
_PAYMENT_RULES: _Rules = (_worthless, _single)
