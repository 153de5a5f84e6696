"""Validation of what we serve and of files on the command line."""

from __future__ import annotations

import io
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from commerceml_bridge.commerceml.dialects import dialect_for
from commerceml_bridge.commerceml.schemas import Profile
from commerceml_bridge.commerceml.validation import Level, exit_status, validate_file, validate_outgoing
from commerceml_bridge.commerceml.validation_messages import in_russian
from commerceml_bridge.commerceml.writer import render_document
from commerceml_bridge.domain.documents import Encoding, Form
from tests.unit.commerceml.reading import FIXTURES
from tests.unit.commerceml.samples import COMPANY, goldens, goods, invoice

OUT = {"2.05": Profile.OUT_BARE, "2.10": Profile.OUT_2_10, "3.1": Profile.OUT_3_1}


def body(form: Form = Form.BARE, changes: dict[str, object] | None = None) -> str:
    return render_document(invoice(**(changes or {})), dialect_for(form, None), Encoding.UTF8).decode()


@pytest.mark.parametrize("path", sorted(goldens()), ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_every_golden_file_is_valid_and_its_profile_is_found_by_structure(path: Path) -> None:
    report = validate_file(path)
    assert (report.problems, report.status) == ((), 0)
    # an answer without documents fits every profile, so the tolerant one is taken
    assert report.profile is (OUT[path.parts[-3]] if report.documents else Profile.IN)
    assert validate_file(path, OUT[path.parts[-3]]).status == 0


@pytest.mark.parametrize(
    "path", sorted(FIXTURES.glob("*/incoming/*.xml")), ids=lambda path: f"{path.parts[-3]}-{path.stem}"
)
def test_every_incoming_fixture_is_readable_and_usable_by_the_tolerant_schema(path: Path) -> None:
    report = validate_file(path)
    expected = 1 if "broken" in path.stem else 0
    assert (report.readable, report.status) == (True, expected), report.problems
    assert report.profile is Profile.IN or report.documents


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("001-no-identity", 1),
        ("002-amount-is-no-number", 1),
        ("003-doctype-with-entities", 2),
        ("004-tag-never-closed", 2),
        ("005-cut-off", 2),
        ("006-another-root", 2),
        ("007-declaration-twice", 2),
        ("008-undefined-entity", 2),
        ("009-not-xml", 2),
        ("010-wrong-byte", 2),
        ("011-unknown-encoding", 2),
        ("012-control-character", 2),
        ("013-ours-in-wrong-order-and-empty", 1),
        ("014-ours-with-a-stranger-under-the-root", 1),
    ],
)
def test_an_invalid_fixture_has_its_exit_status_and_says_why_in_russian(name: str, status: int) -> None:
    report = validate_file(FIXTURES / "invalid" / f"{name}.xml")
    assert report.status == status
    errors = [problem for problem in report.problems if problem.level is Level.ERROR]
    assert errors
    assert all(problem.message.endswith(".") and problem.file == report.file for problem in errors)


def test_problems_have_line_and_path() -> None:
    report = validate_file(FIXTURES / "invalid/013-ours-in-wrong-order-and-empty.xml")
    assert report.profile is Profile.OUT_BARE
    assert [(problem.line, problem.path.removeprefix("/КоммерческаяИнформация")) for problem in report.problems] == [
        (11, "/Документ[1]/Сумма"),
        (15, "/Документ[1]/Контрагенты/Контрагент/Роль"),
        (80, "/Документ[1]/Товары/Товар[1]/Артикул"),
    ]


def test_a_stranger_under_the_root_and_a_bare_date_are_found() -> None:
    report = validate_file(FIXTURES / "invalid/014-ours-with-a-stranger-under-the-root.xml")
    assert {problem.message for problem in report.problems} == {
        "Элемент «Реклама» лишний или стоит не на своём месте; здесь ожидается Документ.",
        "Атрибут «ДатаФормирования» элемента «КоммерческаяИнформация» имеет значение «2026-03-05», "
        "а нужны дата и время вида 2026-03-05T09:05:07.",
    }


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("<Дата>2026-03-05</Дата>\n", "", "«ХозОперация» лишний или стоит не на своём месте; здесь ожидается Дата"),
        ("<Сумма>4800.00<", "<Сумма>4800,00<", "«Сумма» имеет значение «4800,00», а нужна сумма"),
        ("<Роль>Продавец<", "<Роль>Комитент<", "«Роль» имеет значение «Комитент»"),
        ("<Артикул>ВВГ-1<", "<Артикул><", "«Артикул» пуст"),
        ('Код="796"', 'Код="796 "', "Атрибут «Код» элемента «БазоваяЕдиница»"),
        ('Код="796"', 'Цвет="1"', "Атрибут «Цвет» элемента «БазоваяЕдиница» лишний"),
        ("<Роль>Покупатель</Роль>\n", "", "«Контрагент» неполон; здесь ожидается Роль"),
        ("<Номер>101", "<Номер><b/>101", "«Номер» содержит элементы"),
        ("<Товары>", "<Товары>x", "«Товары» содержит текст"),
        ("<Комментарий>", "<Комментарий>" + "я" * 3000, "«Комментарий» длиннее 3000 знаков"),
        ("</Документ>", "<Оплаты/></Документ>", "«Оплаты» лишний"),
        ("<Документ>", "<Документ", "не читается как XML"),
    ],
)
def test_one_flaw_is_one_plain_sentence(old: str, new: str, says: str) -> None:
    text = body()
    assert old in text
    problems = validate_outgoing(text.replace(old, new, 1).encode(), Form.BARE, Encoding.UTF8)
    assert len({problem.path for problem in problems}) == 1
    assert says in problems[0].message
    assert problems[0].level is Level.ERROR


def test_another_name_of_the_currency_is_a_warning_because_a_node_may_choose_it() -> None:
    problems = validate_outgoing(body(changes={"currency": "руб."}).encode(), Form.BARE, Encoding.UTF8)
    assert [(problem.level, problem.path) for problem in problems] == [(Level.WARNING, "/Документ/Валюта")]


@pytest.mark.parametrize(
    "changes",
    [
        {"counterparty": replace(COMPANY, inn="770")},
        {"counterparty": replace(COMPANY, kpp="7707")},
        {"lines": (replace(goods(), unit=replace(goods().unit, code="шт")),)},
    ],
)
def test_codes_out_of_shape_are_written_as_given_and_caught_here(changes: dict[str, object]) -> None:
    assert validate_outgoing(body(changes=changes).encode(), Form.BARE, Encoding.UTF8)


def test_a_document_of_one_form_is_not_valid_as_another() -> None:
    container = body(Form.CONTAINER).encode()
    assert validate_outgoing(container, Form.CONTAINER, Encoding.UTF8) == []
    assert validate_outgoing(container, Form.BARE, Encoding.UTF8)
    assert validate_outgoing(body().encode(), Form.CONTAINER, Encoding.UTF8)


def test_validation_works_in_threads() -> None:
    good, bad = body().encode(), body().replace("Продавец", "x").encode()
    wrong: list[str] = []

    def work(document: bytes, valid: bool) -> None:
        for _ in range(50):
            if (validate_outgoing(document, Form.BARE, Encoding.UTF8) == []) is not valid:
                wrong.append("mixed up")

    threads = [threading.Thread(target=work, args=pair) for pair in ((good, True), (bad, False)) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_zip_and_a_stream_are_validated_member_by_member() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.write(FIXTURES / "3.1/incoming/001-order-payments-shipment.xml", "good.xml")
        archive.write(FIXTURES / "invalid/002-amount-is-no-number.xml", "bad.xml")
    report = validate_file(io.BytesIO(buffer.getvalue()), name="upload.zip")
    assert (report.status, report.documents) == (1, 6)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("page.xml", "<html/>")
        archive.write(FIXTURES / "3.1/incoming/001-order-payments-shipment.xml", "good too.xml")
    more = validate_file(io.BytesIO(buffer.getvalue()), name="upload.zip")
    assert (more.status, more.documents) == (2, 10)
    assert {problem.file for problem in more.problems} == {"upload.zip!bad.xml", "upload.zip!page.xml"}
    assert {problem.file for problem in report.problems} == {"upload.zip!bad.xml"}
    assert "«12 рублей» не число" in report.problems[0].message


def test_warnings_do_not_make_a_file_invalid() -> None:
    report = validate_file(FIXTURES / "2.05/incoming/010-dates-in-odd-shapes.xml")
    assert report.status == 0
    assert {problem.message for problem in report.problems} >= {
        "Время: «25:00:00» не время.",
        "СрокПлатежа: «завтра» не дата.",
    }


def test_a_missing_file_is_unreadable_and_the_worst_status_wins(tmp_path: Path) -> None:
    missing = validate_file(tmp_path / "nothing.xml")
    good = validate_file(sorted(goldens())[0])
    assert (missing.status, missing.problems[0].message) == (2, "Такого файла нет.")
    assert exit_status([good, missing]) == 2
    assert exit_status([good]) == exit_status([]) == 0


def test_a_complaint_nobody_knows_is_told_without_guessing() -> None:
    assert in_russian("Element 'X': something new") == "Элемент «X» не соответствует схеме."
    assert in_russian("anything") == "Документ не соответствует схеме."


def catalogue(items: str, version: str = "2.07") -> bytes:
    return (
        f'<КоммерческаяИнформация xmlns="urn:1C.ru:commerceml_2" ВерсияСхемы="{version}"'
        ' ДатаФормирования="2026-03-05T09:05:07">\n<Каталог>\n<Ид>1</Ид>\n<Наименование>К</Наименование>\n<Владелец>'
        "<ОфициальноеНаименование>Мы</ОфициальноеНаименование></Владелец>\n"
        f"<Товары>\n{items}</Товары>\n</Каталог>\n</КоммерческаяИнформация>\n"
    ).encode()


ITEM = "<Товар>\n<Ид>1</Ид>\n<Наименование>Стул</Наименование>\n<БазоваяЕдиница>шт</БазоваяЕдиница>\n</Товар>\n"


def test_a_catalogue_is_judged_item_by_item_with_line_and_path_in_the_file() -> None:
    wrong = ITEM.replace("<Наименование>Стул</Наименование>\n", "")
    report = validate_file(io.BytesIO(catalogue(ITEM * 70_000 + wrong + ITEM)), Profile.V2_07)
    assert [(problem.line, problem.path) for problem in report.problems] == [
        (6 + 5 * 70_000 + 3, "/КоммерческаяИнформация/Каталог[1]/Товары/Товар[70001]/БазоваяЕдиница")
    ]


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ("", "«Товары» неполон; здесь ожидается Товар"),
        (ITEM + "стулья" + ITEM * 3, "«Товары» содержит текст"),
        (ITEM * 3 + "<Реклама/>" + ITEM, "«Реклама» лишний"),
    ],
)
def test_what_holds_the_items_is_judged_too(items: str, says: str) -> None:
    report = validate_file(io.BytesIO(catalogue(items)), Profile.V2_07)
    assert report.status == 1
    assert says in report.problems[0].message
    assert report.problems[0].path.startswith("/КоммерческаяИнформация/Каталог[1]/Товары")


def test_a_file_that_breaks_in_every_line_says_so_a_thousand_times_and_counts_the_rest() -> None:
    report = validate_file(io.BytesIO(catalogue(ITEM.replace(">1<", "><Б/><") * 1200)), Profile.V2_07)
    assert (len(report.problems), report.untold, report.status) == (1000, 200, 1)


def test_the_tolerant_profile_says_what_cannot_be_used_of_a_catalogue_as_a_remark() -> None:
    nameless = "<Товар><Ид/><Вес>тяжёлый</Вес><Новинка/></Товар>"
    report = validate_file(io.BytesIO(catalogue(ITEM + nameless)), Profile.IN)
    assert report.status == 0
    assert [problem.message for problem in report.problems] == [
        "Элемент «Товар» нельзя опознать: нет ни Ид, ни штрихкода, ни артикула, ни наименования.",
        "Элемент «Вес» имеет значение неверного вида: «тяжёлый».",
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1251"])
def test_versions_judge_files_of_every_encoding(encoding: str) -> None:
    declared = {"cp1251": "windows-1251", "utf-16": "UTF-16"}.get(encoding, "UTF-8")
    text = f'<?xml version="1.0" encoding="{declared}"?>\n' + catalogue(ITEM).decode()
    assert validate_file(io.BytesIO(text.encode(encoding)), Profile.V2_07).problems == ()


def test_a_report_counts_documents_items_and_offers(tmp_path: Path) -> None:
    body = (
        "<Контейнер><Документ><Ид>1</Ид></Документ><Документ><Ид>2</Ид></Документ></Контейнер><Контейнер/>"
        "<Каталог><Товары><Товар><Ид>a</Ид></Товар><Товар><Ид>b</Ид></Товар></Товары></Каталог>"
        "<ПакетПредложений><Предложения><Предложение><Ид>a</Ид></Предложение></Предложения></ПакетПредложений>"
    )
    file = tmp_path / "x.xml"
    file.write_text(f"<КоммерческаяИнформация>{body}</КоммерческаяИнформация>", "utf-8")
    report = validate_file(file, Profile.IN)
    assert (report.documents, report.items, report.offers) == (2, 2, 1)
    assert "папка" in validate_file(tmp_path).problems[0].message
