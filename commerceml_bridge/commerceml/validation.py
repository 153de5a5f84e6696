"""Is a document or a file what it should be? Problems with line, path and a plain Russian sentence.

``validate_outgoing`` runs before anything is served: strict and fast. ``validate_file`` serves the command line: it
takes UTF-8, UTF-16, windows-1251 and zip, ours and 1C's. Must not change or store anything.
Facts: commerceml §6.4 (what is an error, what only a warning), §6.8 (subtrees, not whole files); decision 6.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, cast

from lxml import etree

from commerceml_bridge.commerceml import vocabulary as v
from commerceml_bridge.commerceml.archive import looks_like_zip, open_archive
from commerceml_bridge.commerceml.pull import PullParser, line_of, local_name
from commerceml_bridge.commerceml.reader import header_of, items_of
from commerceml_bridge.commerceml.schemas import PROFILE_OF_FORM, Profile, strict_schema, tolerant_schema
from commerceml_bridge.commerceml.validation_messages import in_russian
from commerceml_bridge.domain.documents import Encoding, Form
from commerceml_bridge.domain.returned import BrokenDocument, ReturnedDocument
from commerceml_bridge.errors import BadInput, XmlError

_CHUNK = 64 * 1024
_CODECS = {Encoding.CP1251: "cp1251", Encoding.UTF8: "utf-8", Encoding.UTF8_BOM: "utf-8"}
_TRACES_OF_1C = frozenset({v.NUMBER_1C, v.DATE_1C, v.DELETION_MARK})
_REQUISITES_OF_1C = frozenset({v.REQUISITE_NUMBER_1C, v.REQUISITE_DATE_1C, v.REQUISITE_POSTED})


class Level(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """outgoing: breaks the schema; incoming: the document cannot be used"""
    WARNING = "warning"
    """odd, but the bridge copes or an operator chose it"""


@dataclass(frozen=True)
class Problem:
    """One finding. ``line`` is 1-based, 0 if unknown; ``path`` an XPath without namespaces, "" for the file."""

    level: Level
    message: str
    line: int = 0
    path: str = ""
    file: str = ""


@dataclass(frozen=True)
class Report:
    """The outcome for one file. ``readable`` is False if it could not be read to its end as an exchange file."""

    file: str
    profile: Profile | None
    documents: int
    problems: tuple[Problem, ...]
    readable: bool = True

    @property
    def status(self) -> int:
        """0 valid (warnings allowed), 1 errors, 2 unreadable."""
        if not self.readable:
            return 2
        return 1 if any(problem.level is Level.ERROR for problem in self.problems) else 0


def exit_status(reports: Iterable[Report]) -> int:
    """The worst status of several files; 0 for none."""
    return max((report.status for report in reports), default=0)


def validate_outgoing(document: bytes, form: Form, encoding: Encoding) -> list[Problem]:
    """Hold one rendered ``Документ`` or ``Контейнер`` against our own strict schema. Empty list: may be served.

    A currency that is not three characters is a warning: a node may be set to another name (decision 6).
    """
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        root = etree.fromstring(document.decode(_CODECS[encoding]), parser)
    except (etree.XMLSyntaxError, UnicodeDecodeError) as error:
        line = error.position[0] if isinstance(error, etree.XMLSyntaxError) else 0
        return [Problem(Level.ERROR, "Документ не читается как XML.", line)]
    return list(_strict(root, PROFILE_OF_FORM[form]))


def validate_file(source: str | Path | IO[bytes], profile: Profile | None = None, *, name: str = "") -> Report:
    """Check a file or a binary stream; without ``profile`` the structure of its first document chooses it. Never raises
    for content: a file that is not readable as a whole says so in its report (``readable`` False) with what was found.
    """
    shown = name or (str(source) if isinstance(source, str | Path) else "<stdin>")
    check = _FileCheck(shown, profile)
    try:
        if isinstance(source, str | Path):
            with Path(source).open("rb") as stream:
                check.run(stream)
        else:
            check.run(source)
    except FileNotFoundError:
        check.unreadable("Такого файла нет.")
    except OSError as error:
        check.unreadable(f"Файл не читается ({type(error).__name__}).")
    except BadInput as error:
        check.unreadable(error.message, (error.line if isinstance(error, XmlError) else None) or 0)
    return check.report()


class _FileCheck:
    """One run over one file (or over the members of an archive)."""

    def __init__(self, file: str, profile: Profile | None) -> None:
        self._file = file
        self._member = file
        self._wanted = profile
        self._profile = profile
        self._documents = 0
        self._problems: list[Problem] = []
        self._readable = True

    def report(self) -> Report:
        return Report(self._file, self._profile, self._documents, tuple(self._problems), self._readable)

    def unreadable(self, message: str, line: int = 0) -> None:
        self._readable = False
        self._problems.append(Problem(Level.ERROR, message, line, file=self._member))

    def run(self, stream: IO[bytes]) -> None:
        head = stream.read(_CHUNK)
        if not looks_like_zip(head):
            self._one(_chunks(head, stream))
            return
        whole = stream if stream.seekable() else io.BytesIO(head + stream.read())
        for member, chunks in open_archive(whole):
            self._member = f"{self._file}!{member}"
            self._profile = self._wanted
            self._one(chunks)

    def _one(self, chunks: Iterable[bytes]) -> None:
        parser = PullParser(chunks, ("*",))
        counts: dict[str, int] = {}
        for event, element in parser.events():
            if event == "start" or element.getparent() is not parser.root:
                continue
            name = local_name(element)
            counts[name] = counts.get(name, 0) + 1
            self._profile = self._profile or _profile_by_structure(element)
            place = f"/{v.ROOT}/{name}[{counts[name]}]"
            self._add(_check(element, self._profile, sum(counts.values())), place)
            self._documents += name in (v.DOCUMENT, v.CONTAINER)
        self._add(self._check_root(parser), "")

    def _check_root(self, parser: PullParser) -> Iterator[Problem]:
        root, header = parser.root, header_of(parser)
        if root is None or header is None:
            return
        self._profile = self._profile or Profile.IN
        yield from (Problem(Level.WARNING, warning, 1, f"/{v.ROOT}") for warning in header.warnings)
        if self._profile is not Profile.IN:
            bare = etree.Element(root.tag, {str(name): str(value) for name, value in root.attrib.items()})
            yield from (
                Problem(problem.level, problem.message, line_of(root), problem.path)
                for problem in _strict(bare, self._profile)
            )

    def _add(self, problems: Iterable[Problem], place: str) -> None:
        for found in problems:
            path = place + found.path[found.path.find("/", 1) :] if place and found.path.count("/") > 1 else place
            self._problems.append(Problem(found.level, found.message, found.line, path or found.path, self._member))


def _check(element: etree._Element, profile: Profile, position: int) -> Iterator[Problem]:
    return _strict(element, profile) if profile is not Profile.IN else _tolerant(element, position)


def _chunks(head: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    yield head
    while chunk := stream.read(_CHUNK):
        yield chunk


def _profile_by_structure(element: etree._Element) -> Profile:
    """Ours has no namespace, two root attributes at most and nothing only 1C can know; everything else is 1C's."""
    root = element.getparent()
    name = local_name(element)
    if root is None or name not in (v.DOCUMENT, v.CONTAINER) or "}" in root.tag or _knows_1c(element):
        return Profile.IN
    if not set(root.attrib) <= {v.SCHEMA_VERSION, v.FORMED_AT}:
        return Profile.IN
    if name == v.CONTAINER:
        return Profile.OUT_3_1
    return Profile.OUT_2_10 if root.get(v.SCHEMA_VERSION) == "2.10" else Profile.OUT_BARE


def _knows_1c(element: etree._Element) -> bool:
    documents = [element] if local_name(element) == v.DOCUMENT else list(element)
    return any(
        local_name(child) in _TRACES_OF_1C
        or (local_name(child) == v.REQUISITES and _REQUISITES_OF_1C.intersection(_names(child)))
        for document in documents
        for child in document
    )


def _names(requisites: etree._Element) -> Iterator[str]:
    for requisite in requisites:
        yield from ((name.text or "").strip() for name in requisite if local_name(name) == v.NAME)


def _strict(element: etree._Element, profile: Profile) -> Iterator[Problem]:
    """One problem an element or attribute: libxml2 reports a broken facet and then the same value again."""
    schema = strict_schema(profile)
    if schema.validate(etree.ElementTree(element)):
        return
    seen: set[tuple[int, str, str]] = set()
    for error in cast("Iterable[etree._LogEntry]", schema.error_log):
        path = error.path or ""
        subject = (error.line, path, error.message.partition(": ")[0])
        if subject in seen:
            continue
        seen.add(subject)
        chosen_by_node = path.endswith(f"/{v.CURRENCY}") and "[facet 'length']" in error.message
        level = Level.WARNING if chosen_by_node else Level.ERROR
        yield Problem(level, in_russian(error.message), error.line, path)


def _tolerant(element: etree._Element, position: int) -> Iterator[Problem]:
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
    if local_name(element) not in (v.DOCUMENT, v.CONTAINER):
        return
    for part in element.iter():
        part.tag = local_name(part)
    for error in tolerant_schema().iter_errors(element):
        name = (error.path or "").rpartition("/")[2].partition("[")[0]
        if name in told or name in (v.DOCUMENT, v.SUBORDINATE):
            continue
        message = f"Элемент «{name}»: значение или состав не такие, как пишет 1С."
        yield Problem(Level.WARNING, message, error.sourceline or line_of(element), error.path or "")


def _warnings(document: ReturnedDocument) -> Iterator[str]:
    yield from document.warnings
    for child in document.children:
        yield from _warnings(child)
