"""Lines of an invoice at a node → items of its 1C: looks up what ``domain.goods`` decides about.

Called by ``consigning`` with the portal's lock held. A node without nomenclature, choices and rule costs two small
queries in a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from commerceml_bridge.db.rows import ConsignmentRow, NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import goods
from commerceml_bridge.domain.catalogue import Item, article_key, item_id, name_key, only_base
from commerceml_bridge.domain.goods import Mapped, Nomenclature
from commerceml_bridge.domain.identity import goods_key
from commerceml_bridge.domain.invoices import Invoice, InvoiceRow
from commerceml_bridge.domain.nodes import NodeOptions, UnmappedGoods
from commerceml_bridge.domain.totals import rows_of
from commerceml_bridge.errors import CannotRender


@dataclass(frozen=True)
class LineGoods:
    """The items of an invoice's lines, and the same as text, to be kept with the document."""

    items: Mapping[InvoiceRow, Mapped]
    record: str


@dataclass(frozen=True)
class Known:
    """What the lines of one invoice, or of several, need of 1C's items."""

    nomenclature: Nomenclature
    service: Item
    """the node's item for lines that are none of 1C's"""


def known_for(uow: UnitOfWork, node: NodeRow, invoices: Iterable[Invoice]) -> Known:
    """Look up what the lines of these invoices need; one that has no lines to map is left out."""
    rows: dict[InvoiceRow, None] = {}
    for invoice in invoices:
        with suppress(CannotRender):
            rows |= dict.fromkeys(rows_of(invoice, node.options.vat_rates))
    return Known(nomenclature(uow, node.id, node.options, list(rows)), _service(uow, node.id, node.options))


def line_goods(
    uow: UnitOfWork, row: ConsignmentRow, node: NodeRow, invoice: Invoice, known: Known | None = None
) -> LineGoods:
    """Map the lines of an invoice by the node's rules. Raises ``CannotRender`` for lines that must not go out so.

    ``known`` was looked up for several invoices, this one among them. A document that tells 1C of a cancellation is
    never held for its lines: 1C has them.
    """
    options = node.options
    rows = rows_of(invoice, options.vat_rates)
    known = known or known_for(uow, node, [invoice])
    mapped = _resolved(rows, known.nomenclature, options)
    released = [*row.released.split(","), *([goods.UNMAPPED] if row.cancelled else [])]
    settled = goods.settle(mapped, options, known.service, released)
    return LineGoods(settled, goods.record(settled))


def map_rows(
    uow: UnitOfWork, node_id: int, options: NodeOptions, rows: Iterable[InvoiceRow]
) -> dict[InvoiceRow, Mapped]:
    """Map rows, whatever becomes of those that are no items."""
    unique = list(dict.fromkeys(rows))
    return _resolved(unique, nomenclature(uow, node_id, options, unique), options)


def _resolved(rows: Iterable[InvoiceRow], known: Nomenclature, options: NodeOptions) -> dict[InvoiceRow, Mapped]:
    return {row: goods.resolve(row, known, match_names=options.match_names) for row in dict.fromkeys(rows)}


def nomenclature(uow: UnitOfWork, node_id: int, options: NodeOptions, rows: Sequence[InvoiceRow]) -> Nomenclature:
    """Read what is known of 1C's items as far as these rows need it."""
    chosen = {}
    if uow.choices.exist(node_id):
        choices = uow.choices.of(node_id, {goods_key(row) for row in rows})
        chosen = {key: choice.item_id for key, choice in choices.items()}
    if not uow.catalog.has_items(node_id):
        return Nomenclature(chosen=chosen)
    articles = uow.catalog.by_articles(node_id, {article_key(row.article) for row in rows})
    names = {name_key(row.name) for row in rows} if options.match_names else set()
    by_name = uow.catalog.by_names(node_id, names)
    by_full_name = uow.catalog.by_full_names(node_id, names - by_name.keys())
    # whether the item of a characteristic is usable must not depend on what else is looked up
    hits = [item.base_id for by in (articles, by_name, by_full_name) for found in by.values() for item in found]
    return Nomenclature(
        known=True,
        by_id=uow.catalog.by_ids(node_id, {*goods.wanted_ids(rows, chosen.values()), *hits}),
        by_article=articles,
        by_name=by_name,
        by_full_name=by_full_name,
        chosen=chosen,
    )


def _service(uow: UnitOfWork, node_id: int, options: NodeOptions) -> Item:
    if options.unmapped is not UnmappedGoods.SERVICE:
        return Item("", "")
    return goods.service_item(options, find_one(uow, node_id, options.service_item))


def find_one(uow: UnitOfWork, node_id: int, text: str) -> Item | None:
    """Return the item a person named by its id, its article or its exact name; ``None`` if there is no such one."""
    if not text.strip() or not uow.catalog.has_items(node_id):
        return None
    known = Nomenclature(by_id=uow.catalog.by_ids(node_id, goods.wanted_ids((), [item_id(text)])))
    by_id = known.item(item_id(text))
    if by_id is not None:
        return by_id if by_id.usable else None
    looked_up = (
        uow.catalog.by_articles(node_id, [article_key(text)]).get(article_key(text), []),
        uow.catalog.by_names(node_id, [name_key(text)]).get(name_key(text), []),
        uow.catalog.by_full_names(node_id, [name_key(text)]).get(name_key(text), []),
    )
    found = (only_base(item for item in hits if item.usable) for hits in looked_up)
    return next((item for item in found if item is not None), None)
