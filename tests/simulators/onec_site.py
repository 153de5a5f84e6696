"""A scripted exchange site on a real socket, and a generator of the documents such a site serves.

The site answers like a good one unless a test puts another ``Reply`` (or a list of them, the last one staying) under a
mode. It keeps every request as it came. Nothing here imports the product.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

CP1251 = "windows-1251"
COOKIE_NAME, COOKIE_VALUE, TOKEN = "PHPSESSID", "k7d2", "sessid=0123456789abcdef0123456789abcdef"
GUID_1 = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
GUID_2 = "7d444840-9dc0-11d1-b245-5ffdce74fad2"


@dataclass
class Reply:
    """An answer; ``text`` is encoded by ``charset`` unless ``body`` is given; ``raw`` replaces the whole answer."""

    text: str = ""
    body: bytes | None = None
    status: int = 200
    charset: str = CP1251
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    close: bool = False

    def bytes(self) -> bytes:
        return self.text.encode(self.charset, "xmlcharrefreplace") if self.body is None else self.body


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def raw_query(self) -> str:
        return self.target.partition("?")[2]

    @property
    def query(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(self.raw_query, keep_blank_values=True).items()}

    @property
    def mode(self) -> str:
        return self.query.get("mode", "")


Script = Reply | Sequence[Reply]


class Site:
    """``answers`` by mode; ``load`` and ``upload`` share a mode, so init may be scripted as ``init+version``."""

    def __init__(self, documents: str = "") -> None:
        self.requests: list[Request] = []
        self.answers: dict[str, Script] = {
            "checkauth": Reply(f"success\n{COOKIE_NAME}\n{COOKIE_VALUE}\n{TOKEN}\n"),
            "init": Reply("zip=no\nfile_limit=100000000"),
            "init+version": Reply(f"zip=no\nfile_limit=100000000\n{TOKEN}\nversion=2.09"),
            "query": Reply(documents or envelope(), content_type=f"application/xml; charset={CP1251}"),
            "success": Reply("success\n"),
            "file": Reply("success\n"),
            "import": Reply("success\n"),
        }
        self.address = ""

    def reply(self, request: Request) -> Reply:
        name = request.mode
        if name == "init" and "version" in request.query:
            name = "init+version"
        script = self.answers[name]
        if isinstance(script, Reply):
            return script
        return script[min(self._asked(name, request), len(script) - 1)]

    def _asked(self, name: str, request: Request) -> int:
        mode = name.partition("+")[0]
        return sum(1 for earlier in self.requests if earlier.mode == mode and earlier is not request)

    def serve(self, documents: str) -> None:
        self.answers["query"] = Reply(documents, content_type=f"application/xml; charset={CP1251}")

    def modes(self) -> list[str]:
        return [request.mode for request in self.requests]

    def of(self, mode: str) -> list[Request]:
        return [request for request in self.requests if request.mode == mode]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: no delayed acknowledgement
    site: Site

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.rfile.read(length), id(self.connection))
        self.site.requests.append(request)
        self._send(self.site.reply(request))

    do_POST = do_GET  # noqa: N815 - the name http.server looks for

    def _send(self, reply: Reply) -> None:
        if reply.raw is not None:
            self.wfile.write(reply.raw)
            self.close_connection = True
            return
        body = reply.bytes()
        self.send_response(reply.status)
        content_type = f"text/html; charset={reply.charset}" if reply.content_type is None else reply.content_type
        if content_type:
            self.send_header("Content-Type", content_type)
        for name, value in {"Content-Length": str(len(body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.close_connection or reply.close


@contextmanager
def running(documents: str = "") -> Iterator[Site]:
    """A site listening on a free port of the loopback interface."""
    site = Site(documents)
    handler = type("Handler", (_Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    site.address = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# --- documents a site serves

UNIT = '<БазоваяЕдиница Код="796" НаименованиеПолное="Штука" МеждународноеСокращение="PCE">шт</БазоваяЕдиница>'


def tag(name: str, value: object | None) -> str:
    return "" if value is None else f"<{name}>{escape(str(value))}</{name}>"


def requisites(**values: str) -> str:
    pairs = "".join(
        f"<ЗначениеРеквизита>{tag('Наименование', name.replace('_', ' '))}{tag('Значение', value)}</ЗначениеРеквизита>"
        for name, value in values.items()
    )
    return f"<ЗначенияРеквизитов>{pairs}</ЗначенияРеквизитов>"


def tax(rate: str | None = "20", included: str | None = "true", amount: object = 0) -> str:
    inner = tag("Наименование", "НДС") + tag("УчтеноВСумме", included) + tag("Сумма", amount) + tag("Ставка", rate)
    return f"<Налоги><Налог>{inner}</Налог></Налоги>"


def goods(
    name: str = "Стол офисный",
    *,
    ref: str | None = GUID_1,
    article: str | None = None,
    quantity: object = "2",
    price: object = "600.00",
    amount: object | None = None,
    rate: str | None = "20",
    unit: str = UNIT,
    kind: str = "Товар",
    extra: str = "",
) -> str:
    total = Decimal(str(quantity)) * Decimal(str(price)) if amount is None else amount
    taxed = f"<СтавкиНалогов><СтавкаНалога>{tag('Наименование', 'НДС')}{tag('Ставка', rate)}"
    return (
        f"<Товар>{tag('Ид', ref)}{tag('Артикул', article)}{tag('Наименование', name)}{unit}"
        + (f"{taxed}</СтавкаНалога></СтавкиНалогов>" if rate is not None else "")
        + requisites(ВидНоменклатуры=kind, ТипНоменклатуры=kind)
        + f"{tag('ЦенаЗаЕдиницу', price)}{tag('Количество', quantity)}{tag('Сумма', total)}{extra}</Товар>"
    )


def party(
    name: str | None = "ООО «Ромашка»",
    *,
    ref: str | None = "portal-co-7",
    official: str | None = "Общество с ограниченной ответственностью «Ромашка»",
    full: str | None = None,
    inn: str | None = "7701234567",
    kpp: str | None = "770101001",
    extra: str = "",
) -> str:
    return (
        f"<Контрагенты><Контрагент>{tag('Ид', ref)}{tag('Наименование', name)}"
        f"{tag('ОфициальноеНаименование', official)}{tag('ПолноеНаименование', full)}{tag('ИНН', inn)}"
        f"{tag('КПП', kpp)}{extra}<Роль>Покупатель</Роль></Контрагент></Контрагенты>"
    )


def document(
    number: str | None = "A-1",
    *,
    ref: str | None = "portal-si-101",
    date: str | None = "2026-03-02",
    time: str | None = "09:05:33",
    operation: str | None = "Заказ товара",
    currency: str | None = "RUB",
    amount: object | None = "1200.00",
    buyer: str | None = None,
    taxes: str | None = None,
    lines: str | None = None,
    extra: str = "",
) -> str:
    """A realistic bare document: a legal entity buys two tables, VAT 20 % inside."""
    return (
        f"<Документ>{tag('Ид', ref)}{tag('Номер', number)}{tag('Дата', date)}{tag('ХозОперация', operation)}"
        f"<Роль>Продавец</Роль>{tag('Валюта', currency)}<Курс>1</Курс>{tag('Сумма', amount)}"
        f"{party() if buyer is None else buyer}{tag('Время', time)}"
        f"{tax(amount='200.00') if taxes is None else taxes}"
        f"<Товары>{goods() if lines is None else lines}</Товары>{extra}</Документ>"
    )


def envelope(*documents: str, attributes: str = "", encoding: str = CP1251) -> str:
    """The whole answer of ``mode=query``."""
    root = f'<КоммерческаяИнформация ВерсияСхемы="2.05" ДатаФормирования="2026-03-02T10:00:00"{attributes}>'
    return f'<?xml version="1.0" encoding="{encoding}"?>\n{root}{"".join(documents)}</КоммерческаяИнформация>\n'


def container(*documents: str) -> str:
    return f"<Контейнер>{''.join(documents)}</Контейнер>"


# --- reading what a client uploaded


def uploaded(body: bytes) -> ET.Element:
    """Root of an uploaded file with namespaces stripped from names."""
    root = ET.fromstring(body.decode("utf-8-sig"))  # bytes with a BOM decode here as they do in a site
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def values(document: ET.Element) -> dict[str, str]:
    """Requisites of a document by name."""
    pairs = document.findall("ЗначенияРеквизитов/ЗначениеРеквизита")
    return {pair.findtext("Наименование", ""): pair.findtext("Значение", "") for pair in pairs}
