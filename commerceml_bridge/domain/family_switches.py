"""What differs between families of 1C, as named switches with the reason beside each: the only place that knows.

Everybody else asks ``switches(options.client)``; ``tests/meta/test_families.py`` finds who compares families itself.
A family never decides the wire form (decision 1); how forms are spelt is ``commerceml/dialects.py``.
Facts: 1c-clients §3 and addendum; decisions 12, 16, 18.
"""

from __future__ import annotations

from dataclasses import dataclass

from commerceml_bridge.domain.nodes import ClientFamily


@dataclass(frozen=True)
class FamilySwitches:
    """How one family reads what it is sent."""

    keeps_digits_only: bool
    """makes its number of the digits of ours, leading zeros included, and cuts it at 11 characters: two numbers that
    share digits become one document (addendum 6)"""
    inherits_document_rate: bool
    """gives the document's rate to lines of 0 % and «Без НДС» (addendum 1), so that a mix is held (decision 18); keeps
    «Без НДС» at 0 % (§3.4), so that these two are no difference when they come back"""
    reloading_unposts: bool
    """fills a known invoice anew and un-posts it (§3.2), so that a changed one waits for a person (decision 12)"""
    returns_nothing: bool
    """sends nothing back by this exchange (§4): its silence about a document says nothing, and payments come by OData
    or statements only"""
    matches_by_full_name: bool
    """looks an item without an article up by its full name, never by 1C's own id (§3.4)"""
    requisites_overwrite: bool
    """a requisite whose name equals an attribute of the order overwrites that attribute (§3.5)"""
    utf8_needs_mark: bool
    """reads a file without a look at headers and declaration, so that UTF-8 without a mark is not understood (§2.4)"""
    requisites_read: frozenset[str] = frozenset()
    """requisites of the operator's own that fill something in 1C: names as §3.5 has them, with the attributes of the
    order it names as those not to be hit"""


_FILLS_UNF = {
    "Организация",
    "Склад",
    "ВидЦен",
    "Подразделение",
    "Договор",
    "Получатель",
    "Адрес доставки",
    "Трек-номер",
}
_NAMES_UNF = frozenset({*_FILLS_UNF, "Комментарий", "Курс", "Кратность"})

_TABLE = {
    ClientFamily.AUTO: FamilySwitches(True, True, False, False, False, True, False, _NAMES_UNF),
    ClientFamily.UT10: FamilySwitches(False, False, False, False, False, False, True),
    ClientFamily.UT11: FamilySwitches(False, True, False, False, False, False, False),
    ClientFamily.UNF: FamilySwitches(True, False, False, False, False, True, False, _NAMES_UNF),
    ClientFamily.BP3: FamilySwitches(True, False, True, True, True, False, False),
    ClientFamily.BITRIX: FamilySwitches(False, False, False, False, False, False, False),
}
"""``AUTO`` is not told: every strictness of the others, except what БП does alone: it would hold every change and
expect no answers; and except the refusal of an encoding somebody chose on purpose."""


def switches(family: ClientFamily) -> FamilySwitches:
    """Return the switches of a family."""
    return _TABLE[family]
