"""Pages of 50 and what ``start=-1`` means in each family of list methods.

Follows facts: bitrix24-rest §0 fact 10, §1.2 (page arithmetic), §4.4 (requisite lists), §4.3 (addresses).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import islice
from typing import Any

from commerceml_bridge.simulators.portal import php
from commerceml_bridge.simulators.portal.table import Record

PAGE = 50


class Family(Enum):
    """How a list method answers to a negative ``start``."""

    NEW = "neither total nor next"
    OLD = "total 0, no next"
    INVOICE = "total is the size of the page, no next"
    COUNTED = "ignores it and counts"
    PLAIN = "a plain list without total and next"


def page(found: Iterator[Record], start: Any, family: Family) -> tuple[list[Record], int | None, int | None]:
    """Cut one page out of ordered matches; return (records, total, next)."""
    offset = php.to_int(start)
    if offset < 0 and family is not Family.COUNTED:
        records = list(islice(found, PAGE))
        totals = {Family.OLD: 0, Family.INVOICE: len(records)}
        return records, totals.get(family), None
    first = max(offset, 0) // PAGE * PAGE
    everything = list(found)
    following = first + PAGE
    more = following if following < len(everything) else None
    return everything[first:following], len(everything), more
