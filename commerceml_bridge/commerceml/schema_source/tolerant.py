"""Writes all versions of the description as one tolerant XML Schema 1.1 (for xmlschema): what is known is typed.

Children of an element come in any order and number, beside anything unknown and any attribute. An element that is a
text in one version and made of elements in another may be anything. Facts: commerceml §5, §6.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from commerceml_bridge.commerceml.schema_source.notation import Choice, Content, Element
from commerceml_bridge.commerceml.schema_source.strict import GENERATED, Model
from commerceml_bridge.commerceml.schema_source.values import Facets

_BLANK = r"[\s&#xA0;&#x202F;]*"
_DIGITS = r"[0-9][0-9\s&#xA0;&#x202F;]*"
_ZONE = r"(Z|[+\-][0-9]{2}:?[0-9]{2})?"
_PATTERNS = {
    "amount": (f"{_BLANK}([+\\-]?{_DIGITS}([.,][0-9]*)?|[+\\-]?[.,][0-9]+)?{_BLANK}",),
    "day": (
        r"\s*",
        r"\s*[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([T ].*|Z|[+\-][0-9]{2}:?[0-9]{2})?\s*",
        r"\s*[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}(\s.*)?",
        r"\s*[0-9]{8}(T?[0-9]{6})?\s*",
    ),
    "clock": (r"\s*", rf"\s*(.*[T ])?[0-9]{{1,2}}:[0-9]{{2}}(:[0-9]{{2}}([.,][0-9]+)?)?{_ZONE}\s*"),
    "yes_or_no": (
        r"\s*",
        r"\s*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|0|1|[Дд][Аа]|[Нн][Ее][Тт]|[Ии][Сс][Тт][Ии][Нн][Аа]|[Лл][Оо][Жж][Ьь])\s*",
    ),
}
"""a blank is allowed everywhere: the file does not say"""
_OF_BASE = {"decimal": "amount", "integer": "amount", "date": "day", "time": "clock", "boolean": "yes_or_no"}
_WORDS = "xs:string"
_IDENTITY = (
    "Ид[normalize-space(.)] or Номер[normalize-space(.)] or Номер1С[normalize-space(.)]\n"
    "      or ЗначенияРеквизитов/ЗначениеРеквизита[normalize-space(Наименование[1]) = 'Номер по 1С']"
    "[normalize-space(Значение[1])]"
)
ASSERTIONS = {
    "document": _IDENTITY,
    "subordinate": _IDENTITY,
    "requisite": "Наименование[normalize-space(.)]",
    "item": "*[local-name(.) = ('Ид', 'Штрихкод', 'Артикул', 'Наименование')][normalize-space(.)]",
    "offer": "*[local-name(.) = ('Ид', 'Штрихкод', 'Артикул', 'Наименование')][normalize-space(.)]",
}
"""the little that nothing can be done without, by definition"""


@dataclass(frozen=True)
class _Place:
    """What one element may hold, over all versions: definitions and contents in place, and kinds of values."""

    contents: tuple[tuple[int, str, Content], ...] = ()
    """index of the version, name of the definition or "", content"""
    values: frozenset[str] = frozenset()


@dataclass
class _Found:
    contents: list[tuple[int, str, Content]] = field(default_factory=list)
    values: set[str] = field(default_factory=set)


class Tolerant:
    """The union of several versions."""

    def __init__(self, models: tuple[Model, ...]) -> None:
        self._models = models
        self._names: dict[_Key, str] = {}
        self._pending: list[tuple[str, _Place]] = []

    def schema(self, title: str, root_name: str) -> str:
        """Return the text of the schema."""
        parts = [
            '<?xml version="1.0" encoding="UTF-8"?>\n',
            f"<!-- {title}\n     {GENERATED} -->\n",
            '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">\n',
        ]
        for name, patterns in _PATTERNS.items():
            rows = "".join(f'      <xs:pattern value="{pattern}"/>\n' for pattern in patterns)
            parts.append(
                f'  <xs:simpleType name="{name}">\n    <xs:restriction base="xs:string">\n{rows}'
                "    </xs:restriction>\n  </xs:simpleType>\n"
            )
        root = self._definitions([(index, model.root) for index, model in enumerate(self._models)])
        parts.append(f'  <xs:element name="{root_name}" type="{self._type(root, "root")}"/>\n')
        parts += self._globals(root)
        while self._pending:
            parts.append(self._complex(*self._pending.pop(0)))
        return "".join(parts) + "</xs:schema>\n"

    def _globals(self, root: _Place) -> Iterator[str]:
        """The branches of the root, and the units by their paths."""
        branches: dict[str, list[tuple[int, str]]] = {}
        for index, model in enumerate(self._models):
            for name, kind in model.branches.items():
                branches.setdefault(name, []).append((index, kind))
        for name, kinds in branches.items():
            yield f'  <xs:element name="{name}" type="{self._type(self._definitions(kinds), name)}"/>\n'
        for path in self._models[0].units:
            place: _Place | None = root
            for name in path:
                place = self._children(place).get(name) if place else None
            if place and len(path) > 1:
                yield f'  <xs:element name="{".".join(path)}" type="{self._type(place, path[-1])}"/>\n'

    def _definitions(self, kinds: list[tuple[int, str]]) -> _Place:
        return _Place(tuple((index, kind, self._models[index].contents[kind]) for index, kind in kinds))

    def _children(self, place: _Place) -> dict[str, _Place]:
        found: dict[str, _Found] = {}
        for index, _, content in place.contents:
            self._collect(index, content, found)
        return {name: _Place(tuple(one.contents), frozenset(one.values)) for name, one in found.items()}

    def _collect(self, index: int, content: Content, found: dict[str, _Found]) -> None:
        model = self._models[index]
        for item in content.items:
            what = item.what
            if isinstance(what, Choice):
                for option in what.options:
                    self._collect(index, option, found)
                continue
            one = found.setdefault(what.name, _Found())
            if isinstance(what, Element) and what.content is not None:
                _add(one, (index, "", what.content))
            elif isinstance(what, Element) and what.kind in model.contents:
                _add(one, (index, what.kind, model.contents[what.kind]))
            elif isinstance(what, Element):
                one.values.add(_kind(model.values.get(what.kind)))

    def _type(self, place: _Place, hint: str) -> str:
        """Name of the type of an element; a new one is written later."""
        if place.values:
            return next(iter(place.values)) if len(place.values) == 1 and not place.contents else "xs:anyType"
        if any(content.mixed for _, _, content in place.contents):
            return "xs:anyType"
        key = tuple(sorted({(name, "" if name else repr(content)) for _, name, content in place.contents}))
        if key not in self._names:
            own = "-".join(sorted({name for _, name, _ in place.contents if name})) or hint
            taken = set(self._names.values())
            name = own
            while name in taken or name in _PATTERNS:
                name += "_"
            self._names[key] = name
            self._pending.append((name, place))
        return self._names[key]

    def _complex(self, name: str, place: _Place) -> str:
        rows = [f'  <xs:complexType name="{name}">\n    <xs:choice minOccurs="0" maxOccurs="unbounded">\n']
        for child, inner in self._children(place).items():
            kind = self._type(inner, child)
            rows.append(f'      <xs:element name="{child}" type="{kind}"/>\n')
        rows.append('      <xs:any processContents="skip"/>\n    </xs:choice>\n')
        rows.append('    <xs:anyAttribute processContents="skip"/>\n')
        names = {own for _, own, _ in place.contents}
        tests = {ASSERTIONS[own] for own in names if own in ASSERTIONS} if names <= set(ASSERTIONS) else set()
        rows += [f"    <xs:assert test={quoteattr(test)}/>\n" for test in sorted(tests)]
        return "".join([*rows, "  </xs:complexType>\n"])


_Key = tuple[tuple[str, str], ...]


def _add(found: _Found, one: tuple[int, str, Content]) -> None:
    if one not in found.contents:
        found.contents.append(one)


def _kind(facets: Facets | None) -> str:
    return "xs:anyType" if facets is None else _OF_BASE.get(facets.base, _WORDS)
