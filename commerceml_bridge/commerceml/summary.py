"""What kind of file this is and how much is in it, for any exchange file, catalogues included.

One pass, flat memory, nothing is built. Must not judge the content. Facts: commerceml §2.1, §8; 1c-clients §5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from commerceml_bridge.commerceml import vocabulary as v
from commerceml_bridge.commerceml.pull import PullParser, local_name
from commerceml_bridge.commerceml.reader import header_of
from commerceml_bridge.errors import XmlIncomplete


class FileKind(StrEnum):
    """The most telling branch of the root; real files hold several."""

    DOCUMENTS = "documents"
    OFFERS = "offers"
    CATALOG = "catalog"
    CLASSIFIER = "classifier"
    COUNTERPARTIES = "counterparties"
    EMPTY = "empty"
    OTHER = "other"


_KINDS = (
    (FileKind.DOCUMENTS, (v.DOCUMENT, v.CONTAINER)),
    (FileKind.OFFERS, (v.OFFERS_PACKAGE, v.OFFERS_CHANGES)),
    (FileKind.CATALOG, (v.CATALOG,)),
    (FileKind.CLASSIFIER, (v.CLASSIFIER,)),
    (FileKind.COUNTERPARTIES, (v.COUNTERPARTIES,)),
)
_COUNTED = (v.DOCUMENT, v.LINE, v.OFFER)
_BRANCHES = tuple(branch for _, branches in _KINDS for branch in branches if branch != v.DOCUMENT)


@dataclass(frozen=True)
class FileSummary:
    """Counts of ``Документ``, ``Товар`` (in catalogues and documents) and ``Предложение``, and the root's words."""

    kind: FileKind
    schema_version: str
    namespace: str
    encoding: str
    documents: int
    products: int
    offers: int
    warnings: tuple[str, ...]


def summarise(chunks: Iterable[bytes]) -> FileSummary:
    """Count what a file holds. Raises the same ``XmlError`` kinds as ``reader.read_documents``."""
    parser = PullParser(chunks, _COUNTED + _BRANCHES)
    counts: Counter[str] = Counter()
    branches: set[str] = set()
    for event, element in parser.events():
        if event == "start":
            continue
        name = local_name(element)
        counts[name] += 1
        if element.getparent() is parser.root:
            branches.add(name)
    root, header = parser.root, header_of(parser)
    if root is None or header is None:
        raise XmlIncomplete("Файл обрывается до корневого элемента.")
    return FileSummary(
        kind=_kind(branches, empty=not len(root)),
        schema_version=header.schema_version,
        namespace=header.namespace,
        encoding=header.encoding,
        documents=counts[v.DOCUMENT],
        products=counts[v.LINE],
        offers=counts[v.OFFER],
        warnings=header.warnings,
    )


def _kind(branches: set[str], *, empty: bool) -> FileKind:
    for kind, names in _KINDS:
        if branches.intersection(names):
            return kind
    return FileKind.EMPTY if empty else FileKind.OTHER
