"""Where is this invoice and what is next: one sentence chosen from everything known, the most pressing thing first.

A state machine over the invoice, its state at every node, what was decided of its payment, and the work for Bitrix24.
Codes are part of the JSON twin; texts are for people.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _

from commerceml_bridge.db.browse.party_records import Contact
from commerceml_bridge.db.browse.records import Consignment, InvoiceHistory, Job, Returned
from commerceml_bridge.domain.family_switches import switches
from commerceml_bridge.domain.nodes import ClientFamily
from commerceml_bridge.services.consigning import REFUSED_BY_1C
from commerceml_bridge.services.jobs import WRITEBACK
from commerceml_bridge.services.outlook import NotTaken
from commerceml_bridge.web.explanations import explain
from commerceml_bridge.web.formatting import money, when
from commerceml_bridge.web.language import language
from commerceml_bridge.web.reasons import told

DONE, WAITS, PERSON = "done", "waits", "person"
"""Tones: nothing is left to do; it goes on by itself; a person is needed."""
_DOUBTS = ("conflict", "doubtful")


@dataclass(frozen=True)
class Answer:
    """``code`` names the situation, ``tone`` says who has to move, ``anchor`` where the evidence stands on the page."""

    code: str
    tone: str
    text: str
    next: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class Surroundings:
    """What the answer needs beside the history of the invoice."""

    nodes: Mapping[int, Contact]
    not_taken: Sequence[NotTaken]
    silence: dt.timedelta
    now: dt.datetime


def answer(history: InvoiceHistory, around: Surroundings) -> Answer:
    """Return the most pressing thing there is to say."""
    return next(_all(history, around))


def _all(history: InvoiceHistory, around: Surroundings) -> Iterator[Answer]:
    invoice = history.invoice
    if invoice.problem:
        yield Answer("not-readable", PERSON, _("Последнее получение не удалось: %(why)s", why=told(invoice.problem)))
    yield from _doubted(history.returned)
    yield from _written(history)
    held = [at for at in invoice.nodes if at.held_code]
    yield from (_held(at) for at in held)
    yield from _paid(history)
    if invoice.never:
        yield Answer("never", DONE, _("В 1С не передаётся: %(why)s", why=told(invoice.never)))
    for at in sorted(invoice.nodes, key=_urgency):
        yield _at_node(at, history, around)
    why = " ".join(f"«{one.node}»: {told(one.reason)}" for one in around.not_taken)
    said = _("Не отбирается ни одним узлом. %(why)s", why=why) if why else _("У этого портала нет ни одного узла 1С.")
    yield Answer("not-selected", PERSON, said, _("Измените счёт в Битрикс24 или отбор узла."))


def _why(stored: str, source: str, code: str) -> str:
    """Return a reason in the reader's language; of one that has no English its kind is said instead."""
    said = str(told(stored))
    return said if language() == "ru" or said != stored else str(explain(source, code).cause)


def _doubted(returned: Sequence[Returned]) -> Iterator[Answer]:
    for one in reversed(returned):
        if one.code in _DOUBTS and one.resolved_at is None:
            anchor = f"returned-{one.id}"
            if one.code == "conflict":
                next_step = _("Решите, какая база права, исправьте другую и отметьте документ разобранным.")
                yield Answer("conflict", PERSON, _why(one.reason, "document", one.code), next_step, anchor)
            else:
                said = _("Оплата под сомнением, в Битрикс24 не записана: %(why)s", why=told(one.reason))
                yield Answer("doubtful", PERSON, said, _("Сверьте документ 1С со счётом."), anchor)


def _written(history: InvoiceHistory) -> Iterator[Answer]:
    """What became of the newest write-back, while 1C's word on the payment stands."""
    last = next((job for job in reversed(history.jobs) if job.kind == WRITEBACK), None)
    if last is None or last.state == "cancelled" or not any(at.payment for at in history.invoice.nodes):
        return
    anchor = f"job-{last.id}"
    if last.state == "parked":
        said = _("Оплата известна, но Битрикс24 не принял запись: %(why)s", why=told(last.error))
        yield Answer("parked", PERSON, said, _("Устраните причину и нажмите «Записать сейчас»."), anchor)
    elif last.state == "held":
        said = _("Оплата известна, но запись ждёт решения: один файл изменил бы слишком много счетов.")
        yield Answer("burst", PERSON, said, _("Решите это на странице «Проблемы»."), anchor)
    elif last.state != "done":
        yield Answer("writing", WAITS, _writing(last), "", anchor)
    elif any(at.payment == "paid" for at in history.invoice.nodes):
        if moved := _moved_since(history, last):
            said = _("Оплата записана в Битрикс24, но потом счёт перевели на стадию %(stage)s.", stage=moved)
            next_step = _("Если так и надо, делать нечего; иначе запишите оплату ещё раз кнопкой «Записать сейчас».")
            yield Answer("moved-since", PERSON, said, next_step, anchor)
            return
        said = _("Оплачен: 1С сообщила об оплате, в Битрикс24 записано %(when)s.", when=when(last.finished_at))
        yield Answer("written", DONE, said, "", anchor)


def _moved_since(history: InvoiceHistory, last: Job) -> str:
    """Return the stage the invoice was moved to by hand after we had written its payment, ``""`` if it was not."""
    after, now = last.proof.get("after"), history.invoice
    written = str(after.get("stage_id") or "") if isinstance(after, dict) else ""
    return now.stage_id if written and written != now.stage_id and now.stage_semantics != "success" else ""


def _writing(job: Job) -> str:
    if job.error:
        return str(
            _(
                "Оплата известна, запись в Битрикс24 пока не удалась, следующая попытка %(when)s: %(why)s",
                when=when(job.run_after),
                why=job.error,
            )
        )
    return str(_("Оплата известна, запись в Битрикс24 поставлена в очередь."))


def _held(at: Consignment) -> Answer:
    why = _why(at.held_reason or at.held_code, "held", at.held_code)
    if at.held_code == REFUSED_BY_1C:
        said = _(
            "1С узла «%(node)s» не принимает этот счёт: %(why)s",
            node=at.node,
            why=why,
        )
        next_step = _("Исправьте счёт в Битрикс24 или отпустите его.")
        return Answer("refused", PERSON, said, next_step, f"node-{at.node_id}")
    said = _(
        "Удержан и в 1С узла «%(node)s» не уходит: %(why)s",
        node=at.node,
        why=why,
    )
    return Answer("held", PERSON, said, _("Устраните причину или отпустите счёт."), f"node-{at.node_id}")


def _paid(history: InvoiceHistory) -> Iterator[Answer]:
    total, currency = history.invoice.total, history.invoice.currency
    for at in history.invoice.nodes:
        if at.payment == "partly-paid":
            paid = at.paid_amount or Decimal(0)
            said = _(
                "Оплачен частично: %(paid)s из %(total)s, осталось %(rest)s.",
                paid=money(at.paid_amount, currency),
                total=money(total, currency),
                rest=money(max(total - paid, Decimal(0)), currency),
            )
            if at.paid_amount is None:
                said = _("Оплачен частично; сколько именно, 1С не сообщила.")
            yield Answer("partly-paid", WAITS, said, _("Ждём остальных оплат от 1С."), "ledger")
        elif at.payment == "paid":
            said = _("1С сообщила об оплате. По правилам узла в Битрикс24 при этом ничего не пишется.")
            yield Answer("paid", DONE, said, "", "ledger")
        elif at.payment in ("cancelled", "deleted", "withdrawn", "unclear"):
            said = _("В 1С узла «%(node)s»: %(why)s", node=at.node, why=told(at.payment_reason))
            yield Answer(at.payment, PERSON, said, _("Проверьте документ в 1С."), "ledger")


def _urgency(at: Consignment) -> int:
    """What needs a person first, then what is still on its way; what does not go there at all comes last."""
    if at.unposted or at.difference or at.unseen:
        return 0
    return {"due": 1, "served": 1, "acknowledged": 2, "seen": 3, "verified": 3}.get(at.state, 4)


def _at_node(at: Consignment, history: InvoiceHistory, around: Surroundings) -> Answer:
    node, anchor = around.nodes.get(at.node_id), f"node-{at.node_id}"
    if wrong := _wrong_in_1c(at, anchor):
        return wrong
    if at.state in ("due", "none"):
        return _waiting(at, node, around, anchor)
    if at.state == "served":
        took = when(_last_served(history, at))
        said = _("1С узла «%(node)s» взяла счёт %(when)s и не подтвердила загрузку.", node=at.node, when=took)
        return Answer("unconfirmed", WAITS, said, _("Уйдёт снова при следующем обмене."), anchor)
    if at.state == "acknowledged":
        return _unseen(at, node, anchor)
    return _in_1c(at, node, around, anchor)


def _wrong_in_1c(at: Consignment, anchor: str) -> Answer | None:
    if at.unposted or at.payment == "unposted":
        said = _(
            "Документ %(number)s есть в 1С, но не проведён: %(why)s",
            number=at.onec_number,
            why=_why(at.unposted, "unposted", ""),
        )
        return Answer("unposted", PERSON, said.strip(": "), _("Проведите его в 1С и повторите обмен."), anchor)
    if at.difference:
        said = _("В 1С не то, что в счёте: %(why)s", why=told(at.difference))
        return Answer("differs", PERSON, said, _("Исправьте документ в 1С или отправьте счёт снова."), anchor)
    if at.outside and at.state != "due":
        said = _("Не отбирается узлом «%(node)s»: %(why)s", node=at.node, why=told(at.outside))
        return Answer("outside", DONE, said, "", anchor)
    return None


def _last_served(history: InvoiceHistory, at: Consignment) -> dt.datetime | None:
    return next((one.served_at for one in reversed(history.servings) if one.node == at.node), at.first_served_at)


def _is_silent(node: Contact | None, around: Surroundings) -> bool:
    return node is not None and around.now - (node.last_contact or node.created_at) > around.silence


def _came(node: Contact | None) -> str:
    if node is None or node.last_contact is None:
        return str(_("не приходила ещё ни разу"))
    return str(_("последний раз приходила %(when)s", when=when(node.last_contact)))


def _waiting(at: Consignment, node: Contact | None, around: Surroundings, anchor: str) -> Answer:
    names = {"node": at.node, "came": _came(node)}
    if at.state == "none":
        said = _("Узлу «%(node)s» этот счёт сейчас не отправляется.", node=at.node)
        return Answer("nothing", DONE, said, "", anchor)
    if _is_silent(node, around):
        said = _("1С молчит: счёт готов, но 1С узла «%(node)s» %(came)s.", **names)
        return Answer("silent", PERSON, said, _("Проверьте расписание обмена в 1С и адрес сервера."), anchor)
    said = _("Ждёт обмена: 1С узла «%(node)s» %(came)s.", **names)
    return Answer("waiting", WAITS, said, _("Уйдёт сам, когда 1С придёт."), anchor)


def _unseen(at: Consignment, node: Contact | None, anchor: str) -> Answer:
    names = {"node": at.node, "when": when(at.acknowledged_at)}
    if node is not None and switches(ClientFamily(node.client)).returns_nothing:
        said = _("1С узла «%(node)s» подтвердила счёт %(when)s. Об оплате эта программа обменом не сообщает.", **names)
        return Answer("acknowledged", WAITS, said, _("Оплату покажут опрос 1С или выписка банка."), anchor)
    said = _(
        "1С узла «%(node)s» подтвердила счёт %(when)s, но документ ещё не вернула: есть ли он в ней, неизвестно.",
        **names,
    )
    if at.unseen:
        return Answer("unseen", PERSON, said, _("Найдите счёт в 1С по номеру и выполните полный обмен."), anchor)
    return Answer("unseen", WAITS, said, _("Ждём следующего обмена."), anchor)


def _in_1c(at: Consignment, node: Contact | None, around: Surroundings, anchor: str) -> Answer:
    names = {"number": at.onec_number or at.number or "", "node": at.node, "came": _came(node)}
    if _is_silent(node, around):
        said = _("1С молчит: документ %(number)s в ней есть, об оплате она не сообщала, а %(came)s.", **names)
        return Answer("silent", PERSON, said, _("Проверьте расписание обмена в 1С и адрес сервера."), anchor)
    said = _("Документ %(number)s есть в 1С узла «%(node)s»; об оплате она не сообщала, %(came)s.", **names)
    return Answer("in-1c", WAITS, said, _("Когда оплату проведут в 1С, она придёт со следующим обменом."), anchor)
