"""Is an upload in parts whole yet? 1C posts parts under one name and never says which is the last.

The same parser as the reader's decides, so that "complete" here and "readable" there cannot disagree. Builds nothing.
Facts: 1c-clients §4.3; decision 8.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from commerceml_bridge.commerceml.pull import PullParser
from commerceml_bridge.errors import XmlError, XmlIncomplete


class Completeness(StrEnum):
    """What the bytes so far amount to."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    """well-formed so far; more may come"""
    MALFORMED = "malformed"
    """no further part can repair it: not well-formed, forbidden or another kind of file"""


def completeness(chunks: Iterable[bytes]) -> Completeness:
    """Feed all parts received so far, in order, and say whether the XML is closed. Never raises for content."""
    try:
        for _ in PullParser(chunks, ()).events():
            pass
    except XmlIncomplete:
        return Completeness.INCOMPLETE
    except XmlError:
        return Completeness.MALFORMED
    return Completeness.COMPLETE
