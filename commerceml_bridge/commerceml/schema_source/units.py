"""Which elements of a file are held against a schema one by one, so that files of any length fit into little memory."""

from __future__ import annotations

from commerceml_bridge.commerceml import vocabulary as v

UNITS: tuple[tuple[str, ...], ...] = (
    (v.DOCUMENT,),
    (v.CONTAINER,),
    (v.CATALOG, v.LINES, v.LINE),
    (v.OFFERS_PACKAGE, "Предложения", v.OFFER),
    (v.OFFERS_CHANGES, "Предложения", v.OFFER),
    (v.CLASSIFIER, "Группы", "Группа"),
    (v.CLASSIFIER, "Свойства", "Свойство"),
    (v.COUNTERPARTIES, v.COUNTERPARTY),
)
"""paths below the root; each may be repeated without limit where it stands"""
