"""Cuts a file of any length into pieces that a schema can be asked about one by one, in little memory.

A *unit* is an item that may be repeated without limit (a document, a product, an offer); it is handed out whole and
left in the tree as an empty stub. What holds units is handed out as a *frame* around stubs, of which no more than two
neighbours of a kind are kept: ``+`` and ``*`` are the only numbers the format knows for them, so order and number can
still be judged. Must not judge anything itself. Facts: commerceml §6.7, §6.8, §8.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from commerceml_bridge.commerceml import vocabulary as v
from commerceml_bridge.commerceml.pull import PullParser, local_name
from commerceml_bridge.commerceml.schema_source import structure, structure_3
from commerceml_bridge.commerceml.schema_source.strict import FRAME
from commerceml_bridge.commerceml.schema_source.units import UNITS

_BRANCHES = frozenset({*structure.BRANCHES, *structure_3.BRANCHES})
_DEEP = frozenset(path for path in UNITS if len(path) > 1)
_FRAMED = frozenset(path[0] for path in _DEEP)
TAGS = tuple(sorted({name for path in UNITS for name in path} | _BRANCHES))
"""elements whose ends have to be seen"""
_DEEPEST = max(map(len, UNITS))


@dataclass(frozen=True)
class Piece:
    """A part of a file. ``name`` is the global element of a schema it is held against."""

    element: etree._Element
    name: str
    place: str
    """path in the file"""
    whole: bool
    """False for a frame, whose stubs have lost their numbers"""


def pieces(parser: PullParser) -> Iterator[Piece]:
    """Yield the pieces of a file in the order they end; the frame of the root, if it ends, comes last.

    A piece may be used and changed until the next one is asked for. Raises what ``PullParser.events`` raises.
    """
    counts: Counter[tuple[str, ...]] = Counter()
    for event, element in parser.events():
        if event == "start":
            continue
        if element is parser.root:
            yield Piece(element, v.ROOT + FRAME, f"/{v.ROOT}", whole=False)
            return
        path = _path(element, parser.root)
        if path in _DEEP:
            yield _unit(element, path, counts)
            _stub(element, path[-1])
        elif len(path) == 1:
            yield _branch(element, path[0], counts)
            _stub(element, path[0])


def _unit(element: etree._Element, path: tuple[str, ...], counts: Counter[tuple[str, ...]]) -> Piece:
    branch = counts[path[:1]] + 1
    counts[path] += 1
    middle = "".join(f"/{name}" for name in path[1:-1])
    place = f"/{v.ROOT}/{path[0]}[{branch}]{middle}/{path[-1]}[{counts[path]}]"
    return Piece(element, ".".join(path), place, whole=True)


def _branch(element: etree._Element, name: str, counts: Counter[tuple[str, ...]]) -> Piece:
    counts[(name,)] += 1
    for path in [path for path in counts if path[0] == name and len(path) > 1]:
        del counts[path]
    framed = name in _FRAMED
    place = f"/{v.ROOT}/{name}[{counts[(name,)]}]"
    return Piece(element, name + FRAME if framed else name, place, whole=not framed)


def _path(element: etree._Element, root: etree._Element | None) -> tuple[str, ...]:
    """Names from below the root down to the element; () for what lies deeper than any unit."""
    names: list[str] = []
    node: etree._Element | None = element
    while node is not None and node is not root:
        if len(names) == _DEEPEST:
            return ()
        names.append(local_name(node))
        node = node.getparent()
    return tuple(reversed(names))


def _stub(element: etree._Element, name: str) -> None:
    """Empty a finished element; of three neighbours of a name the middle one goes. Text beside it is evidence."""
    stray = (element.tail or "").strip()
    element.clear()
    element.tag = name
    element.tail = stray[:1] or None
    one = element.getprevious()
    other = None if one is None else one.getprevious()
    if one is not None and other is not None and one.tag == other.tag == element.tag and not one.tail:
        parent = element.getparent()
        if parent is not None:
            parent.remove(one)
