"""Reads the counterparties a 1C base tells of: ``contragents___GUID.xml`` and whatever else holds ``Контрагенты``.

Streams, one counterparty at a time, wherever ``Контрагент`` stands outside a document: under the root (3.1), or inside
a classifier or another section (commerceml §3, reference-server §3.1 D). Counterparties of documents are no list of
1C's own: the Bitrix module returns the site's Ид there (commerceml §4 C).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from commerceml_bridge.commerceml import reader_values as values
from commerceml_bridge.commerceml import vocabulary as v
from commerceml_bridge.commerceml.dialects import PARTY_NAME_ELEMENTS
from commerceml_bridge.commerceml.pull import PullParser, local_name
from commerceml_bridge.commerceml.reader_documents import Fields
from commerceml_bridge.domain.returned import NamedParty

_NOT_OF_A_LIST = frozenset({v.DOCUMENT, v.CONTAINER, v.COUNTERPARTY})


def read_counterparties(chunks: Iterable[bytes]) -> Iterator[NamedParty]:
    """Yield every counterparty that has an Ид. Raises what ``reader.read_documents`` raises, after those before it."""
    for event, element in PullParser(chunks, (v.COUNTERPARTY,)).events():
        if event != "end" or local_name(element) != v.COUNTERPARTY or _inside(element):
            continue
        party = _party(element)
        if party.id:
            yield party


def _inside(element: etree._Element) -> bool:
    return any(local_name(one) in _NOT_OF_A_LIST for one in element.iterancestors())


def _party(element: etree._Element) -> NamedParty:
    fields = Fields.of(element, [])
    return NamedParty(
        id=fields.text(v.ID),
        name=values.unescaped(fields.first_text(PARTY_NAME_ELEMENTS)),
        inn=values.tax_number(fields.text(v.INN)),
        kpp=values.tax_number(fields.text(v.KPP)),
        deleted=fields.value(v.DELETION_MARK, values.flag) is True,
    )
