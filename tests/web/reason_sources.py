"""Which Russian sentences of the layers below the pages may reach a page: read from the source, as templates.

``python -m tests.web.reason_sources`` prints those that have no English yet, as JSON. A value put into a sentence is
``{0}``, ``{1}``, … in the order it stands in, or ``{name}`` where the source has it so. Left out is what no operator
reads on a page: answers to 1C, the command line, words of the format, documentation of the schemas, the simulators.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

PACKAGE = Path(__file__).parents[2] / "commerceml_bridge"
CATALOGUE = PACKAGE / "web" / "translations" / "en" / "LC_MESSAGES" / "reasons.po"
ROOMS = ("domain", "services", "commerceml", "bitrix24", "onec_odata", "db", "errors.py", "config.py")
NOT_READ = ("schema_source", "vocabulary.py", "redaction", "migrations", "info_writer.py", "words.py", "switches.py")
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_WORDS = re.compile(r"[а-яё]{2,}\W+[а-яё]{2,}", re.IGNORECASE)


def sentences() -> set[str]:
    """Return every template of at least two Russian words."""
    found: set[str] = set()
    for room in ROOMS:
        place = PACKAGE / room
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            if not any(one in file.parts or file.name.startswith(one) for one in NOT_READ):
                found.update(one for one in _templates(ast.parse(file.read_text())) if _is_sentence(one))
    return found


def _is_sentence(text: str) -> bool:
    """Tell words for people from patterns and lists of fields."""
    return bool(_WORDS.search(text)) and not any(mark in text for mark in ("\\", "_Key", "_Type"))


def _templates(tree: ast.AST) -> Iterator[str]:
    """Yield strings and f-strings of a module, without docstrings."""
    passed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            passed.update(id(one) for one in node.values)
    for node in ast.walk(tree):
        if id(node) in passed:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CYRILLIC.search(node.value):
            yield node.value.strip()
        elif isinstance(node, ast.JoinedStr):
            yield _template(node).strip()


def _template(node: ast.JoinedStr) -> str:
    parts, place = [], 0
    for one in node.values:
        if isinstance(one, ast.Constant):
            parts.append(str(one.value))
        else:
            parts.append(f"{{{place}}}")
            place += 1
    return "".join(parts)


def translated() -> dict[str, str]:
    """Return the English of each template."""
    with CATALOGUE.open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale="en") if one.id and one.string}


if __name__ == "__main__":
    missing = sorted(sentences() - set(translated() if CATALOGUE.exists() else ()))
    json.dump(missing, sys.stdout, ensure_ascii=False, indent=0)
