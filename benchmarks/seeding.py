"""Invoices in any number, stored by the services that store fetched ones; no portal, no raw SQL."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from decimal import Decimal

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
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.services import nodes, portals
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.fetching import store

PORTAL, NODE, LOGIN, PASSWORD = "bench", "bench", "bench", "a-benchmark-password"
DATE = dt.date(2026, 3, 2)
PAGE = 50
"""Invoices in one transaction, as a page of Bitrix24 is."""
ROWS = 5
PRICE = Decimal("1250.50")


def invoices(count: int) -> Iterator[Invoice]:
    """Yield invoices as large as a usual one: five lines, full requisites, one client to ten invoices."""
    for number in range(1, count + 1):
        yield Invoice(
            key=InvoiceKey(InvoiceKind.SMART, number),
            number=str(number),
            date=DATE,
            updated_at=dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC) + dt.timedelta(seconds=number),
            title=f"Счёт {number}",
            total=PRICE * ROWS * (ROWS + 1) / 2,
            tax=Decimal(0),
            currency="RUB",
            stage_id="DT31_1:N",
            stage_semantics=StageSemantics.OPEN,
            category_id=1,
            pay_before=DATE + dt.timedelta(days=10),
            comment="Отгрузка со склада № 2, пропуск заказать заранее",
            buyer=_buyer(number // 10 + 1),
            rows=tuple(_row(number, line) for line in range(1, ROWS + 1)),
        )


def _buyer(number: int) -> Party:
    return Party(
        entity="company",
        entity_id=number,
        kind=PartyKind.LEGAL,
        name=f"ООО «Пример {number}»",
        full_name=f"Общество с ограниченной ответственностью «Пример {number}»",
        inn=f"77{number:08d}",
        kpp="770101001",
        addresses=tuple(
            Address(kind, "Россия", "170100", "Тверская область", "", "Тверь", f"ул. Лиственная, д. {number}", "5")
            for kind in AddressKind
        ),
        bank_account=BankAccount("40702810000000000001", "Банк Восход", "044525999", "30101810000000000999"),
        phones=("+7 482 000-00-00",),
        emails=(f"post{number}@example.com",),
    )


def _row(invoice: int, line: int) -> InvoiceRow:
    return InvoiceRow(
        row_id=invoice * ROWS + line,
        product_id=invoice % 500 * ROWS + line,
        name=f"Кронштейн стальной оцинкованный {line}00 мм",
        price=PRICE,
        quantity=Decimal(line),
        vat_rate=Decimal(20),
        unit_code="796",
        unit_name="шт",
        sort=line,
    )


def prepare(bridge: Bridge) -> None:
    """Make a portal that is never asked and a node whose cap is lifted."""
    portals.add(bridge, PORTAL, "https://bench.bitrix24.ru/rest/1/benchmark/")
    options = NodeOptions(from_date=DATE, document_cap=0)
    nodes.add(bridge, NODE, PORTAL, LOGIN, PASSWORD, options)


def fill(bridge: Bridge, count: int) -> float:
    """Store ``count`` invoices, page by page, and return the seconds: storing, consigning, rendering, validating."""
    portal = portals.by_name(bridge, PORTAL)
    node = nodes.by_name(bridge, NODE)
    waiting = list(invoices(count))
    started = time.perf_counter()
    for first in range(0, count, PAGE):
        with bridge.db.write() as uow:
            for invoice in waiting[first : first + PAGE]:
                store(uow, bridge, portal, [node], invoice)
    return time.perf_counter() - started
