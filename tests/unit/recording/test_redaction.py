"""Redaction keeps shape and consistency, and lets no name through."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerceml_bridge.commerceml.redaction import Redactor
from commerceml_bridge.commerceml.words import Words
from commerceml_bridge.domain.taxpayers import inn_fault

DOCUMENT = """<?xml version="1.0" encoding="{0}"?>
<КоммерческаяИнформация ВерсияСхемы="2.05" ДатаФормирования="2026-02-03T11:22:33">
  <Документ>
\t<Ид>firma-si-101</Ид><Номер>А-77</Номер><Дата>2026-02-01</Дата><Сумма>1200.00</Сумма>
    <Контрагенты><Контрагент><Ид>firma-co-7</Ид><Наименование>ООО &quot;Лютик&quot;</Наименование>
      <ИНН>7701234567</ИНН><КПП>770101001</КПП>
      <Адрес><Представление>Тверь, Лиственная 5</Представление></Адрес>
      <РасчетныйСчет><НомерСчета>40702810900000012345</НомерСчета>
        <Банк><Наименование>Банк Восход</Наименование><БИК>044525999</БИК></Банк></РасчетныйСчет>
      <Контакт><Тип>Почта</Тип><Значение>anna@lyutik.example</Значение></Контакт><Роль>Покупатель</Роль>
    </Контрагент></Контрагенты>
    <Комментарий>Звонить Анне Лютиковой</Комментарий>
    <Товары><Товар><Ид>5f0c4c1e-7d2b-11ee-9a41-00155d0a0b01</Ид><Наименование>Стол</Наименование>
      <Количество>2</Количество></Товар></Товары>
    <ЗначенияРеквизитов>
      <ЗначениеРеквизита><Наименование>Оплачен</Наименование><Значение>true</Значение></ЗначениеРеквизита>
      <ЗначениеРеквизита><Наименование>Статус заказа</Наименование><Значение>Принят</Значение></ЗначениеРеквизита>
      <ЗначениеРеквизита><Наименование>Куратор</Наименование><Значение>Лютикова</Значение></ЗначениеРеквизита>
    </ЗначенияРеквизитов>
  </Документ>
</КоммерческаяИнформация>
"""
PERSONAL = ("firma", "Лютик", "7701234567", "770101001", "Тверь", "Лиственная", "40702810900000012345", "anna", "Анне")
KEPT = (
    *("А-77", "2026-02-01", "1200.00", "044525999", "Банк Восход", "ООО &quot;", "<Роль>Покупатель</Роль>"),
    *("<Тип>Почта</Тип>", "Стол", "5f0c4c1e-7d2b-11ee-9a41-00155d0a0b01", "true", "Принят", "-si-101</Ид>"),
)
ENCODINGS = [("windows-1251", "cp1251", b""), ("UTF-8", "utf-8", b""), ("UTF-8", "utf-8", b"\xef\xbb\xbf")]


@pytest.mark.parametrize(("declared", "codec", "bom"), [*ENCODINGS, ("UTF-16", "utf-16-le", b"\xff\xfe")])
def test_people_and_firms_go_and_the_rest_stays_to_the_byte(declared: str, codec: str, bom: bytes) -> None:
    body = bom + DOCUMENT.format(declared).encode(codec)
    redacted = Redactor("firma").file(body)
    assert len(redacted) == len(body)
    assert redacted.startswith(bom)
    text = redacted.removeprefix(bom).decode(codec)
    assert [word for word in PERSONAL if word in text] == []
    assert [word for word in KEPT if word not in text] == []
    assert shape(text) == shape(DOCUMENT.format(declared))


def shape(text: str) -> list[str]:
    """Markup, blanks and punctuation."""
    return re.findall(r"<[^>]*>|\s+|[^\w\s<>]", text)


def test_the_same_word_is_replaced_alike_in_every_file_and_answer() -> None:
    redactor = Redactor("firma")
    first = redactor.file(_inn("7701234567", "utf-8"))
    second = redactor.file(_inn("7701234567", "cp1251"))
    new = re.findall(r"<ИНН>(\d+)<", first.decode())
    assert new == re.findall(r"<ИНН>(\d+)<", second.decode("cp1251"))
    assert redactor.answer("не найден ИНН 7701234567") == f"не найден ИНН {new[0]}"
    assert redactor.value("Лютик") == redactor.value("Лютик") != redactor.value("Пион")


def _inn(inn: str, codec: str) -> bytes:
    return f"<КоммерческаяИнформация ><ИНН>{inn}</ИНН></КоммерческаяИнформация>".encode(codec)


def test_two_recordings_do_not_share_replacements() -> None:
    assert Redactor("firma").value("Лютикова") != Redactor("firma").value("Лютикова")
    assert Redactor("firma", b"k").value("Лютикова") == Redactor("firma", b"k").value("Лютикова")


@pytest.mark.parametrize("cut", [1, 40, 200, 431, 700, 900, 1200])
def test_a_file_that_breaks_off_anywhere_is_redacted_too(cut: int) -> None:
    body = DOCUMENT.format("UTF-8").encode()[:-cut]
    redacted = Redactor("firma").file(body)
    assert len(redacted) == len(body)
    assert [word for word in PERSONAL if word.encode() in redacted] == []


@pytest.mark.parametrize(
    "broken",
    [
        DOCUMENT.replace("</Наименование>\n      <ИНН>", " < & >\n      <ИНН>"),
        DOCUMENT.replace("<ИНН>", "</Нет><ИНН>"),
        DOCUMENT.replace("<КПП>770101001</КПП>", "<КПП><![CDATA[770101001]]></КПП><!-- Лютик, 770101001 -->"),
        DOCUMENT.replace("<?xml version", "<!DOCTYPE x><?xml version") + "Лютик после конца",
        DOCUMENT.replace("<Контакт>", '<Контакт имя="Лютик" Тип="Почта">'),
    ],
)
def test_a_file_that_is_not_well_formed_is_redacted_too(broken: str) -> None:
    redacted = Redactor("firma").file(broken.format("UTF-8").encode()).decode()
    assert [word for word in PERSONAL if word in redacted] == []
    assert "1200.00" in redacted


def test_what_cannot_be_decoded_is_not_shown() -> None:
    body = DOCUMENT.format("UTF-8").encode().replace(b"7701234567", b"77\xe0\xe1\xe2\xff")
    redacted = Redactor("firma").file(body)
    assert len(redacted) == len(body)
    assert b"\xe0\xe1\xe2" not in redacted
    with pytest.raises(UnicodeDecodeError):
        redacted.decode()


def test_a_file_that_is_no_text_is_withheld() -> None:
    assert Redactor("firma").file(b"PK\x03\x04\0\0secret") == bytes(12)
    assert b"secret" not in Redactor("firma").file(b"a secret letter")


def test_our_own_remark_in_a_comment_stays() -> None:
    redacted = Redactor("firma").comment("Счёт № Б/2026 от 01.02.2026\nЗвонить Анне")
    first, _, second = redacted.partition("\n")
    assert first == "Счёт № Б/2026 от 01.02.2026"
    assert "Анне" not in second
    assert len(second) == len("Звонить Анне")


def test_a_title_is_hidden_where_it_is_a_name_of_goods() -> None:
    redactor = Redactor("firma")
    redactor.plant_title('Счёт для "Лютика"')
    body = "<КоммерческаяИнформация ><Товар><Наименование>Счёт для &quot;Лютика&quot;</Наименование></Товар>"
    assert "Лютика" not in redactor.file(body.encode()).decode()


def test_ids_made_of_names_follow_the_names() -> None:
    redactor = Redactor("firma")
    new = redactor.new_portal_code
    assert new != "firma"
    redactor.plant_id("firma-x-0123456789ab", f"{new}-x-ba9876543210")
    assert redactor.ids("firma-x-0123456789ab; firma-si-4; myfirma-si-4") == (
        f"{new}-x-ba9876543210; {new}-si-4; myfirma-si-4"
    )
    assert redactor.ids("firma-x-aaaaaaaaaaaa") != f"{new}-x-aaaaaaaaaaaa"
    with pytest.raises(ValueError, match="same length"):
        redactor.plant_id("firma-co-1", "firma-co-12")


def test_numbers_of_documents_stay_in_answers_and_long_ones_go() -> None:
    answer = Redactor("firma").answer("№ 00000000123: телефон 89161234567, почта anna@lyutik.example")
    assert "00000000123" in answer
    assert "89161234567" not in answer
    assert "lyutik" not in answer


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_any_text_keeps_its_length_in_every_encoding(text: str) -> None:
    replaced = Words(b"key").replace(text)
    assert len(replaced.encode()) == len(text.encode())
    assert len(replaced.encode("utf-16-le")) == len(text.encode("utf-16-le"))
    assert len(replaced.encode("cp1251", "xmlcharrefreplace")) == len(text.encode("cp1251", "xmlcharrefreplace"))


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="&<>\0"), max_size=60))
def test_replacing_and_writing_as_references_can_be_exchanged(text: str) -> None:
    words = Words(b"key")
    written = text.encode("cp1251", "xmlcharrefreplace").decode("cp1251")
    assert words.replace(written).encode("cp1251") == words.replace(text).encode("cp1251", "xmlcharrefreplace")


@given(st.binary(max_size=300))
def test_any_bytes_keep_their_length(body: bytes) -> None:
    assert len(Redactor("firma").file(body)) == len(body)


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("ООО Лютик", r"ООО [А-Я][а-я]{4}"),
        ("Анна-Мария", r"[А-Я][а-я]{3}-[А-Я][а-я]{4}"),
        ("+7 (916) 123-45-67", r"\+7 \([1-9]\d\d\) [1-9]\d\d-[1-9]\d-[1-9]\d"),
        ("&#1178;аза&#x49B; &amp; Co&#171;", r"&#1[34]\d\d;[а-я]{3}&#x5[0-9A-F]{2}; &amp; [A-Z][a-z]&#171;"),
        ("№ 5", "№ 5"),
    ],
)
def test_replacements_are_of_the_same_kind(text: str, like: str) -> None:
    replaced = Words(b"key").replace(text)
    assert re.fullmatch(like, replaced), replaced
    assert len(replaced) == len(text)


def test_invented_tax_numbers_are_as_right_or_wrong_as_the_real_ones() -> None:
    words = Words(b"key")
    for real in ("7707083893", "500100732259", "7707083890", "0000000000"):
        invented = words.replace(real)
        assert len(invented) == len(real)
        assert bool(inn_fault(invented)) == bool(inn_fault(real)), real
    assert words.replace("7707083893") != "7707083893"


def test_our_own_words_in_a_comment_stay_and_the_person_is_hidden() -> None:
    hidden = Redactor("acme", b"key").comment("Позвонить\nКонтактное лицо: Пётр Иванов")
    assert "Контактное лицо: " in hidden
    assert "Иванов" not in hidden
    assert "Позвонить" not in hidden
