"""Reads files of 1C as a stream of documents: memory stays flat, one broken document does not hurt the others.

Understands the flat order (УТ, УНФ, УТ 10.3), the order with subordinate documents (УНФ) and containers (the Bitrix
module), told apart by structure. Must not match or judge anything. Facts: commerceml §4, §5, §6.4; decision 23.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lxml import etree

from commerceml_bridge.commerceml import reader_values as values
from commerceml_bridge.commerceml import vocabulary as v
from commerceml_bridge.commerceml.pull import PullParser, line_of, local_name
from commerceml_bridge.commerceml.reader_documents import Parsed, parse_document, understood
from commerceml_bridge.domain.returned import BrokenDocument, Operation, ReturnedDocument, ReturnedItem


@dataclass(frozen=True)
class FileHeader:
    """What the root says about a file. None of it decides how the file is read: it lies in genuine files."""

    schema_version: str
    """``ВерсияСхемы`` as written, "" if absent"""
    namespace: str
    """"" if there is none"""
    encoding: str
    """the real one, Python's name"""
    formed_at: dt.datetime | None
    """``ДатаФормирования``: local time of 1C, no zone; None if absent or nonsense. Orders two files of one node only"""
    warnings: tuple[str, ...]


def header_of(parser: PullParser) -> FileHeader | None:
    """Return the header once the root has begun."""
    opening, root = parser.opening, parser.root
    if opening is None or root is None:
        return None
    warnings = list(opening.warnings)
    return FileHeader(
        schema_version=(root.get(v.SCHEMA_VERSION) or "").strip(),
        namespace=etree.QName(root).namespace or "",
        encoding=opening.encoding,
        formed_at=understood(v.FORMED_AT, root.get(v.FORMED_AT) or "", values.moment, warnings),
        warnings=tuple(warnings),
    )


class DocumentStream(Iterator[ReturnedItem]):
    """Iterator of the documents of one file. ``header`` is known after the first ``next`` (also one that ends it)."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._parser = PullParser(chunks, (v.CONTAINER, v.DOCUMENT))
        self._items = self._read()
        self.header: FileHeader | None = None
        self.empty_containers: list[int] = []
        """lines of containers without any document: they give no item, but can be told from a file without any"""

    @property
    def branches(self) -> tuple[str, ...]:
        """Names of what stands under the root, whether it is read or not; all of them once the file has been read."""
        return tuple(self._parser.branches)

    def __iter__(self) -> DocumentStream:
        return self

    def __next__(self) -> ReturnedItem:
        return next(self._items)

    def _read(self) -> Iterator[ReturnedItem]:
        position = 0
        for event, element in self._parser.events():
            if self.header is None:
                self.header = header_of(self._parser)
            if event == "end" and element.getparent() is self._parser.root:
                position += 1
                if not any(local_name(child) == v.DOCUMENT for child in element.iterchildren()):
                    self._note_empty(element)
                yield from items_of(element, position)

    def _note_empty(self, element: etree._Element) -> None:
        if local_name(element) == v.CONTAINER:
            self.empty_containers.append(line_of(element))


def read_documents(chunks: Iterable[bytes]) -> DocumentStream:
    """Yield every document of a file in its order, as soon as it has been read.

    A container yields its order with payments and shipments as children; one without an order yields each document.
    Broken documents and those of an unknown operation, subordinate ones included, are items of their own.
    Catalogues yield nothing. Raises, after the complete documents before the fault, ``NotWellFormed`` (line, column),
    ``XmlIncomplete``, ``ForbiddenXml`` (DOCTYPE) or ``WrongRoot``.
    """
    return DocumentStream(chunks)


def items_of(element: etree._Element, position: int) -> Iterator[ReturnedItem]:
    """Yield the documents of one child of the root; nothing for what is neither ``Документ`` nor ``Контейнер``."""
    if local_name(element) == v.CONTAINER:
        yield from _container_items(element, position)
    elif local_name(element) == v.DOCUMENT:
        parsed = parse_document(element)
        yield _item(position, element, parsed.document)
        yield from _apart(position, parsed)


def _container_items(container: etree._Element, position: int) -> Iterator[ReturnedItem]:
    found = [
        (parse_document(element, in_container=True), element)
        for element in container
        if local_name(element) == v.DOCUMENT
    ]
    orders = [parsed.document for parsed, _ in found if _is_order(parsed.document)]
    for parsed, element in found:
        document = parsed.document
        if isinstance(document, ReturnedDocument) and document.operation is Operation.ORDER:
            yield _item(position, container, _with_children(document, orders, found))
        elif isinstance(document, BrokenDocument) or _parent_of(document, orders) is None:
            yield _item(position, element, document)
        yield from _apart(position, parsed)


def _is_order(document: ReturnedDocument | BrokenDocument) -> bool:
    return isinstance(document, ReturnedDocument) and document.operation is Operation.ORDER


def _with_children(
    order: ReturnedDocument,
    orders: list[ReturnedDocument | BrokenDocument],
    found: list[tuple[Parsed, etree._Element]],
) -> ReturnedDocument:
    children = tuple(
        parsed.document
        for parsed, _ in found
        if isinstance(parsed.document, ReturnedDocument)
        and not _is_order(parsed.document)
        and _parent_of(parsed.document, orders) is order
    )
    return replace(order, children=order.children + children) if children else order


def _parent_of(document: ReturnedDocument, orders: list[ReturnedDocument | BrokenDocument]) -> ReturnedDocument | None:
    """The order that ``Основание`` names; without one the only order of the container.

    A payment that names another order is never credited to its neighbour: it goes on alone with its ``Основание``.
    A document of an unknown operation says nothing about the order: it is set aside where it can be seen.
    """
    if document.is_unforeseen:
        return None
    candidates = [order for order in orders if isinstance(order, ReturnedDocument)]
    if not document.basis:
        return candidates[0] if len(candidates) == 1 else None
    named = (one for one in candidates if document.basis in (one.id, one.number, one.number_1c))
    return next(named, None)


def _apart(position: int, parsed: Parsed) -> Iterator[ReturnedItem]:
    for document, element in parsed.apart:
        yield _item(position, element, document)


def _item(position: int, element: etree._Element, document: ReturnedDocument | BrokenDocument) -> ReturnedItem:
    xml = etree.tostring(element, encoding="utf-8", xml_declaration=False, with_tail=False)
    return ReturnedItem(position, line_of(element), document, xml)
