from __future__ import annotations

import pytest

from commerceml_bridge.domain.families import possible_families


@pytest.mark.parametrize(
    ("asked", "families"),
    [
        ({}, ("ut10", "ut11", "unf", "bp3")),
        ({"version": "3.1"}, ("bitrix",)),
        ({"cml_version": "2.10"}, ("unf", "bp3")),
        ({"version": "2.09", "cml_version": "2.10"}, ("unf",)),
        ({"filename": "1cbitrix-0a.xml"}, ("ut10",)),
        ({"filename": "orders-0a_1.xml"}, ("ut11", "unf")),
        ({"filename": "orders-0a_.xml", "cml_version": "2.10"}, ("unf",)),
        ({"filename": "documents___0a.xml", "version": "3.1"}, ("bitrix",)),
    ],
)
def test_families_are_told_by_what_is_asked_for(asked: dict[str, str], families: tuple[str, ...]) -> None:
    assert possible_families(**asked) == families
