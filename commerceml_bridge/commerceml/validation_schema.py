"""Holds one element against one of our schemas and tells what is wrong in plain Russian.

Namespaces are taken off first: they tell nothing (commerceml §1.3). Must not read files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import cast

from lxml import etree

from commerceml_bridge.commerceml import vocabulary as v
from commerceml_bridge.commerceml.dialects import CHOSEN_CONTACT_TYPES
from commerceml_bridge.commerceml.findings import Level, Problem
from commerceml_bridge.commerceml.pull import line_of, local_name
from commerceml_bridge.commerceml.reader import items_of
from commerceml_bridge.commerceml.schema_source.strict import FRAME
from commerceml_bridge.commerceml.schemas import OF_OURS, Profile, strict_schema, tolerant_schema
from commerceml_bridge.commerceml.validation_messages import in_russian, tolerant_in_russian
from commerceml_bridge.domain.returned import BrokenDocument, ReturnedDocument

_INDEX = re.compile(r"\[\d+\]")
_VALUE = re.compile(r"\[facet 'enumeration'\] The value '(?P<value>[^']*)' is not an element")
_REPEATED_FACET = re.compile(r"\[facet '(?P<facet>\w+)'\]")


def without_namespaces(element: etree._Element, name: str = "") -> etree._Element:
    """Take the namespaces off an element and everything in it; ``name`` replaces its own."""
    for part in element.iter(etree.Element):
        if "}" in part.tag:
            part.tag = local_name(part)
    if name:
        element.tag = name
    return element


def strict_problems(element: etree._Element, profile: Profile) -> Iterator[Problem]:
    """One problem an element or attribute: libxml2 reports a broken facet and then the same value again."""
    schema = strict_schema(profile)
    if schema.validate(etree.ElementTree(element)):
        return
    shown = (f"'{element.tag}'", f"'{element.tag.removesuffix(FRAME).rpartition('.')[2]}'")
    seen: set[tuple[int, str, str]] = set()
    for error in cast("Iterable[etree._LogEntry]", schema.error_log):
        path = error.path or ""
        subject = (error.line, path, error.message.partition(": ")[0])
        if subject in seen:
            continue
        seen.add(subject)
        level = Level.WARNING if profile in OF_OURS and _chosen_by_node(path, error.message) else Level.ERROR
        yield Problem(level, in_russian(error.message.replace(*shown)), error.line, path)


def _chosen_by_node(path: str, message: str) -> bool:
    """Tell whether a finding is what the operator of the node wanted: a currency's name, kinds of contacts."""
    where = _INDEX.sub("", path)
    if where.endswith(f"/{v.CONTACT}/{v.TYPE}"):
        found = _VALUE.search(message)
        return found is not None and found["value"] in CHOSEN_CONTACT_TYPES
    return where.endswith(f"/{v.CURRENCY}") and "[facet 'length']" in _as_length(message)


def _as_length(message: str) -> str:
    """An exact length is written as the least and the most at once."""
    found = _REPEATED_FACET.search(message)
    return message.replace(found[0], "[facet 'length']") if found and found["facet"].endswith("Length") else message


def tolerant_problems(element: etree._Element, position: int, name: str) -> Iterator[Problem]:
    """The reader's verdicts, then what the schema finds beyond them, as warnings (commerceml §6.4)."""
    told: set[str] = set()
    for item in items_of(element, position):
        if isinstance(item.document, BrokenDocument):
            told.add(v.AMOUNT)
            yield Problem(Level.ERROR, item.document.reason, item.line)
            continue
        for warning in _warnings(item.document):
            told.add(warning.partition(":")[0].rpartition("/")[2])
            yield Problem(Level.WARNING, f"{warning}.", item.line)
    schema = tolerant_schema()
    without_namespaces(element, name)
    if name not in schema.elements:
        return
    for error in schema.iter_errors(element):
        where = (error.path or "").rpartition("/")[2].partition("[")[0].rpartition(".")[2]
        if where in told or where in (v.DOCUMENT, v.SUBORDINATE):
            continue
        text = error.elem.text if error.elem is not None and not len(error.elem) else ""
        message = tolerant_in_russian(where, error.reason or "", text or "")
        yield Problem(Level.WARNING, message, error.sourceline or line_of(element), error.path or "")


def _warnings(document: ReturnedDocument) -> Iterator[str]:
    yield from document.warnings
    for child in document.children:
        yield from _warnings(child)


def placed(found: Problem, place: str, file: str, *, whole: bool) -> Problem:
    """The same problem with its path in the file, where ``place`` is the path of the element that was looked at."""
    inner = found.path[found.path.find("/", 1) :] if found.path.count("/") > 1 else ""
    return Problem(found.level, found.message, found.line, place + (inner if whole else _INDEX.sub("", inner)), file)
