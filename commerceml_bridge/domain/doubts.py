"""Is a returned document really about the invoice it was matched to? A payment is written only without a doubt.

Facts: 1c-clients §3.2, addendum 6 (numbers collide by their digits and by year); decisions 20, 21.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from commerceml_bridge.domain.returned import ReturnedDocument


def doubt(
    document: ReturnedDocument,
    *,
    by_number_alone: bool,
    served: bool,
    sent_date: dt.date,
    sent_inn: str,
    sent_total: Decimal,
) -> str:
    """Return in Russian why the document may mean another invoice; ``""`` if nothing speaks against it.

    ``by_number_alone``: the match rests on the number without the date; ``served``: the node was given the invoice.
    """
    if not served:
        return "Узлу этот счёт ещё не передавался: похоже, у документа 1С просто совпал номер."
    if document.inn and sent_inn and document.inn != sent_inn:
        return f"Контрагент другой: ИНН в счёте {sent_inn}, в 1С {document.inn}."
    if not by_number_alone:
        return ""
    if document.date is not None and document.date != sent_date:
        return f"Совпал только номер: дата счёта {sent_date:%d.%m.%Y}, в 1С {document.date:%d.%m.%Y}."
    if document.amount != sent_total:
        return "Совпал только номер: даты в документе 1С нет, а сумма другая."
    return ""
