"""Which item of 1C a line of an invoice is: chosen by hand → external code → article → exact name.

Pure: what is known of 1C's items comes in as ``Nomenclature``. A doubtful hit is no hit, and says so; an item marked
for deletion or gone is not used, and says so. Facts: 1c-clients §3.4, reference-server §6. A mapping is no accounting
content (decision 11): when it changes, nothing that 1C has is sent again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from commerceml_bridge.domain import texts
from commerceml_bridge.domain.catalogue import Item, article_key, item_id, name_key, only_base
from commerceml_bridge.domain.documents import DocumentLine
from commerceml_bridge.domain.family_switches import switches
from commerceml_bridge.domain.identity import goods_key, named_goods_id, onec_goods_id
from commerceml_bridge.domain.invoices import InvoiceRow
from commerceml_bridge.domain.nodes import NodeOptions, UnmappedGoods
from commerceml_bridge.domain.spelling import delivery_row
from commerceml_bridge.domain.units import unit
from commerceml_bridge.errors import CannotRender

UNMAPPED = "unmapped-goods"
"""The hold of an invoice whose lines are not items of 1C; an operator may lift it."""
_NAMED_IN_REASON = 5
_HITS_IN_NOTE = 3
_SERVICE_ITEM = "Услуга"
"""the name of an item in 1C"""


class Source(StrEnum):
    """What told the item of a line."""

    MANUAL = "manual"
    XML_ID = "xml-id"
    ARTICLE = "article"
    NAME = "name"
    SERVICE_ITEM = "service-item"
    """the node's own item for lines that are none of 1C's"""
    FOREIGN = "foreign-id"
    """an id of 1C's shape that is not among the items of this base"""
    NONE = "none"


IS_MAPPED = frozenset({Source.MANUAL, Source.XML_ID, Source.ARTICLE, Source.NAME})


@dataclass(frozen=True)
class Mapped:
    """The item of a line, where that was found, and what a person should know about it."""

    source: Source
    item: Item | None = None
    """``None``: the line goes out under its own id"""
    note: str = ""


@dataclass(frozen=True)
class Nomenclature:
    """What is known of 1C's items as far as the lines at hand need it."""

    known: bool = False
    """whether the base ever sent its items; if not, nothing can be said against an id"""
    by_id: Mapping[str, Item] = field(default_factory=dict)
    by_article: Mapping[str, Sequence[Item]] = field(default_factory=dict)
    by_name: Mapping[str, Sequence[Item]] = field(default_factory=dict)
    by_full_name: Mapping[str, Sequence[Item]] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)
    """goods key → 1C's id, chosen by hand"""

    def item(self, wanted: str) -> Item | None:
        """Return an item or its characteristic; a characteristic nobody told of is the item's."""
        found, base = self.by_id.get(wanted), self.by_id.get(wanted.partition("#")[0])
        if found is None:
            return None if base is None else replace(base, item_id=wanted)
        return replace(found, usable=found.usable and (base is None or base.usable))


def resolve(row: InvoiceRow, goods: Nomenclature, *, match_names: bool = False) -> Mapped:
    """Return the item of a line."""
    notes: list[str] = []
    for source, item in _found(row, goods, match_names, notes):
        return Mapped(source, item, "; ".join(notes))
    guid = onec_goods_id(row.product_xml_id)
    if guid is None:
        return Mapped(Source.NONE, note="; ".join(notes))
    if not goods.known:
        return Mapped(Source.XML_ID, Item(guid, ""))
    if not notes:
        notes.append("внешнего кода товара нет среди позиций этой базы 1С")
    return Mapped(Source.FOREIGN, None, "; ".join(notes))


def _found(row: InvoiceRow, goods: Nomenclature, match_names: bool, notes: list[str]) -> Iterator[tuple[Source, Item]]:
    chosen = goods.chosen.get(goods_key(row))
    if chosen and (item := _usable(goods.item(chosen) or Item(chosen, ""), "выбранная вручную позиция", notes)):
        yield Source.MANUAL, item
    by_code = goods.item(item_id(row.product_xml_id)) if row.product_xml_id else None
    if by_code is not None and (item := _usable(by_code, "позиция по внешнему коду", notes)):
        yield Source.XML_ID, item
    by_article = goods.by_article.get(article_key(row.article), ())
    if item := _single(by_article, goods, f"артикул «{row.article}»", notes):
        yield Source.ARTICLE, item
    if match_names:
        key = name_key(row.name)
        by_name = goods.by_name.get(key, ()) or goods.by_full_name.get(key, ())
        if item := _single(by_name, goods, f"название «{texts.one_line(row.name, 60)}»", notes):
            yield Source.NAME, item


def _usable(item: Item, what: str, notes: list[str]) -> Item | None:
    if item.usable:
        return item
    notes.append(f"{what} «{item.name or item.item_id}» в 1С помечена на удаление или убрана из каталога")
    return None


def _single(hits: Sequence[Item], goods: Nomenclature, what: str, notes: list[str]) -> Item | None:
    """Return the only usable item of several hits; say why there is none."""
    if not hits:
        return None
    dead = {item.item_id for item in (*hits, *goods.by_id.values()) if not item.usable}
    alive = [item for item in hits if item.usable and item.base_id not in dead]
    if not alive:
        notes.append(f"{what}: позиция в 1С помечена на удаление или убрана из каталога")
        return None
    item = only_base(alive)
    if item is None:
        named = ", ".join(f"«{one.name}»" for one in alive[:_HITS_IN_NOTE])
        notes.append(f"{what} у нескольких позиций 1С: {named}{' и других' if len(alive) > _HITS_IN_NOTE else ''}")
    return item


def settle(
    mapped: Mapping[InvoiceRow, Mapped], options: NodeOptions, service: Item, released: Collection[str] = ()
) -> dict[InvoiceRow, Mapped]:
    """Apply the node's rule for lines that are no items of 1C. Raises ``CannotRender`` (``unmapped-goods``)."""
    delivery = delivery_row(mapped, options.delivery_row)  # known to 1C by an id of its own
    missing = [row for row, one in mapped.items() if one.source not in IS_MAPPED and row is not delivery]
    if not missing or options.unmapped is UnmappedGoods.SEND or UNMAPPED in released:
        return dict(mapped)
    if options.unmapped is UnmappedGoods.HOLD:
        raise CannotRender(UNMAPPED, _reason(missing, mapped))
    replaced = {row: Mapped(Source.SERVICE_ITEM, service, mapped[row].note) for row in missing}
    return {row: replaced.get(row, one) for row, one in mapped.items()}


def _reason(missing: Sequence[InvoiceRow], mapped: Mapping[InvoiceRow, Mapped]) -> str:
    named = []
    for row in missing[:_NAMED_IN_REASON]:
        note = mapped[row].note
        named.append(f"«{texts.one_line(row.name, 80)}»{f' ({note})' if note else ''}")
    more = f" и ещё {len(missing) - _NAMED_IN_REASON}" if len(missing) > _NAMED_IN_REASON else ""
    return (
        f"Строки счёта не сопоставлены с номенклатурой 1С: {', '.join(named)}{more}. Выберите позиции на странице "
        "«Номенклатура» узла или командой items map, либо отправьте счёт как есть."
    )


def service_item(options: NodeOptions, found: Item | None) -> Item:
    """Return the node's item for unmapped lines: 1C's own if it is known, else one made by its name."""
    if found is not None:
        return replace(found, is_service=True if found.is_service is None else found.is_service)
    name = options.service_item or _SERVICE_ITEM
    return Item(onec_goods_id(name) or named_goods_id(name), name, is_service=True)


def with_item(line: DocumentLine, row: InvoiceRow, mapped: Mapped | None, options: NodeOptions | None) -> DocumentLine:
    """Return a line that carries 1C's id, article and kind; its quantity stays in the invoice's own unit.

    1C's unit is taken where the invoice names none: another one would change what the quantity means.
    """
    if mapped is None or mapped.item is None:
        return line
    item = mapped.item
    changed = replace(line, id=item.item_id)
    if item.article:
        changed = replace(changed, article=texts.one_line(item.article, texts.FIELD_LENGTH))
    if item.is_service is not None:
        changed = replace(changed, is_service=item.is_service)
    if (item.unit_code or item.unit_name) and not (row.unit_code.strip() or row.unit_name.strip()):
        changed = replace(changed, unit=unit(item.unit_code, item.unit_name))
    by_name = options is not None and switches(options.client).matches_by_full_name and not item.article
    if item.name and (mapped.source is Source.SERVICE_ITEM or by_name):
        changed = replace(changed, name=texts.one_line((by_name and item.full_name) or item.name, texts.NAME_LENGTH))
    return changed


def record(mapped: Mapping[InvoiceRow, Mapped]) -> str:
    """Write how every line was mapped, to be kept with the document."""
    return json.dumps(
        [
            {
                "key": goods_key(row),
                "name": row.name,
                "source": one.source.value,
                "item": one.item.item_id if one.item else "",
                "item_name": one.item.name if one.item else "",
                **({"note": one.note} if one.note else {}),
            }
            for row, one in mapped.items()
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )


def wanted_ids(rows: Iterable[InvoiceRow], chosen: Iterable[str]) -> set[str]:
    """Return ids to look up for lines: each with the item it is a characteristic of."""
    ids = {item_id(row.product_xml_id) for row in rows} | set(chosen)
    return {one for wanted in ids for one in (wanted, wanted.partition("#")[0]) if one}
