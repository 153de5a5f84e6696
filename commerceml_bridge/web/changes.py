"""What changed between two revisions: their canonical JSON compared leaf by leaf."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from commerceml_bridge.db.browse.records import Revision
from commerceml_bridge.web.labels import label

FIELDS: Mapping[str, Any] = {
    "number": _l("номер"),
    "date": _l("дата"),
    "title": _l("название"),
    "total": _l("сумма"),
    "tax": _l("НДС"),
    "currency": _l("валюта"),
    "stage_id": _l("стадия"),
    "stage_semantics": _l("вид стадии"),
    "category_id": _l("воронка"),
    "pay_before": _l("оплатить до"),
    "comment": _l("комментарий"),
    "updated_at": _l("время изменения"),
    "responsible_id": _l("ответственный"),
    "deal_id": _l("сделка"),
    "buyer": _l("покупатель"),
    "seller": _l("продавец"),
    "rows": _l("строка"),
    "name": _l("имя"),
    "full_name": _l("полное имя"),
    "price": _l("цена"),
    "quantity": _l("количество"),
    "vat_rate": _l("ставка НДС"),
    "discount": _l("скидка"),
    "unit_name": _l("единица"),
    "unit_code": _l("код единицы"),
    "inn": _l("ИНН"),
    "kpp": _l("КПП"),
    "ogrn": _l("ОГРН"),
    "addresses": _l("адрес"),
    "bank_account": _l("банковский счёт"),
    "other_accounts": _l("прочие банковские счета"),
    "phones": _l("телефон"),
    "emails": _l("почта"),
    "article": _l("артикул"),
    "city": _l("город"),
    "street": _l("улица"),
    "postal_code": _l("индекс"),
}
"""names of the stored invoice's fields, wherever they stand in it"""
UNSEEN = frozenset({"updated_at", "row_id"})
"""Change with every save, or with every line written anew, and say nothing."""


@dataclass(frozen=True)
class Change:
    """One value that differs; ``field`` is its path in the stored invoice (``rows.0.price``)."""

    field: str
    before: str | None
    after: str | None

    @property
    def is_sum(self) -> bool:
        """Whether the values are sums of money."""
        return self.field.rpartition(".")[2] in {"total", "tax", "price", "discount"}

    @property
    def label(self) -> str:
        """The path in words: ``строка 1: цена``."""
        words: list[str] = []
        for part in self.field.split("."):
            if part.isdecimal() and words:
                words[-1] += f" {int(part) + 1}"
            else:
                words.append(label(FIELDS, part))
        return ": ".join(words)


@dataclass(frozen=True)
class RevisionChanges:
    """A revision and what it changed against the one before; the first one changes nothing."""

    id: int
    number: int
    created_at: Any
    changes: tuple[Change, ...]


def of_revisions(revisions: Sequence[Revision]) -> tuple[RevisionChanges, ...]:
    """Return every revision with its changes, in order."""
    found = []
    earlier: str | None = None
    for one in revisions:
        changes = () if earlier is None else tuple(between(earlier, one.snapshot))
        found.append(RevisionChanges(one.id, one.number, one.created_at, changes))
        earlier = one.snapshot
    return tuple(found)


def between(earlier: str, later: str) -> Iterator[Change]:
    """Yield what differs between two JSON texts."""
    before, after = dict(_leaves(json.loads(earlier))), dict(_leaves(json.loads(later)))
    for field in sorted(before.keys() | after.keys(), key=_natural):
        old, new = before.get(field), after.get(field)
        if old != new and field.rpartition(".")[2] not in UNSEEN:
            yield Change(field, old, new)


def _natural(field: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in field.split(".")]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (path, text) of every value; empty ones count as absent."""
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    else:
        if value not in (None, ""):
            yield path, value if isinstance(value, str) else json.dumps(value)
        return
    for name, item in items:
        yield from _leaves(item, f"{path}.{name}" if path else str(name))
