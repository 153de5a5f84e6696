"""One thing ``portal check`` looked at: a value for operators."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what is there, what follows from it, how to mend it in Bitrix24's own words.

    ``follows`` and ``mend`` are empty when it is in order; an ``ok`` finding that has them is a word of advice.
    """

    ok: bool
    name: str
    what: str
    follows: str = ""
    mend: str = ""
    stops: bool = True
    """not ``ok`` stops the journey of invoices or payments; ``False``: it only makes it worse"""

    @property
    def level(self) -> str:
        """``ok``, ``advice`` or ``stop``."""
        if self.ok:
            return "advice" if self.mend else "ok"
        return "stop" if self.stops else "advice"


def not_checked(name: str, why: object, *, stops: bool = True) -> Finding:
    """Say that something could not be looked at; ``stops``: invoices cannot go without it."""
    follows = "Это не проверено: счета или оплаты могут застрять."
    return Finding(False, name, str(why), follows, "Повторите проверку.", stops=stops)
