"""The simulator's answers have the keys and the types of published example answers.

The examples lie outside the product; where they are absent the checks are skipped with that reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commerceml_bridge.simulators.portal import PortalServer, seed_demo
from tests.simulators.portal_client import Client

EXAMPLES = Path(__file__).parents[2] / "../shared/b24-examples"

pytestmark = [pytest.mark.corpus, pytest.mark.usefixtures("shared")]


def example(name: str) -> dict[str, Any]:
    found = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with PortalServer() as server:
        seed_demo(server.portal)
        yield Client(server)


def assert_shape(ours: dict[str, Any], theirs: dict[str, Any], *, only: str = "") -> None:
    """Every key of the example is there and holds a value of the same JSON type (null matches anything)."""
    wanted = {key for key in theirs if not key.startswith(("UF_", "PARENT_ID_", "property")) and key.startswith(only)}
    assert wanted <= set(ours), wanted - set(ours)
    for key in wanted:
        a, b = ours[key], theirs[key]
        numbers = isinstance(a, int | float) and isinstance(b, int | float)
        assert a is None or b is None or numbers or type(a) is type(b), (key, a, b)


def test_a_product_row(client: Client) -> None:
    wanted = {"=ownerType": "SI", "=ownerId": 1}
    ours = client.call("crm.item.productrow.list", filter=wanted).result["productRows"][0]
    theirs = example("crm.item.productrow.list/1")["result"]["productRows"][0]
    assert set(ours) == set(theirs)
    assert_shape(ours, theirs)


def test_row_fields(client: Client) -> None:
    theirs = example("crm.item.productrow.fields/1")["result"]["fields"]
    ours = client.call("crm.item.productrow.fields").result["fields"]
    assert set(ours) - set(theirs) <= {"storeId", "priceAccount", "type", "xmlId"}
    for name, field in theirs.items():
        assert_shape(ours[name], field)
        assert (ours[name]["type"], ours[name]["isReadOnly"]) == (field["type"], field["isReadOnly"]), name


def test_item_fields(client: Client) -> None:
    theirs = example("crm.item.fields/1")["result"]["fields"]
    ours = client.call("crm.item.fields", entityTypeId=31).result["fields"]
    assert set(theirs) - set(ours) <= {"contacts", "parentId1", "parentId1248"}
    for name in set(theirs) & set(ours):
        assert ours[name]["type"] == theirs[name]["type"], name
        assert ours[name]["upperName"] == theirs[name]["upperName"], name
        assert ours[name]["isReadOnly"] == theirs[name]["isReadOnly"], name


def test_a_status(client: Client) -> None:
    ours = client.call("crm.status.list", filter={"ENTITY_ID": "SMART_INVOICE_STAGE_5"}).result[0]
    theirs = example("crm.status.list/1")["result"][0]
    theirs.pop("EXTRA")
    assert set(ours) == set(theirs)
    assert_shape(ours, theirs)


def test_a_category(client: Client) -> None:
    ours = client.call("crm.category.list", entityTypeId=31)
    theirs = example("crm.category.list/1")
    assert_shape(ours.result["categories"][0], theirs["result"]["categories"][0])
    assert set(theirs) <= set(ours.body)


@pytest.mark.parametrize(
    ("method", "params", "name"),
    [
        ("crm.company.get", {"id": 2}, "crm.company.get/1"),
        ("crm.contact.get", {"id": 1}, "crm.contact.get/1"),
        ("crm.requisite.bankdetail.get", {"id": 1}, "crm.requisite.bankdetail.get/1"),
        ("crm.requisite.link.get", {"entityTypeId": 31, "entityId": 1}, "crm.requisite.link.get/1"),
        ("method.get", {"name": "scope"}, "method.get/1"),
    ],
)
def test_single_objects(client: Client, method: str, params: dict[str, Any], name: str) -> None:
    assert_shape(client.call(method, **params).result, example(name)["result"])


@pytest.mark.parametrize(
    ("method", "params", "name"),
    [
        ("crm.company.list", {"select": ["TITLE", "ASSIGNED_BY_ID", "ID", "PHONE"]}, "crm.company.list/1"),
        ("crm.requisite.list", {"select": ["ENTITY_TYPE_ID", "ENTITY_ID", "ID", "NAME"]}, "crm.requisite.list/1"),
        ("crm.requisite.bankdetail.list", {"select": ["ENTITY_ID", "ID", "NAME"]}, "crm.requisite.bankdetail.list/1"),
        ("crm.requisite.link.list", {}, "crm.requisite.link.list/1"),
        ("crm.requisite.preset.list", {"select": ["ID", "NAME"]}, "crm.requisite.preset.list/1"),
        ("crm.address.list", {}, "crm.address.list/1"),
        ("crm.currency.list", {}, "crm.currency.list/1"),
        ("crm.vat.list", {"select": ["ID", "NAME", "RATE"]}, "crm.vat.list/1"),
    ],
)
def test_plain_lists(client: Client, method: str, params: dict[str, Any], name: str) -> None:
    ours, theirs = client.call(method, **params), example(name)
    assert_shape(ours.result[0], theirs["result"][0])
    assert set(theirs) <= set(ours.body)
    assert ours.body["total"] == (0 if theirs["total"] == 0 else len(ours.result))


def test_stage_history(client: Client) -> None:
    ours = client.call("crm.stagehistory.list", entityTypeId=31).result["items"][0]
    theirs = example("crm.stagehistory.list/1")["result"]["items"][0]
    assert set(ours) == set(theirs)
    assert_shape(ours, theirs)


def test_catalogues_and_products(client: Client) -> None:
    theirs = example("catalog.catalog.list/1")["result"]["catalogs"][0]
    ours = client.call("catalog.catalog.list").result["catalogs"]
    assert set(theirs) == set(ours[1])
    products = client.call("catalog.product.list", filter={"iblockId": 23}, select=["*", "id", "iblockId"])
    known = example("catalog.product.list/1")["result"]["products"][0]
    for key, value in products.result["products"][0].items():
        if not key.startswith("property") and value is not None:
            assert type(value) is type(known[key]), key


def test_the_time_block(client: Client) -> None:
    assert set(example("crm.company.get/1")["time"]) == set(client.call("server.time").body["time"])


def test_a_batch_of_errors_is_two_lists(client: Client) -> None:
    theirs = example("real-responses-fast_bitrix24/crm_get_batch_of_two_error")
    ours = client.call("batch", cmd=["crm.company.get", "crm.company.get?id=99"])
    assert set(ours.result) == set(theirs["result"])
    for part in theirs["result"]:
        assert ours.result[part] == theirs["result"][part]


def test_a_batch_with_one_failure_mixes_a_map_and_a_list(client: Client) -> None:
    theirs = example("real-responses-fast_bitrix24/crm_get_batch_mix_success_and_errors")["result"]
    shapes = {part: type(value) for part, value in theirs.items()}
    cmd = {"0": "crm.company.get?id=99", "1": "crm.company.get?id=1"}
    ours = client.call("batch", cmd=cmd).result
    assert {part: type(value) for part, value in ours.items()} == shapes
