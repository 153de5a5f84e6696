"""The client-bank file: code pages, sections, broken files (facts: 1c-odata-payments §5)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from commerceml_bridge.domain.bank_file import Direction, read_statement
from commerceml_bridge.errors import StatementInvalid

OURS, THEIRS = "40702810900000000001", "40702810900000000777"


def document(**changes: str) -> str:
    values = {
        "Номер": "457",
        "Дата": "06.03.2026",
        "Сумма": "1200.00",
        "ДатаПоступило": "06.03.2026",
        "ПлательщикСчет": THEIRS,
        "Плательщик": "ИНН 7707083893 ООО Ромашка",
        "Плательщик1": "ООО Ромашка",
        "ПлательщикИНН": "7707083893",
        "ПлательщикКПП": "770701001",
        "ПолучательСчет": OURS,
        "ПолучательИНН": "7728168971",
        "НазначениеПлатежа": "Оплата по счету № 11 от 05.03.2026",
    } | {key.replace("_", ""): value for key, value in changes.items()}
    body = "\r\n".join(f"{key}={value}" for key, value in values.items())
    return f"СекцияДокумент=Платежное поручение\r\n{body}\r\nКонецДокумента\r\n"


def file(*documents: str, charset: str = "Windows", end: str = "КонецФайла\r\n") -> str:
    head = f"1CClientBankExchange\r\nВерсияФормата=1.03\r\nКодировка={charset}\r\nДатаНачала=01.03.2026\r\n"
    head += f"ДатаКонца=06.03.2026\r\nРасчСчет={OURS}\r\n"
    head += f"СекцияРасчСчет\r\nДатаНачала=01.03.2026\r\nРасчСчет={OURS}\r\nНачальныйОстаток=0\r\nКонецРасчСчет\r\n"
    return head + "".join(documents) + end


@pytest.mark.parametrize(
    ("charset", "codec", "read_as"),
    [
        ("Windows", "cp1251", "cp1251"),
        ("DOS", "cp866", "cp866"),
        ("UTF-8", "utf-8", "utf-8"),
        ("Windows", "utf-8-sig", "utf-8"),
        ("DOS", "cp1251", "cp1251"),  # declared wrongly: the words that can be read decide
        ("Windows", "utf-16", "utf-16"),
    ],
)
def test_the_code_page_is_the_one_that_reads(charset: str, codec: str, read_as: str) -> None:
    found = read_statement(file(document(), charset=charset).encode(codec))
    assert found.code_page == read_as
    (one,) = found.documents
    assert (one.payer, one.payer_inn, one.amount) == ("ООО Ромашка", "7707083893", Decimal("1200.00"))
    assert (one.direction, one.booked_on) == (Direction.INCOMING, dt.date(2026, 3, 6))
    assert (found.accounts, found.since) == ((OURS,), dt.date(2026, 3, 1))


def one(**changes: str) -> object:
    return read_statement(file(document(**changes)).encode("cp1251")).documents[0]


@pytest.mark.parametrize(
    ("changes", "direction"),
    [
        ({}, Direction.INCOMING),
        (
            {"ПлательщикСчет": OURS, "ПолучательСчет": THEIRS, "ДатаПоступило": "", "ДатаСписано": "06.03.2026"},
            Direction.OUTGOING,
        ),
        ({"ПлательщикСчет": OURS}, Direction.INTERNAL),
        ({"ПолучательСчет": "1"}, Direction.INCOMING),
        ({"ПолучательСчет": "1", "ДатаПоступило": ""}, Direction.UNKNOWN),
    ],
)
def test_the_direction_follows_from_our_own_accounts(changes: dict[str, str], direction: Direction) -> None:
    assert one(**changes).direction is direction  # type: ignore[attr-defined]


@pytest.mark.parametrize(("written", "amount"), [("1200", "1200.00"), ("1 200,5", "1200.50"), ("0.01", "0.01")])
def test_sums_in_every_spelling(written: str, amount: str) -> None:
    assert one(Сумма=written).amount == Decimal(amount)  # type: ignore[attr-defined]


def test_a_long_purpose_in_numbered_or_broken_lines_is_joined() -> None:
    text = document(НазначениеПлатежа="").replace(
        "НазначениеПлатежа=", "НазначениеПлатежа1=Оплата\r\nНазначениеПлатежа2=по счету\r\nбез НДС"
    )
    assert read_statement(file(text).encode("cp1251")).documents[0].purpose == "Оплата по счету без НДС"


def test_keys_are_read_in_any_case() -> None:
    text = file(document()).replace("СекцияДокумент", "СЕКЦИЯДОКУМЕНТ").replace("Сумма", "СУММА")
    assert len(read_statement(text.encode("cp1251")).documents) == 1


def test_one_unreadable_document_is_named_by_its_line_and_spares_the_others() -> None:
    found = read_statement(file(document(Сумма="много"), document(Дата="32.13.2026"), document()).encode("cp1251"))
    assert len(found.documents) == 1
    assert [line for line, _ in found.problems] == [12, 26]
    assert "много" in found.problems[0][1]


@pytest.mark.parametrize(
    ("body", "line", "says"),
    [
        ("", 1, "1CClientBankExchange"),
        ("%PDF-1.4", 1, "1CClientBankExchange"),
        (file(document(), end="").replace("КонецДокумента\r\n", ""), 24, "не закончен"),
        (file(document().replace("КонецДокумента\r\n", ""), document()), 25, "не закончен"),
        (file("КонецДокумента\r\n"), 12, "испорчен"),
    ],
)
def test_a_broken_file_is_refused_with_the_line(body: str, line: int, says: str) -> None:
    with pytest.raises(StatementInvalid) as caught:
        read_statement(body.encode("cp1251"))
    assert caught.value.line == line
    assert says in caught.value.message


def test_a_file_without_an_end_is_read_and_doubted() -> None:
    found = read_statement(file(document(), end="").encode("cp1251"))
    assert len(found.documents) == 1
    assert "КонецФайла" in found.problems[0][1]


def test_the_same_document_of_the_bank_has_the_same_fingerprint_in_any_file() -> None:
    first = read_statement(file(document()).encode("cp1251")).documents[0]
    second = read_statement(file(document(Номер="458"), document(НазначениеПлатежа="иначе")).encode("cp866")).documents
    assert first.fingerprint == second[1].fingerprint != second[0].fingerprint


def test_the_inn_before_the_name_counts_where_its_field_is_empty() -> None:
    body = file(document(ПлательщикИНН="", Плательщик1="")).encode("cp1251")
    (one,) = read_statement(body).documents
    assert (one.payer, one.payer_inn) == ("ООО Ромашка", "7707083893")
