"""Numbers of documents in 1C: own ones, and those made of the site's digits (facts: 1c-clients §3.2, addendum 6)."""

from __future__ import annotations

NUMBER_LENGTH = 11
DIGITS = 6


def own_number(prefix: str, counter: int) -> str:
    """УТ: the base's own numbering, filled up to 11 characters."""
    return f"{prefix}{counter:0{NUMBER_LENGTH - len(prefix)}d}"


def number_from_site(prefix: str, site_number: str) -> str:
    """УНФ and БП: digits only, left-padded to 6 after the prefix, cut to 11 characters.

    Two site numbers with the same digits get the same number; so do long ones that differ only behind the cut.
    """
    digits = "".join(character for character in site_number if character in "0123456789")
    return f"{prefix}{digits.zfill(DIGITS)}"[:NUMBER_LENGTH]
