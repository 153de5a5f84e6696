"""What two years of a busy firm leave behind, written in bulk: see ``pages``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

import sqlalchemy as sa

from commerceml_bridge.db import tables
from commerceml_bridge.domain import snapshots
from commerceml_bridge.services.bridge import Bridge
from tests.web.firm import NOW, Seeded, document, invoice
from tests.web.seed import seed

STEPS_OF_SESSION = ("checkauth", "init", "query", "success", "file")
YEARS = dt.timedelta(days=730)
AT_ONCE = 5000
_MODES = tuple(enumerate(STEPS_OF_SESSION))


def fill(bridge: Bridge, steps: int) -> Seeded:
    """Write the firm of the tests and then everything in bulk; ``steps`` sets the size of the rest."""
    seeded = seed(bridge)
    with bridge.db.write() as uow:
        Bulk(uow.connection, seeded, steps // len(STEPS_OF_SESSION)).run()
    if bridge.db.engine.dialect.name == "postgresql":  # what autovacuum does by itself within a minute
        with bridge.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    return seeded


class Bulk:
    """Rows with ids of their own, so that they can refer to each other without asking."""

    def __init__(self, connection: sa.Connection, seeded: Seeded, sessions: int) -> None:
        self.connection = connection
        self.node, self.portal = seeded.ids["Торговля"], seeded.ids["portal"]
        self.sessions = sessions
        self.invoices = sessions // 4
        self.files = sessions // 4
        self.first = 1_000_000

    def run(self) -> None:
        """Write everything, in the order of the references."""
        self._put(tables.invoice, self._invoices())
        self._put(tables.revision, self._revisions())
        self._put(tables.consignment, self._consignments())
        self._put(tables.search_word, self._words())
        self._put(tables.session, self._sessions())
        self._put(tables.delivery, self._deliveries())
        self._put(tables.rendering, self._renderings())
        self._put(tables.delivery_item, self._items())
        self._put(tables.serving, self._servings())
        self._put(tables.upload, self._uploads())
        self._put(tables.returned, self._returned())
        self._put(tables.event, self._events())
        self._put(tables.job, self._jobs())
        self._put(tables.payment_fact, self._facts())
        self._steps()
        if self.connection.dialect.name == "postgresql":
            self._restart_ids()

    def _put(self, table: sa.Table, rows: Iterable[dict[str, Any]]) -> None:
        rows = iter(rows)
        while batch := list(islice(rows, AT_ONCE)):
            self.connection.execute(sa.insert(table), batch)

    def _ids(self, count: int) -> range:
        return range(self.first, self.first + count)

    def _at(self, number: int, of: int) -> dt.datetime:
        """Spread moments over two years, the last ones now."""
        return NOW - YEARS + YEARS * ((number - self.first) / of)

    def _invoices(self) -> Iterator[dict[str, Any]]:
        for one in self._ids(self.invoices):
            at, party = self._at(one, self.invoices), one % 5000
            yield {
                "id": one,
                "portal_id": self.portal,
                "kind": "smart",
                "b24_id": one,
                "number": f"{one}",
                "date": at.date(),
                "counterparty": f"ООО «Пример {party}»",
                "inn": f"77{party:08d}",
                "total": Decimal(one),
                "currency": "RUB",
                "stage_id": "DT31_1:P",
                "stage_semantics": "success",
                "updated_at": at,
                "fetched_at": at,
                "revision_id": one,
                "searched_revision_id": one,
            }

    def _revisions(self) -> Iterator[dict[str, Any]]:
        snapshot = snapshots.to_json(invoice("1", 1))
        for one in self._ids(self.invoices):
            at = self._at(one, self.invoices)
            hashes = {"content_hash": f"c{one}", "accounting_hash": f"a{one}"}
            yield {"id": one, "invoice_id": one, "number": 1, **hashes, "snapshot": snapshot, "created_at": at}

    def _consignments(self) -> Iterator[dict[str, Any]]:
        for one in self._ids(self.invoices):
            at, kind = self._at(one, self.invoices), one % 200
            held, due, unseen = kind == 0, kind in (0, 1), kind == 2
            yield {
                "id": one,
                "node_id": self.node,
                "invoice_id": one,
                "number": f"{one}",
                "digits": one,
                "due": due,
                "held_code": "vat-mix" if held else "",
                "held_reason": "Смешаны строки." if held else "",
                "first_served_at": None if due else at,
                "acknowledged_at": None if due else at,
                "acknowledged_revision_id": None if due else one,
                "unseen": unseen,
                "seen_at": None if due or unseen else at,
                "verified_at": None if due or unseen else at,
                "onec_number": "" if due else f"КА00-{one:06d}",
                "payment": "paid" if kind > 40 else "",
                "difference": "сумма в 1С иная" if kind == 3 else "",
                "unposted": "не проведён" if kind == 4 else "",
            }

    def _words(self) -> Iterator[dict[str, Any]]:
        for one in self._ids(self.invoices):
            words = {"ооо", "пример", str(one % 5000), "кронштейн", f"арт{one % 3000}", "монтаж"}
            yield from ({"word": word, "invoice_id": one} for word in words)

    def _sessions(self) -> Iterator[dict[str, Any]]:
        for one in self._ids(self.sessions):
            at = self._at(one, self.sessions)
            yield {
                "id": one,
                "node_id": self.node,
                "cookie_digest": f"c{one}",
                "sessid_digest": f"s{one}",
                "started_at": at,
                "last_seen_at": at + dt.timedelta(seconds=4),
                "exchange_type": "sale",
                "user_agent": "1C+Enterprise/8.3",
                "remote": "192.0.2.7",
                "families": "ut11, unf",
                "result": "failure" if one % 500 == 0 else "success",
                "steps": len(STEPS_OF_SESSION),
            }

    def _deliveries(self) -> Iterator[dict[str, Any]]:
        for one in self._ids(self.invoices):
            at = self._at(one, self.invoices)
            yield {
                "id": one,
                "node_id": self.node,
                "state": "acknowledged",
                "form": "bare",
                "encoding": "utf-8",
                "head": b"<a>",
                "tail": b"</a>",
                "size": 2007,
                "documents": 1,
                "attempts": 1,
                "opened_at": at,
                "acknowledged_at": at,
            }

    def _renderings(self) -> Iterator[dict[str, Any]]:
        body = document("1", "12000.00") * 8
        for one in self._ids(self.invoices):
            yield {
                "id": one,
                "consignment_id": one,
                "revision_id": one,
                "form": "bare",
                "encoding": "utf-8",
                "number": f"{one}",
                "total": Decimal(one),
                "tax": Decimal(0),
                "size": len(body),
                "body": body,
                "created_at": self._at(one, self.invoices),
            }

    def _items(self) -> Iterator[dict[str, Any]]:
        for one in self._ids(self.invoices):
            links = {"consignment_id": one, "revision_id": one, "rendering_id": one}
            yield {"delivery_id": one, "position": 1, **links}

    def _servings(self) -> Iterator[dict[str, Any]]:
        for one in self._ids(self.invoices):
            at, session = self._at(one, self.invoices), self.first + (one - self.first) * 4
            yield {"id": one, "delivery_id": one, "session_id": session, "served_at": at, "acknowledged_at": at}

    def _uploads(self) -> Iterator[dict[str, Any]]:
        for one in self._ids(self.files):
            at, broken = self._at(one, self.files), one % 1000 == 0
            yield {
                "id": one,
                "node_id": self.node,
                "session_id": self.first + (one - self.first) * 4,
                "exchange_type": "sale",
                "filename": f"documents-{one}.xml",
                "size": 9000,
                "documents": 2,
                "state": "quarantined" if broken else "processed",
                "code": "not-well-formed" if broken else "",
                "started_at": at,
                "changed_at": at,
                "completed_at": at,
            }

    def _returned(self) -> Iterator[dict[str, Any]]:
        for one in self._ids(self.files * 2):
            upload = self.first + (one - self.first) // 2
            state = "quarantined" if one % 500 == 0 else "information" if one % 50 == 1 else "applied"
            state = "repeated" if one % 3 == 0 and state == "applied" else state
            known = state in ("applied", "repeated")
            yield {
                "id": one,
                "upload_id": upload,
                "node_id": self.node,
                "position": one % 2 + 1,
                "number": f"{one}",
                "consignment_id": self.first + one % self.invoices if known else None,
                "operation": "Заказ товара",
                "document_id": f"{one:036d}",
                "content_hash": f"h{one}",
                "state": state,
                "amount": "12000.00",
                "decision": "paid" if state == "applied" else "",
                "code": "unknown" if one % 500 == 0 else "",
                "created_at": self._at(upload, self.files),
            }

    def _events(self) -> Iterator[dict[str, Any]]:
        for one in self._ids(self.invoices * 3):
            about = self.first + one % self.invoices
            kind = ("fetched", "returned", "written")[one % 3]
            yield {
                "id": one,
                "at": self._at(about, self.invoices),
                "invoice_id": about,
                "kind": kind,
                "text": "Оплата.",
            }

    def _jobs(self) -> Iterator[dict[str, Any]]:
        for one in self._ids(self.invoices // 2):
            at, parked = self._at(one, self.invoices // 2), one % 1000 == 0
            yield {
                "id": one,
                "kind": "writeback",
                "portal_id": self.portal,
                "invoice_id": one,
                "attempts": 1,
                "state": "parked" if parked else "done",
                "error": "ACCESS_DENIED" if parked else "",
                "run_after": at,
                "created_at": at,
                "finished_at": at,
            }

    def _facts(self) -> Iterator[dict[str, Any]]:
        for one in self._ids(self.invoices):
            at = self._at(one, self.invoices)
            words = {"source": "exchange", "kind": "payment", "key": f"k{one}", "amount": Decimal(one)}
            yield {"id": one, "consignment_id": one, **words, "first_at": at, "last_at": at}

    def _steps(self) -> None:
        """Write the journal, five rows to a session, inside the database."""
        each = [sa.select(sa.literal(n).label("place"), sa.literal(mode).label("step_mode")) for n, mode in _MODES]
        place = sa.union_all(*each).subquery()
        own: dict[str, Any] = {
            "session_id": tables.session.c.id,
            "node_id": tables.session.c.node_id,
            "at": tables.session.c.started_at,
            "duration_ms": 12,
            "method": "GET",
            "path": "/bitrix/admin/1c_exchange.php",
            "query": "type=sale&mode=x",
            "exchange_type": "sale",
            "mode": place.c.step_mode,
            "login": "1c-ut11",
            "remote": "192.0.2.7",
            "result": "success",
            "request_headers": '{"User-Agent": "1C+Enterprise/8.3", "Host": "bridge.example.ru"}',
            "response_headers": '{"Content-Type": "text/plain; charset=utf-8"}',
            "response_size": 8,
        }
        chosen = sa.select(
            *(value if isinstance(value, sa.ColumnElement) else sa.literal(value) for value in own.values())
        )
        chosen = chosen.select_from(tables.session.join(place, sa.true())).where(tables.session.c.id >= self.first)
        ordered = chosen.order_by(tables.session.c.id, place.c.place)
        self.connection.execute(sa.insert(tables.step).from_select(list(own), ordered))

    def _restart_ids(self) -> None:
        for table in tables.metadata.tables.values():
            if "id" in table.c and table.c.id.autoincrement:
                name = table.name
                last = f'SELECT coalesce(max(id), 1) FROM "{name}"'
                text = f"SELECT setval(pg_get_serial_sequence('\"{name}\"', 'id'), ({last}))"
                self.connection.exec_driver_sql(text)
