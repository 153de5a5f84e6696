"""The catalogue: products, offers, and the small directories of units, VAT rates and currencies.

Follows facts: bitrix24-rest §2.3 (external codes), §5 (units, VAT, currencies). The caller holds the store's lock.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from commerceml_bridge.simulators.portal.store import Store

CATALOG_IBLOCK, OFFERS_IBLOCK, SKU_PROPERTY = 23, 24, 97
SIMPLE, WITH_OFFERS, OFFER, SERVICE = 1, 3, 4, 7

CATALOGS = (
    {"iblockId": CATALOG_IBLOCK, "name": "Товарный каталог CRM", "productIblockId": None, "skuPropertyId": None},
    {
        "iblockId": OFFERS_IBLOCK,
        "name": "Товарный каталог CRM (предложения)",
        "productIblockId": CATALOG_IBLOCK,
        "skuPropertyId": SKU_PROPERTY,
    },
)
MEASURES = (
    # id, OKEI code, title, symbol, international symbol, letter code
    (1, 6, "Метр", "м", "m", "MTR"),
    (2, 112, "Литр", "л", "l", "LTR"),
    (3, 163, "Грамм", "г", "g", "GRM"),
    (4, 166, "Килограмм", "кг", "kg", "KGM"),
    (5, 796, "Штука", "шт", "pc. 1", "PCE. NMB"),
    (6, 168, "Тонна", "т", "t", "TNE"),
    (7, 356, "Час", "ч", "h", "HUR"),
)
VATS: tuple[tuple[int, str, Decimal | None], ...] = (
    (1, "Без НДС", None),
    (2, "НДС 0%", Decimal(0)),
    (3, "НДС 10%", Decimal(10)),
    (4, "НДС 20%", Decimal(20)),
    (5, "НДС 22%", Decimal(22)),
)
CURRENCIES = (
    ("RUB", "1.0000", "Y", "Российский рубль"),
    ("USD", "92.5000", "N", "Доллар США"),
    ("EUR", "100.1000", "N", "Евро"),
)


def add_product(store: Store, name: str, xml_id: str = "", **fields: Any) -> int:
    """Add a product, a service or (with ``parent_id``) an offer; return its id."""
    parent = fields.get("parent_id")
    measure_code = fields.get("measure_code", 796)
    measure = next((row[0] for row in MEASURES if row[1] == measure_code), None)
    own = {
        "name": name,
        "xmlId": xml_id,
        "code": fields.get("code", ""),
        "iblockId": OFFERS_IBLOCK if parent else CATALOG_IBLOCK,
        "type": fields.get("type", OFFER if parent else SIMPLE),
        "parentId": parent,
        "price": Decimal(str(fields.get("price", 0))),
        "vatId": fields.get("vat_id"),
        "measure": measure,
        "timestampX": store.now(),
    }
    record = store.products.insert(own)
    if not xml_id:
        store.products.change(record, {"xmlId": str(record["id"])})
    return int(record["id"])
