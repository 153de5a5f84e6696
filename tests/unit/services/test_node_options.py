"""Options of a node that cannot work with its program are refused, with what to choose instead."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from commerceml_bridge.domain.documents import Encoding
from commerceml_bridge.domain.nodes import ClientFamily, NodeOptions
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services.nodes import check_options

PLAIN = NodeOptions(from_date=dt.date(2026, 1, 1))


@pytest.mark.parametrize("family", ClientFamily)
def test_an_encoding_the_program_cannot_read_is_refused(family: ClientFamily) -> None:
    check_options(dataclasses.replace(PLAIN, client=family, encoding=Encoding.UTF8_BOM))
    plain = dataclasses.replace(PLAIN, client=family, encoding=Encoding.UTF8)
    if family is not ClientFamily.UT10:
        check_options(plain)
        return
    with pytest.raises(ConfigurationError, match="utf-8-sig"):
        check_options(plain)


def test_what_an_earlier_release_let_pass_keeps_nobody_from_another_setting() -> None:
    stored = dataclasses.replace(PLAIN, client=ClientFamily.BP3, number_digits=9, vat_rates=frozenset())
    check_options(dataclasses.replace(stored, prefix="Б-"), stored)
    with pytest.raises(ConfigurationError, match="Предел документов"):
        check_options(dataclasses.replace(stored, document_cap=-1), stored)
    with pytest.raises(ConfigurationError, match="Значащих цифр"):
        check_options(stored)
