"""What a returned document says of itself beside money: its VAT rates, and why it is not posted (decisions 13, 18).

``reconciliation.verify`` compares; nothing here changes a state. Absence of a fact is no difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from commerceml_bridge.domain.documents import NO_VAT
from commerceml_bridge.domain.money import plain
from commerceml_bridge.domain.returned import ReturnedDocument


def rates_of(rates: Iterable[str]) -> str:
    """Return VAT rates as one comparable text: ``10, 20, Без НДС``; ``20%`` and ``20.00`` are ``20``."""
    return ", ".join(sorted({_rate(one) for one in rates}))


@lru_cache(maxsize=256)
def _rate(text: str) -> str:
    bare = text.strip().rstrip("%").strip()
    if bare.casefold().startswith("без"):
        return NO_VAT
    try:
        return plain(Decimal(bare.replace(",", ".")))
    except (InvalidOperation, ValueError):
        return bare


def returned_rates(document: ReturnedDocument) -> str:
    """Return the rates of the lines, ``""`` unless every line has one: 1C leaves them out as it likes."""
    rates = [line.vat_rate for line in document.lines]
    return rates_of(rates) if rates and all(rates) else ""


def same_rates(document: ReturnedDocument, sent: str, *, zero_is_none: bool = False) -> bool:
    """Tell whether the rates that came back, if any did, are those that were sent.

    ``zero_is_none``: this 1C keeps what is sent as «Без НДС» at 0 % (1c-clients §3.4), and both make no VAT.
    """
    returned = returned_rates(document)
    if not returned or not sent:
        return True
    return returned == sent or (zero_is_none and _without_zero(returned) == _without_zero(sent))


def _without_zero(rates: str) -> str:
    return rates_of(NO_VAT if one == "0" else one for one in rates.split(", "))


def why_unposted(document: ReturnedDocument) -> str:
    """Say in Russian why 1C has not posted a document, as far as it tells; ``""`` if it has, or does not say.

    Whether goods or the counterparty were not matched (БП, УНФ) is in the document itself and comes back with no file
    (facts: 1c-clients §3.4, 1c-odata-payments §1.5), so the text says where to look.
    """
    if document.posted is not False:
        return ""
    if document.deleted:
        return "Документ в 1С не проведён: он помечен на удаление."
    if document.cancelled:
        return "Документ в 1С не проведён: заказ отменён."
    if not document.lines and document.amount == 0:
        return "Документ в 1С не проведён: в нём нет строк, номенклатура не нашлась. Сопоставьте её в 1С и проведите."
    return (
        "Документ в 1С не проведён. Причины 1С не передаёт: откройте документ и проверьте, что заполнены контрагент, "
        "договор и номенклатура всех строк, затем проведите его."
    )
