"""The 1C extension text in docs/notify-1c.md is whole, and speaks of the commands and addresses the program has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commerceml_bridge.cli.notifying import notify
from commerceml_bridge.services import notifying

TEXT = (Path(__file__).parents[2] / "docs" / "notify-1c.md").read_text(encoding="utf-8")
MODULES = re.findall(r"```bsl\n(.*?)```", TEXT, re.DOTALL)
PAIRS = [
    ("Функция", "КонецФункции"),
    ("Если", "КонецЕсли"),
    ("Для", "КонецЦикла"),
    ("Попытка", "КонецПопытки"),
]


def code(module: str) -> str:
    """Return the module without comments and string literals."""
    return re.sub(r"//[^\n]*|\"[^\"]*\"", "", module)


@pytest.mark.parametrize(("opening", "closing"), PAIRS)
def test_every_block_of_the_extension_is_closed(opening: str, closing: str) -> None:
    assert len(MODULES) == 2
    for module in MODULES:
        words = re.findall(r"\w+", code(module))
        assert words.count(opening) == words.count(closing)
        assert code(module).count("(") == code(module).count(")")


def test_every_procedure_the_extension_calls_in_itself_is_there() -> None:
    defined = set(re.findall(r"Функция (\w+)\(", "".join(MODULES)))
    assert {"ПринятьЗвонок", "Запустить", "ЭтоОбменССайтом", "УжеИдёт"} == defined
    assert "cmlb_ЗапускОбмена.Запустить()" in MODULES[0]


def test_the_options_it_names_exist() -> None:
    real = {option for parameter in notify.params for option in parameter.opts}
    named = set(re.findall(r"(?<![-\w])(--[a-z][a-z-]+)", TEXT))
    assert named <= real
    assert {"--url", "--login", "--password-stdin", "--debounce", "--test", "--off"} <= named


def test_the_address_it_names_is_one_the_notifier_takes() -> None:
    (address,) = set(re.findall(r"--url (\S+)", TEXT))
    assert notifying.address(address) == address
    assert address.endswith("/hs/cmlb/exchange")
    assert "корневой URL `cmlb`" in TEXT
    assert "шаблон `/exchange`" in TEXT
