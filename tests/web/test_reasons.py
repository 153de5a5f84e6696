"""Reasons made in Russian below the pages have their English, and stored ones find it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo

from commerceml_bridge.web import reasons
from tests.web.conftest import Site
from tests.web.reason_sources import sentences, translated

PLACE = re.compile(r"\{\w+\}")
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


def test_every_sentence_below_the_pages_has_its_english_and_none_is_left_over() -> None:
    assert set(translated()) == sentences()


def test_every_value_of_a_sentence_stands_in_its_english_once() -> None:
    wrong = [one for one, text in translated().items() if sorted(PLACE.findall(one)) != sorted(PLACE.findall(text))]
    assert not wrong


def test_the_compiled_catalogue_of_reasons_is_the_written_one() -> None:
    with (Path(reasons.CATALOGUES) / "en" / "LC_MESSAGES" / "reasons.mo").open("rb") as file:
        compiled = {one.id: one.string for one in read_mo(file) if one.id}
    assert compiled == translated()


def filled(template: str) -> str:
    return PLACE.sub(lambda place: f"X{place[0][1:-1]}", template)


def test_a_stored_sentence_with_its_values_finds_its_english() -> None:
    """Every template, filled with values, is recognised: none is shadowed by one that says something else."""
    heavy = {one: text for one, text in translated().items() if len(CYRILLIC.findall(PLACE.sub("", one))) >= 20}
    wrong = {
        one: reasons.english(filled(one)) for one, text in heavy.items() if reasons.english(filled(one)) != filled(text)
    }
    assert not wrong
    assert len(heavy) > 500


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("ООО «Ромашка»", "ООО «Ромашка»"),
        ("Ответ Битрикс24: Доступ запрещён", "Ответ Битрикс24: Доступ запрещён"),
        ("", ""),
        ("plain", "plain"),
    ],
)
def test_words_of_a_person_or_a_portal_stay_as_they_are(stored: str, told: str) -> None:
    assert reasons.english(stored) == told


def test_a_reason_inside_a_reason_and_one_behind_another_are_told_too() -> None:
    inner = "В счёте не указана валюта. Укажите валюту счёта в Битрикс24."
    known = translated()
    outer = next(one for one in known if one == "Документ не проходит проверку по схеме: {0}")
    assert reasons.english(outer.replace("{0}", inner)) == known[outer].replace("{0}", known[inner])
    assert reasons.english(f"{inner} {inner}") == f"{known[inner]} {known[inner]}"


def test_english_pages_tell_reasons_in_english_and_their_twins_as_stored(site: Site) -> None:
    page = site.operator("en").get(site.url("/problems"), timeout=10).text
    twin = site.operator("en").get(site.url("/problems.json"), timeout=10).json()
    stored = [one["reason"] for group in twin["groups"] for one in group["items"] if CYRILLIC.search(one["reason"])]
    assert stored
    still = [one for one in stored if one in page and reasons.english(one) != one]
    assert not still
