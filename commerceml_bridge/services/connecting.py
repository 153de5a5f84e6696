"""How far the connection of a 1C base has come, what is missing still, and why: the last step of the wizard.

Only reads. Each step is true by what 1C really did: it came, it confirmed, it returned equal documents, it told of a
payment.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from commerceml_bridge.db.connecting import Reached
from commerceml_bridge.db.rows import NodeRow, PortalRow
from commerceml_bridge.domain.family_switches import switches
from commerceml_bridge.services.bridge import Bridge

REFUSED_LATELY = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Step:
    """One step. ``why``: what is missing and what to do, while it is not done."""

    code: str
    done: bool
    text: str
    why: str = ""


@dataclass(frozen=True)
class Progress:
    """Every step in order, and what can be said of the whole."""

    steps: tuple[Step, ...]
    reached: Reached

    @property
    def done(self) -> bool:
        """Tell whether everything was seen to work."""
        return all(step.done for step in self.steps)

    @property
    def summary(self) -> str:
        """Say it in one sentence."""
        if not self.reached.contacts:
            return "1С ещё не подключалась."
        said = f"1С подключилась, счетов доставлено и сверено: {self.reached.verified}"
        if self.reached.acknowledged != self.reached.verified:
            said += f" (подтверждено загрузкой: {self.reached.acknowledged})"
        return f"{said}, оплат вернулось: {self.reached.paid}."


def progress(bridge: Bridge, node: NodeRow) -> Progress:
    """Return how far a node has come."""
    with bridge.db.read() as uow:
        portal = uow.portals.by_id(node.portal_id)
        reached = uow.connecting.reached(node.id, node.login, bridge.clock() - REFUSED_LATELY)
    silent = switches(node.options.client).returns_nothing and not reached.asked_over_odata
    steps = (
        _fetched(portal, reached),
        _contact(node, reached),
        _delivered(reached),
        _verified(reached, silent=silent),
        _paid(reached, silent=silent),
    )
    return Progress(steps, reached)


def _fetched(portal: PortalRow, reached: Reached) -> Step:
    text = f"Счета получены из Битрикс24, для этой базы: {reached.invoices}"
    if portal.last_error:
        return Step("fetched", False, text, f"Битрикс24 не читается: {portal.last_error}")
    if portal.fetched_at is None:
        return Step(
            "fetched", False, text, "Обработчик ещё не забирал счета: обычно это минута. Запущен ли он (make serve)?"
        )
    if not reached.invoices:
        return Step(
            "fetched", False, text, "Ни один счёт не подходит: проверьте дату «счета с даты» и отбор в настройках узла."
        )
    return Step("fetched", True, text)


def _contact(node: NodeRow, reached: Reached) -> Step:
    text = "1С подключилась: логин и пароль подошли"
    if reached.contacts:
        return Step("contact", True, text)
    if reached.refused:
        return Step(
            "contact",
            False,
            text,
            f"1С приходила с логином {node.login}, но пароль не подошёл: впишите его в 1С ещё раз или задайте новый.",
        )
    return Step(
        "contact",
        False,
        text,
        "Впишите в 1С адрес, логин и пароль, нажмите проверку соединения и выполните обмен.",
    )


def _delivered(reached: Reached) -> Step:
    text = f"Счета загружены и подтверждены: {reached.acknowledged}"
    if reached.acknowledged:
        return Step("delivered", True, text)
    if reached.served:
        why = (
            f"Отдано {reached.served}, но 1С не подтвердила загрузку: смотрите её журнал регистрации. При следующем "
            "обмене они уйдут снова."
        )
    elif reached.held and not reached.due:
        why = f"Все счета ({reached.held}) задержаны: причины — на странице «Проблемы»."
    else:
        why = f"Ждут обмена: {reached.due}. Выполните обмен в 1С вручную."
    return Step("delivered", False, text, why)


def _verified(reached: Reached, *, silent: bool) -> Step:
    text = f"1С вернула документы, и они сошлись со счетами: {reached.verified}"
    if reached.verified:
        return Step("verified", True, text)
    if reached.different:
        why = f"Вернулись, но отличаются: {reached.different}. Чем — сказано на странице счёта."
    elif reached.unposted:
        why = f"Вернулись непроведёнными: {reached.unposted}. Проведите их в 1С и выполните обмен ещё раз."
    elif silent:
        why = "Эта программа по обмену с сайтом ничего не возвращает: настройте опрос 1С по OData."
    else:
        why = (
            "Проведите в 1С загруженный заказ и выполните обмен ещё раз: только что загруженное в том же обмене не "
            "выгружается."
        )
    return Step("verified", False, text, why)


def _paid(reached: Reached, *, silent: bool) -> Step:
    text = f"1С сообщила об оплате: {reached.paid}, записано в Битрикс24: {reached.written}"
    if reached.paid:
        return Step("paid", True, text)
    if silent:
        why = "Оплату из этой программы приносит опрос по OData или выписка банка."
    else:
        why = (
            "Проведите в 1С оплату одного счёта и выполните обмен. Без чего оплата не вернётся — сказано выше, для "
            "вашей программы."
        )
    return Step("paid", False, text, why)
