"""Writes CommerceML: one ``OutgoingDocument`` to the bytes that stand in a query answer, and the envelope around them.

Takes no decisions: sums, numbers, VAT and splits are final when they arrive (``domain.rendering``), the spelling is the
dialect's. Strings are joined by hand because a tree costs several times as much and the order of elements *is* the
specification: bare documents are valid under all official schemas 2.05–2.10 at once (commerceml §6.5).
Never writes an empty element, an xmlns, or an attribute on a text leaf other than ``БазоваяЕдиница`` (1c-clients §3.1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from commerceml_bridge.commerceml import vocabulary as v
from commerceml_bridge.commerceml.dialects import Dialect
from commerceml_bridge.commerceml.text import many_lines, money, one_line, plain_number
from commerceml_bridge.commerceml.writer_party import counterparty
from commerceml_bridge.domain.documents import DocumentLine, Encoding, OutgoingDocument, Tax, Unit
from commerceml_bridge.errors import CannotRender

_BOM = b"\xef\xbb\xbf"
_CODECS = {Encoding.CP1251: "cp1251", Encoding.UTF8: "utf-8", Encoding.UTF8_BOM: "utf-8"}
_DECLARED = {Encoding.CP1251: "windows-1251", Encoding.UTF8: "UTF-8", Encoding.UTF8_BOM: "UTF-8"}

DOCUMENT_ID_LENGTH = 40
ITEM_ID_LENGTH = 80
NUMBER_LENGTH = 255
NAME_LENGTH = 250
"""250 in 2.05, 2.06 and 3; 255 in the others (commerceml §2.7)"""
STRING_LENGTH = 255
COMMENT_LENGTH = 3000
REQUISITE_LENGTH = 1000

_TAX_OPEN = f"<{v.TAX}>\n<{v.NAME}>{v.VAT}</{v.NAME}>\n<{v.INCLUDED_IN_AMOUNT}>true</{v.INCLUDED_IN_AMOUNT}>\n"


def render_document(document: OutgoingDocument, dialect: Dialect, encoding: Encoding) -> bytes:
    """Return one ``Документ`` (in containers: one ``Контейнер``) exactly as it stands in the body, with a final LF.

    No declaration, no BOM; characters outside windows-1251 become numeric references.
    Raises ``CannotRender`` when something 1C cannot do without is missing or an amount is not in kopecks.
    """
    parts = [f"<{v.DOCUMENT}>\n", *_document_parts(document, dialect), f"</{v.DOCUMENT}>\n"]
    if dialect.in_container:
        parts = [f"<{v.CONTAINER}>\n", *parts, f"</{v.CONTAINER}>\n"]
    return "".join(parts).encode(_CODECS[encoding], "xmlcharrefreplace")


def envelope(dialect: Dialect, encoding: Encoding, formed_at: dt.datetime) -> tuple[bytes, bytes]:
    """Return (head, tail): head + documents + tail is a whole answer, also with no document in between.

    ``formed_at`` is printed as it is, to the second and without a zone: it means local time of the site.
    """
    head = (
        f'<?xml version="1.0" encoding="{_DECLARED[encoding]}"?>\n'
        f'<{v.ROOT} {v.SCHEMA_VERSION}="{dialect.schema_version}" {v.FORMED_AT}="{formed_at:%Y-%m-%dT%H:%M:%S}">\n'
    ).encode(_CODECS[encoding])
    tail = f"</{v.ROOT}>\n".encode(_CODECS[encoding])
    return (_BOM + head if encoding is Encoding.UTF8_BOM else head), tail


def _document_parts(document: OutgoingDocument, dialect: Dialect) -> Iterator[str]:
    yield _leaf(v.ID, _identifier(v.ID, document.id, DOCUMENT_ID_LENGTH))
    yield _leaf(v.NUMBER, _identifier(v.NUMBER, document.number, NUMBER_LENGTH))
    yield _leaf(v.DATE, document.date.isoformat())
    yield _leaf(v.OPERATION, v.OPERATION_ORDER)
    yield _leaf(v.ROLE, v.ROLE_SELLER)
    yield _leaf(v.CURRENCY, _required(v.CURRENCY, one_line(document.currency, STRING_LENGTH)))
    yield _leaf(v.RATE_OF_EXCHANGE, "1")
    yield _leaf(v.AMOUNT, money(document.amount))
    if dialect.prints_revision:
        yield _leaf(v.REVISION, str(document.version))
    yield from counterparty(document.counterparty, dialect)
    yield _leaf(v.TIME, f"{document.time:%H:%M:%S}")
    if document.pay_before is not None:
        yield _leaf(v.PAY_BEFORE, document.pay_before.isoformat())
    yield _leaf(v.COMMENT, many_lines(document.comment, COMMENT_LENGTH))
    yield _taxes(document.tax)
    yield from _lines(document.lines, dialect)
    yield _requisites((*_state(document), *document.requisites))


def _state(document: OutgoingDocument) -> Iterator[tuple[str, str]]:
    """Say where the invoice stands, in the words and the order of the reference server (reference-server §2.6)."""
    if document.says_paid is not None:
        yield v.REQUISITE_ORDER_PAID, _flag(document.says_paid)
    if document.cancelled:
        yield v.REQUISITE_CANCELLED, v.TRUE
    elif document.stage is not None:
        yield v.REQUISITE_CANCELLED, v.FALSE
    if document.stage is not None:
        yield v.REQUISITE_FINAL, _flag(document.stage.paid)
        yield v.REQUISITE_STATUS, f"[{document.stage.id}] {document.stage.name}".rstrip()
        yield v.REQUISITE_STATUS_ID, document.stage.id


def _flag(value: bool) -> str:
    return v.TRUE if value else v.FALSE


def _lines(lines: tuple[DocumentLine, ...], dialect: Dialect) -> Iterator[str]:
    if not lines:
        raise CannotRender("lines", "В счёте нет ни одной строки: 1С не примет документ без товаров.")
    yield f"<{v.LINES}>\n"
    for line in lines:
        yield _line(line, dialect)
    yield f"</{v.LINES}>\n"


def _line(line: DocumentLine, dialect: Dialect) -> str:
    kind, type_ = (dialect.service_kind, dialect.service_type) if line.is_service else (v.ITEM_GOODS, v.ITEM_GOODS)
    item_id = v.DELIVERY_ID if line.is_delivery else line.id
    rate = _required(v.RATE, one_line(line.tax.rate, STRING_LENGTH))
    return "".join(
        (
            f"<{v.LINE}>\n",
            _leaf(v.ID, _identifier(v.ID, item_id, ITEM_ID_LENGTH)),
            _leaf(v.ARTICLE, one_line(line.article, STRING_LENGTH)),
            _leaf(v.NAME, _required(v.NAME, one_line(line.name, NAME_LENGTH))),
            _structured_unit(line.unit) if dialect.unit_is_structure else _base_unit(line.unit),
            f"<{v.TAX_RATES}>\n<{v.TAX_RATE}>\n<{v.NAME}>{v.VAT}</{v.NAME}>\n<{v.RATE}>{rate}</{v.RATE}>\n"
            f"</{v.TAX_RATE}>\n</{v.TAX_RATES}>\n",
            _requisites(((v.REQUISITE_ITEM_KIND, kind), (v.REQUISITE_ITEM_TYPE, type_))),
            f"<{v.UNIT_PRICE}>{money(line.price)}</{v.UNIT_PRICE}>\n",
            f"<{v.QUANTITY}>{plain_number(line.quantity)}</{v.QUANTITY}>\n",
            f"<{v.AMOUNT}>{money(line.amount)}</{v.AMOUNT}>\n",
            "" if dialect.unit_is_structure else _plain_unit(line.unit),
            _taxes(line.tax),
            f"</{v.LINE}>\n",
        )
    )


def _base_unit(unit: Unit) -> str:
    attributes = "".join(
        f' {name}="{value}"'
        for name, value in (
            (v.UNIT_CODE, one_line(unit.code, 3)),
            (v.UNIT_FULL_NAME, one_line(unit.full_name, NAME_LENGTH)),
            (v.UNIT_INTERNATIONAL, one_line(unit.international, 3)),
        )
        if value
    )
    name = _required(v.BASE_UNIT, one_line(unit.name, NAME_LENGTH))
    return f"<{v.BASE_UNIT}{attributes}>{name}</{v.BASE_UNIT}>\n"


def _plain_unit(unit: Unit) -> str:
    """УТ 11 reads the code again here; a short name would break 2.08–2.10 (commerceml §6.5 rule 7)."""
    return _leaf(v.UNIT, one_line(unit.code, 3)) + _leaf(v.COEFFICIENT, "1")


def _structured_unit(unit: Unit) -> str:
    name = one_line(unit.full_name, NAME_LENGTH) or one_line(unit.name, NAME_LENGTH)
    inner = _leaf(v.UNIT_CODE, one_line(unit.code, 3)) + _leaf(v.UNIT_FULL_NAME, _required(v.UNIT, name))
    return f"<{v.UNIT}>\n{inner}</{v.UNIT}>\n" + _leaf(v.COEFFICIENT, "1")


def _taxes(tax: Tax) -> str:
    rate = _required(v.RATE, one_line(tax.rate, STRING_LENGTH))
    return (
        f"<{v.TAXES}>\n{_TAX_OPEN}<{v.AMOUNT}>{money(tax.amount)}</{v.AMOUNT}>\n<{v.RATE}>{rate}</{v.RATE}>\n"
        f"</{v.TAX}>\n</{v.TAXES}>\n"
    )


def _requisites(requisites: tuple[tuple[str, str], ...]) -> str:
    """УТ 11 gives an empty value the value before it, so pairs without one are left out (1c-clients addendum 2)."""
    written = "".join(
        f"<{v.REQUISITE}>\n<{v.NAME}>{name}</{v.NAME}>\n<{v.VALUE}>{value}</{v.VALUE}>\n</{v.REQUISITE}>\n"
        for name, value in (
            (one_line(name, NAME_LENGTH), many_lines(value, REQUISITE_LENGTH)) for name, value in requisites
        )
        if name and value
    )
    return f"<{v.REQUISITES}>\n{written}</{v.REQUISITES}>\n" if written else ""


def _leaf(name: str, text: str) -> str:
    return f"<{name}>{text}</{name}>\n" if text else ""


def _identifier(name: str, value: str, limit: int) -> str:
    """An identifier is never cut: two that differ in the end would become one document or one item in 1C."""
    if len(value) > limit:
        raise CannotRender("identifier", f"{name} длиннее {limit} знаков: {value[:limit]}…")
    return _required(name, one_line(value, limit))


def _required(name: str, text: str) -> str:
    if not text:
        raise CannotRender("empty", f"Поле «{name}» пусто, без него 1С документ не примет. Заполните его в счёте.")
    return text
