"""One portal, nodes and a clock in one process: the services without HTTP, for the rules of deliveries and ingest."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from commerceml_bridge.config import Settings
from commerceml_bridge.db.database import Database
from commerceml_bridge.db.migrations import upgrade
from commerceml_bridge.db.rows import ConsignmentRow, NodeRow
from commerceml_bridge.domain.invoices import Invoice, InvoiceKey, InvoiceKind
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.services import delivering, fetching, nodes, portals, receiving, sessions
from commerceml_bridge.services.bridge import Bridge
from tests.unit.domain import samples

PASSWORD = "a-node-password"
NAMESPACE = "urn:1C.ru:commerceml_2"


@dataclass
class Taken:
    """A query answer, read to its end."""

    body: bytes
    documents: int

    @property
    def text(self) -> str:
        return self.body.decode("windows-1251")

    @property
    def numbers(self) -> list[str]:
        return [piece.split("</Номер>")[0] for piece in self.text.split("<Номер>")[1:]]


class Office:
    """The bridge with a portal called ``p``."""

    def __init__(self, database_url: str, *, portal: bool = True) -> None:
        self.now = dt.datetime(2026, 3, 6, 8, 0, tzinfo=dt.UTC)
        settings = Settings(database_url, secret_key="a key of the tests")
        self.bridge = Bridge(Database(database_url), settings, self.clock)
        upgrade(self.bridge.db.engine)
        if portal:
            self.portal = portals.add(self.bridge, "p", "http://127.0.0.1:1/rest/1/secretcode/")

    def clock(self) -> dt.datetime:
        """Every look at the clock is a second later."""
        self.now += dt.timedelta(seconds=1)
        return self.now

    def node(self, name: str = "base", **options: Any) -> NodeRow:
        """Add a node that takes everything since 2020."""
        chosen = NodeOptions(from_date=dt.date(2020, 1, 1), **options)
        return nodes.add(self.bridge, name, "p", name, PASSWORD, chosen)

    def bill(self, number: str = "101", b24_id: int | None = None, **changes: Any) -> Invoice:
        """Let Bitrix24 have an invoice of 1200.00 (again, if it exists) and fetch it."""
        plain = samples.invoice(samples.row("1200.00"), number=number)
        key = InvoiceKey(InvoiceKind.SMART, b24_id or int("".join(filter(str.isdigit, number)) or "1"))
        invoice = dataclasses.replace(plain, key=key, updated_at=self.clock(), **changes)
        with self.bridge.db.write() as uow:
            fetching.store(uow, self.bridge, self.portal, uow.nodes.all(), invoice)
        return invoice

    def session(self, node: NodeRow, *, version: str = "", cml_version: str = "") -> sessions.Caller:
        """checkauth (and init, if versions are given)."""
        opened = sessions.open_session(self.bridge, node, exchange_type="sale", user_agent="1C", remote="127.0.0.1")
        session = sessions.note_versions(
            self.bridge, opened.session, version=version or None, cml_version=cml_version or None
        )
        return sessions.Caller(node, session)

    def query(self, caller: sessions.Caller) -> Taken:
        """mode=query."""
        node = nodes.by_name(self.bridge, caller.node.name)
        served = delivering.query(self.bridge, dataclasses.replace(caller, node=node))
        body = b"".join(served.chunks)
        assert len(body) == served.size
        return Taken(body, served.documents)

    def success(self, caller: sessions.Caller) -> int:
        """mode=success."""
        return delivering.acknowledge(self.bridge, caller)

    def exchange(self, node: NodeRow) -> Taken:
        """checkauth, query, success."""
        caller = self.session(node)
        taken = self.query(caller)
        self.success(caller)
        return taken

    def post(self, node: NodeRow, body: bytes, filename: str = "orders.xml") -> receiving.Reply:
        """checkauth, file."""
        caller = self.session(node)
        return receiving.receive(
            self.bridge, caller, exchange_type="sale", filename=filename, body=iter([body] if body else [])
        )

    def consignment(self, node: NodeRow, invoice: Invoice) -> ConsignmentRow:
        """The state of an invoice at a node."""
        with self.bridge.db.read() as uow:
            row = uow.invoices.by_key(self.portal.id, invoice.key)
            assert row is not None
            found = uow.consignments.of(node.id, row.id)
        assert found is not None
        return found

    def jobs(self) -> list[str]:
        """States of all write-backs, oldest first."""
        with self.bridge.db.read() as uow:
            rows = uow.connection.exec_driver_sql("SELECT state FROM job WHERE kind = 'writeback' ORDER BY id")
            return [str(row[0]) for row in rows]

    def counts(self, node: NodeRow) -> Any:
        """What ``status`` says of a node."""
        with self.bridge.db.read() as uow:
            return next(row for row in uow.status.nodes() if row.name == node.name)


def returned(
    number: str,
    *,
    guid: str = "",
    total: str | Decimal = "1200.00",
    date: str = "2026-03-05",
    requisites: dict[str, str] | None = None,
) -> str:
    """One document as УТ 11 returns it."""
    guid = guid or f"00000000-0000-0000-0000-{int(number or 0):012}"
    named = {"Номер по 1С": f"УТ-{number}", "Проведен": "true", "ПометкаУдаления": "false", **(requisites or {})}
    values = "".join(
        f"<ЗначениеРеквизита><Наименование>{name}</Наименование><Значение>{value}</Значение></ЗначениеРеквизита>"
        for name, value in named.items()
    )
    return (
        f"<Документ><Ид>{guid}</Ид><Номер>{number}</Номер><Дата>{date}</Дата><ХозОперация>Заказ товара</ХозОперация>"
        f"<Роль>Продавец</Роль><Валюта>RUB</Валюта><Курс>1</Курс><Сумма>{total}</Сумма>"
        f"<Время>00:00:00</Время><ЗначенияРеквизитов>{values}</ЗначенияРеквизитов></Документ>"
    )


PAID = {"Номер оплаты по 1С": "ПП-7", "Дата оплаты по 1С": "2026-03-06"}


def file_of(*documents: str, formed_at: str = "2026-03-06T12:00:00") -> bytes:
    """A file of documents, UTF-8 with BOM."""
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<КоммерческаяИнформация xmlns="{NAMESPACE}" '
    head += f'ВерсияСхемы="2.07" ДатаФормирования="{formed_at}">'
    return ("\ufeff" + head + "".join(documents) + "</КоммерческаяИнформация>").encode()
