"""A small firm: its portal, nodes, operator and invoices, written straight into the tables, with planted secrets."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from commerceml_bridge.config import Settings
from commerceml_bridge.db import tables
from commerceml_bridge.db.database import Database
from commerceml_bridge.db.migrations import upgrade
from commerceml_bridge.domain import snapshots
from commerceml_bridge.domain.invoices import Invoice, InvoiceKey, InvoiceKind, InvoiceRow, Party, PartyKind
from commerceml_bridge.domain.invoices import StageSemantics as Stage
from commerceml_bridge.services import secrets
from commerceml_bridge.services.bridge import Bridge

NOW = dt.datetime(2025, 11, 24, 9, 30, tzinfo=dt.UTC)
LOGIN, PASSWORD = "anna", "a long enough password"
XSS = "<script>alert('x')</script>"
APPLICATION_TOKEN = "SECRETTOKEN"
PLANTED = (
    "SECRETWEBHOOK",
    "SECRETTOKEN",
    "SECRETCOOKIE",
    "SECRETSESSID",
    "U0VDUkVUQkFTSUM",
    "nodehash",
    "cookiedigest",
    "sessiddigest",
)
"""Plain secrets that no page, JSON or metric may show."""


@dataclass
class Seeded:
    """Ids of what was written."""

    secrets: list[str] = field(default_factory=list)
    invoices: dict[str, int] = field(default_factory=dict)
    consignments: dict[str, int] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)


def make_bridge(database_url: str, clock: Callable[[], dt.datetime] = lambda: NOW) -> Bridge:
    """Return a bridge on a new, migrated database."""
    settings = Settings(database_url=database_url, secret_key="key of the tests")
    bridge = Bridge(Database(database_url), settings, clock)
    upgrade(bridge.db.engine)
    return bridge


def document(number: str, total: str) -> bytes:
    """One document as 1C would be given it, windows-1251."""
    return (
        f"<Документ><Ид>romashka-si-1</Ид><Номер>{number}</Номер><Дата>2025-11-20</Дата>"
        f"<ХозОперация>Заказ товара</ХозОперация><Роль>Продавец</Роль><Сумма>{total}</Сумма></Документ>"
    ).encode("windows-1251")


def invoice(number: str, b24_id: int, **changes: object) -> Invoice:
    """An invoice of 12 000 for one service and one thing."""
    buyer = Party(
        "company",
        7,
        PartyKind.LEGAL,
        "ООО «Ромашка Плюс»",
        "Общество «Ромашка Плюс»",
        inn="7707083893",
        kpp="770701001",
    )
    rows = (
        InvoiceRow(1, 11, "Монтаж кондиционера", Decimal(8000), Decimal(1), Decimal(20), is_service=True),
        InvoiceRow(2, 12, "Кронштейн, 450 мм", Decimal(2000), Decimal(2), Decimal(20), unit_code="796", unit_name="шт"),
    )
    plain = Invoice(
        InvoiceKey(InvoiceKind.SMART, b24_id),
        number,
        dt.date(2025, 11, 20),
        NOW - dt.timedelta(hours=3),
        f"Счёт {number}",
        Decimal("12000.00"),
        Decimal("2000.00"),
        "RUB",
        "DT31_1:N",
        Stage.OPEN,
        1,
        buyer=buyer,
        rows=rows,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # the tests name real fields


class Firm:
    """Writes rows one after another, each a minute later: portal, nodes, operator, invoices in every state."""

    def __init__(self, bridge: Bridge, connection: sa.Connection) -> None:
        self.bridge = bridge
        self.connection = connection
        self.at = NOW - dt.timedelta(hours=2)
        self.done = Seeded()

    def add(self, table: sa.Table, **values: object) -> int:
        """Insert a row and return its id."""
        return int(self.connection.execute(sa.insert(table).values(**values).returning(table.c.id)).scalar_one())

    def tick(self, seconds: int = 60) -> dt.datetime:
        """Let time pass."""
        self.at += dt.timedelta(seconds=seconds)
        return self.at

    def parties(self) -> None:
        sealed = secrets.seal(self.bridge, "https://romashka.example/rest/1/SECRETWEBHOOK/")
        token = secrets.seal(self.bridge, APPLICATION_TOKEN)
        password = secrets.hash_password(PASSWORD)
        self.done.secrets += [*PLANTED, sealed, token, password, PASSWORD]
        self.add(tables.operator, login=LOGIN, password_hash=password, created_at=self.at)
        portal = self.add(
            tables.portal,
            name="romashka",
            code="romashka",
            host="romashka.example",
            webhook_sealed=sealed,
            application_token_sealed=token,
            info=json.dumps({"kinds": ["smart", "old"]}),
            created_at=self.at,
            fetched_at=NOW - dt.timedelta(minutes=1),
            last_error="Битрикс24 отвечает INSUFFICIENT_SCOPE: дайте вебхуку право crm.",
        )
        self.done.ids["portal"] = portal
        for name, client in (("Торговля", "ut11"), ("Бухгалтерия", "bp3")):
            self.done.ids[name] = self.add(
                tables.node,
                name=name,
                portal_id=portal,
                login=f"1c-{client}",
                password_hash="scrypt$00$nodehash",
                from_date=dt.date(2025, 1, 1),
                client=client,
                prefix="",
                options=json.dumps({"encoding": "windows-1251", "document_cap": 500, "vat_rates": ["0", "10", "20"]}),
                created_at=self.at,
            )

    def invoices(self) -> None:
        self._invoice("1041", 41, "verified", acknowledged=True, seen=True, verified=True, payment="paid")
        self._invoice("1042", 42, "acknowledged", acknowledged=True)
        self._invoice("1043", 43, "served")
        self._invoice("СЧ-2025/001044-КД", 44, "seen", substitute="900001", acknowledged=True, seen=True)
        self._invoice("1045", 45, "due", due=True)
        self._invoice("1046", 46, "held", due=True, held="vat-mix")
        self._invoice("1047", 47, "xss", due=True, name=f"Фирма {XSS}", comment=XSS)
        self._invoice("1048", 48, "never", never="Стадия «Отменён»: такие счета не передаются.")
        self.add_problem(49)

    def add_problem(self, b24_id: int) -> None:
        """Note an invoice that was fetched but could not be read."""
        values = {"portal_id": self.done.ids["portal"], "kind": "smart", "b24_id": b24_id}
        reason = "У счёта 49 нет валюты. Откройте его в Битрикс24 и укажите валюту."
        self.connection.execute(sa.insert(tables.fetch_problem).values(**values, reason=reason, at=self.at))

    def _invoice(self, number: str, b24_id: int, key: str, *, never: str = "", name: str = "", **state: Any) -> None:
        comment = str(state.pop("comment", ""))
        content = invoice(number, b24_id, comment=comment)
        invoice_id = self.add(
            tables.invoice,
            portal_id=self.done.ids["portal"],
            kind="smart",
            b24_id=b24_id,
            number=number,
            date=content.date,
            counterparty=name or "ООО «Ромашка Плюс»",
            inn="7707083893",
            total=content.total,
            currency="RUB",
            stage_id="DT31_1:P" if key == "verified" else "DT31_1:N",
            stage_semantics="success" if key == "verified" else "open",
            never=never,
            updated_at=self.at,
            fetched_at=self.tick(),
        )
        self.done.invoices[key] = invoice_id
        first = self._revision(invoice_id, 1, content)
        self.event(invoice_id, "revised", "Счёт получен из Битрикс24.")
        self.done.ids[f"revision-{key}"] = first
        if key == "verified":
            changed = replace(content, total=Decimal("12000.00"), comment="Доставка до пятницы")
            changed = replace(changed, rows=(replace(content.rows[0], name="Монтаж и пуск"), content.rows[1]))
            self.done.ids["revision-verified"] = self._revision(invoice_id, 2, changed)
        if not never:
            self._consignment(key, invoice_id, number, **state)

    def _revision(self, invoice_id: int, number: int, content: Invoice) -> int:
        revision_id = self.add(
            tables.revision,
            invoice_id=invoice_id,
            number=number,
            content_hash=snapshots.content_hash(content),
            accounting_hash=snapshots.accounting_hash(content),
            snapshot=snapshots.to_json(content),
            created_at=self.tick(),
        )
        self.connection.execute(
            sa.update(tables.invoice).where(tables.invoice.c.id == invoice_id).values(revision_id=revision_id)
        )
        return revision_id

    def _consignment(
        self,
        key: str,
        invoice_id: int,
        number: str,
        *,
        due: bool = False,
        held: str = "",
        substitute: str = "",
        acknowledged: bool = False,
        seen: bool = False,
        verified: bool = False,
        payment: str = "",
    ) -> None:
        wire = substitute or number
        self.done.consignments[key] = self.add(
            tables.consignment,
            node_id=self.done.ids["Торговля"],
            invoice_id=invoice_id,
            number=wire,
            digits=int(wire),
            substitute=bool(substitute),
            due=due or key == "served",
            held_code=held,
            held_reason="В счёте смешаны строки с НДС и без него: УТ 11 прочитает их неверно." if held else "",
            first_served_at=None if due else self.at,
            acknowledged_at=self.at if acknowledged else None,
            acknowledged_revision_id=self.done.ids[f"revision-{key}"] if acknowledged else None,
            seen_at=self.at if seen else None,
            verified_at=self.at if verified else None,
            onec_number=f"КА00-{wire[-6:]}" if seen else "",
            difference="сумма в 1С 11 999,99, в счёте 12 000,00" if key == "seen" else "",
            payment=payment,
            paid_amount=Decimal("12000.00") if payment else None,
            payment_reason="1С назвала дату оплаты 2025-11-22." if payment else "",
        )

    def event(self, invoice_id: int, kind: str, text: str, **links: int) -> None:
        """Record an event of an invoice."""
        self.add(tables.event, at=self.at, invoice_id=invoice_id, kind=kind, text=text, **links)
