"""VAT rates as each family understands them (facts: 1c-clients §3.4 and addendum 1, commerceml §2.9).

A resolver takes a document and gives the rate of every line as 1C would store it: a bare number or ``Без НДС``. The
sums follow from the document-level ``УчтеноВСумме``; without it prices are VAT-exclusive.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from commerceml_bridge.simulators.onec.model import NO_VAT
from commerceml_bridge.simulators.onec.site_documents import SiteDocument

STOCK_RATES = ("0", "10", "18", "20")
"""What the inspected releases of УТ 11.5.20, УНФ 3.0.8 and stock UT 10.3 know; newer ones know 5, 7 and 22 too."""
CONVERTER_RATES = ("0", "5", "7", "10", "18", "20", "22")
"""БП converts in general."""
CENT = Decimal("0.01")


def money(value: Decimal) -> Decimal:
    """Round to kopecks as 1C does."""
    return value.quantize(CENT, ROUND_HALF_UP)


class Rates:
    """The set of texts a family recognises: ``20``, ``20.00`` and ``20/120`` for each known rate."""

    def __init__(self, known: Iterable[str] = STOCK_RATES) -> None:
        self._texts: dict[str, str] = {}
        for rate in known:
            for text in (rate, f"{rate}.00", f"{rate}/{100 + int(rate)}"):
                self._texts[text] = rate

    def recognise(self, text: str | None) -> str | None:
        """The bare rate, or None for an unknown text (``Без НДС`` included)."""
        return None if text is None else self._texts.get(text)


def rates_ut11(document: SiteDocument, rates: Rates) -> list[str]:
    """УТ 11 family: a missing rate repeats the previous line's; 0, «Без НДС» and unknown take the document's."""
    level = document.vat
    fallback = rates.recognise(level.rate) if level else None
    result: list[str] = []
    for line in document.lines:
        if line.vat_rate is None and result:
            result.append(result[-1])
            continue
        rate = rates.recognise(line.vat_rate)
        result.append((fallback if rate in (None, "0") else rate) or "0")
    return result


def rates_unf(document: SiteDocument, rates: Rates) -> list[str]:
    """УНФ: no document-level ``Налоги`` makes the whole order untaxed; a ``Налог`` without ``Ставка`` means 20."""
    if not document.taxes:
        return [NO_VAT for _ in document.lines]
    level = document.vat
    fallback = NO_VAT if level is None else (rates.recognise(level.rate or "20") or NO_VAT)
    return [
        fallback if line.vat_rate is None else (rates.recognise(line.vat_rate) or NO_VAT) for line in document.lines
    ]


def rates_plain(document: SiteDocument, rates: Rates) -> list[str]:
    """UT 10.3 and the Bitrix module: the line's rate, else the document's, else «Без НДС»."""
    level = document.vat
    fallback = level.rate if level else None
    return [rates.recognise(line.vat_rate or fallback) or NO_VAT for line in document.lines]


def rates_converted(document: SiteDocument, rates: Rates) -> list[str]:
    """БП: the same with a general converter that strips a percent sign and blanks."""
    level = document.vat
    fallback = level.rate if level else None
    texts = [(line.vat_rate or fallback or "").replace("%", "").strip() for line in document.lines]
    return [rates.recognise(text) or NO_VAT for text in texts]


def included(document: SiteDocument) -> bool:
    """Whether prices include VAT: the document-level ``УчтеноВСумме``, nothing else."""
    return bool(document.vat and document.vat.included)


def vat_amount(amount: Decimal, rate: str, *, inside: bool) -> Decimal:
    """VAT of a line sum in the money of that sum."""
    if rate in (NO_VAT, "0"):
        return Decimal(0)
    percent = Decimal(rate)
    return money(amount * percent / (100 + percent if inside else Decimal(100)))
