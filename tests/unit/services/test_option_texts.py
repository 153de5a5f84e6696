"""Options of a node as people type them."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from commerceml_bridge.domain.documents import Encoding
from commerceml_bridge.domain.nodes import ClientFamily, NodeOptions
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services import option_texts

OPTIONS = NodeOptions(dt.date(2026, 1, 1), currency_names={"RUB": "руб."}, hold_bad_inn=True)


def texts(options: NodeOptions, **typed: str) -> dict[str, str]:
    return {name: option_texts.shown(value) for name, value in option_texts.simple(options).items()} | typed


def test_a_form_sent_back_as_it_was_changes_nothing() -> None:
    assert option_texts.changes(OPTIONS, texts(OPTIONS)) == {}


def test_every_option_that_is_no_page_of_its_own_is_on_the_form() -> None:
    apart = {"from_date", "selection", "on_leave", "policy"}
    assert {one.name for one in dataclasses.fields(OPTIONS)} - option_texts.simple(OPTIONS).keys() == apart


def test_each_kind_of_value_is_read() -> None:
    typed = texts(
        OPTIONS,
        client="bp3",
        encoding="utf-8",
        vat_rates="0, 10 %, 20%",
        currency_names="RUB=RUR, USD=$",
        document_cap="7",
        hold_bad_inn="",
        prefix=" Б",
    )
    assert option_texts.changes(OPTIONS, typed) == {
        "client": ClientFamily.BP3,
        "encoding": Encoding.UTF8,
        "vat_rates": frozenset({"0", "10", "20"}),
        "currency_names": {"RUB": "RUR", "USD": "$"},
        "document_cap": 7,
        "hold_bad_inn": False,
        "prefix": "Б",
    }


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("document_cap", "много"),
        ("vat_rates", "двадцать"),
        ("vat_rates", "NaN"),
        ("currency_names", "рубли"),
        ("client", "sap"),
    ],
)
def test_what_cannot_be_read_is_refused_in_russian(name: str, typed: str) -> None:
    with pytest.raises(ConfigurationError, match=r"[а-я]"):
        option_texts.changes(OPTIONS, texts(OPTIONS, **{name: typed}))


def test_a_date_is_read_as_people_write_it_or_refused() -> None:
    assert option_texts.date("31.12.2025") == option_texts.date("2025-12-31") == dt.date(2025, 12, 31)
    with pytest.raises(ConfigurationError, match=r"[а-я]"):
        option_texts.date("вчера")
