"""``total`` and ``next``: what is no whole number never passes for an absent one, which would end a list too early."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from commerceml_bridge.bitrix24.answers import count_of
from commerceml_bridge.bitrix24.events import Does, parse
from commerceml_bridge.errors import PortalAnswerInvalid


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), ("", None), (False, None), (50, 50), ("50", 50), (Decimal("50.0"), 50), (0, 0)],
)
def test_whole_numbers_in_any_dress_are_counts(value: Any, expected: int | None) -> None:
    assert count_of(value) == expected


@pytest.mark.parametrize("value", ["fifty", Decimal("50.5"), True, [50], {}, "NaN"])
def test_anything_else_is_an_invalid_answer(value: Any) -> None:
    with pytest.raises(PortalAnswerInvalid):
        count_of(value)


def test_half_a_character_in_the_name_of_an_event_can_be_stored() -> None:
    event = parse({"event": "ON\ud800X"})
    assert event.does is Does.NOTHING
    assert event.name.encode()
