"""What is stored as JSON comes back as it was; other releases' text is read as far as it goes."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from commerceml_bridge.domain import codec
from commerceml_bridge.domain.documents import Encoding
from commerceml_bridge.domain.nodes import ClientFamily, NodeOptions
from commerceml_bridge.domain.selection import Selection

OPTIONS = NodeOptions(
    from_date=dt.date(2026, 1, 31),
    client=ClientFamily.UNF,
    prefix="Б-",
    encoding=Encoding.UTF8_BOM,
    currency_names={"RUB": "руб."},
    vat_rates=frozenset({"0", "20"}),
    document_cap=0,
    selection=Selection(categories=frozenset({3, 1}), stages=frozenset({"DT31_1:S"})),
)


def test_options_come_back_as_they_were() -> None:
    text = json.dumps(codec.encode(OPTIONS), ensure_ascii=False)
    assert codec.decode(NodeOptions, json.loads(text)) == OPTIONS


def test_sets_are_written_sorted_so_that_equal_options_are_equal_text() -> None:
    assert codec.encode(frozenset({"b", "a"})) == ["a", "b"]
    assert codec.encode(OPTIONS)["selection"]["categories"] == [1, 3]


def test_what_another_release_wrote_is_read_as_far_as_it_goes() -> None:
    found = codec.decode(NodeOptions, {"from_date": "2026-01-31", "of_tomorrow": [1]})
    assert found == NodeOptions(from_date=dt.date(2026, 1, 31))


@pytest.mark.parametrize(
    "data",
    [{"from_date": 5}, {"from_date": "2026-01-31", "vat_rates": "20"}, {"from_date": "2026-01-31", "client": "x"}],
)
def test_nonsense_is_a_value_error(data: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        codec.decode(NodeOptions, data)
