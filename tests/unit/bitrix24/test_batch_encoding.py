from urllib.parse import parse_qsl

import pytest

from commerceml_bridge.bitrix24.batch import Batch, encode
from commerceml_bridge.bitrix24.client import BitrixClient, is_write
from commerceml_bridge.bitrix24.lists import chunks
from commerceml_bridge.bitrix24.webhook import Webhook


def client() -> BitrixClient:
    return BitrixClient(Webhook.parse("http://127.0.0.1:9/rest/1/abc/"))


def test_nested_values_are_written_as_php_reads_them() -> None:
    query = encode({"filter": {">id": 5, "@ENTITY_ID": [7, 8]}, "select": ["id"], "start": -1, "flag": True})
    assert parse_qsl(query) == [
        ("filter[>id]", "5"),
        ("filter[@ENTITY_ID][0]", "7"),
        ("filter[@ENTITY_ID][1]", "8"),
        ("select[0]", "id"),
        ("start", "-1"),
        ("flag", "Y"),
    ]


def test_signs_that_a_url_would_swallow_are_encoded() -> None:
    query = encode({"filter": {">=updatedTime": "2026-11-23T10:00:00+03:00", "%title": "#1 & 2 = 3?"}})
    assert "+" not in query
    assert "#" not in query
    assert dict(parse_qsl(query)) == {
        "filter[>=updatedTime]": "2026-11-23T10:00:00+03:00",
        "filter[%title]": "#1 & 2 = 3?",
    }


@pytest.mark.parametrize("value", [[], {}, {"a": []}])
def test_an_empty_collection_is_refused_since_the_filter_would_vanish(value: object) -> None:
    with pytest.raises(ValueError, match="empty"):
        encode({"filter": value})


@pytest.mark.parametrize("value", [None, 1.5, b"x"])
def test_values_the_portal_could_not_read_back_are_refused(value: object) -> None:
    with pytest.raises(TypeError):
        encode({"filter": {"a": value}})


def test_keys_are_names_and_fifty_fit() -> None:
    batch = Batch(client())
    for bad in ("0", "12", "", "Ключ", "a b", "Upper"):
        with pytest.raises(ValueError, match="not a name"):
            batch.add(bad, "scope")
    for number in range(50):
        batch.add(f"c{number}", "scope")
    with pytest.raises(ValueError, match="taken"):
        batch.add("c0", "scope")
    with pytest.raises(ValueError, match="50"):
        batch.add("more", "scope")


@pytest.mark.parametrize(
    ("method", "writes"),
    [
        ("crm.item.list", False),
        ("crm.item.Get", False),
        ("crm.status.entity.types", False),
        ("scope", False),
        ("crm.item.update", True),
        ("crm.item.productrow.set", True),
        ("crm.something.unheard", True),
    ],
)
def test_what_is_not_known_to_read_counts_as_a_write(method: str, writes: bool) -> None:
    assert is_write(method) is writes
    assert is_write("batch", {"cmd": {"a": "crm.item.list?x=1", "b": f"{method}?id=1"}}) is writes


def test_chunks_lose_nothing() -> None:
    assert list(chunks([1, 2, 3, 4, 5], 2)) == [[1, 2], [3, 4], [5]]
