"""A pull parser for untrusted files: fed by chunks, flat in memory, blind to namespaces, without DTD and entities.

Yields start and end events of the asked elements only; everything finished outside an open ``Документ`` or
``Контейнер`` is dropped after each piece, whatever it is called. Must not know what documents mean.
Facts: commerceml §6.7, §6.8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import cast

from lxml import etree

from commerceml_bridge.commerceml import vocabulary as v
from commerceml_bridge.commerceml.source import Opening, TextSource
from commerceml_bridge.commerceml.syntax_messages import plain
from commerceml_bridge.errors import NotWellFormed, XmlError, XmlIncomplete

_KEPT_WHOLE = frozenset({v.DOCUMENT, v.CONTAINER, v.COUNTERPARTY})
"""Until they are finished."""
_HEADED = frozenset({v.CATALOG, v.OFFERS_PACKAGE, v.OFFERS_CHANGES})
"""A few short elements before one long list; they belong to every entry of it."""
_ENTRIES = {v.LINES: v.LINE, v.OFFERS: v.OFFER}
"""Lists of a catalogue, whose open entry is kept whole."""

_BRANCHES_TOLD = 100
"""Kinds of what may stand under the root are a dozen; a file of nothing but invented names must not fill the memory."""
_TAIL_BYTES = 512
_ROOT_CLOSED = re.compile(rf"</(?:[^\s<>/:]+:)?{v.ROOT}\s*>\s*\Z".encode())


def local_name(element: etree._Element) -> str:
    """Name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def line_of(element: etree._Element) -> int:
    """Line of an element in its file, 0 if unknown."""
    return cast("int | None", element.sourceline) or 0


class PullParser:
    """Events of a file, one pass. ``root`` is set by the first event, ``ended`` once the root has been closed."""

    def __init__(self, chunks: Iterable[bytes], tags: Iterable[str], *, prune: bool = True) -> None:
        """``prune`` off: the one who asks drops what is finished himself."""
        self._prunes = prune
        self._source = TextSource(chunks)
        # no huge_tree: libxml2's own limits on depth and text length stay on
        self._parser = etree.XMLPullParser(
            events=("start", "end"),
            tag=tuple("{*}" + tag for tag in (v.ROOT, *tags)),
            encoding="utf-8",
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            remove_comments=True,
            remove_pis=True,
        )
        self._tail = b""
        self.root: etree._Element | None = None
        self.ended = False
        self.branches: dict[str, None] = {}
        """names of the children of the root, as far as they have been dropped or the root has ended"""

    @property
    def opening(self) -> Opening | None:
        """Encoding and root of the file, known from the first event on."""
        return self._source.opening

    def events(self) -> Iterator[tuple[str, etree._Element]]:
        """Yield ("start" | "end", element). An element may be used until the next one is asked for.

        Raises ``NotWellFormed``, ``XmlIncomplete``, ``ForbiddenXml`` or ``WrongRoot``, after the events before it.
        """
        for piece in self._source:
            fault = self._feed(piece)
            yield from self._ready()
            if fault is not None:
                raise fault
            if self._prunes:
                self._prune()
        fault = self._close()
        yield from self._ready()
        if fault is not None:
            raise fault

    def _feed(self, piece: bytes) -> XmlError | None:
        self._tail = (self._tail + piece)[-_TAIL_BYTES:]
        try:
            self._parser.feed(piece)
        except etree.XMLSyntaxError as error:
            return _not_well_formed(error.msg, *error.position)
        # an undefined entity or prefix stands in the log only, feed() raises nothing
        log = self._parser.feed_error_log.filter_from_errors()
        return _not_well_formed(log[0].message, log[0].line, log[0].column) if len(log) else None

    def _ready(self) -> Iterator[tuple[str, etree._Element]]:
        events = cast(
            "Iterator[tuple[str, etree._Element]]", self._parser.read_events()
        )  # only start and end are asked
        for event, element in events:
            if self.root is None:
                self.root = element
            elif event == "end" and element is self.root:
                self.ended = True
                self._note_branches()
            yield event, element

    def _close(self) -> XmlError | None:
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            # the parser waits for the rest of a bare & or of an open comment to the end of the file
            if not self.ended and not _ROOT_CLOSED.search(self._tail):
                return XmlIncomplete("Файл обрывается: нет конца.", line=error.position[0], column=error.position[1])
            return _not_well_formed(error.msg, *error.position)
        return None

    def _prune(self) -> None:
        """Drop finished elements along the chain of open ones; the last child may be open and stays."""
        self._note_branches()
        node, name = self.root, ""
        while node is not None and (above := name, name := local_name(node))[1] not in _KEPT_WHOLE:
            if not len(node) or _ENTRIES.get(above) == name:
                return
            if len(node) > 1 and name not in _HEADED:
                del node[:-1]
            node = node[-1]

    def _note_branches(self) -> None:
        if self.root is not None and len(self.branches) < _BRANCHES_TOLD:
            self.branches.update(dict.fromkeys(map(local_name, self.root)))


def _not_well_formed(message: str | None, line: int, column: int) -> NotWellFormed:
    text = f"Файл испорчен, строка {line}, столбец {column}: {plain(message)}."
    return NotWellFormed(text, line=line, column=column)
