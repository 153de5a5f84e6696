"""Номер on the wire (decision 16): the printed number where 1C can keep it, a substitute where it cannot.

УТ 11 compares 11 characters; УНФ and БП keep the digits alone, six of them after their own prefix, and look them up
within the year (facts: 1c-clients §3.2, addendum 6). So two numbers with the same digits are one document there.

Decision 16 speaks of significant digits. For families that keep digits only, leading zeros count too: they are kept and
the result is cut at 11 characters, so that ``0000015`` would lose its last digit (facts: 1c-odata-payments §2).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from commerceml_bridge.errors import CannotRender

MAX_LENGTH = 11
"""Characters of ``Номер``, prefix included."""
DIGITS_KEPT = 6
"""What is sure to stay of a number where 1C makes its own of the digits: five of its eleven characters are a prefix."""

_DIGITS = re.compile(r"[0-9]")


@dataclass(frozen=True)
class WireNumber:
    """``Номер`` as 1C gets it. ``reason`` says in Russian why it is a substitute; ``""`` if it is not."""

    number: str
    is_substitute: bool
    reason: str = ""


def significant_digits(number: str) -> int | None:
    """Return the integer that УНФ and БП make of a number (``СЧ-007/24`` → 724), ``None`` if it has no digit."""
    digits = "".join(_DIGITS.findall(number))
    return int(digits) if digits else None


def shows(number: str, prefix: str, printed: str) -> bool:
    """Tell whether a number on the wire is the printed one, behind this prefix or another that was set earlier."""
    printed = printed.strip()
    if not printed or number in {printed, prefix + printed}:
        return bool(printed)
    return number.endswith(printed) and not number[-len(printed) - 1].isdigit()


def wire_number(
    printed: str,
    prefix: str,
    *,
    max_digits: int,
    zeros_count: bool = False,
    taken_digits: Callable[[int], bool],
    next_substitute: Callable[[], int],
) -> WireNumber:
    """Choose ``Номер`` for an invoice printed as ``printed`` at a node with ``prefix``.

    ``max_digits`` limits its significant digits, with ``zeros_count`` all of them.
    ``taken_digits`` tells whether another document of the node has a number with these digits, in any year;
    ``next_substitute`` gives the next free number of the reserve (900001 up) and is asked only when one is needed.
    Raises CannotRender("number-exhausted") when the reserve does not fit the node's digits any more.
    """
    reason = _objection(printed.strip(), prefix, max_digits, taken_digits, zeros_count=zeros_count)
    if not reason:
        return WireNumber(prefix + printed.strip(), is_substitute=False)
    return WireNumber(
        _substitute(next_substitute(), prefix, max_digits, taken_digits), is_substitute=True, reason=reason
    )


def _objection(
    printed: str, prefix: str, max_digits: int, taken_digits: Callable[[int], bool], *, zeros_count: bool = False
) -> str:
    """Say in Russian why the printed number cannot stay; ``""`` if it can."""
    number = prefix + printed
    if not printed:
        return "у счёта нет номера"
    if not number.isprintable():
        return "в номере есть непечатаемые знаки"
    digits = significant_digits(number)
    if digits is None or significant_digits(printed) is None:
        return "в номере нет ни одной цифры"  # the prefix's own are the same for every invoice
    too_long = _too_long(number, digits, max_digits, zeros_count=zeros_count)
    if too_long or not taken_digits(digits):
        return too_long
    return f"цифры номера ({digits}) уже заняты другим счётом этого узла"


def _too_long(number: str, digits: int, max_digits: int, *, zeros_count: bool) -> str:
    if len(number) > MAX_LENGTH:
        return f"номер с префиксом длиннее {MAX_LENGTH} знаков: {number}"
    if len(str(digits)) > max_digits:
        return f"в номере больше {max_digits} значащих цифр: {number}"
    if zeros_count and len(_DIGITS.findall(number)) > max_digits:
        return f"в номере больше {max_digits} цифр вместе с нулями впереди, 1С отрежет последние: {number}"
    return ""


def _substitute(reserve: int, prefix: str, max_digits: int, taken_digits: Callable[[int], bool]) -> str:
    for candidate in (f"{prefix}{reserve}", str(reserve)):
        if not _objection(candidate, "", max_digits, taken_digits):
            return candidate
    raise CannotRender(
        "number-exhausted",
        f"Для счёта не нашлось свободного номера: заменяющий номер {reserve} занят или длиннее {max_digits} значащих "
        "цифр. Смените шаблон нумерации счетов в Битрикс24 или, если программа узла хранит номер целиком, увеличьте "
        "для узла число значащих цифр номера.",
    )
