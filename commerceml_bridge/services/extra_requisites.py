"""Extra requisites of a node: which names may be sent to which 1C, and how they are changed.

A name that moves the state of the document in 1C is refused always. One that fills a field of the order is refused
where the family fills fields by name (``family_switches``), unless the operator says that this is what is wanted.
Facts: 1c-clients §3.5, §4.1; reference-server §2.6, §5.
"""

from __future__ import annotations

from collections.abc import Iterable

from commerceml_bridge.commerceml.dialects import RESERVED_REQUISITES
from commerceml_bridge.domain import texts
from commerceml_bridge.domain.family_switches import switches
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.domain.spelling import (
    NAME_LENGTH,
    VALUE_LENGTH,
    ExtraRequisite,
    parse_requisite,
    requisite_key,
)
from commerceml_bridge.errors import ConfigurationError

_RESERVED = {requisite_key(name): name for name in RESERVED_REQUISITES}


def check(options: NodeOptions) -> None:
    """Refuse requisites that would break something in this node's 1C. Raises ``ConfigurationError``."""
    if len(options.delivery_row) > NAME_LENGTH:
        raise ConfigurationError(f"Название строки доставки длиннее {NAME_LENGTH} знаков.")
    seen: set[str] = set()
    for one in options.extra_requisites:
        key = requisite_key(one.name)
        _check_shape(one)
        if key in seen:
            raise ConfigurationError(f"Реквизит «{one.name}» задан дважды: для 1С имена без пробелов одинаковы.")
        seen.add(key)
        if key in _RESERVED:
            raise ConfigurationError(
                f"Реквизит «{one.name}» занят обменом: «{_RESERVED[key]}» меняет в 1С состояние заказа, оплаты или "
                "отгрузки либо значит факт самой 1С. Назовите реквизит иначе; стадию и оплату шлют --send-stage и "
                "--send-paid."
            )
        _check_family(one, key, options)


def _check_shape(one: ExtraRequisite) -> None:
    if not one.name or one.name != texts.one_line(one.name, NAME_LENGTH):
        raise ConfigurationError(f"Имя реквизита: одна строка от 1 до {NAME_LENGTH} знаков.")
    if one.field is None and (not one.constant.strip() or len(one.constant) > VALUE_LENGTH):
        raise ConfigurationError(f"Значение реквизита «{one.name}»: от 1 до {VALUE_LENGTH} знаков.")


def _check_family(one: ExtraRequisite, key: str, options: NodeOptions) -> None:
    family = switches(options.client)
    filled = {requisite_key(name) for name in family.requisites_read}
    if family.requisites_overwrite and key in filled and not options.extra_may_overwrite:
        raise ConfigurationError(
            f"Реквизит «{one.name}» УНФ запишет в одноимённое поле заказа поверх того, что там есть. Назовите его "
            "иначе, укажите узлу другую программу 1С или, если это и нужно, добавьте --extra-may-overwrite."
        )


def changed(
    before: Iterable[ExtraRequisite], added: Iterable[str] = (), removed: Iterable[str] = ()
) -> tuple[ExtraRequisite, ...]:
    """Return the requisites after a change: ``added`` as typed, in their old place where the name was there.

    Raises ``ConfigurationError`` for what cannot be read and for a name that is not there to be removed.
    """
    kept = {requisite_key(one.name): one for one in before}
    for name in removed:
        if kept.pop(requisite_key(name), None) is None:
            there = ", ".join(f"«{one.name}»" for one in kept.values()) or "ни одного"
            raise ConfigurationError(f"Реквизита «{name}» у узла нет. Есть: {there}.")
    for text in added:
        one = parse_requisite(text)
        kept[requisite_key(one.name)] = one
    return tuple(kept.values())
