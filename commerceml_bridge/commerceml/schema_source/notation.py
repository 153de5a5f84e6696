"""The notation the format is described in, and the model it is read into.

``name =`` at the start of a line begins a definition; below it, in the order of the document::

    Номер:number        one element with a value (``values``) or with the content of another definition
    Товары?{Товар+:x}   elements within, written in place; ``?`` ``*`` ``+`` and ``0..10`` say how many
    ( А | Б )           one of several;  &other  the content of another definition
    .Код?:unit_code     an attribute;    ~  text may stand between the elements;    =name  a value beside attributes

``@2.09``, ``@2.07-`` and ``@-2.06`` behind a thing say in which versions it exists. An element without ``:`` or ``{``
holds any text. Must not know any element or version itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

UNBOUNDED = -1
PLAIN = "plain"
"""the value of an element that says nothing else"""
_TOKEN = re.compile(r"\s*(@[\d.]*-?[\d.]*|\d+\.\.\d+|[\w-]+|[:?+*{}()|&.~=])")
_HEAD = re.compile(r"^(\w+) =", re.MULTILINE)
_COMMENT = re.compile(r"#.*")
_CARDINALITIES = {"?": (0, 1), "*": (0, UNBOUNDED), "+": (1, UNBOUNDED)}


@dataclass(frozen=True)
class Span:
    """Versions a thing exists in, both ends included; "" is open."""

    first: str = ""
    last: str = ""

    def holds(self, version: str) -> bool:
        """Tell whether the thing exists in this version."""
        return (not self.first or version >= self.first) and (not self.last or version <= self.last)


@dataclass(frozen=True)
class Attribute:
    """An attribute of an element."""

    name: str
    value: str
    required: bool
    span: Span = Span()


@dataclass(frozen=True)
class Content:
    """What an element holds, in order."""

    items: tuple[Item, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    mixed: bool = False
    base: str = ""
    """the value that stands here instead of elements"""


@dataclass(frozen=True)
class Element:
    """An element: of a named kind (a value or a definition) or with its content in place."""

    name: str
    kind: str = ""
    content: Content | None = None


@dataclass(frozen=True)
class Choice:
    """One of several contents."""

    options: tuple[Content, ...]


@dataclass(frozen=True)
class Include:
    """The content of another definition."""

    name: str


@dataclass(frozen=True)
class Item:
    """A part of a content, with how often and since when."""

    what: Element | Choice | Include
    least: int = 1
    most: int = 1
    span: Span = Span()


@dataclass
class _Reader:
    tokens: list[str]
    position: int = 0
    stop: frozenset[str] = field(default_factory=lambda: frozenset("})|"))

    def peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self, *expected: str) -> str:
        token = self.peek()
        if not token or (expected and token not in expected):
            raise ValueError(f"{' '.join(self.tokens[: self.position + 1])}: unexpected, want {expected or 'more'}")
        self.position += 1
        return token

    def accept(self, token: str) -> bool:
        if self.peek() != token:
            return False
        self.position += 1
        return True

    def content(self) -> Content:
        items: list[Item] = []
        attributes: list[Attribute] = []
        mixed, base = False, ""
        while self.peek() and self.peek() not in self.stop:
            if self.accept("~"):
                mixed = True
            elif self.accept("="):
                base = self.take()
            elif self.accept("."):
                attributes.append(self.attribute())
            else:
                items.append(self.item())
        return Content(tuple(items), tuple(attributes), mixed, base)

    def attribute(self) -> Attribute:
        name, optional = self.take(), self.accept("?")
        value = self.take() if self.accept(":") else PLAIN
        return Attribute(name, value, not optional, self.span())

    def item(self) -> Item:
        if self.accept("("):
            options = [self.content()]
            while self.take("|", ")") == "|":
                options.append(self.content())
            least, most = self.cardinality()
            return Item(Choice(tuple(options)), least, most, self.span())
        if self.accept("&"):
            name = self.take()
            return Item(Include(name), *self.cardinality(), self.span())
        name = self.take()
        least, most = self.cardinality()
        return Item(self.element(name), least, most, self.span())

    def element(self, name: str) -> Element:
        if self.accept("{"):
            content = self.content()
            self.take("}")
            return Element(name, content=content)
        return Element(name, self.take() if self.accept(":") else PLAIN)

    def cardinality(self) -> tuple[int, int]:
        token = self.peek()
        if token in _CARDINALITIES:
            self.take()
            return _CARDINALITIES[token]
        if ".." in token:
            least, most = self.take().split("..")
            return int(least), int(most)
        return 1, 1

    def span(self) -> Span:
        token = self.peek()
        if not token.startswith("@"):
            return Span()
        first, dash, last = self.take()[1:].partition("-")
        return Span(first, last) if dash else Span(first, first)


def read(text: str) -> dict[str, Content]:
    """Return the definitions of a description. Raises ``ValueError`` for what is not in the notation."""
    parts = _HEAD.split(_COMMENT.sub("", text))
    found = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        reader = _Reader(list(_tokens(body)))
        found[name] = reader.content()
        if reader.peek():
            raise ValueError(f"{name}: unexpected {reader.peek()}")
    return found


def at_version(definitions: dict[str, Content], version: str) -> dict[str, Content]:
    """Return the definitions as they are in one version: included contents in place, everything else of it gone."""
    return {name: _at(content, definitions, version) for name, content in definitions.items()}


def _at(content: Content, definitions: dict[str, Content], version: str) -> Content:
    items: list[Item] = []
    for item in content.items:
        if not item.span.holds(version):
            continue
        items.extend(_item_at(item, definitions, version))
    attributes = tuple(one for one in content.attributes if one.span.holds(version))
    return Content(tuple(items), attributes, content.mixed, content.base)


def _item_at(item: Item, definitions: dict[str, Content], version: str) -> Iterator[Item]:
    what = item.what
    if isinstance(what, Include):
        yield from _at(definitions[what.name], definitions, version).items
    elif isinstance(what, Choice):
        options = tuple(_at(option, definitions, version) for option in what.options)
        yield Item(Choice(tuple(option for option in options if option.items)), item.least, item.most)
    else:
        inner = None if what.content is None else _at(what.content, definitions, version)
        yield Item(Element(what.name, what.kind, inner), item.least, item.most)


def _tokens(body: str) -> Iterator[str]:
    position = 0
    body = body.rstrip()
    while position < len(body):
        found = _TOKEN.match(body, position)
        if found is None:
            raise ValueError(f"unexpected: {body[position : position + 40]!r}")
        position = found.end()
        yield found[1]
