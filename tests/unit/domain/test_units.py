import pytest

from commerceml_bridge.domain.documents import Unit
from commerceml_bridge.domain.units import PIECE, unit


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("", "", PIECE),
        ("796", "", PIECE),
        ("796 ", "штук", Unit("796", "штук", "Штука", "PCE")),
        ("6", "м", Unit("006", "м", "Метр", "MTR")),
        ("", "Шт.", Unit("796", "Шт.", "Штука", "PCE")),
        ("", "бочка", Unit("", "бочка")),
        ("997", "", Unit("997", "997")),
        ("0123", "м2", Unit("055", "м2", "Квадратный метр", "MTK")),
        ("2009", "", Unit("", "2009")),
    ],
)
def test_a_unit_has_a_three_digit_code_or_none(code: str, name: str, expected: Unit) -> None:
    assert unit(code, name) == expected
