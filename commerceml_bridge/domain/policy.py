"""What is done in Bitrix24 when 1C says something of an invoice: one table a node, every row may be changed.

| situation            | by default                                        |
| -------------------- | ------------------------------------------------- |
| seen                 | comment with 1C's number                          |
| payment              | comment with the sum of each payment              |
| paid                 | stage "paid" of the invoice's own pipeline        |
| partly-paid          | nothing more                                      |
| overpaid             | comment                                           |
| withdrawn            | comment; the stage stays                          |
| cancelled            | comment                                           |
| deleted              | comment                                           |
| unposted             | comment                                           |
| shipped              | nothing                                           |
| status ID or name    | nothing                                           |

Several rows may hold at once: what is paid comes before a status of the order, and that before shipment. Each effect
(the stage, the deal's stage, a field) is that of the weightiest row that names it.

Never out of a failure stage and never un-paid by silence, unless a row says so (``out_of_failure``; ``by_silence`` of
the row ``withdrawn``). Pure: knows neither portal nor database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from commerceml_bridge.errors import ConfigurationError


class Situation(StrEnum):
    """What happened to an invoice in 1C; the value is what commands call it."""

    SEEN = "seen"
    PAYMENT = "payment"
    PAID = "paid"
    PARTLY_PAID = "partly-paid"
    OVERPAID = "overpaid"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    DELETED = "deleted"
    UNPOSTED = "unposted"
    SHIPPED = "shipped"
    STATUS = "status"


class Value(StrEnum):
    """What can be written to a custom field."""

    NUMBER = "number-1c"
    DATE = "date-1c"
    PAID = "paid"
    PAYMENTS = "payments"


SUCCESS, FAILURE, FIRST = "success", "failure", "first"
BY_MEANING = frozenset({SUCCESS, FAILURE, FIRST})
"""Stages by what they mean: the paid one, the first refused one, the first of the invoice's own pipeline."""
ONCE = frozenset({Situation.SEEN, Situation.PAYMENT})
"""Events rather than states: they may be told and never move a stage."""


@dataclass(frozen=True)
class Rule:
    """A row of the table. Empty texts: nothing."""

    situation: Situation
    status: str = ""
    """of 1C, its id or name; for ``status`` only"""
    stage: str = ""
    deal_stage: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    """custom field → ``Value``"""
    comment: bool = False
    notify: bool = False
    out_of_failure: bool = False
    """the stage may be written to an invoice (and the deal's to a deal) that stands in a failure stage"""
    by_silence: bool = False
    """of ``withdrawn``: an order 1C shows again without a word about its payment is not paid any more"""

    @property
    def moves(self) -> bool:
        """Tell whether the rule writes to the invoice or its deal."""
        return bool(self.stage or self.deal_stage or self.fields)


DEFAULTS: tuple[Rule, ...] = (
    Rule(Situation.SEEN, comment=True),
    Rule(Situation.PAYMENT, comment=True),
    Rule(Situation.PAID, stage=SUCCESS),
    Rule(Situation.PARTLY_PAID),
    Rule(Situation.OVERPAID, comment=True),
    Rule(Situation.WITHDRAWN, comment=True),
    Rule(Situation.CANCELLED, comment=True),
    Rule(Situation.DELETED, comment=True),
    Rule(Situation.UNPOSTED, comment=True),
    Rule(Situation.SHIPPED),
    Rule(Situation.STATUS),
)


@dataclass(frozen=True)
class Policy:
    """The rules a node has changed; the others are the defaults."""

    changed: tuple[Rule, ...] = ()

    def rule(self, situation: Situation, status_id: str = "", status: str = "") -> Rule:
        """Return what is to be done; a status is found by its id, then by its name, else nothing is done."""
        for wanted in (status_id, status) if situation is Situation.STATUS else ("",):
            for one in self.changed:
                if one.situation is situation and one.status.casefold() == wanted.casefold() and (wanted or not status):
                    return one
        return next(one for one in DEFAULTS if one.situation is situation)

    @property
    def table(self) -> tuple[Rule, ...]:
        """Every row as it is in force, statuses of 1C last."""
        plain = [self.rule(one.situation) for one in DEFAULTS if one.situation is not Situation.STATUS]
        named = [one for one in self.changed if one.situation is Situation.STATUS]
        return (*plain, *sorted(named, key=lambda one: one.status))

    def with_rule(self, rule: Rule) -> Policy:
        """Return the policy with a row replaced."""
        same = (rule.situation, rule.status.casefold())
        others = (one for one in self.changed if (one.situation, one.status.casefold()) != same)
        return replace(self, changed=(*others, rule))

    def is_changed(self, rule: Rule) -> bool:
        """Tell whether a row differs from the default."""
        return rule in self.changed and rule not in DEFAULTS

    def without(self, situation: Situation, status: str = "") -> Policy:
        """Return the policy with a row as by default."""
        same = (situation, status.casefold())
        return replace(
            self, changed=tuple(one for one in self.changed if (one.situation, one.status.casefold()) != same)
        )


@dataclass(frozen=True)
class Existing:
    """What the portal has: ids with their names."""

    stages: Mapping[str, str]
    deal_stages: Mapping[str, str]
    fields: Mapping[str, str]
    may_notify: bool


def check(rule: Rule, existing: Existing) -> None:
    """Refuse a row that cannot work. Raises ``ConfigurationError`` with what exists."""
    if (rule.situation is Situation.STATUS) is not bool(rule.status):
        raise ConfigurationError("Статус 1С (--status) указывается для строки status и только для неё.")
    if rule.situation in ONCE and rule.moves:
        raise ConfigurationError(
            "Для seen и payment бывают только комментарий и уведомление: это события, а не состояния."
        )
    if rule.by_silence and rule.situation is not Situation.WITHDRAWN:
        raise ConfigurationError("Молчание 1С может значить только отзыв оплаты: --by-silence бывает у withdrawn.")
    if rule.out_of_failure and not (rule.stage or rule.deal_stage):
        raise ConfigurationError("Выводить из стадии отказа некуда: назовите стадию счёта или сделки.")
    if rule.stage and rule.stage not in BY_MEANING:
        _known("Стадии счёта", rule.stage, existing.stages)
    if rule.deal_stage:
        _known("Стадии сделки", rule.deal_stage, existing.deal_stages)
    for name, value in rule.fields.items():
        _known("Поля счёта", name, existing.fields)
        if value not in set(Value):
            raise ConfigurationError(f"В поле можно писать: {', '.join(Value)}, а не «{value}».")
    if rule.notify and not existing.may_notify:
        raise ConfigurationError(
            "Вебхуку не хватает права «Чат и уведомления (im)»: отметьте его в настройках вебхука и сохраните."
        )


def _known(what: str, name: str, existing: Mapping[str, str]) -> None:
    if name not in existing:
        known = ", ".join(f"{one} ({title})" for one, title in existing.items()) or "нет ни одной"
        raise ConfigurationError(f"{what} «{name}» на портале нет. Есть: {known}.")
