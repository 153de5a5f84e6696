"""Amounts: rounding to kopecks and plain spelling. Decimal only; a float anywhere near an amount is a defect."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

KOPECK = Decimal("0.01")
ZERO = Decimal("0.00")


def kopecks(amount: Decimal) -> Decimal:
    """Round to two places, half up as accountants do. ``amount`` is below 10**16 (decimal 18.2, commerceml §2.7)."""
    return amount.quantize(KOPECK, rounding=ROUND_HALF_UP)


def plain(number: Decimal) -> str:
    """Spell a number without exponent and without trailing zeros: ``10.00`` and ``1E+1`` are both ``10``.

    Raises ValueError for NaN and infinities, which no portal sends and no document can carry.
    """
    if not number.is_finite():
        raise ValueError(f"not a finite number: {number}")
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
