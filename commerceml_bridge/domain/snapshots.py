"""Invoices as canonical JSON, and the two hashes that tell revisions apart.

``to_json`` and ``from_json`` are exact inverses. ``content_hash`` changes with anything that reaches 1C or the pages of
a document; ``accounting_hash`` only with what an accountant calls a change (decision 11): it alone decides whether
something is sent again. Must not look at bytes of rendered documents.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from commerceml_bridge.domain import codec
from commerceml_bridge.domain.invoices import Invoice, InvoiceRow, Party
from commerceml_bridge.domain.money import plain

_UNSEEN = (
    "updated_at",
    "stage_id",
    "stage_semantics",
    "category_id",
    "is_manual_total",
    "is_recurring_template",
    "responsible_id",
    "deal_id",
    "seller",
)
"""Fields of an invoice that no document carries; the seller counts by identity only."""
CANCELLED_MARK = "-cancelled"
"""Follows the accounting hash of a document that goes out as cancelled: cancellation is content (decision 11)."""
_UNSEEN_IN_ROW = ("row_id", "sort", "discount", "vat_included")
_UNSEEN_IN_PARTY = ("requisite_id", "ogrn")
_LATER_IN_PARTY = ("other_accounts", "apart")
"""Fields earlier releases did not have: an empty one is left out, or every invoice would seem to have changed."""


def to_json(invoice: Invoice) -> str:
    """Write an invoice as canonical JSON: sorted keys, plain decimal strings, ISO dates, times in UTC."""
    return _dump(codec.encode(invoice))


@functools.lru_cache(maxsize=16)
def from_json(text: str) -> Invoice:
    """Read what ``to_json`` wrote. An invoice cannot be changed, so what was read last is remembered.

    Keys this release does not know are overlooked and missing ones take the default of the field, so that revisions
    stored by another release stay readable. Raises ValueError if the text is no invoice.
    """
    data = json.loads(text)
    if not isinstance(data, dict):
        raise ValueError("a snapshot is a JSON object")
    invoice = codec.decode(Invoice, data)
    assert isinstance(invoice, Invoice)  # noqa: S101 - narrows the type: _decode returns what it was asked for
    return invoice


def content_hash(invoice: Invoice) -> str:
    """SHA-256 (hex) over everything 1C would see; blind to stages, responsible people and times of change."""
    content = _without(codec.encode(invoice), _UNSEEN)
    content["rows"] = [_without(row, _UNSEEN_IN_ROW) for row in content["rows"]]
    if content["buyer"] is not None:
        empty = tuple(name for name in _LATER_IN_PARTY if not content["buyer"][name])
        content["buyer"] = _without(content["buyer"], _UNSEEN_IN_PARTY + empty)
    content["seller"] = _owner(invoice.seller)
    return _digest(content)


def accounting_hash(invoice: Invoice) -> str:
    """SHA-256 (hex) over number, date, parties' identity, lines, total and currency (decision 11).

    Blind to names of parties, comments, external codes and whatever else maps a row to an item of 1C, scale of numbers,
    ids and order of rows. The portal's own VAT total is left out: what 1C gets is computed from the lines.
    """
    return _digest(
        {
            "number": invoice.number,
            "date": invoice.date.isoformat(),
            "buyer": _legal_identity(invoice.buyer),
            "seller": _owner(invoice.seller),
            "rows": sorted(_accounting_row(row) for row in invoice.rows),
            "total": plain(invoice.total),
            "currency": invoice.currency,
            **({} if invoice.rows else {"title": invoice.title, "tax": plain(invoice.tax)}),  # they make the one line
        }
    )


def _accounting_row(row: InvoiceRow) -> list[str]:
    return [
        str(row.product_id),
        row.name,
        plain(row.quantity),
        plain(row.price),
        "" if row.vat_rate is None else plain(row.vat_rate),
        row.unit_code,
    ]


def _owner(party: Party | None) -> list[str] | None:
    return None if party is None else [party.entity, str(party.entity_id)]


def _legal_identity(party: Party | None) -> list[str] | None:
    if party is None:
        return None
    named = [] if party.entity_id else [party.full_name or party.name]  # no CRM object: the name is all there is
    return [party.entity, str(party.entity_id), party.kind.value, party.inn, party.kpp, *named]


def _digest(content: object) -> str:
    return hashlib.sha256(_dump(content).encode()).hexdigest()


def _dump(content: object) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _without(content: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in names}
