"""What each double sends back and how it takes the answers (facts: 1c-clients §1.4, §2.2, §2.3, §4)."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from commerceml_bridge.simulators.onec import (
    ExchangeReport,
    OneCBase,
    OneCClient,
    OneCError,
    Run,
    UploadReport,
    connect,
    errors,
)

from .onec_site import (
    CP1251,
    TOKEN,
    Reply,
    Site,
    document,
    envelope,
    requisites,
    running,
    tag,
    uploaded,
    values,
)

SENDERS = ["ut10", "ut11", "unf", "unf16", "bitrix"]
NOW = dt.datetime(2026, 3, 5, 8, 7, 6)  # noqa: DTZ001 - 1C's clock is local and naive
PAID = dt.datetime(2026, 3, 4, 9, 5, 33)  # noqa: DTZ001 - as above
GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
XML = f"application/xml; charset={CP1251}"


@pytest.fixture
def site() -> Iterator[Site]:
    with running(envelope(document(extra="<Комментарий>Срочно</Комментарий>"))) as site:
        yield site


def client(site: Site, family: str = "ut11", base: OneCBase | None = None, **options: Any) -> OneCClient:
    """A client that has loaded invoice A-1 already and has nothing to send."""
    one = connect(
        family,
        address=site.address,
        login="l",
        password="p",
        base=base or OneCBase(now=lambda: NOW),
        **{"run": Run(sleep=lambda _: None), **options},
    )
    if family == "bitrix":
        reply = site.answers["query"]
        assert isinstance(reply, Reply)
        wrapped = reply.text.replace("<Документ>", "<Контейнер><Документ>").replace(
            "</Документ>", "</Документ></Контейнер>"
        )
        site.answers["query"] = [Reply(wrapped, content_type=XML), Reply(envelope(), content_type=XML)]
    one.load()
    one.registration.remove(one.base.documents)
    one.suppressed = []
    site.requests.clear()
    return one


def sent(report: UploadReport, index: int = 0) -> ET.Element:
    return uploaded(list(report.bodies.values())[index])


def order_of(report: UploadReport) -> ET.Element:
    found = sent(report).find(".//Документ")
    assert found is not None
    return found


def failing(one: OneCClient, text: str) -> OneCError:
    with pytest.raises(OneCError) as failed:
        one.upload(full=True)
    assert failed.value.text.startswith(text), failed.value
    return failed.value


# --- sequences

SEQUENCES = [
    ("ut10", {}, "checkauth init file"),
    ("ut11", {}, "checkauth init file import"),
    ("ut11", {"wait_for_import": False}, "checkauth init file"),
    ("unf", {}, "checkauth init file"),
    ("unf", {"subordinate": True}, "checkauth init file import"),
    ("unf", {"shop": True}, "checkauth init file import"),
    ("unf", {"cms": "other"}, "checkauth init file"),
    ("unf16", {}, "checkauth init file"),
    ("bitrix", {}, "checkauth init file import"),
    ("bitrix", {"contragents": True}, "checkauth init file file import import"),
]


@pytest.mark.parametrize(("family", "options", "modes"), SEQUENCES)
def test_a_family_uploads_in_its_own_sequence(site: Site, family: str, options: dict[str, Any], modes: str) -> None:
    one = client(site, family, **options)
    one.base.pay("A-1")
    report = one.upload()
    assert site.modes() == modes.split()
    assert [mode for mode, _ in report.answers] == modes.split()[2:]
    assert report.documents == 1


@pytest.mark.parametrize("family", SENDERS)
def test_nothing_is_sent_when_nothing_changed(site: Site, family: str) -> None:
    one = client(site, family)
    report = one.upload()
    assert (report, site.requests) == (UploadReport(), [])


def test_bp_sends_nothing_ever(site: Site) -> None:
    one = client(site, "bp3")
    one.base.pay("A-1")
    assert one.upload(full=True) == UploadReport()
    assert one.exchange().upload.files == []
    assert "file" not in site.modes()


@pytest.mark.parametrize("family", SENDERS)
def test_a_full_exchange_sends_everything_repeatedly(site: Site, family: str) -> None:
    one = client(site, family)
    assert one.upload(full=True).documents == one.upload(full=True).documents == 1


@pytest.mark.parametrize(
    ("family", "options", "init", "file"),
    [
        ("ut10", {}, "type=sale&mode=init", "type=sale&mode=file&filename={}"),
        ("ut11", {"use_sessid": True}, f"type=sale&mode=init&{TOKEN}", "type=sale&mode=file&filename={}&" + TOKEN),
        ("unf", {}, f"type=sale&{TOKEN}&mode=init", f"type=sale&{TOKEN}&mode=file&filename=" + "{}"),
        (
            "unf",
            {"subordinate": True},
            f"type=sale&{TOKEN}&version=2.09&cmlVersion=2.10&mode=init",
            f"type=sale&{TOKEN}&version=2.09&cmlVersion=2.10&mode=file&filename=" + "{}",
        ),
        ("unf", {"cms": "other"}, "type=sale&mode=init", "type=sale&mode=file&filename={}"),
        ("bitrix", {}, f"type=sale&mode=init&{TOKEN}&version=3.1", "type=sale&mode=file&filename={}&" + TOKEN),
    ],
)
def test_parameters_come_in_the_familys_order(
    site: Site, family: str, options: dict[str, Any], init: str, file: str
) -> None:
    report = client(site, family, **options).upload(full=True)
    assert site.of("init")[0].raw_query == init
    assert site.of("file")[0].raw_query == file.format(report.files[0])


# --- init (§2.2)


@pytest.mark.parametrize("family", ["ut10", "ut11", "unf16"])
@pytest.mark.parametrize(
    "body",
    ["zip=no\nfile_limit=0\n", "zip=no\nfile_limit=0\nsessid=x", "zip=no", "zip=no\nfile_limit=0\nx\nversion=2.09"],
)
def test_stock_clients_want_exactly_two_lines_of_init(site: Site, family: str, body: str) -> None:
    one = client(site, family)
    site.answers["init"] = Reply(body)
    failing(one, errors.NO_PARAMETERS)
    assert "file" not in site.modes()


def test_unf_takes_more_lines_and_with_another_cms_even_one(site: Site) -> None:
    four = Reply("zip=no\nfile_limit=0\nsessid=x\nversion=2.09")
    one, other = client(site, "unf"), client(site, "unf", cms="other")
    site.answers["init"] = four
    assert one.upload(full=True).documents == other.upload(full=True).documents == 1
    site.answers["init"] = Reply("zip=no")
    assert other.upload(full=True).documents == 1
    failing(one, errors.NO_PARAMETERS)


@pytest.mark.parametrize("body", ["zip=no\nfile_limit=0", "zip=no\nfile_limit=0\nsessid=x"])
def test_the_module_wants_four_lines_of_init(site: Site, body: str) -> None:
    one = client(site, "bitrix")
    site.answers["init+version"] = Reply(body)
    failing(one, errors.NO_PARAMETERS)


@pytest.mark.parametrize("limit", ["file_limit=много", "file_limit=1000\r", "limit=10"])
def test_an_unreadable_limit_is_logged_and_means_no_splitting(site: Site, limit: str) -> None:
    one = client(site)
    site.answers["init"] = Reply(f"zip=no\n{limit}")
    report = one.upload(full=True)
    assert len(site.of("file")) == 1
    assert any("file_limit" in message for message in report.messages)


@pytest.mark.parametrize("family", ["ut10", "ut11", "unf", "unf16"])
def test_a_file_is_cut_into_parts_under_one_name(site: Site, family: str) -> None:
    one = client(site, family)
    site.answers["init"] = Reply("zip=no\nfile_limit=1000")
    report = one.upload(full=True)
    posts = site.of("file")
    assert len(posts) > 2
    assert {post.query["filename"] for post in posts} == set(report.files)
    assert all(len(post.body) == 1000 for post in posts[:-1])
    assert b"".join(post.body for post in posts) == report.bodies[report.files[0]]


@pytest.mark.parametrize("limit", [0, 1000])
def test_with_zip_an_archive_is_posted_and_the_inner_name_imported(site: Site, limit: int) -> None:
    one = client(site)
    site.answers["init"] = Reply(f"zip=yes\nfile_limit={limit}")
    report = one.upload(full=True)
    (name,) = report.files
    assert re.fullmatch(r"v8_[0-9A-F]{4}_\d\d\.zip", name)
    with zipfile.ZipFile(io.BytesIO(b"".join(post.body for post in site.of("file")))) as archive:
        (inner,) = archive.namelist()
        assert archive.read(inner) == report.bodies[inner]
    assert site.of("import")[0].query["filename"] == inner


# --- file and import (§2.3)


@pytest.mark.parametrize("family", SENDERS)
@pytest.mark.parametrize(
    "body", ["progress\n50%", "error\nx", "<html></html>", "Notice: x\nsuccess", "success rollback"]
)
def test_anything_but_success_at_file_ends_the_upload(site: Site, family: str, body: str) -> None:
    one = client(site, family)
    one.base.pay("A-1")
    site.answers["file"] = Reply(body)
    failing(one, errors.FILE_UNKNOWN)
    assert one.registration.orders() == one.base.documents, "the order stays registered"
    site.answers["file"] = Reply("success")
    assert one.upload().documents == 1


@pytest.mark.parametrize("family", SENDERS)
def test_a_failure_at_file_is_shown_with_its_text(site: Site, family: str) -> None:
    one = client(site, family)
    site.answers["file"] = Reply("failure\nЗаказ A-1 не найден")
    failing(one, f"{errors.FILE_FAILED}\nfailure\nЗаказ A-1 не найден")


def test_further_lines_after_success_are_only_logged(site: Site) -> None:
    one = client(site)
    site.answers["file"] = Reply("success\nПринято 1 документ\n")
    assert one.upload(full=True).messages == ["Принято 1 документ"]


@pytest.mark.parametrize("family", ["ut11", "bitrix"])
@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("failure\nнет", f"{errors.IMPORT_FAILED}\nfailure\nнет"),
        ("rollback\nsuccess", errors.IMPORT_UNKNOWN),
        ("<html>", errors.IMPORT_UNKNOWN),
        ("", errors.EMPTY_ANSWER),
    ],
)
def test_import_knows_three_statuses(site: Site, family: str, body: str, text: str) -> None:
    one = client(site, family)
    site.answers["import"] = Reply(body)
    failing(one, text)


@pytest.mark.parametrize(
    ("family", "options", "pauses"), [("ut11", {}, []), ("unf", {"subordinate": True}, [5.0, 5.0])]
)
def test_progress_is_polled(site: Site, family: str, options: dict[str, Any], pauses: list[float]) -> None:
    waited: list[float] = []
    one = client(site, family, run=Run(sleep=waited.append), **options)
    site.answers["import"] = [Reply("progress\n1"), Reply("progress\n2"), Reply("success")]
    report = one.upload(full=True)
    assert [text for mode, text in report.answers if mode == "import"] == ["progress\n1", "progress\n2", "success"]
    assert waited == pauses


def test_endless_progress_is_ended_by_the_double(site: Site) -> None:
    one = client(site, run=Run(poll_limit=3))
    site.answers["import"] = Reply("progress\n")
    failing(one, errors.ENDLESS)
    assert len(site.of("import")) == 3


def test_unf_shop_takes_progress_for_an_unfinished_import_and_goes_on(site: Site) -> None:
    one = client(site, "unf", shop=True)
    site.answers["import"] = Reply("progress\n")
    report = one.upload(full=True)
    assert len(site.of("import")) == 1
    assert report.messages == ["Импорт не завершен"]


def test_a_portion_is_repeated_as_often_as_the_node_says(site: Site) -> None:
    one = client(site, run=Run(repeat=2))
    site.answers["file"] = [Reply("error"), Reply("error"), Reply("success")]
    assert one.upload(full=True).documents == 1
    assert site.modes() == ["checkauth", "init", "file"] * 3 + ["import"]


def test_each_portion_is_a_phase_of_its_own_with_its_own_name(site: Site) -> None:
    site.serve(envelope(document("A-1"), document("A-2", ref="2"), document("A-3", ref="3")))
    ut11, unf, ut10 = (client(site, family, run=Run(portion_size=1)) for family in ("ut11", "unf", "ut10"))
    names = ut11.upload(full=True).files
    assert site.modes() == ["checkauth", "init", "file", "import"] * 3
    assert [name.rpartition("_")[2] for name in names] == ["1.xml", "2.xml", "3.xml"]
    assert [name.rpartition("_")[2] for name in unf.upload(full=True).files] == [".xml", "1.xml", "2.xml"]
    assert len(set(ut10.upload(full=True).files)) == 3


def test_a_hook_runs_after_each_file(site: Site) -> None:
    one = client(site)
    seen: list[str] = []
    report = one.upload(full=True, after_file=seen.append)
    assert seen == report.files

    def crash(_: str) -> None:
        raise KeyboardInterrupt

    one.base.pay("A-1")
    site.requests.clear()
    with pytest.raises(KeyboardInterrupt):
        one.upload(after_file=crash)
    assert site.modes() == ["checkauth", "init", "file"]
    assert one.upload().documents == 1


# --- the files (§4)


@pytest.mark.parametrize(
    ("family", "options", "name", "xmlns", "version"),
    [
        ("ut10", {}, rf"1cbitrix-{GUID}\.xml", None, "2.05"),
        ("ut11", {}, rf"orders-{GUID}_1\.xml", "urn:1C.ru:commerceml_2", "2.07"),
        ("unf", {}, rf"orders-{GUID}_\.xml", "urn:1C.ru:commerceml_210", "2.08"),
        ("unf", {"subordinate": True}, rf"orders-{GUID}_\.xml", "urn:1C.ru:commerceml_210", "2.10"),
        ("unf16", {}, rf"orders-{GUID}_\.xml", "urn:1C.ru:commerceml_205", "2.05"),
        ("bitrix", {}, rf"documents___{GUID}\.xml", "urn:1C.ru:commerceml_3", "3.1"),
    ],
)
def test_a_file_has_the_familys_name_namespace_and_version(
    site: Site, family: str, options: dict[str, Any], name: str, xmlns: str | None, version: str
) -> None:
    report = client(site, family, **options).upload(full=True)
    assert re.fullmatch(name, report.files[0])
    body = site.of("file")[0].body
    assert body.startswith('\ufeff<?xml version="1.0" encoding="UTF-8"?>'.encode())
    root = ET.fromstring(body.decode("utf-8-sig"))
    assert root.tag == (f"{{{xmlns}}}" if xmlns else "") + "КоммерческаяИнформация"
    assert root.get("ВерсияСхемы") == version
    assert root.get("ДатаФормирования") == ("2026-03-05T08:07:06" if family == "ut10" else "2026-03-05T8:07:06")


def test_the_mark_can_be_left_out(site: Site) -> None:
    report = client(site, run=Run(bom=False)).upload(full=True)
    assert report.bodies[report.files[0]].startswith(b"<?xml")


@pytest.mark.parametrize(
    ("family", "currency", "time"),
    [
        ("ut10", "RUB", "09:05:33"),
        ("ut11", "643", "09:05:33"),
        ("unf", "RUB", "00:00:00"),
        ("unf16", "RUB", "00:00:00"),
    ],
)
def test_an_order_returns_with_the_sites_number_and_the_1c_reference(
    site: Site, family: str, currency: str, time: str
) -> None:
    one = client(site, family)
    order, known = order_of(one.upload(full=True)), one.base.orders["A-1"]
    expected = {
        "Ид": known.guid,
        "Номер": "A-1",
        "Дата": "2026-03-02",
        "Время": time,
        "ХозОперация": "Заказ товара",
        "Роль": "Продавец",
        "Валюта": currency,
        "Сумма": "1200",
        "Комментарий": "Срочно",
    }
    assert {name: order.findtext(name) for name in expected} == expected
    assert order.findtext("Контрагенты/Контрагент/ИНН") == "7701234567"
    assert order.findtext("Налоги/Налог/Сумма") == "200"
    assert order.findtext("Товары/Товар/Количество") == "2"


def test_a_currency_name_is_cut_to_three_characters(site: Site) -> None:
    site.serve(envelope(document(currency="руб.")))
    base = OneCBase(currencies={"руб.": "643"}, now=lambda: NOW)
    assert order_of(client(site, "ut10", base=base).upload(full=True)).findtext("Валюта") == "руб"


# --- state and payment (§4.1)


@pytest.mark.parametrize("family", SENDERS)
def test_the_state_is_always_told(site: Site, family: str) -> None:
    one = client(site, family)
    one.base.unpost("A-1")
    known = one.base.orders["A-1"]
    told = values(order_of(one.upload(full=True)))
    date = {"ut10": "2026-03-02", "bitrix": "2026-03-02"}.get(family, "2026-03-02T9:05:33")
    assert told["Номер по 1С"] == known.number_1c
    assert told["Дата по 1С"] == date
    assert (told["ПометкаУдаления"], told["Проведен"]) == ("false", "false")


@pytest.mark.parametrize(
    ("family", "date"),
    [
        ("ut10", "2026-03-04"),
        ("ut11", "2026-03-04T9:05:33"),
        ("unf", "2026-03-04T9:05:33"),
        ("unf16", "2026-03-04T9:05:33"),
    ],
)
def test_full_payment_is_told_by_number_and_date(site: Site, family: str, date: str) -> None:
    one = client(site, family)
    one.base.pay("A-1", amount=Decimal("1000"), date=dt.date(2026, 3, 3), document_number="ПП-9")
    assert "Дата оплаты по 1С" not in values(order_of(one.upload()))
    one.base.pay("A-1", date=PAID, document_number="ПП-7")
    told = values(order_of(one.upload()))
    assert (told["Номер оплаты по 1С"], told["Дата оплаты по 1С"]) == ("ПП-9", date), "greatest number, latest date"


@pytest.mark.parametrize("family", ["ut10", "ut11", "unf", "unf16"])
def test_shipment_is_told_by_number_and_date(site: Site, family: str) -> None:
    one = client(site, family)
    one.base.ship("A-1", date=PAID, document_number="РТ-1")
    told = values(order_of(one.upload()))
    assert told["Номер отгрузки по 1С"] == "РТ-1"
    assert told["Дата отгрузки по 1С"].startswith("2026-03-04")
    assert told.get("Отгружен") == ("true" if family == "unf" else None)


@pytest.mark.parametrize("family", ["ut10", "ut11"])
def test_an_unposted_order_is_not_told_paid(site: Site, family: str) -> None:
    one = client(site, family)
    one.base.pay("A-1")
    one.base.unpost("A-1")
    assert "Дата оплаты по 1С" not in values(order_of(one.upload(full=True)))


def test_ut11_writes_the_letter_t_when_no_payment_document_settled_the_order(site: Site) -> None:
    one = client(site)
    one.base.pay("A-1", kind="offset")
    told = values(order_of(one.upload()))
    assert told["Дата оплаты по 1С"] == "T"
    assert "Номер оплаты по 1С" not in told


def test_a_cancelled_ut11_order_has_no_sum_and_looks_paid(site: Site) -> None:
    one = client(site)
    one.base.cancel("A-1")
    order = order_of(one.upload())
    assert order.findtext("Сумма") == "0"
    assert values(order)["Дата оплаты по 1С"] == "T"
    assert "Отменен" not in values(order)


def test_a_part_payment_shows_in_ut11_only_as_a_due_date(site: Site) -> None:
    one = client(site)
    assert order_of(one.upload(full=True)).find("СрокПлатежа") is None
    one.base.pay("A-1", amount=Decimal(100), date=PAID)
    order = order_of(one.upload())
    assert order.findtext("СрокПлатежа") == "2026-03-04"
    assert "Дата оплаты по 1С" not in values(order)


def test_ut10_counts_a_letter_of_credit_but_no_offset(site: Site) -> None:
    one = client(site, "ut10")
    one.base.pay("A-1", kind="offset")
    assert "Дата оплаты по 1С" not in values(order_of(one.upload()))
    one.base.unpay("A-1")
    one.base.pay("A-1", kind="letter_of_credit")
    assert "Дата оплаты по 1С" in values(order_of(one.upload()))


def test_unf_tells_flags_status_and_cancellation(site: Site) -> None:
    one = client(site, "unf", statuses={"Открыт": ("N", "Принят")})
    told = values(order_of(one.upload(full=True)))
    assert (told["Оплачен"], told["Отгружен"], told["Вид заказа"]) == ("false", "false", "Заказ на продажу")
    assert (told["Статуса заказа ИД"], told["Статус заказа"]) == ("N", "Принят")
    assert "Отменен" not in told
    one.base.pay("A-1")
    assert values(order_of(one.upload()))["Оплачен"] == "true"
    one.base.refund("A-1", amount=Decimal(1))
    assert values(order_of(one.upload()))["Оплачен"] == "false"
    one.base.cancel("A-1")
    assert values(order_of(one.upload()))["Отменен"] == "true"


def test_unf_may_write_the_payment_date_for_a_part_payment_too(site: Site) -> None:
    one = client(site, "unf", payment_date_if_partial=True)
    one.base.pay("A-1", amount=Decimal(100))
    told = values(order_of(one.upload()))
    assert (told["Оплачен"], "Дата оплаты по 1С" in told) == ("false", True)


def test_unf16_knows_no_paid_flag(site: Site) -> None:
    one = client(site, "unf16")
    one.base.pay("A-1")
    assert "Оплачен" not in values(order_of(one.upload()))


def test_unf_sends_payments_and_shipments_as_subordinate_documents(site: Site) -> None:
    online = (
        f"<ПодчиненныеДокументы><ПодчиненныйДокумент>{tag('Ид', 'x')}{tag('Номер', '77')}<Дата>2026-03-02</Дата>"
        f"<ХозОперация>Эквайринговая операция</ХозОперация><Сумма>200</Сумма>{requisites(Метод_оплаты='Карта')}"
        "</ПодчиненныйДокумент></ПодчиненныеДокументы>"
    )
    site.serve(envelope(document(extra=online)))
    one = client(site, "unf", subordinate=True)
    cash = one.base.pay("A-1", amount=Decimal(300), date=PAID, kind="cash", document_number="ПКО-1")
    one.base.pay("A-1", amount=Decimal("100.50"), kind="bank")
    one.base.pay("A-1", amount=Decimal(1), kind="offset")
    one.base.ship("A-1", document_number="РН-1")
    order = order_of(one.upload())
    card, first, second, shipment = order.findall("ПодчиненныеДокументы/ПодчиненныйДокумент")
    assert [child.findtext("ХозОперация") for child in (card, first, second, shipment)] == [
        "Эквайринговая операция",
        "Выплата наличных денег",
        "Выплата безналичных денег",
        "Отпуск товара",
    ]
    assert (card.findtext("Номер"), first.find("Номер")) == ("77", None), "Номер only if the payment came from the site"
    assert [child.findtext("Сумма") for child in (card, first, second)] == ["200", "300", "100.5"]
    assert (first.findtext("Ид"), first.findtext("СрокПлатежа")) == (cash.guid, "2026-03-04")
    told = values(first)
    assert (told["Оплачен"], told["Номер оплаты по 1С"]) == ("true", "ПКО-1")
    assert told["Дата оплаты по 1С"] == "2026-03-04T9:05:33"
    assert values(card)["Метод оплаты"] == "Карта"
    assert values(shipment)["Отгружен"] == "true"
    assert shipment.findtext("Товары/Товар/Количество") == "2"
    assert "Дата оплаты по 1С" not in values(order)


def test_the_module_sends_a_container_with_documents_of_their_own(site: Site) -> None:
    one = client(site, "bitrix")
    payment = one.base.pay("A-1", amount=Decimal(300), date=PAID, document_number="L320")
    one.base.ship("A-1")
    (box,) = sent(one.upload()).findall("Контейнер")
    order, paid, shipped = box.findall("Документ")
    assert (order.findtext("Ид"), order.findtext("Номер")) == ("portal-si-101", "A-1")
    assert [order.findtext(name) for name in ("Валюта", "ХозОперация", "Основание")] == ["643", "Заказ товара", None]
    assert (paid.findtext("Ид"), paid.findtext("Основание")) == (payment.guid, "portal-si-101")
    assert [paid.findtext(name) for name in ("Номер", "Дата", "Время", "Сумма")] == [
        "",
        "0001-01-01",
        "00:00:01",
        "300",
    ]
    assert (paid.findtext("Номер1С"), paid.findtext("Дата1С")) == ("L320       ", "2026-03-04")
    told = values(paid)
    assert (told["Проведен"], told["Отменен"], told["Оплачен"], told["Дата оплаты по 1С"]) == (
        "true",
        "false",
        "true",
        "2026-03-04",
    )
    assert (shipped.findtext("ХозОперация"), values(shipped)["Отгружен"]) == ("Отпуск товара", "true")
    assert order.findtext("Комментарий") == "[Номер документа на сайте: A-1] Срочно"
    assert order.findtext("Контрагенты/Контрагент/КодПоОКПО") == ""
    assert order.findtext("Товары/Товар/Цена") == "600"


def test_the_module_tells_an_unposted_payment_and_changes_the_version(site: Site) -> None:
    one = client(site, "bitrix")
    one.base.pay("A-1")
    before = sent(one.upload()).findall("Контейнер/Документ")[1]
    one.base.unpay("A-1")
    after = sent(one.upload()).findall("Контейнер/Документ")[1]
    assert (values(after)["Проведен"], values(after)["Оплачен"]) == ("false", "false")
    assert before.findtext("НомерВерсии") != after.findtext("НомерВерсии")


def test_the_module_can_return_its_own_reference_instead_of_the_sites_id(site: Site) -> None:
    one = client(site, "bitrix", site_id=False)
    one.base.pay("A-1")
    order, paid = sent(one.upload()).findall("Контейнер/Документ")
    assert order.findtext("Ид") == paid.findtext("Основание") == one.base.orders["A-1"].guid


def test_the_module_can_add_an_empty_container_and_a_file_of_contragents(site: Site) -> None:
    one = client(site, "bitrix", empty_container=True, contragents=True)
    report = one.upload(full=True)
    assert re.fullmatch(rf"contragents___{GUID}\.xml", report.files[0])
    assert sent(report, 0).findtext("Контрагенты/Контрагент/ИНН") == "7701234567"
    assert [len(box) for box in sent(report, 1).findall("Контейнер")] == [1, 0]
    assert [request.query["filename"] for request in site.of("import")] == report.files


def test_an_order_born_in_1c_is_sent_by_the_module_only(site: Site) -> None:
    for family in SENDERS:
        one = client(site, family)
        own = one.base.create_own_order(Decimal("500.50"))
        report = one.upload()
        assert report.documents == (family == "bitrix"), family
        if family == "bitrix":
            order = order_of(report)
            assert [order.findtext(name) for name in ("Ид", "Номер", "Дата", "Время", "Сумма")] == [
                own.guid,
                "",
                "0001-01-01",
                "00:00:01",
                "500.5",
            ]


# --- what registers a change (§4.2)


@pytest.mark.parametrize(
    ("action", "families"),
    [
        ("pay", ["ut10", "ut11", "unf", "unf16", "bitrix"]),
        ("refund", ["ut10", "ut11", "unf", "unf16", "bitrix"]),
        ("ship", ["ut10", "ut11", "unf", "unf16", "bitrix"]),
        ("cancel", ["ut10", "ut11", "unf", "unf16", "bitrix"]),
        ("unpay", ["ut11", "bitrix"]),
        ("mark_deleted", ["ut10", "unf", "unf16", "bitrix"]),
        ("unpost", ["ut10", "unf", "unf16", "bitrix"]),
    ],
)
def test_an_action_registers_a_change_where_the_family_notices_it(site: Site, action: str, families: list[str]) -> None:
    noticed = []
    for family in SENDERS:
        one = client(site, family)
        one.base.pay("A-1")
        one.upload()
        getattr(one.base, action)("A-1")
        if one.upload().documents:
            noticed.append(family)
    assert noticed == families


def test_a_deletion_mark_takes_a_pending_report_away_in_ut11(site: Site) -> None:
    one = client(site)
    one.base.pay("A-1")
    one.base.mark_deleted("A-1")
    assert one.upload().documents == 0
    assert values(order_of(one.upload(full=True)))["ПометкаУдаления"] == "true"


@pytest.mark.parametrize(
    ("family", "options", "trapped"),
    [
        ("ut10", {}, True),
        ("ut11", {}, True),
        ("unf", {"shop": True}, True),
        ("unf", {}, False),
        ("unf16", {}, False),
    ],
)
def test_an_invoice_sent_again_suppresses_its_own_report(
    site: Site, family: str, options: dict[str, Any], trapped: bool
) -> None:
    one = client(site, family, **options)
    one.base.pay("A-1")
    report = one.exchange()
    assert report.upload.documents == (0 if trapped else 1)
    assert one.upload().documents == 0, "and the registration is gone"
    site.serve(envelope())
    one.base.refund("A-1")
    assert one.exchange().upload.documents == 1


def test_ut11_sends_a_file_without_documents_when_all_changes_were_reloaded(site: Site) -> None:
    one = client(site)
    one.base.pay("A-1")
    report = one.exchange().upload
    assert (len(report.files), report.documents) == (1, 0)
    assert len(sent(report)) == 0
    site.serve(envelope())
    assert one.exchange().upload.files == []


def test_a_load_cut_off_before_success_keeps_the_registration(site: Site) -> None:
    one = client(site)
    one.base.pay("A-1")
    one.load(send_success=False)
    assert one.upload().documents == 1


@pytest.mark.parametrize(
    ("family", "options", "uploads"),
    [("ut10", {}, True), ("ut11", {}, True), ("unf", {"shop": True}, True), ("unf", {}, False), ("bitrix", {}, False)],
)
def test_the_upload_runs_after_a_failed_load_where_the_family_does_so(
    site: Site, family: str, options: dict[str, Any], uploads: bool
) -> None:
    one = client(site, family, **options)
    one.base.pay("A-1")
    site.answers["query"] = Reply("failure\nнет")
    with pytest.raises(OneCError) as failed:
        one.exchange()
    assert isinstance(failed.value.report, ExchangeReport)
    assert failed.value.report.error is failed.value
    assert failed.value.report.upload.documents == uploads
    assert ("file" in site.modes()) == uploads
