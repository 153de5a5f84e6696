"""The English catalogue is whole, current and compiled."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

WEB = Path(__file__).parents[2] / "commerceml_bridge" / "web"
ENGLISH = WEB / "translations" / "en" / "LC_MESSAGES"
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None}
METHODS = [("*.py", "python"), ("templates/*.html", "jinja2")]


def source_texts() -> set[str]:
    """Return every text marked for translation."""
    found = extract_from_dir(WEB, METHODS, {}, KEYWORDS)
    return {message for _file, _line, message, _comments, _context in found if isinstance(message, str)}


def english() -> Catalog:
    with (ENGLISH / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


def test_every_text_has_its_english_and_no_english_is_left_over() -> None:
    catalogue = english()
    translated = {str(message.id) for message in catalogue if message.id and message.string and not message.fuzzy}
    assert translated == source_texts()
    assert len(translated) > 300


def test_the_compiled_catalogue_is_the_written_one() -> None:
    with (ENGLISH / "messages.mo").open("rb") as file:
        compiled = {message.id: message.string for message in read_mo(file) if message.id}
    assert compiled == {message.id: message.string for message in english() if message.id}


def test_placeholders_survive_translation() -> None:
    assert not [error for message in english() for error in message.check()]
