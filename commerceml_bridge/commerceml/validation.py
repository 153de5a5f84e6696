"""Is a document or a file what it should be? Problems with line, path and a plain Russian sentence.

``validate_outgoing`` runs before anything is served: strict and fast. ``validate_file`` serves the command line: it
takes every encoding and zip, ours, 1C's and anybody's, of any length. Must not change or store anything.
Facts: commerceml §1.3 (namespaces are ignored), §6.4 (what is an error, what only a warning), §6.8; decision 6.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from lxml import etree

from commerceml_bridge.commerceml import vocabulary as v
from commerceml_bridge.commerceml.archive import looks_like_zip, open_archive
from commerceml_bridge.commerceml.findings import Level, Problem, Report, exit_status
from commerceml_bridge.commerceml.pull import PullParser, local_name
from commerceml_bridge.commerceml.reader import header_of
from commerceml_bridge.commerceml.schema_source.strict import FRAME
from commerceml_bridge.commerceml.schemas import PROFILE_OF_FORM, Profile
from commerceml_bridge.commerceml.validation_schema import (
    placed,
    strict_problems,
    tolerant_problems,
    without_namespaces,
)
from commerceml_bridge.commerceml.validation_stream import TAGS, Piece, pieces
from commerceml_bridge.domain.documents import Encoding, Form
from commerceml_bridge.errors import BadInput, XmlError

__all__ = ["Level", "Problem", "Report", "exit_status", "validate_file", "validate_outgoing"]

_CHUNK = 64 * 1024
_TOLD = 1000
"""problems of one file that are told; the rest is counted"""
_CODECS = {Encoding.CP1251: "cp1251", Encoding.UTF8: "utf-8", Encoding.UTF8_BOM: "utf-8"}
_TRACES_OF_1C = frozenset({v.NUMBER_1C, v.DATE_1C, v.DELETION_MARK})
_REQUISITES_OF_1C = frozenset({v.REQUISITE_NUMBER_1C, v.REQUISITE_DATE_1C, v.REQUISITE_POSTED})


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
    return list(strict_problems(root, PROFILE_OF_FORM[form]))


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
    except IsADirectoryError:
        check.unreadable("Это папка. Назовите файлы в ней.")
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
        self._counts: Counter[str] = Counter()
        self._problems: list[Problem] = []
        self._untold = 0
        self._readable = True

    def report(self) -> Report:
        return Report(
            self._file,
            self._profile,
            self._counts[v.DOCUMENT],
            tuple(self._problems),
            self._readable,
            self._untold,
            self._counts[v.LINE],
            self._counts[v.OFFER],
        )

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
            try:
                self._one(chunks)
            except XmlError as error:  # the others of the archive may be good
                self.unreadable(error.message, error.line or 0)

    def _one(self, chunks: Iterable[bytes]) -> None:
        parser = PullParser(chunks, TAGS, prune=False)
        position = 0
        for piece in pieces(parser):
            if piece.element is parser.root:
                self._root(parser, piece)
                continue
            position += 1
            inside = piece.element if piece.name == v.CONTAINER else (piece.element,)
            self._counts.update(map(local_name, inside if piece.whole else ()))
            self._profile = self._profile or _profile_by_structure(piece)
            for problem in _check(piece, self._profile, position):
                self._add(placed(problem, piece.place, self._member, whole=piece.whole))

    def _root(self, parser: PullParser, piece: Piece) -> None:
        header = header_of(parser)
        self._profile = self._profile or Profile.IN
        for warning in header.warnings if header else ():
            self._add(Problem(Level.WARNING, warning, 1, piece.place, self._member))
        if self._profile is not Profile.IN:
            for problem in strict_problems(without_namespaces(piece.element, piece.name), self._profile):
                if problem.path.count("/") < 3:  # what lies deeper is a stranger's and told with him
                    self._add(placed(problem, piece.place, self._member, whole=False))

    def _add(self, problem: Problem) -> None:
        if len(self._problems) < _TOLD:
            self._problems.append(problem)
        else:
            self._untold += problem.level is Level.ERROR


def _check(piece: Piece, profile: Profile, position: int) -> Iterator[Problem]:
    if profile is Profile.IN:
        if not piece.whole:
            _drop_stubs(piece.element)
        return tolerant_problems(piece.element, position, piece.name.removesuffix(FRAME))
    return strict_problems(without_namespaces(piece.element, piece.name), profile)


def _drop_stubs(frame: etree._Element) -> None:
    for part in list(frame.iter(etree.Element)):
        if not (len(part) or part.text or part.attrib or part is frame):
            parent = part.getparent()
            if parent is not None:
                parent.remove(part)


def _chunks(head: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    yield head
    while chunk := stream.read(_CHUNK):
        yield chunk


def _profile_by_structure(piece: Piece) -> Profile:
    """Ours has no namespace, two root attributes at most and nothing only 1C can know; everything else is 1C's."""
    element = piece.element
    root = element.getparent()
    name = local_name(element)
    if root is None or piece.name not in (v.DOCUMENT, v.CONTAINER) or "}" in root.tag or _knows_1c(element):
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
