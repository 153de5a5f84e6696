"""``ФабрикаXDTO.ПрочитатьXML`` without a type, as far as it decides the fate of an answer (facts: 1c-clients §3.1).

Without xmlns every element becomes an untyped object: a leaf with text and without attributes is a string, an empty
or attributed leaf is an object and cannot be used as a string. A namespace makes the reading typed, which an answer of
a site does not survive. It must not know what any element means.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

from commerceml_bridge.simulators.onec.errors import DocumentProblem

ATTRIBUTED_LEAVES = frozenset({"БазоваяЕдиница"})
"""The one leaf whose attributes the clients expect."""


class UnreadableXml(Exception):
    """Malformed XML, a document type, or a typed (namespaced) one."""


class Node:
    """One element. ``text`` is its own character data, stripped of surrounding white space."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Node] = []
        self.text = ""

    def all(self, *path: str) -> list[Node]:
        """Every element at ``path`` below this one; one or several makes no difference to 1C."""
        found = [self]
        for name in path:
            found = [child for node in found for child in node.children if child.name == name]
        return found

    def string(self, *path: str) -> str | None:
        """Text of the first element at ``path``; None if there is none.

        Raises DocumentProblem if the element is an object: 1C cannot use it as a string.
        """
        nodes = self.all(*path)
        if not nodes:
            return None
        if not nodes[0].is_string:
            raise DocumentProblem(f"<{'/'.join(path)}>: объект XDTO вместо строки")
        return nodes[0].text

    @property
    def is_string(self) -> bool:
        """Whether untyped reading gives a string."""
        return bool(self.text) and not self.children and not self.attributes


def parse(text: str) -> Node:
    """Read an answer already decoded to text (an encoding declaration has no say any more).

    Raises UnreadableXml.
    """
    builder = _Builder()
    try:
        builder.parser.Parse(text, True)
    except expat.ExpatError as error:
        raise UnreadableXml(str(error)) from error
    return builder.root


def shape_problems(node: Node, tolerated: frozenset[str] = frozenset(), path: str = "") -> Iterator[str]:
    """Name every leaf that untyped reading would turn into an object; ``tolerated`` names are left out."""
    for child in node.children:
        here = f"{path}/{child.name}"
        if child.children:
            yield from shape_problems(child, tolerated, here)
        elif not child.is_string and child.name not in tolerated and not _attributed_by_rule(child):
            yield f"{here}: {'атрибуты у текста' if child.attributes else 'пустой элемент'}"


def _attributed_by_rule(node: Node) -> bool:
    return node.name in ATTRIBUTED_LEAVES and bool(node.attributes)


class _Builder:
    """Collects nodes from expat callbacks."""

    def __init__(self) -> None:
        self.root = Node("", {})
        self._stack: list[Node] = []
        self._texts: list[list[str]] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if " " in name:
            raise UnreadableXml(f"типизированное чтение: пространство имён элемента {name!r}")
        node = Node(name, attributes)
        if self._stack:
            self._stack[-1].children.append(node)
        else:
            self.root = node
        self._stack.append(node)
        self._texts.append([])

    def _characters(self, data: str) -> None:
        self._texts[-1].append(data)

    def _end(self, _name: str) -> None:
        self._stack.pop().text = "".join(self._texts.pop()).strip()

    def _doctype(self, *_: object) -> None:
        raise UnreadableXml("DOCTYPE")
