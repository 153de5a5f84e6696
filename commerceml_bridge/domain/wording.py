"""Words people search by: folded, no punctuation, ё as е. What is indexed and what is typed both go through here."""

from __future__ import annotations

import re
from collections.abc import Iterable

from commerceml_bridge.domain.invoices import Invoice

LONGEST = 40
"""Characters of a word that count."""
MOST = 400
"""Words of one invoice that are indexed: its counterparty's first, then those of its lines."""

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Return the words of a text in order, each once."""
    folded = text.casefold().replace("ё", "е")
    return list(dict.fromkeys(word[:LONGEST] for word in _WORD.findall(folded)))


def words_of(invoice: Invoice) -> list[str]:
    """Return the words an invoice is found by: names and tax number of its buyer, names and articles of its lines."""
    buyer = invoice.buyer
    texts = [buyer.name, buyer.full_name, buyer.inn, buyer.contact_person] if buyer else []
    texts += [text for row in invoice.rows for text in (row.name, row.article)]
    return _first(MOST, (word for text in texts for word in words(text)))


def _first(count: int, every: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for word in every:
        found.setdefault(word)
        if len(found) == count:
            break
    return list(found)
