"""The words invoices are found by, kept up to date a slice at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer
from commerceml_bridge.db.tables import invoice, revision, search_word

LAST = "\U0010ffff"
"""Sorts behind every word that begins alike."""


@dataclass(frozen=True)
class Unindexed:
    """An invoice whose newest revision is not in the index."""

    id: int
    revision_id: int
    snapshot: str


class Search(Drawer):
    """Written by ``services.searching``, read by the pages."""

    def unindexed(self, limit: int) -> list[Unindexed]:
        """Return invoices whose words are not those of their newest revision."""
        statement = (
            sa.select(invoice.c.id, invoice.c.revision_id, revision.c.snapshot)
            .join(revision, revision.c.id == invoice.c.revision_id)
            .where(invoice.c.searched_revision_id.is_distinct_from(invoice.c.revision_id))
            .order_by(invoice.c.id)
            .limit(limit)
            .with_for_update(of=invoice, skip_locked=True, key_share=True)  # another worker's are its own
        )
        return self._all(Unindexed, statement)

    def index(self, one: Unindexed, words: Iterable[str]) -> None:
        """Replace the words of an invoice."""
        self.connection.execute(sa.delete(search_word).where(search_word.c.invoice_id == one.id))
        rows = [{"word": word, "invoice_id": one.id} for word in words]
        if rows:
            self.connection.execute(sa.insert(search_word), rows)
        self._update(invoice, one.id, searched_revision_id=one.revision_id)


def has_words(words: Iterable[str], *, of_few: bool = False) -> sa.ColumnElement[bool]:
    """Return the condition that an invoice has, for each of ``words``, a word that begins so.

    ``of_few``: asked of few invoices only, each looks at its own words; otherwise all that have the word are listed.
    """
    begins = (
        (sa.select(search_word.c.invoice_id), search_word.c.word >= word, search_word.c.word < word + LAST)
        for word in words
    )
    if of_few:
        return sa.and_(
            *(one.where(search_word.c.invoice_id == invoice.c.id, *range_).exists() for one, *range_ in begins)
        )
    return sa.and_(*(invoice.c.id.in_(one.where(*range_)) for one, *range_ in begins))
