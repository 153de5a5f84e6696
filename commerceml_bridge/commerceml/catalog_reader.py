"""Reads catalogue files of 1C as a stream of entries: memory stays flat at any size.

``Товар`` of a ``Каталог``, ``Предложение`` of a package of offers or of its changes; told by where they stand, whatever
namespace, version or order of branches the file has. Prices, rests, pictures, properties and groups are passed over.
Must not decide what an entry means for the index. Facts: commerceml §2.6, §2.8, §5, §8; 1c-clients §5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from commerceml_bridge.commerceml import reader_values as values
from commerceml_bridge.commerceml import vocabulary as v
from commerceml_bridge.commerceml.pull import PullParser, local_name
from commerceml_bridge.domain.catalogue import Entry, EntryKind, Facts, Section, item_id

_SECTIONS = {v.CATALOG: EntryKind.ITEM, v.OFFERS_PACKAGE: EntryKind.OFFER, v.OFFERS_CHANGES: EntryKind.OFFER}
_ANY_SECTION = tuple("{*}" + name for name in _SECTIONS)
_LISTS = {v.LINE: v.LINES, v.OFFER: v.OFFERS}
_TEXTS = {
    v.NAME: "name",
    v.ARTICLE: "article",
    v.BARCODE: "barcode",
    v.FULL_NAME: "full_name",
}
_NAME_LENGTH = 1000
_ID_LENGTH = 200


class CatalogStream(Iterator[Entry]):
    """Iterator of the entries of one file.

    ``sections`` grows as sections begin, also those without entries; ``skipped`` counts entries without an Ид.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._parser = PullParser(chunks, (*_SECTIONS, v.LINE, v.OFFER))
        self._entries = self._read()
        self.sections: list[Section] = []
        self.skipped = 0

    @property
    def branches(self) -> tuple[str, ...]:
        """Names of what stands under the root, whether it is read or not; all of them once the file has been read."""
        return tuple(self._parser.branches)

    def __iter__(self) -> CatalogStream:
        return self

    def __next__(self) -> Entry:
        return next(self._entries)

    def _read(self) -> Iterator[Entry]:
        section: Section | None = None
        for event, element in self._parser.events():
            name = local_name(element)
            if name in _SECTIONS:
                if event == "end" and section is None:  # a section without entries
                    self.sections.append(_section(element))
                section = None
            elif event == "end" and _is_entry(element, name):
                if section is None:
                    section = _section(next(element.iterancestors(*_ANY_SECTION)))
                    self.sections.append(section)
                found = _entry(element, section)
                if found is None:
                    self.skipped += 1
                else:
                    yield found


def read_catalog(chunks: Iterable[bytes]) -> CatalogStream:
    """Return the entries of a file. Iterating raises the errors of ``PullParser``, after the entries before them."""
    return CatalogStream(chunks)


def _is_entry(element: etree._Element, name: str) -> bool:
    """Tell entries from lines of documents and parts of sets: the list they stand in is a section's own."""
    parent = element.getparent()
    above = None if parent is None else parent.getparent()
    if parent is None or above is None:
        return False
    return local_name(parent) == _LISTS.get(name) and local_name(above) in _SECTIONS


def _section(element: etree._Element) -> Section:
    kind = _SECTIONS[local_name(element)]
    wanted = v.ID if kind is EntryKind.ITEM else v.CATALOG_ID
    named = {local_name(child): (child.text or "").strip() for child in element if isinstance(child.tag, str)}
    catalog_id = named.get(wanted, "") or item_id(named.get(v.ID, ""))
    return Section(kind, catalog_id[:_ID_LENGTH], _flag(element.get(v.CHANGES_ONLY)))


def _flag(text: str | None) -> bool | None:
    try:
        return values.flag(text or "")
    except ValueError:
        return None


def _entry(element: etree._Element, section: Section) -> Entry | None:
    found: dict[str, str | bool | None] = {}
    own_id = characteristic = ""
    for child in element:
        name = local_name(child)
        if name in _TEXTS:
            found[_TEXTS[name]] = _text(child)
        elif name == v.ID:
            own_id = (child.text or "").strip()
        elif name == v.CHARACTERISTIC_ID:
            characteristic = (child.text or "").strip()
        else:
            _other(name, child, found)
    own_id = item_id(own_id if "#" in own_id else f"{own_id}#{characteristic}")
    if not own_id or len(own_id) > _ID_LENGTH:
        return None
    if _is_deleted(element.get(v.STATUS)):
        found["deleted"] = True
    return Entry(section, own_id, Facts(**found))  # type: ignore[arg-type]  # names and types are those above


def _other(name: str, child: etree._Element, found: dict[str, str | bool | None]) -> None:
    if name == v.BASE_UNIT:
        found["unit_code"], found["unit_name"] = _unit(child)
    elif name == v.DELETION_MARK:
        found["deleted"] = _flag(child.text)
    elif name == v.STATUS and _is_deleted(child.text):  # an attribute by the schemas; УТ 10.3 writes an element
        found["deleted"] = True
    elif name == v.TAX_RATES:
        found["vat_rate"] = _vat_rate(child)
    elif name == v.REQUISITES:
        found |= _requisites(child)


def _is_deleted(status: str | None) -> bool:
    return (status or "").strip().casefold() == v.STATUS_DELETED.casefold()


def _text(element: etree._Element) -> str | None:
    """Return text with single blanks and entities undone; ``None`` for an empty element."""
    return " ".join(values.unescaped(element.text or "").replace("\0", "").split())[:_NAME_LENGTH] or None


def _unit(element: etree._Element) -> tuple[str | None, str | None]:
    """Return (code, name). Codes are padded (``796 ``) or blank; CommerceML 3 writes the code as the text."""
    code = (element.get(v.UNIT_CODE) or "").strip()
    name = (element.text or "").strip()
    if not code and name.isdecimal():
        code, name = name, ""
    name = name or (element.get(v.UNIT_SHORT_NAME) or "").strip() or (element.get(v.UNIT_FULL_NAME) or "").strip()
    return code[:20] or None, name[:100] or None


def _vat_rate(rates: etree._Element) -> str | None:
    for rate in rates:
        named = {local_name(child): (child.text or "").strip() for child in rate}
        if named.get(v.NAME, v.VAT) == v.VAT and named.get(v.RATE):
            return named[v.RATE][:40]
    return None


def _requisites(requisites: etree._Element) -> dict[str, str | bool | None]:
    named: dict[str, etree._Element] = {}
    for requisite in requisites:
        parts = {local_name(child): child for child in requisite}
        if v.NAME in parts and v.VALUE in parts:
            named.setdefault((parts[v.NAME].text or "").strip(), parts[v.VALUE])
    found: dict[str, str | bool | None] = {}
    if v.REQUISITE_FULL_NAME in named:
        found["full_name"] = _text(named[v.REQUISITE_FULL_NAME])
    for requisite_name in (v.REQUISITE_ITEM_TYPE, v.REQUISITE_ITEM_KIND):
        value = (named[requisite_name].text or "").strip() if requisite_name in named else ""
        if value:
            found["is_service"] = value.casefold() == v.ITEM_SERVICE.casefold()
            break
    return found
