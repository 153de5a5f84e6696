"""Bodies too large or too binary to be spelled in a fixture."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from functools import cache

GUID = "7c9a4a56-2f1f-4b0e-9f7d-000000000001"


def orders() -> bytes:
    """A file as УТ 10.3 posts it: one document nobody here knows, with a BOM."""
    return (
        "\ufeff"
        '<?xml version="1.0" encoding="UTF-8"?>\r\n'
        '<КоммерческаяИнформация ВерсияСхемы="2.05" ДатаФормирования="2026-03-02T10:00:00">\r\n'
        f"<Документ><Ид>{GUID}</Ид><Номер>777001</Номер><Дата>2026-03-01</Дата>"
        "<ХозОперация>Заказ товара</ХозОперация><Роль>Продавец</Роль><Валюта>RUB</Валюта><Курс>1</Курс>"
        "<Сумма>10.00</Сумма><Время>10:00:00</Время>"
        "<ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>Проведен</Наименование><Значение>true</Значение>"
        "</ЗначениеРеквизита></ЗначенияРеквизитов></Документ>\r\n"
        "</КоммерческаяИнформация>"
    ).encode()


def unreadable_amount() -> bytes:
    """The same document with words for an amount."""
    return orders().replace(b"10.00", "десять".encode())


def empty_orders() -> bytes:
    """What УТ 11 sends when every changed order was just reloaded: no document at all."""
    return '<?xml version="1.0" encoding="UTF-8"?><КоммерческаяИнформация ВерсияСхемы="2.07"/>'.encode()


def empty_orders_head() -> bytes:
    """``empty_orders`` without its end."""
    return empty_orders()[:-20]


def empty_orders_tail() -> bytes:
    """The end that is missing there."""
    return empty_orders()[-20:]


def zipped(data: bytes, name: str = "orders.xml") -> bytes:
    """A zip of one file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2026, 3, 2, 10, 0, 0)), data, zipfile.ZIP_DEFLATED, 9)
    return target.getvalue()


def zip_empty() -> bytes:
    """``empty_orders`` in a zip: 1C sends one if an older setting told it to."""
    return zipped(empty_orders())


@cache
def zip_bomb() -> bytes:
    """Some 120 kB that unpack to 64 MB of empty elements inside the right root."""
    name = "КоммерческаяИнформация".encode()
    return zipped(b"<%s>%s</%s>" % (name, b"<a/>" * (16 * 1024 * 1024), name))


def zip_slip() -> bytes:
    """A member whose name climbs out of every folder."""
    return zipped(empty_orders(), "../../../../tmp/cmlb-slip.xml")


def dtd() -> bytes:
    """A file with an entity that reads from the server."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        "<КоммерческаяИнформация><Документ><Номер>&x;</Номер></Документ></КоммерческаяИнформация>"
    ).encode()


def malformed() -> bytes:
    """XML with a fault in the middle."""
    return '<?xml version="1.0"?><КоммерческаяИнформация><Документ></Номер></КоммерческаяИнформация>'.encode()


def oversized() -> bytes:
    """More than the test server takes (1 MiB)."""
    return b"<a>" + b"x" * (1024 * 1024 + 1) + b"</a>"


BODIES: dict[str, Callable[[], bytes]] = {
    "orders": orders,
    "unreadable-amount": unreadable_amount,
    "empty-orders": empty_orders,
    "empty-orders-head": empty_orders_head,
    "empty-orders-tail": empty_orders_tail,
    "zip-empty": zip_empty,
    "zip-bomb": zip_bomb,
    "zip-slip": zip_slip,
    "dtd": dtd,
    "malformed": malformed,
    "oversized": oversized,
}
