"""A plain invoice to vary in tests, and random ones for properties."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from commerceml_bridge.domain.invoices import (
    Address,
    AddressKind,
    BankAccount,
    Invoice,
    InvoiceKey,
    InvoiceKind,
    InvoiceRow,
    Party,
    PartyKind,
    StageSemantics,
)

BUYER = Party(
    entity="company",
    entity_id=7,
    kind=PartyKind.LEGAL,
    name="Ромашка",
    full_name='ООО "Ромашка"',
    inn="7707083893",
    kpp="770701001",
    okpo="00032537",
    requisite_id=70,
    addresses=(
        Address(AddressKind.LEGAL, "Россия", "101000", "Московская область", "", "Москва", "ул. Мясницкая, 1", "оф. 5"),
        Address(AddressKind.ACTUAL, city="Тула"),
    ),
    bank_account=BankAccount("40702810900000000001", "АО Банк", "044525225", "30101810400000000225"),
    phones=("+7 495 000-00-00",),
    emails=("buh@example.test",),
)
SELLER = Party(entity="company", entity_id=1, kind=PartyKind.LEGAL, name="Мы", inn="5000000000")


def row(price: str, quantity: str = "1", vat: str | None = "20", **changes: Any) -> InvoiceRow:
    """One row: prices include VAT; ``vat`` is percent or ``None`` for без НДС."""
    plain = InvoiceRow(
        row_id=1,
        product_id=55,
        name="Стул",
        price=Decimal(price),
        quantity=Decimal(quantity),
        vat_rate=None if vat is None else Decimal(vat),
        unit_code="796",
        unit_name="шт",
    )
    return dataclasses.replace(plain, **changes)


def invoice(*rows: InvoiceRow, total: str | None = None, **changes: Any) -> Invoice:
    """One invoice; its total is the sum of the rows unless given."""
    rounded = sum(((one.price * one.quantity).quantize(Decimal("0.01"), "ROUND_HALF_UP") for one in rows), Decimal(0))
    plain = Invoice(
        key=InvoiceKey(InvoiceKind.SMART, 101),
        number="101",
        date=dt.date(2026, 3, 5),
        updated_at=dt.datetime(2026, 3, 5, 9, 30, tzinfo=dt.UTC),
        title="Мебель",
        total=Decimal(total) if total is not None else rounded,
        tax=Decimal(0),
        currency="RUB",
        stage_id="DT31_2:N",
        stage_semantics=StageSemantics.OPEN,
        category_id=2,
        buyer=BUYER,
        seller=SELLER,
        rows=rows,
    )
    return dataclasses.replace(plain, **changes)


RATES = st.sampled_from([None, *map(Decimal, ("0", "5", "7", "10", "20", "22"))])
PRICES = st.decimals("0", "1000000", places=4) | st.decimals("0", "1000", places=2)
QUANTITIES = (
    st.integers(1, 100_000).map(Decimal)
    | st.decimals("0.001", "1000", places=3)
    | st.decimals("0.0001", "10", places=4)
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)

rows = st.builds(
    InvoiceRow,
    row_id=st.integers(0, 9),
    product_id=st.integers(0, 3),
    name=st.sampled_from(["Стул", "Стол, дуб", "Доставка"]),
    price=PRICES,
    quantity=QUANTITIES,
    vat_rate=RATES,
    vat_included=st.booleans(),
    discount=st.decimals("0", "10", places=2),
    unit_code=st.sampled_from(["796", "166", ""]),
    unit_name=st.sampled_from(["шт", "кг", ""]),
    product_xml_id=TEXTS,
    article=TEXTS,
    is_service=st.booleans(),
)
addresses = st.builds(Address, kind=st.sampled_from(AddressKind), city=TEXTS, street=TEXTS)
parties = st.builds(
    Party,
    entity=st.sampled_from(["company", "contact"]),
    entity_id=st.integers(1, 10**6),
    kind=st.sampled_from(PartyKind),
    name=TEXTS,
    inn=TEXTS,
    addresses=st.lists(addresses, max_size=2).map(tuple),
    bank_account=st.none() | st.builds(BankAccount, account=TEXTS),
    other_accounts=st.lists(st.builds(BankAccount, account=TEXTS), max_size=2).map(tuple),
    phones=st.lists(TEXTS, max_size=2).map(tuple),
)
invoices = st.builds(
    Invoice,
    key=st.builds(InvoiceKey, kind=st.sampled_from(InvoiceKind), id=st.integers(1, 10**9)),
    number=TEXTS,
    date=st.dates(),
    updated_at=st.datetimes(timezones=st.just(dt.UTC)),
    title=TEXTS,
    total=st.decimals(allow_nan=False, allow_infinity=False, places=4),
    tax=st.decimals(allow_nan=False, allow_infinity=False),
    currency=st.sampled_from(["RUB", ""]),
    stage_id=TEXTS,
    stage_semantics=st.sampled_from(StageSemantics),
    category_id=st.integers(0, 5),
    is_manual_total=st.booleans(),
    pay_before=st.none() | st.dates(),
    comment=TEXTS,
    buyer=st.none() | parties,
    seller=st.none() | parties,
    rows=st.lists(rows, max_size=4).map(tuple),
)
