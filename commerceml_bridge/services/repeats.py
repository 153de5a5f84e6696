"""Which returned documents say what is known already: 1C repeats unchanged files thousands of times (1c-clients §4).

What says nothing new is counted and not stored again; the ledger keeps that it was said again, and when.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from commerceml_bridge.db.returned import Known
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.adoption import ADOPTABLE
from commerceml_bridge.domain.returned import ReturnedItem
from commerceml_bridge.services.applying import Outcome
from commerceml_bridge.services.foreigners import INFORMATION
from commerceml_bridge.services.settling import CONFLICT


def content_hash(item: ReturnedItem) -> str:
    """Return what tells a document's content from any other, hex."""
    return hashlib.sha256(item.xml).hexdigest()


def last_known(
    uow: UnitOfWork, node_id: int, items: Sequence[ReturnedItem], hashes: Sequence[str]
) -> list[Known | None]:
    """Return for each document the last thing known of it: by 1C's id, or by the content of one without an id."""
    by_id = uow.returned.last_known(node_id, (item.document.id for item in items))
    pairs = list(zip(items, hashes, strict=True))
    by_content = uow.returned.last_same(node_id, {content for item, content in pairs if not item.document.id})
    return [by_id.get(item.document.id) if item.document.id else by_content.get(content) for item, content in pairs]


def says_the_same(last: Known | None, content: str) -> bool:
    """Tell whether a document was applied with this very content, and nothing was to be asked of it."""
    return last is not None and last.content_hash == content and last.state == "applied" and last.code != CONFLICT


def moves(outcome: Outcome) -> bool:
    """Tell whether another payment holds now.

    Silence may withdraw one by an order that says what it said before, and a document without an Ид may say again what
    another one has replaced.
    """
    if outcome.told is None:
        return False
    before, after = outcome.told.before, outcome.told.after
    return (after.payment, after.paid_amount) != (before.payment, before.paid_amount)


def kept_before(last: Known | None, outcome: Outcome) -> bool:
    """Tell whether the same document waits for a person, or is known as information, already; one line is enough.

    Of a proposal a person said "no" to nobody is asked again.
    """
    new = outcome.returned
    return (
        last is not None
        and (not last.resolved or new["code"] == ADOPTABLE)
        and last.state == new["state"]
        and new["state"] in {"quarantined", INFORMATION}
        and (last.content_hash, last.code) == (new["content_hash"], new["code"])
    )
