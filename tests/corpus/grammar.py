"""Compares what two XML schemas accept, not how they are written: contents as languages, values by their facets."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"
_NOTHING = ("nothing",)
_EMPTY = ("empty",)
Regex = tuple[Any, ...]
"""nested: ("element", name), ("then", a, b), ("or", {a, b}), ("times", a, least, most)"""


@dataclass(frozen=True)
class Facets:
    base: str
    least: int
    most: float
    patterns: frozenset[str]
    among: frozenset[str] | None
    digits: tuple[str | None, str | None]


@dataclass(frozen=True)
class Type:
    """A type, resolved: either a value or a content."""

    value: Facets | None
    regex: Regex
    children: dict[str, etree._Element]
    attributes: dict[str, tuple[bool, Facets]]
    mixed: bool


class Schema:
    """One schema document; the official ones consist of one file, ours too."""

    def __init__(self, path: Path) -> None:
        self.root = etree.parse(path).getroot()
        self._kept = list(self.root.iter())  # so that ``id`` of a node stays what it is
        self.named = {
            (kind, node.get("name")): node
            for kind in ("complexType", "simpleType", "group", "element")
            for node in self.root.findall(XS + kind)
        }

    def element(self, name: str) -> etree._Element:
        return self.named["element", name]

    def type_of(self, element: etree._Element) -> Type:
        if element.get("ref"):
            element = self.element(_local(element.get("ref")))
        inline = element.find(XS + "complexType")
        simple = element.find(XS + "simpleType")
        if inline is not None:
            return self._complex(inline)
        if simple is not None:
            return Type(self._facets(simple), _EMPTY, {}, {}, False)
        return self._by_name(element.get("type") or "anyType")

    def _by_name(self, name: str) -> Type:
        local = _local(name)
        node = None if name.startswith(("xs:", "xsd:")) else self.named.get(("complexType", local))
        if node is not None:
            return self._complex(node)
        return Type(self._value(name), _EMPTY, {}, {}, False)

    def _value(self, name: str) -> Facets:
        node = None if name.startswith(("xs:", "xsd:")) else self.named.get(("simpleType", _local(name)))
        if node is None:
            return Facets(_local(name), 0, float("inf"), frozenset(), None, (None, None))
        return self._facets(node)

    def _facets(self, node: etree._Element) -> Facets:
        restriction = node.find(XS + "restriction")
        assert restriction is not None
        base = self._value(restriction.get("base") or "")
        found: dict[str, list[str]] = {}
        for facet in restriction:
            if isinstance(facet.tag, str):
                found.setdefault(facet.tag.removeprefix(XS), []).append(facet.get("value") or "")
        exact = found.get("length", [None])[0]
        least = int(exact or found.get("minLength", [str(base.least)])[0])
        most = float(exact or found.get("maxLength", [str(base.most)])[0])
        among = frozenset(found["enumeration"]) if "enumeration" in found else base.among
        if among is not None:
            among = frozenset(word for word in among if least <= len(word) <= most)
            least, most = 0, float("inf")
        total, fraction = (found.get(name, [None])[0] for name in ("totalDigits", "fractionDigits"))
        digits = (total or base.digits[0], fraction or base.digits[1])
        patterns = frozenset(found.get("pattern", ())) | base.patterns
        return Facets(base.base, least, most, patterns, among, digits)

    def _complex(self, node: etree._Element) -> Type:
        children: dict[str, etree._Element] = {}
        attributes: dict[str, tuple[bool, Facets]] = {}
        regex: Regex = _EMPTY
        mixed = node.get("mixed") == "true"
        value = None
        for part in _parts(node):
            name = part.tag.removeprefix(XS)
            if name in ("complexContent", "simpleContent"):
                extension = part[0]
                base = self._by_name(extension.get("base") or "")
                mixed = mixed or base.mixed or part.get("mixed") == "true"
                value = base.value
                regex, children, attributes = base.regex, dict(base.children), dict(base.attributes)
                for inner in _parts(extension):
                    regex = self._part(inner, regex, children, attributes)
            else:
                regex = self._part(part, regex, children, attributes)
        return Type(value, regex, children, attributes, mixed)

    def _part(
        self,
        part: etree._Element,
        regex: Regex,
        children: dict[str, etree._Element],
        attributes: dict[str, tuple[bool, Facets]],
    ) -> Regex:
        if part.tag == XS + "attribute":
            simple = part.find(XS + "simpleType")
            facets = self._value(part.get("type") or "") if simple is None else self._facets(simple)
            attributes[part.get("name") or ""] = (part.get("use") == "required", facets)
            return regex
        return _then(regex, self._particle(part, children))

    def _particle(self, node: etree._Element, children: dict[str, etree._Element]) -> Regex:
        kind = node.tag.removeprefix(XS)
        if kind == "element":
            name = node.get("name") or _local(node.get("ref"))
            known = children.setdefault(name, node)
            assert known is node or _same_kind(known, node), name
            one: Regex = ("element", name)
        elif kind == "group":
            one = self._particle(next(_parts(self.named["group", _local(node.get("ref"))])), children)
        else:
            inner = [self._particle(part, children) for part in _parts(node)]
            one = _EMPTY if kind == "sequence" else _NOTHING
            for part in inner:
                one = _then(one, part) if kind == "sequence" else _or(one, part)
        most = node.get("maxOccurs", "1")
        return _times(one, int(node.get("minOccurs", "1")), float("inf") if most == "unbounded" else float(most))


def differences(narrow: Schema, wide: Schema, name: str) -> Iterator[str]:
    """Yield where something that ``narrow`` accepts in the global element ``name`` is not accepted by ``wide``."""
    seen: set[tuple[int, int]] = set()
    stack = [(name, narrow.element(name), wide.element(name))]
    while stack:
        path, left, right = stack.pop()
        one, other = narrow.type_of(left), wide.type_of(right)
        key = (_identity(narrow, left), _identity(wide, right))
        if key in seen:
            continue
        seen.add(key)
        yield from (f"{path}: {what}" for what in _of_type(one, other))
        for child in sorted(one.children.keys() & other.children.keys()):
            stack.append((f"{path}/{child}", one.children[child], other.children[child]))


def _of_type(one: Type, other: Type) -> Iterator[str]:
    if (one.value is None) != (other.value is None):
        if not (other.value and other.value.base == "anyType"):
            yield "text or elements"
        return
    if one.value is not None and other.value is not None and not _fits(one.value, other.value):
        yield f"value {one.value} not in {other.value}"
    if one.mixed and not other.mixed:
        yield "text between elements"
    if not _included(one.regex, other.regex):
        yield "children"
    yield from _of_attributes(one, other)


def _of_attributes(one: Type, other: Type) -> Iterator[str]:
    for name, (required, facets) in one.attributes.items():
        if name not in other.attributes or not _fits(facets, other.attributes[name][1]):
            yield f"@{name}"
        elif other.attributes[name][0] and not required:
            yield f"@{name} required"
    for name, (required, _) in other.attributes.items():
        if required and name not in one.attributes:
            yield f"@{name} required"


def _fits(one: Facets, other: Facets) -> bool:
    if one.base != other.base or (other.patterns and one.patterns != other.patterns):
        return False
    if one.among is not None:
        return other.among is None or one.among <= other.among
    digits = all(right is None or left == right for left, right in zip(one.digits, other.digits, strict=True))
    return other.among is None and one.least >= other.least and one.most <= other.most and digits


def _included(one: Regex, other: Regex) -> bool:
    seen = {(one, other)}
    stack = [(one, other)]
    while stack:
        left, right = stack.pop()
        if _nullable(left) and not _nullable(right):
            return False
        for name in _first(left):
            step = (_after(left, name), _after(right, name))
            if step[1] == _NOTHING:
                return False
            if step not in seen:
                seen.add(step)
                stack.append(step)
    return True


def _then(one: Regex, other: Regex) -> Regex:
    if _NOTHING in (one, other):
        return _NOTHING
    if one == _EMPTY:
        return other
    if one[0] == "then":
        return _then(one[1], _then(one[2], other))
    return one if other == _EMPTY else ("then", one, other)


def _or(one: Regex, other: Regex) -> Regex:
    options = {option for part in (one, other) for option in (part[1] if part[0] == "or" else (part,))} - {_NOTHING}
    if len(options) < 2:
        return next(iter(options), _NOTHING)
    return ("or", frozenset(options))


def _times(one: Regex, least: int, most: float) -> Regex:
    if one in (_EMPTY, _NOTHING) or most == 0:
        return _EMPTY if one == _EMPTY or most == 0 or least == 0 else _NOTHING
    return one if (least, most) == (1, 1) else ("times", one, least, most)


@functools.cache
def _nullable(regex: Regex) -> bool:
    kind = regex[0]
    if kind == "or":
        return any(map(_nullable, regex[1]))
    if kind == "then":
        return _nullable(regex[1]) and _nullable(regex[2])
    return kind == "empty" or (kind == "times" and (regex[2] == 0 or _nullable(regex[1])))


@functools.cache
def _first(regex: Regex) -> frozenset[str]:
    kind = regex[0]
    if kind == "element":
        return frozenset({regex[1]})
    if kind == "or":
        return frozenset().union(*map(_first, regex[1]))
    if kind == "then":
        return _first(regex[1]) | (_first(regex[2]) if _nullable(regex[1]) else frozenset())
    return _first(regex[1]) if kind == "times" else frozenset()


@functools.cache
def _after(regex: Regex, name: str) -> Regex:
    """What may follow the first ``name``: the derivative of a regular expression."""
    kind = regex[0]
    if kind == "element":
        return _EMPTY if regex[1] == name else _NOTHING
    if kind == "or":
        return functools.reduce(_or, (_after(option, name) for option in regex[1]))
    if kind == "then":
        rest = _then(_after(regex[1], name), regex[2])
        return _or(rest, _after(regex[2], name)) if _nullable(regex[1]) else rest
    if kind == "times":
        return _then(_after(regex[1], name), _times(regex[1], max(regex[2] - 1, 0), regex[3] - 1))
    return _NOTHING


def _parts(node: etree._Element) -> Iterator[etree._Element]:
    return (part for part in node if isinstance(part.tag, str) and part.tag != XS + "annotation")


def _local(name: str | None) -> str:
    return (name or "").rpartition(":")[2]


def _same_kind(one: etree._Element, other: etree._Element) -> bool:
    return one.get("type") == other.get("type")


def _identity(schema: Schema, element: etree._Element) -> int:
    if element.get("ref"):
        return _identity(schema, schema.element(_local(element.get("ref"))))
    named = schema.named.get(("complexType", _local(element.get("type"))))
    return id(element if named is None else named)
