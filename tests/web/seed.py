"""The firm's exchange with 1C: sessions, deliveries, files, returned documents, jobs; and the list of all pages."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal

import sqlalchemy as sa

from commerceml_bridge.db import tables
from commerceml_bridge.services.bridge import Bridge
from tests.web.firm import XSS, Firm, Seeded, document

GOODS = [
    {"key": "11", "name": "Монтаж кондиционера", "source": "none", "item": "", "item_name": ""},
    {"key": "12", "name": "Кронштейн, 450 мм", "source": "name", "item": "5d0c", "item_name": "Кронштейн 450"},
]
"""How the lines of a served document were mapped to items of 1C."""


class Seed(Firm):
    """Writes everything a page can show."""

    def run(self) -> Seeded:
        """Write everything."""
        self.parties()
        self.invoices()
        self._first_session()
        self._return_session()
        self._troubles()
        return self.done

    def _session(self, name: str, result: str) -> int:
        session = self.add(
            tables.session,
            node_id=self.done.ids["Торговля"],
            cookie_digest=f"cookiedigest-{name}",
            sessid_digest=f"sessiddigest-{name}",
            started_at=self.tick(),
            last_seen_at=self.at + dt.timedelta(seconds=4),
            exchange_type="sale",
            user_agent="1C+Enterprise/8.3",
            remote="192.0.2.7",
            families="ut11, unf",
            result=result,
            steps=3,
        )
        self.done.ids[f"session-{name}"] = session
        return session

    def step(self, session: int | None, mode: str, result: str, body: bytes | None, **values: object) -> int:
        """Record one request whose secrets somebody forgot to mask."""
        return self.add(
            tables.step,
            session_id=session,
            node_id=self.done.ids["Торговля"] if session else None,
            at=self.tick(1),
            duration_ms=12,
            method=values.pop("method", "GET"),
            path="/bitrix/admin/1c_exchange.php",
            query=f"type=sale&mode={mode}&sessid=SECRETSESSID",
            exchange_type="sale",
            mode=mode,
            login="1c-ut11",
            remote="192.0.2.7",
            request_headers=json.dumps({"Authorization": "Basic U0VDUkVUQkFTSUM=", "User-Agent": "1C+Enterprise/8.3"}),
            result=result,
            response_headers=json.dumps({"Content-Type": "text/html; charset=windows-1251"}),
            response_body=body,
            response_size=values.pop("response_size", len(body or b"")),
            **values,
        )

    def _first_session(self) -> None:
        session = self._session("first", "success")
        self.step(session, "checkauth", "success", b"success\ncmlb_session\nSECRETCOOKIE\nsessid=SECRETSESSID\n")
        delivery = self._delivery(session)
        size = self.connection.scalar(sa.select(tables.delivery.c.size).where(tables.delivery.c.id == delivery))
        self.done.ids["query-step"] = self.step(session, "query", "xml", None, delivery_id=delivery, response_size=size)
        self.done.ids["success-step"] = self.step(session, "success", "success", b"success\n")

    def _delivery(self, session: int) -> int:
        head = '<?xml version="1.0" encoding="windows-1251"?>\n<КоммерческаяИнформация ВерсияСхемы="2.05">'
        parts = [head.encode("windows-1251"), *(document(one, "12000.00") for one in ("1041", "1042"))]
        tail = "</КоммерческаяИнформация>\n".encode("windows-1251")
        values = {"version": "", "encoding": "windows-1251", "form": "bare"}
        delivery = self.add(
            tables.delivery,
            node_id=self.done.ids["Торговля"],
            state="acknowledged",
            head=parts[0],
            tail=tail,
            size=sum(map(len, parts)) + len(tail),
            documents=2,
            attempts=1,
            opened_at=self.at,
            **values,
        )
        for position, key in enumerate(("verified", "acknowledged"), start=1):
            rendering = self.add(
                tables.rendering,
                consignment_id=self.done.consignments[key],
                revision_id=self.done.ids[f"revision-{key}"],
                number=("1041", "1042")[position - 1],
                body=parts[position],
                size=len(parts[position]),
                total=Decimal("12000.00"),
                tax=Decimal("2000.00"),
                created_at=self.at,
                goods=json.dumps(GOODS, ensure_ascii=False),
                **values,
            )
            self.done.ids[f"rendering-{key}"] = rendering
            item = {"delivery_id": delivery, "position": position, "rendering_id": rendering}
            owner = {"consignment_id": self.done.consignments[key], "revision_id": self.done.ids[f"revision-{key}"]}
            self.connection.execute(sa.insert(tables.delivery_item).values(**item, **owner))
        self.add(
            tables.serving,
            delivery_id=delivery,
            session_id=session,
            served_at=self.at,
            acknowledged_at=self.at + dt.timedelta(seconds=2),
        )
        self.done.ids["delivery"] = delivery
        return delivery

    def _upload(self, session: int, name: str, state: str, pieces: list[bytes], error: str = "") -> int:
        upload = self.add(
            tables.upload,
            node_id=self.done.ids["Торговля"],
            session_id=session,
            exchange_type="sale",
            filename=name,
            state=state,
            size=sum(map(len, pieces)),
            pieces=len(pieces),
            documents=2,
            error=error,
            code="not-well-formed" if error else "",
            answer="Принято документов: 1 из 2, отложены:",
            started_at=self.at,
            changed_at=self.at,
        )
        for position, piece in enumerate(pieces):
            row = {"upload_id": upload, "position": position, "body": piece}
            self.connection.execute(sa.insert(tables.upload_chunk).values(**row))
        return upload

    def _return_session(self) -> None:
        session = self._session("return", "success")
        xml = f"<КоммерческаяИнформация><Документ><Номер>1041</Номер><Комментарий>{XSS.replace('<', '&lt;')}"
        whole = f"{xml}</Комментарий></Документ></КоммерческаяИнформация>".encode()
        pieces = [whole[:60], whole[60:]]
        upload = self._upload(session, "documents.xml", "processed", pieces)
        self.done.ids["upload"] = upload
        chunk = {"upload_id": upload, "upload_from": 1, "upload_to": 2, "request_size": len(pieces[1])}
        self.done.ids["file-step"] = self.step(session, "file", "success", b"success\n", method="POST", **chunk)
        applied = self._returned(upload, 1, "verified", "applied", "paid", "1С назвала дату оплаты 2025-11-22.")
        links = {"returned_id": applied, "node_id": self.done.ids["Торговля"]}
        self.event(self.done.invoices["verified"], "returned", "1С назвала дату оплаты 2025-11-22.", **links)
        self.done.ids["quarantined"] = self._returned(
            upload, 2, None, "quarantined", "", f"Счёта с номером «{XSS}» у этого узла нет.", code="unknown", number=XSS
        )
        self.done.ids["returned"] = applied

    def _returned(
        self,
        upload: int,
        position: int,
        key: str | None,
        state: str,
        decision: str,
        reason: str,
        *,
        code: str = "",
        number: str = "1041",
    ) -> int:
        return self.add(
            tables.returned,
            upload_id=upload,
            node_id=self.done.ids["Торговля"],
            position=position,
            consignment_id=self.done.consignments[key] if key else None,
            operation="Заказ товара",
            document_id="0b3c2a8e-1111-11f0-9a2b-00155d000001",
            number=number,
            date=dt.date(2025, 11, 20),
            amount="12000.00",
            content_hash=f"hash{position}",
            matched_by="number-date",
            state=state,
            decision=decision,
            reason=reason,
            code=code,
            xml="<Документ><Номер>1041</Номер><Сумма>12000.00</Сумма></Документ>".encode(),
            created_at=self.tick(),
        )

    def _troubles(self) -> None:
        session = self._session("broken", "failure")
        error = "Файл orders.xml: строка 3, столбец 14: нет закрывающего тега."
        broken = self._upload(session, "orders.xml", "quarantined", [b"<?xml version='1.0'?><a><b>"], error)
        self.done.ids["broken-upload"] = broken
        self.step(
            session, "file", "failure", "failure\nОшибка XML\n".encode("windows-1251"), upload_id=broken,
            upload_from=0, upload_to=1, code="not-well-formed", error=error, method="POST",
        )  # fmt: skip
        refusal = "Ошибка авторизации. Неверное имя пользователя или пароль."
        self.step(None, "checkauth", "failure", b"failure\n", code="auth-failed", error=refusal)
        proof = {"before": {"stage_id": "DT31_1:N"}, "after": {"stage_id": "DT31_1:P"}, "written": True}
        self.done.ids["done-job"] = self._job("verified", "done", proof=json.dumps(proof))
        self.event(self.done.invoices["verified"], "written", "Оплата отмечена.", job_id=self.done.ids["done-job"])
        self.done.ids["parked-job"] = self._job("seen", "parked", error="ACCESS_DENIED: у вебхука нет права на запись.")

    def _job(self, key: str, state: str, *, error: str = "", proof: str = "") -> int:
        return self.add(
            tables.job,
            kind="writeback",
            portal_id=self.done.ids["portal"],
            invoice_id=self.done.invoices[key],
            payload="{}",
            state=state,
            attempts=3,
            run_after=self.tick(),
            error=error,
            proof=proof,
            created_at=self.at,
            finished_at=self.at,
        )


def seed(bridge: Bridge) -> Seeded:
    """Fill an empty database and return the ids of what is in it."""
    with bridge.db.write() as uow:
        return Seed(bridge, uow.connection).run()


def pages(seeded: Seeded) -> list[str]:
    """Return the address of every page there is."""
    ids = seeded.ids
    return [
        "/",
        "/invoices",
        "/invoices?state=held&node=1",
        *(f"/invoices/{one}" for one in seeded.invoices.values()),
        "/sessions",
        *(f"/sessions/{ids[name]}" for name in ("session-first", "session-return", "session-broken")),
        "/refusals",
        "/problems",
        "/problems?source=held&code=vat-mix",
        "/nodes",
        f"/nodes/{ids['Торговля']}",
        f"/nodes/{ids['Торговля']}/preflight",
        f"/nodes/{ids['Торговля']}/items?q=1",
        f"/nodes/{ids['Бухгалтерия']}",
        f"/nodes/{ids['Торговля']}/check",
        f"/nodes/{ids['Бухгалтерия']}/check",
        f"/nodes/{ids['Бухгалтерия']}/statements",
        "/reconciliation",
        f"/reconciliation?node={ids['Торговля']}&since=2025-01-01&until=2025-12-31&all=1",
        f"/nodes/{ids['Торговля']}/policy",
        "/counterparties?all=1",
        "/onec-documents",
        "/portals",
        "/search?q=10",
        "/operators",
        "/audit",
        "/portals/new",
        f"/portals/{ids['portal']}/settings",
        "/nodes/new",
        *(f"/nodes/{ids['Торговля']}/{page}" for page in ("settings", "selection", "notifier", "odata", "policy")),
        f"/nodes/{ids['Торговля']}/policy/edit?situation=paid",
        f"/nodes/{ids['Торговля']}/policy/edit?situation=status&status=Оплачен",
        f"/nodes/{ids['Торговля']}/take-back?session={ids['session-first']}",
        "/connect",
        f"/connect/portals/{ids['portal']}",
        f"/connect/nodes/{ids['Торговля']}",
        f"/connect/nodes/{ids['Бухгалтерия']}",
        f"/uploads/{ids['upload']}/rehearsal",
        f"/bodies/delivery/{ids['delivery']}",
        f"/bodies/document/{ids['rendering-verified']}?view=raw",
        f"/bodies/answer/{ids['success-step']}",
        f"/bodies/upload/{ids['upload']}",
        f"/bodies/request/{ids['file-step']}",
        f"/bodies/returned/{ids['returned']}",
    ]


def add_invoices(bridge: Bridge, changes: Iterable[Mapping[str, object]]) -> None:
    """Add copies of an invoice without revisions, as many as there are changes; each names at least ``b24_id``."""
    with bridge.db.write() as uow:
        row = dict(uow.connection.execute(sa.select(tables.invoice).limit(1)).mappings().one())
        del row["id"], row["revision_id"]
        uow.connection.execute(sa.insert(tables.invoice), [row | dict(one) for one in changes])
