"""``crm.product.*`` and ``catalog.*``: products, offers and their external codes.

Follows facts: bitrix24-rest §2.3: ``crm.product.list`` never finds offers; ``catalog.product.list`` wants one iblock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from commerceml_bridge.simulators.portal import goods, paging, php, query, values
from commerceml_bridge.simulators.portal.answers import Answer, Call, RestError, not_found, old_not_found
from commerceml_bridge.simulators.portal.fields import Field, Schema, schema
from commerceml_bridge.simulators.portal.methods.parties import old_id
from commerceml_bridge.simulators.portal.registry import rest_method
from commerceml_bridge.simulators.portal.table import Record

PRODUCT: Schema = schema(
    [Field(name, "integer") for name in ("id", "iblockId", "type", "measure", "vatId", "parentId")]
    + [Field("name"), Field("code"), Field("xmlId"), Field("price", "double"), Field("timestampX", "datetime")]
)
_UPPER = {"ID": "id", "NAME": "name", "CODE": "code", "XML_ID": "xmlId", "PRICE": "price", "VAT_ID": "vatId"}
_UPPER |= {"MEASURE": "measure", "CATALOG_ID": "iblockId", "TIMESTAMP_X": "timestampX"}
ACCESS_DENIED = 200040300010  # a JSON number on the wire (§2.3)


def _need_rights(call: Call) -> None:
    if not call.portal.settings.catalog_rights:
        raise RestError(ACCESS_DENIED, "Access denied")


@rest_method("catalog.catalog.list", "catalog")
def catalog_list(call: Call) -> Answer:
    """List the catalogues; the one with ``productIblockId`` holds offers."""
    _need_rights(call)
    extra = {"iblockTypeId": "CRM_PRODUCT_CATALOG", "lid": "s1", "subscription": "N", "vatId": 1}
    catalogs = [{**one, "id": one["iblockId"], **extra} for one in goods.CATALOGS]
    return Answer({"catalogs": catalogs}, total=len(catalogs))


def _catalog_view(record: Record, call: Call) -> dict[str, Any]:
    own = record.as_dict()
    view = {
        "id": own["id"],
        "iblockId": own["iblockId"],
        "name": own["name"],
        "active": "Y",
        "available": "Y",
        "bundle": "N",
        "code": own["code"],
        "xmlId": own["xmlId"],
        "measure": own["measure"],
        "vatId": own["vatId"],
        "vatIncluded": "Y",
        "type": own["type"],
        "sort": 100,
        "quantity": None,
        "timestampX": values.moment_text(own["timestampX"], call.portal.zone),
        "property258": None,
    }
    if own["parentId"]:
        view["parentId"] = {"value": str(own["parentId"]), "valueId": str(own["id"] * 10)}
    return view


def _scoped_list(call: Call, wrapper: str, iblock: int) -> Answer:
    _need_rights(call)
    given, select = php.as_map(call.arg("filter")), [str(name) for name in php.as_list(call.arg("select"))]
    wanted = given.get("iblockId", given.get("=iblockId"))
    if wanted is None or isinstance(wanted, list | dict) or not {"id", "iblockId"} <= set(select):
        raise RestError(0, "Required select fields: iblockId, id; required filter field: iblockId")
    if php.to_int(wanted) != iblock:
        return Answer({wrapper: []}, total=0)
    dialect = query.Dialect(PRODUCT, call.portal.zone, lambda name: name if name in PRODUCT else None, strict=False)
    found = query.matching(call.portal.products, query.parse_filter(given, dialect))
    ordered = query.ordered(found, query.parse_order(call.arg("order"), dialect), "id")
    records, total, following = paging.page(ordered, call.arg("start"), paging.Family.NEW)
    views = (_catalog_view(record, call) for record in records)
    picked = [view if "*" in select else {key: view[key] for key in view if key in select} for view in views]
    return Answer({wrapper: picked}, total, following)


@rest_method("catalog.product.list", "catalog")
def product_list(call: Call) -> Answer:
    """List products of the product iblock."""
    return _scoped_list(call, "products", goods.CATALOG_IBLOCK)


@rest_method("catalog.product.offer.list", "catalog")
def offer_list(call: Call) -> Answer:
    """List offers of the offers iblock."""
    return _scoped_list(call, "offers", goods.OFFERS_IBLOCK)


@rest_method("catalog.product.get", "catalog")
def product_get(call: Call) -> Answer:
    """Return one product or offer."""
    _need_rights(call)
    record = call.portal.products.get(php.to_int(call.required("id")))
    if record is None:
        raise not_found("product does not exist.")
    return Answer({"product": _catalog_view(record, call)})


def _upper_view(record: Record, call: Call) -> dict[str, Any]:
    zone = call.portal.zone
    view = {name: values.stringly(record.get(stored), zone) for name, stored in _UPPER.items()}
    view.update(CURRENCY_ID="RUB", VAT_INCLUDED="Y", ACTIVE="Y", SECTION_ID=None, SORT="100", DESCRIPTION=None)
    return view


def _old_filter(given: Mapping[str, Any]) -> dict[str, Any]:
    renamed = {}
    for key, value in given.items():
        name = query.split_operator(key)[1]
        renamed[key.removesuffix(name) + _UPPER.get(name, name)] = value
    return renamed


@rest_method("crm.product.list", "crm")
def old_product_list(call: Call) -> Answer:
    """List products of the default catalogue; offers are never among them (§2.3)."""
    dialect = query.Dialect(PRODUCT, call.portal.zone, lambda name: name if name in PRODUCT else None, strict=False)
    criteria = query.parse_filter(_old_filter(php.as_map(call.any_case("filter"))), dialect)
    order = query.parse_order(_old_filter(php.as_map(call.any_case("order"))), dialect)
    found: Iterator[Record] = (
        record
        for record in query.matching(call.portal.products, criteria)
        if record["iblockId"] == goods.CATALOG_IBLOCK
    )
    ordered = query.ordered(found, order, "id")
    records, total, following = paging.page(ordered, call.any_case("start"), paging.Family.OLD)
    select = [str(name) for name in php.as_list(call.any_case("select"))]
    views = [_upper_view(record, call) for record in records]
    if select and "*" not in select:
        views = [{key: view[key] for key in view if key in select} for view in views]
    return Answer(views, total, following)


@rest_method("crm.product.get", "crm")
def old_product_get(call: Call) -> Answer:
    """Return one product."""
    record = call.portal.products.get(old_id(call))
    if record is None:
        raise old_not_found()
    return Answer(_upper_view(record, call))
