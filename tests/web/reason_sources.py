"""Which Russian words of the layers below the pages may reach a page: read from the source, as templates.

``python -m tests.web.reason_sources`` prints those that have no English yet, as JSON. A value put into a sentence is
``{0}``, ``{1}``, … in the order it stands in, or ``{name}`` where the source has it so. A piece joined to others, a
word of a table and a string inside an f-string are templates of their own, without the marks that join them.

Left out is what no operator reads on a page: the command line, words of the format, documentation of the schemas, the
simulators, the log; and words that are compared with what others wrote, not said: keys, sets, operands.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from babel.messages.pofile import read_po

PACKAGE = Path(__file__).parents[2] / "commerceml_bridge"
CATALOGUE = PACKAGE / "web" / "translations" / "en" / "LC_MESSAGES" / "reasons.po"
ROOMS = (
    "domain",
    "services",
    "commerceml",
    "bitrix24",
    "onec_odata",
    "db",
    "exchange",
    "errors.py",
    "config.py",
    "cli/common.py",
)
NOT_READ = ("schema_source", "vocabulary", "redaction", "migrations", "info_writer", "words.py", "switches.py", "units")
WORDS_OF_OTHERS = frozenset(
    {"bank_file.py", "bank_purpose.py", "counterparties.py", "signals.py", "taxpayers.py", "wording.py"}
    | {"accounting.py", "expressions.py", "orders.py"}
)
"""modules that read or write single words of statements, of 1C and of persons: only their sentences are ours"""
DATA = frozenset({"COLUMNS", "HEADER", "KEY", "PAID", "_DEFAULT_OLD_STATUSES", "_DENIED_WORDS", "_SERVICE_ITEM"})
"""first lines of CSV files, which are read back; words and names of Bitrix24 and 1C"""
_COMPARING = frozenset({"get", "pop", "startswith", "endswith", "replace", "removeprefix", "compile", "zip"})
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_WORDS = re.compile(r"[а-яё]{2,}\W+[а-яё]{2,}", re.IGNORECASE)
_NO_WORDS = re.compile(r"[\\|]|_Key|_Type|1c-clients|^\S*[а-яё][А-ЯЁ]\S*$")
"""patterns, lists of fields, chapters of documents, names of 1C written in one (``ВидЦен``)"""


def sentences() -> set[str]:
    """Return every template that has Russian words."""
    found: set[str] = set()
    for room in ROOMS:
        place = PACKAGE / room
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            if not any(one in file.parts or file.name.startswith(one) for one in NOT_READ):
                said = set(templates(ast.parse(file.read_text())))
                found |= {one for one in said if file.name not in WORDS_OF_OTHERS or _WORDS.search(one)}
    return found


def templates(tree: ast.AST) -> Iterator[str]:
    """Yield what the strings and f-strings of a module say."""
    silent = {*_silent(tree), *_data(tree)}
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = _numbered(node.value)
        elif isinstance(node, ast.JoinedStr):
            text = _template(node)
        else:
            continue
        text = text.strip().lstrip(" ,;:")
        if _CYRILLIC.search(text) and not _NO_WORDS.search(text):
            yield text


def _silent(tree: ast.AST) -> Iterator[int]:
    """Yield the ids of the strings that say nothing: documentation, log, keys and the words of others."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant() as told):
                yield id(told)
            case ast.JoinedStr(values=parts):
                yield from (id(one) for one in parts if isinstance(one, ast.Constant))
            case ast.Call(func=func, args=args) if ast.unparse(func).startswith("log.") or _name(func) in _COMPARING:
                yield from map(id, args)
            case ast.Compare(left=left, comparators=right):
                yield from (id(one) for side in (left, *right) for one in ast.walk(side))
            case ast.Dict(keys=keys, values=values):  # a pair is a change, told by its name
                pairs = zip(keys, values, strict=True)
                yield from (id(key) for key, value in pairs if not isinstance(value, ast.Tuple))
            case ast.Set(elts=words):
                yield from map(id, words)
            case ast.Subscript(slice=key):
                yield id(key)
            case _:
                pass


def _data(tree: ast.AST) -> Iterator[int]:
    """Yield the ids of what the names of ``DATA`` stand for."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name) | ast.Tuple(elts=[ast.Name(id=name), *_])], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if name in DATA:
                yield from map(id, ast.walk(value))


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else ast.unparse(called)


def _template(node: ast.JoinedStr) -> str:
    parts, place = [], 0
    for one in node.values:
        if isinstance(one, ast.Constant):
            parts.append(str(one.value))
        else:
            parts.append(f"{{{place}}}")
            place += 1
    return "".join(parts)


def _numbered(text: str) -> str:
    """``{}`` of ``str.format`` are places too."""
    places = count()
    return re.sub(r"\{\}", lambda _: f"{{{next(places)}}}", text)


def translated() -> dict[str, str]:
    """Return the English of each template."""
    with CATALOGUE.open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale="en") if one.id and one.string}


if __name__ == "__main__":
    missing = sorted(sentences() - set(translated() if CATALOGUE.exists() else ()))
    json.dump(missing, sys.stdout, ensure_ascii=False, indent=0)
