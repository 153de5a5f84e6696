"""Reasons made in Russian below the pages have their English, and stored ones find it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo

from commerceml_bridge.web import reasons
from tests.web.conftest import Site
from tests.web.reason_sources import sentences, translated
from tests.web.seed import pages

PLACE = re.compile(r"\{[a-z0-9_]+\}")
END = re.compile(r"\{[a-z0-9_]+\}$")
QUOTED = re.compile(r"«(?:[^«»]|«[^«»]*»)*»")
RUSSIAN = re.compile(r"\w*[а-яё]\w*", re.IGNORECASE)
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
MOST_TEXTS = 500
"""texts told on the way to tell one"""


def test_every_sentence_below_the_pages_has_its_english_and_none_is_left_over() -> None:
    assert set(translated()) == sentences()


def test_every_value_of_a_sentence_stands_in_its_english_once() -> None:
    wrong = [one for one, text in translated().items() if sorted(PLACE.findall(one)) != sorted(PLACE.findall(text))]
    assert not wrong


def test_a_value_at_the_end_stands_at_the_end_in_english_too() -> None:
    """Whatever follows in a longer text may have been taken for a part of it."""
    ends = {one: END.search(one.strip(reasons.EDGES)) for one in translated()}
    wrong = [one for one, end in ends.items() if end and not translated()[one].strip(reasons.EDGES).endswith(end[0])]
    assert not wrong


def test_the_english_has_no_russian_but_what_1c_and_bitrix24_call_so() -> None:
    left = {word for text in translated().values() for word in RUSSIAN.findall(QUOTED.sub("", text))}
    one_word = {word for word in left if re.search("[а-яё][А-Я]", word)}
    assert left - one_word == {"Ид", "Основание", "обмен", "с", "1С", "руб", "00БС", "СЧ"}


def test_the_compiled_catalogue_of_reasons_is_the_written_one() -> None:
    with (Path(reasons.CATALOGUES) / "en" / "LC_MESSAGES" / "reasons.mo").open("rb") as file:
        compiled = {one.id: one.string for one in read_mo(file) if one.id}
    assert compiled == translated()


def filled(template: str) -> str:
    """Put a value into each place."""
    return PLACE.sub(lambda place: f"X{place[0][1:-1]}", template)


def test_a_stored_sentence_with_its_values_finds_its_english() -> None:
    """Every template, filled with values, is recognised: none is shadowed by one that says something else."""
    told = {one: reasons.english(filled(one)) for one in translated()}
    assert told == {one: filled(text) for one, text in translated().items()}


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("номер, ИНН, сумма, дата та же", "number, INN, amount, the date is the same"),
        ("стадия: D1; комментарий: да; уведомление: да", "stage: D1; comment: yes; notification: yes"),
        (
            "Оплата в 1С отозвана. Возвращено 5000. Оплачено 0 из 12200.",
            "The payment was withdrawn in 1C. Refunded: 5000. Paid: 0 of 12200.",
        ),
        (
            "В 1С оплата 5000.00 от 01.02.2026, валюта движения не та, что у счёта.",
            "Payment in 1C: 5000.00 of 01.02.2026, the currency of the movement differs from the invoice's.",
        ),
        (
            "1С («trade»): оплата 5000 RUB № 12 от 01.02.2026. Осталось 7200.",
            "1C (“trade”): payment 5000 RUB № 12 of 01.02.2026. Left to pay: 7200.",
        ),
        (
            "артикул «A-1» у нескольких позиций 1С: «Монтаж, услуга», «Услуга (все)» и других",
            "article number “A-1” is shared by several 1C items: «Монтаж, услуга», «Услуга (все)» and others",
        ),
        (
            "Элемент «Документ» неполон; здесь ожидается Ид. Проведите документ в 1С.",
            "Element “Документ” is incomplete; expected here: Ид. Post the document in 1C.",
        ),
        (
            "Платёж 5000.00 по выписке банка, п/п 12 от 01.02.2026, подтвердил anna.",
            "Payment 5000.00 by bank statement, payment order 12 of 01.02.2026, confirmed by anna.",
        ),
        ("Разрешено", "Allowed"),
        ("Заказ отменён в 1С.", "The order is cancelled in 1C."),
        ("RUB (базовая), USD, EUR.", "RUB (base), USD, EUR."),
        ("не указана валюта.", "no currency is given."),
        (
            "Документ «A» не принят\nРазобран: anna. Причина: сумма",
            "Документ «A» не принят\nSettled: anna. Reason: сумма",
        ),
    ],
)
def test_a_reason_joined_of_pieces_is_told_piece_by_piece(stored: str, told: str) -> None:
    assert reasons.english(stored) == told


def test_an_exact_template_wins_and_a_telling_one_wins_over_a_vague_one() -> None:
    known = reasons.Catalogue(exact={"счёт 5 не найден": "exact"})
    known.floating = [
        reasons.template("{0} не найден в базе 1С", "{0} is not in the 1C base"),
        reasons.template("{0} не найден", "{0} not found"),
    ]
    known.starting = {"счёт": [reasons.template("счёт {0}", "invoice {0}")]}
    assert known.find("счёт 5 не найден.") == "exact."
    assert known.find("UNF-5 не найден в базе 1С") == "UNF-5 is not in the 1C base"
    assert known.find("счёт 6") is None
    assert known.find("счёт 6", vague=True) == "invoice 6"


@pytest.mark.parametrize(
    "text", ["Счёт 5: (оплата, «название, нет»; поле от номер ", "Элемент «а» ", "Строка 5: от ", "1С: "]
)
def test_a_text_made_to_be_looked_through_without_end_is_done_in_few_steps(text: str) -> None:
    """Full of marks, known beginnings and places, and one within another."""
    long = (text * reasons.LONGEST)[: reasons.LONGEST]
    reasons.english.cache_clear()
    assert len(reasons.english(long)) >= reasons.LONGEST / 2
    assert reasons.english.cache_info().misses < MOST_TEXTS


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("ООО «Ромашка»", "ООО «Ромашка»"),
        ("Ответ Битрикс24: Доступ запрещён", "Ответ Битрикс24: Доступ запрещён"),
        ("Счёт № 7 от 5 мая оплачен", "Счёт № 7 от 5 мая оплачен"),
        ("поле 5 заполнили", "поле 5 заполнили"),
        ("сумма в 1С 11 999,99", "сумма в 1С 11 999,99"),
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


def test_what_a_rehearsed_file_would_change_is_told_in_english(site: Site) -> None:
    path = next(one for one in pages(site.seeded) if one.endswith("/rehearsal"))
    assert "Оплата отозвана: 1С сообщала о ней раньше" in site.operator("ru").get(site.url(path), timeout=30).text
    page = site.operator("en").get(site.url(path), timeout=30).text
    assert "Оплата отозвана" not in page
    assert "The payment was withdrawn: 1C reported it earlier" in page
