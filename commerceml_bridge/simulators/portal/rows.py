"""The arithmetic of a product row: from one price to all of them, and from rows to the invoice's totals.

Follows facts: bitrix24-rest §2.1 (fields and the check row). Amounts are Decimals, rounded to kopecks half up at every
step, as the examples of the documentation show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from commerceml_bridge.simulators.portal.values import to_decimal

CENT = Decimal("0.01")
ABSOLUTE, PERCENT = 1, 2
SIMPLE, OFFER, SERVICE = 1, 4, 7
Amount = Decimal | int | str


def cents(amount: Decimal) -> Decimal:
    """Round to two places, half up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Row:
    """A product row as a person thinks of it.

    ``price`` is the unit price with discount and tax (gross), or without tax when ``price_is_net``; ``tax_rate`` is in
    per cent, None means "without VAT"; a discount is given per unit, either in per cent or as an amount net of tax.
    """

    name: str
    price: Amount
    quantity: Amount = 1
    tax_rate: Amount | None = None
    tax_included: bool = True
    price_is_net: bool = False
    discount_percent: Amount = 0
    discount_sum: Amount | None = None
    product_id: int = 0
    measure_code: int = 796
    measure_name: str = "шт"
    xml_id: str = ""
    type: int = SIMPLE

    def values(self) -> dict[str, Any]:
        """Return the stored row without owner and id."""
        rate = None if self.tax_rate is None else Decimal(self.tax_rate)
        price = Decimal(self.price)
        if self.price_is_net and rate:
            price = cents(price * (100 + rate) / 100)
        absolute = self.discount_sum is not None
        return complete(
            {
                "productId": self.product_id,
                "productName": self.name,
                "price": price,
                "quantity": Decimal(self.quantity),
                "discountTypeId": ABSOLUTE if absolute else PERCENT,
                "discountRate": Decimal(self.discount_percent),
                "discountSum": Decimal(self.discount_sum or 0),
                "taxRate": rate,
                "taxIncluded": "Y" if self.tax_included else "N",
                "measureCode": self.measure_code,
                "measureName": self.measure_name,
                "xmlId": self.xml_id,
                "type": self.type,
            }
        )


def complete(row: Mapping[str, Any]) -> dict[str, Any]:
    """Fill the derived prices of a row from price, tax rate and discount (§2.1, check row)."""
    result = dict(row)
    price, rate = to_decimal(row["price"]), row.get("taxRate")
    factor = 1 + (to_decimal(rate) / 100 if rate is not None else Decimal(0))
    exclusive = cents(price / factor)
    if row.get("discountTypeId", PERCENT) == ABSOLUTE:
        discount = cents(to_decimal(row.get("discountSum", 0)))
        netto = exclusive + discount
        percent = cents(discount * 100 / netto) if netto else Decimal(0)
    else:
        percent = to_decimal(row.get("discountRate", 0))
        left = 1 - percent / 100
        netto = cents(exclusive / left) if left > 0 else exclusive
        discount = netto - exclusive
    brutto = cents(netto * factor) if discount else price
    result.update(price=price, priceAccount=price, priceExclusive=exclusive, priceNetto=netto, priceBrutto=brutto)
    result.update(discountRate=percent, discountSum=discount)
    return result


def totals(rows: Iterable[Mapping[str, Any]]) -> tuple[Decimal, Decimal]:
    """Return (total with tax, tax) of rows that hold ``price``, ``quantity`` and ``taxRate``."""
    total = tax = Decimal(0)
    for row in rows:
        amount = cents(row["price"] * row["quantity"])
        rate = row["taxRate"]
        total += amount
        if rate:
            tax += cents(amount * rate / (100 + rate))
    return total, tax
