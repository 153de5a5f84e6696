"""What 1C returns (decisions 20–23): each document alone, repeats change nothing, absence changes nothing."""

from __future__ import annotations

import io
import json
import re
import zipfile
from decimal import Decimal

import pytest

from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain.invoices import Invoice
from commerceml_bridge.errors import ProtocolError
from commerceml_bridge.services import nodes, receiving
from commerceml_bridge.services.jobs import WRITEBACK
from tests.integration.office import PAID, Office, file_of, returned


@pytest.fixture
def bills(office: Office) -> list[Invoice]:
    """Three invoices, delivered to ``base``."""
    node = office.node()
    made = [office.bill(number) for number in ("101", "102", "103")]
    office.exchange(node)
    return made


def node_of(office: Office) -> NodeRow:
    return nodes.by_name(office.bridge, "base")


def test_a_paid_invoice_is_queued_for_bitrix24_once(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    body = file_of(returned("101", requisites=PAID))
    for _ in range(3):
        assert office.post(node, body).ok
    assert office.jobs() == ["pending"]
    row = office.consignment(node, bills[0])
    assert (row.payment, row.onec_number) == ("paid", "УТ-101")
    assert row.verified_at is not None


def test_absence_of_a_payment_changes_nothing(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    office.post(node, file_of(returned("101", requisites=PAID)))
    office.post(node, file_of(returned("101"), formed_at="2026-03-07T12:00:00"))
    assert office.consignment(node, bills[0]).payment == "paid"


@pytest.mark.parametrize(
    ("requisites", "total", "payment"),
    [
        pytest.param({"Дата оплаты по 1С": "T"}, "1200.00", "", id="буква T"),
        pytest.param({"Дата оплаты по 1С": "Т"}, "1200.00", "", id="русская Т"),
        pytest.param({"Дата оплаты по 1С": ""}, "1200.00", "", id="пустая дата"),
        pytest.param({"Дата оплаты по 1С": "0001-01-01"}, "1200.00", "", id="пустая дата 1С"),
        pytest.param({"Дата оплаты по 1С": "T"}, "0.00", "cancelled", id="сумма 0"),
        pytest.param(PAID | {"ПометкаУдаления": "true"}, "1200.00", "deleted", id="помечен на удаление"),
        pytest.param(PAID | {"Проведен": "false"}, "1200.00", "unposted", id="не проведён"),
        pytest.param({"Дата оплаты по 1С": "2026-03-06T9:51:39"}, "1200.00", "paid", id="час без нуля"),
    ],
)
def test_only_a_certain_payment_is_written(
    office: Office, bills: list[Invoice], requisites: dict[str, str], total: str, payment: str
) -> None:
    node = node_of(office)
    assert office.post(node, file_of(returned("101", requisites=requisites, total=total))).ok
    assert office.consignment(node, bills[0]).payment == payment
    assert office.jobs() == (["pending"] if payment == "paid" else [])


def test_a_bad_document_is_quarantined_and_the_rest_proceeds(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    reply = office.post(
        node,
        file_of(
            returned("101", total="одна тысяча", requisites=PAID),
            returned("777", requisites=PAID),
            returned("102", requisites=PAID),
        ),
    )
    assert reply.ok
    assert len(reply.lines) == 2  # the order nobody sent is information
    assert office.jobs() == ["pending"]
    assert office.counts(node).quarantined == 1


def test_a_second_1c_document_for_one_number_is_quarantined(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    office.post(node, file_of(returned("101", guid="11111111-1111-1111-1111-111111111111")))
    office.post(node, file_of(returned("101", guid="22222222-2222-2222-2222-222222222222", requisites=PAID)))
    assert office.jobs() == []
    assert office.counts(node).quarantined == 1


def test_two_documents_for_one_number_in_one_file_do_not_both_count(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    first = returned("101", guid="11111111-1111-1111-1111-111111111111")
    second = returned("101", guid="22222222-2222-2222-2222-222222222222", requisites=PAID)
    office.post(node, file_of(first, second))
    assert office.jobs() == []
    assert office.counts(node).quarantined == 1


def test_an_older_file_does_not_overwrite_a_newer_one(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    unpaid = returned("101", requisites={"Оплачен": "false"})
    office.post(node, file_of(unpaid, formed_at="2026-03-07T12:00:00"))
    office.post(node, file_of(returned("101", requisites=PAID), formed_at="2026-03-06T12:00:00"))
    assert office.jobs() == []
    assert office.consignment(node, bills[0]).payment == ""


def test_an_older_file_that_comes_late_adds_what_no_newer_word_denied(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    office.post(node, file_of(returned("101"), formed_at="2026-03-07T12:00:00"))
    office.post(node, file_of(returned("101", requisites=PAID), formed_at="2026-03-06T12:00:00"))
    assert office.consignment(node, bills[0]).payment == "paid"
    assert office.jobs() == ["pending"]


def test_contradicting_bases_write_nothing(office: Office, bills: list[Invoice]) -> None:
    first = node_of(office)
    second = office.node("second")
    office.exchange(second)
    office.post(second, file_of(returned("101", requisites={"ПометкаУдаления": "true"})))
    office.post(first, file_of(returned("101", requisites=PAID)))
    assert office.jobs() == []


def test_a_file_in_parts_is_processed_with_its_last_part(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    body = file_of(returned("101", requisites=PAID), returned("102", requisites=PAID))
    caller = office.session(node)
    thirds = [body[: len(body) // 3], body[len(body) // 3 : -7], body[-7:]]
    for number, part in enumerate(thirds, start=1):
        reply = receiving.receive(office.bridge, caller, exchange_type="sale", filename="orders.xml", body=iter([part]))
        assert reply.ok
        assert len(office.jobs()) == (2 if number == 3 else 0)


def test_import_reports_again_and_changes_nothing(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    caller = office.session(node)
    body = file_of(returned("777"), returned("102", requisites=PAID))
    said = receiving.receive(office.bridge, caller, exchange_type="sale", filename="orders.xml", body=iter([body]))
    again = receiving.report(office.bridge, caller, exchange_type="sale", filename="orders.xml")
    assert (again.ok, again.lines) == (said.ok, said.lines)
    assert office.jobs() == ["pending"]
    with pytest.raises(ProtocolError):
        receiving.report(office.bridge, office.session(office.node("other")), exchange_type="sale", filename="x.xml")


def test_an_incomplete_file_is_accepted_and_quarantined_at_the_next_checkauth(
    office: Office, bills: list[Invoice]
) -> None:
    node = node_of(office)
    assert office.post(node, file_of(returned("101", requisites=PAID))[:-20]).ok
    assert office.counts(node).quarantined == 0
    assert office.jobs() == []
    office.session(node)
    assert office.counts(node).quarantined == 1
    assert office.jobs() == ["pending"], "its complete documents count"


def test_a_malformed_file_fails_and_its_good_documents_count(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    body = file_of(returned("101", requisites=PAID)).replace(
        "</КоммерческаяИнформация>".encode(), "<Документ></Ид></КоммерческаяИнформация>".encode()
    )
    reply = office.post(node, body)
    assert not reply.ok
    assert office.jobs() == ["pending"]
    assert office.counts(node).quarantined == 1


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"hello", id="не XML"),
        pytest.param(b"<html><body>no</body></html>", id="HTML"),
        pytest.param(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', id="DTD"),
    ],
)
def test_what_is_not_an_exchange_file_fails_and_is_kept(office: Office, bills: list[Invoice], body: bytes) -> None:
    node = node_of(office)
    reply = office.post(node, body)
    assert not reply.ok
    assert reply.lines
    assert office.counts(node).quarantined == 1


def test_an_empty_body_and_a_missing_name_are_refused(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    with pytest.raises(ProtocolError):
        office.post(node, b"")
    with pytest.raises(ProtocolError):
        office.post(node, b"<a/>", filename="../..")


def test_a_zip_is_read_and_imported_by_the_name_inside(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders-1.xml", file_of(returned("101", requisites=PAID)))
    caller = office.session(node)
    said = receiving.receive(
        office.bridge, caller, exchange_type="sale", filename="v8_1.zip", body=iter([packed.getvalue()])
    )
    assert said.ok
    assert receiving.report(office.bridge, caller, exchange_type="sale", filename="orders-1.xml").ok
    assert office.jobs() == ["pending"]


def test_a_broken_file_of_a_zip_does_not_keep_back_the_others(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    packed = io.BytesIO()
    parties = "<Контрагенты><Контрагент><Ид>g-7</Ид><Наименование>ООО</Наименование></Контрагент></Контрагенты>"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders-1.xml", file_of(returned("101", requisites=PAID))[:-30])
        archive.writestr("other.xml", "<html/>")
        archive.writestr("contragents.xml", file_of(parties))
        archive.writestr("orders-2.xml", file_of(returned("102", requisites=PAID)))
    said = office.post(node, packed.getvalue(), filename="v8_1.zip")
    assert (said.ok, said.code) == (False, "incomplete")
    assert [office.consignment(node, bill).payment for bill in bills] == ["paid", "paid", ""]
    with office.bridge.db.read() as uow:
        known = uow.connection.exec_driver_sql("SELECT onec_id FROM onec_party").scalars().all()
    assert list(known) == ["g-7"]


def test_whole_documents_of_a_file_cut_off_are_taken_at_the_next_session(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    body = file_of(returned("101", requisites=PAID), returned("102", requisites=PAID))
    assert office.post(node, body[:-200]).ok
    assert office.jobs() == []
    office.session(node)  # checkauth
    assert [office.consignment(node, bill).payment for bill in bills] == ["paid", "", ""]
    with office.bridge.db.read() as uow:
        kept = uow.uploads.latest(node.id, "sale", filename="orders.xml")
    assert kept is not None
    assert (kept.state, kept.code) == ("quarantined", "incomplete")
    assert kept.error.startswith("Файл orders.xml получен не полностью")


def test_a_long_file_with_a_remark_behind_its_root_is_read_when_1c_asks(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    long = "<Документ><Ид>чужой</Ид><Номер>77</Номер>" + "<Комментарий>к</Комментарий>" * 40_000 + "</Документ>"
    body = file_of(long, returned("101", requisites=PAID)) + "<!-- выгружено -->\n".encode() * 20
    caller = office.session(node)
    assert receiving.receive(office.bridge, caller, exchange_type="sale", filename="o.xml", body=iter([body])).ok
    assert receiving.report(office.bridge, caller, exchange_type="sale", filename="o.xml").ok
    assert office.consignment(node, bills[0]).payment == "paid"


def test_a_zip_bomb_fails_and_is_kept(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders.xml", b"<a>" + b" " * 300_000_000)
    assert not office.post(node, packed.getvalue(), filename="orders.zip").ok
    assert office.counts(node).quarantined == 1


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("orders.xml", "orders.xml"),
        ("/tmp/upload/1c/webdata/orders.xml", "orders.xml"),
        ("C:\\Temp\\v8_8789_c.xml", "v8_8789_c.xml"),
        ("../../../etc/passwd", "passwd"),
        ("..", ""),
        ("a\x00b\n.xml", "ab.xml"),
        ("", ""),
    ],
)
def test_only_the_base_name_of_a_file_counts(filename: str, name: str) -> None:
    assert receiving.base_name(filename) == name


def test_a_catalogue_file_is_kept_and_answered_with_success(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    caller = office.session(node)
    for part in (b"<a>", b"</a>"):
        reply = receiving.receive(
            office.bridge, caller, exchange_type="catalog", filename="import.xml", body=iter([part])
        )
        assert reply.ok
    assert receiving.report(office.bridge, caller, exchange_type="catalog", filename="import.xml").ok
    assert office.counts(node).quarantined == 0


def test_the_verified_state_names_what_differs(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    office.post(node, file_of(returned("101", total=Decimal("1199.99"))))
    row = office.consignment(node, bills[0])
    assert row.verified_at is None
    assert "сумма" in row.difference


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1251"])
def test_a_long_file_in_parts_is_complete_with_the_end_of_its_root(
    office: Office, bills: list[Invoice], encoding: str
) -> None:
    node = node_of(office)
    declared = {"utf-8": "UTF-8", "utf-16": "UTF-16", "cp1251": "windows-1251"}[encoding]
    text = file_of("<!--" + "x" * 2_200_000 + "-->", returned("101", requisites=PAID)).decode("utf-8-sig")
    body = text.replace('"UTF-8"', f'"{declared}"').encode(encoding)
    caller = office.session(node)
    parts = [body[:1_500_000], body[1_500_000:-30], body[-30:]]
    for number, part in enumerate(parts, start=1):
        reply = receiving.receive(office.bridge, caller, exchange_type="sale", filename="orders.xml", body=iter([part]))
        assert reply.ok
        assert len(office.jobs()) == (1 if number == 3 else 0)


def test_a_long_file_that_is_not_xml_fails_at_once(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    assert not office.post(node, b"PDF" * 1_000_000).ok
    assert office.counts(node).quarantined == 1


def test_an_empty_container_is_passed_over_and_the_page_of_the_file_says_so(office: Office) -> None:
    node = office.node()
    body = file_of("<Контейнер></Контейнер>", "<Контейнер/>")
    reply = office.post(node, body)
    assert reply.ok
    with office.bridge.db.read() as uow:
        upload = uow.uploads.by_id(reply.upload_id or 0)
    assert upload is not None
    assert (upload.state, upload.documents) == ("processed", 0)
    assert "контейнеры без документов: 2" in upload.note


@pytest.mark.parametrize("between", [0, 150], ids=["рядом", "через порцию"])
def test_a_payment_finds_an_order_that_stands_behind_it_in_the_file(
    office: Office, bills: list[Invoice], between: int
) -> None:
    node, guid = node_of(office), "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
    payment = returned("", guid="7d444840-9dc0-11d1-b245-5ffdce74fad2", requisites={"Оплачен": "true"})
    payment = payment.replace("Заказ товара", "Выплата безналичных денег")
    payment = payment.replace("</Сумма>", f"</Сумма><Основание>{guid}</Основание>")
    strangers = [returned(str(7000 + number)) for number in range(between)]
    reply = office.post(node, file_of(payment, *strangers, returned("101", guid=guid)))
    with office.bridge.db.read() as uow:
        upload = uow.uploads.by_id(reply.upload_id or 0)
    assert upload is not None
    assert upload.documents == between + 2
    assert office.consignment(node, bills[0]).payment == "paid"
    assert office.jobs() == ["pending"]


def test_a_document_of_an_unknown_operation_in_a_container_is_kept_as_information(
    office: Office, bills: list[Invoice]
) -> None:
    node = node_of(office)
    goods_back = returned("101", guid="7d444840-9dc0-11d1-b245-5ffdce74fad2").replace("Заказ товара", "Возврат товара")
    body = file_of(f"<Контейнер>{returned('101')}{goods_back}</Контейнер>")
    assert office.post(node, body).ok
    assert office.post(node, body).ok
    with office.bridge.db.read() as uow:
        rows = uow.connection.exec_driver_sql("SELECT operation, state, code FROM returned ORDER BY id").all()
    assert [tuple(row) for row in rows] == [
        ("Заказ товара", "applied", ""),
        ("Возврат товара", "information", "unknown-operation"),
    ]


@pytest.mark.parametrize(
    ("exchange_type", "inner", "told"),
    [
        ("sale", "<Чеки/><Документы><Документ/></Документы>", "«Чеки», «Документы»"),
        ("sale", "<Каталог><Товары/></Каталог>" + returned("101"), "«Каталог»"),
        ("catalog", "<Каталог><Товары/></Каталог>" + returned("101"), "«Документ»"),
    ],
)
def test_the_page_of_a_file_names_what_its_exchange_does_not_read(
    office: Office, bills: list[Invoice], exchange_type: str, inner: str, told: str
) -> None:
    caller = office.session(node_of(office))
    reply = receiving.receive(
        office.bridge, caller, exchange_type=exchange_type, filename="x.xml", body=iter([file_of(inner)])
    )
    with office.bridge.db.read() as uow:
        upload = uow.uploads.by_id(reply.upload_id or 0)
    assert upload is not None
    assert upload.state == "processed"
    assert f"чего этот обмен не читает: {told}." in upload.note


def test_a_list_of_counterparties_beside_documents_is_learned_too(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    party = "<Контрагент><Ид>5f0c4c1e</Ид><Наименование>Ромашка</Наименование><ИНН>7707083893</ИНН></Контрагент>"
    assert office.post(node, file_of(returned("101"), f"<Контрагенты>{party}</Контрагенты>")).ok
    with office.bridge.db.read() as uow:
        names = uow.connection.exec_driver_sql("SELECT name FROM onec_party").scalars().all()
    assert names == ["Ромашка"]


def test_documents_without_an_id_are_kept_once_however_often_they_come(office: Office, bills: list[Invoice]) -> None:
    node = node_of(office)
    nameless = [re.sub("<Ид>.*?</Ид>", "", returned(number)) for number in ("101", "7001", "7002")]
    body = file_of(*nameless, "<Документ><Номер/></Документ>", "<Документ><Комментарий>x</Комментарий></Документ>")
    for _ in range(3):
        assert office.post(node, body).ok
    with office.bridge.db.read() as uow:
        rows = uow.connection.exec_driver_sql("SELECT state, COUNT(*) FROM returned GROUP BY state").all()
    assert sorted(tuple(row) for row in rows) == [("applied", 1), ("information", 2), ("quarantined", 2)]


def test_a_document_without_an_id_that_says_again_what_another_has_replaced_counts(
    office: Office, bills: list[Invoice]
) -> None:
    node = node_of(office)

    def nameless(**requisites: str) -> str:
        return re.sub(r"<Ид>[^<]*</Ид>", "", returned("101", requisites=requisites), count=1)

    paid, cancelled = nameless(**PAID), nameless(**PAID, Отменен="true")
    for hour, (document, payment) in enumerate(
        [(paid, "paid"), (cancelled, "cancelled"), (paid, "paid"), (paid, "paid")]
    ):
        assert office.post(node, file_of(document, formed_at=f"2026-03-06T1{hour}:00:00")).ok
        assert office.consignment(node, bills[0]).payment == payment
    with office.bridge.db.read() as uow:
        history = uow.browse.invoice(office.consignment(node, bills[0]).invoice_id)
    assert history is not None
    assert len(history.returned) == 3, "what says nothing new is only counted"


def test_a_voucher_that_is_only_missing_now_writes_nothing_again(office: Office, bills: list[Invoice]) -> None:
    """An earlier release took the order's own number for that of a payment."""
    node = node_of(office)
    flag = {"Заказ оплачен": "true", "Дата оплаты по 1С": "2026-03-06"}
    office.post(node, file_of(returned("101", requisites=flag)))
    about = office.consignment(node, bills[0]).invoice_id
    with office.bridge.db.write() as uow:
        (job,) = uow.jobs.last_of([about], WRITEBACK).values()
        stored = json.dumps(json.loads(job.payload) | {"voucher_number": "УТ-101"}, sort_keys=True, ensure_ascii=False)
        uow.jobs.update(job.id, state="done", payload=stored)
    again = returned("101", requisites=flag | {"Менеджер": "Иванов"})
    office.post(node, file_of(again, formed_at="2026-03-07T12:00:00"))
    assert office.jobs() == ["done"]
