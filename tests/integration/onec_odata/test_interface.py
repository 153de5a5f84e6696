"""The simulated interface behaves as the facts say (1c-odata-payments §3, §6.7): asked with the standard library."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from base64 import b64encode
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest

from commerceml_bridge.simulators.odata import OnecODataServer
from tests.integration.onec_odata.base import order

INVOICES = quote("Document_СчетНаОплатуПокупателю")
STATUSES = quote("InformationRegister_СтатусыДокументов")
MONEY = quote("AccumulationRegister_ОплатаСчетов_RecordType")


def ask(server: OnecODataServer, path: str, *, login: str = "", accept: str = "") -> tuple[int, str, bytes]:
    """Send one GET as it stands."""
    pair = login or f"{server.login}:{server.password}"
    request = urllib.request.Request(server.root + path)
    request.add_header("Authorization", "Basic " + b64encode(pair.encode()).decode())
    if accept:
        request.add_header("Accept", accept)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read()


def rows(server: OnecODataServer, path: str) -> list[dict[str, Any]]:
    status, _, body = ask(server, path)
    assert status == 200, body.decode()
    value: list[dict[str, Any]] = json.loads(body)["value"]
    return value


def code(body: bytes) -> str:
    return str(json.loads(body)["odata.error"]["code"])


def where(text: str) -> str:
    return "?$format=json&$filter=" + quote(text)


def test_json_is_utf8_whatever_the_header_says(interface: OnecODataServer) -> None:
    _, kind, body = ask(interface, f"{INVOICES}?$format=json")
    assert "windows-1251" in kind
    assert "СуммаДокумента" in body.decode("utf-8")


def test_without_format_the_answer_is_atom(interface: OnecODataServer) -> None:
    _, kind, body = ask(interface, INVOICES)
    assert kind.startswith("application/atom+xml")
    assert len(ET.fromstring(body).findall("{http://www.w3.org/2005/Atom}entry")) == 2


def test_a_bare_guid_on_a_composite_field_is_silently_nothing_and_a_cast_finds_it(interface: OnecODataServer) -> None:
    interface.books.set_status("11", "Оплачен")
    guid = interface.books.base.orders["11"].guid
    assert rows(interface, STATUSES + where(f"Документ eq guid'{guid}'")) == []
    (found,) = rows(interface, STATUSES + where(f"Документ eq cast(guid'{guid}','Document_СчетНаОплатуПокупателю')"))
    assert (found["Статус"], found["Статус_Type"]) == ("Оплачен", "UnavailableEnums.СтатусОплатыСчета")


def test_a_plus_for_a_space_fails_in_the_base(interface: OnecODataServer) -> None:
    status, _, body = ask(interface, INVOICES + "?$format=json&$filter=Posted+eq+true")
    assert (status, code(body)) == (500, "-1")
    assert 'Операция не разрешена в предложении "ГДЕ"' in json.loads(body)["odata.error"]["message"]["value"]


def test_inlinecount_makes_paging_void(interface: OnecODataServer) -> None:
    assert len(rows(interface, f"{INVOICES}?$format=json&$top=1")) == 1
    assert len(rows(interface, f"{INVOICES}?$format=json&$top=1&$inlinecount=allpages")) == 2


def test_skip_comes_first_and_no_page_names_the_next(interface: OnecODataServer) -> None:
    numbers = [
        rows(interface, f"{INVOICES}?$format=json&$orderby=Number&$top=1&$skip={skip}")[0]["Number"] for skip in (0, 1)
    ]
    assert numbers == ["00БС-000011", "00БС-000012"]
    assert "nextLink" not in ask(interface, f"{INVOICES}?$format=json&$top=1")[2].decode()


def test_a_payment_makes_one_movement_for_every_vat_rate(interface: OnecODataServer) -> None:
    interface.books.base.pay("12")
    found = rows(interface, f"{MONEY}?$format=json")
    assert sorted(row["Сумма"] for row in found) == [300.0, 500.0]
    assert {row["LineNumber"] for row in found} == {"1", "2"}
    assert len({row["Recorder"] for row in found}) == 1


@pytest.mark.parametrize(
    ("path", "status", "inner"),
    [
        ("Document_ЗаказКлиента?$format=json", 404, "8"),
        (INVOICES + "?$format=json&$select=Наименование", 400, "2"),
        (INVOICES + "/x/y?$format=json", 400, "4"),
        (INVOICES + "?$format=json&$filter=" + quote("length(Number) eq 1"), 501, "0"),
        (INVOICES + "?$format=json&$filter=" + quote("Number eq"), 400, "14"),
        (INVOICES + "?$format=json&$some=1", 400, "10"),
        (INVOICES + "(guid'11111111-1111-1111-1111-111111111111')?$format=json", 404, "9"),
    ],
)
def test_errors_carry_the_inner_code(interface: OnecODataServer, path: str, status: int, inner: str) -> None:
    found, _, body = ask(interface, quote(path, safe="?$=&()',%/"))
    assert (found, code(body)) == (status, inner)


def test_an_error_without_json_is_xml(interface: OnecODataServer) -> None:
    status, _, body = ask(interface, quote("Document_ЗаказКлиента"))
    assert (status, ET.fromstring(body)[0].text) == (404, "8")


def test_a_wrong_login_is_401_and_a_wrong_path_is_a_page(interface: OnecODataServer) -> None:
    assert ask(interface, INVOICES, login="odata.user:x")[0] == 401
    interface_root = interface.root.replace("/buh/", "/other/")
    request = urllib.request.Request(interface_root)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=5)
    assert caught.value.code == 404
    assert caught.value.read().startswith(b"<html>")


def test_a_hidden_row_fails_the_request_unless_only_allowed_ones_are_asked(interface: OnecODataServer) -> None:
    interface.publication.hidden_rows.add("Document_СчетНаОплатуПокупателю")
    status, _, body = ask(interface, f"{INVOICES}?$format=json")
    assert (status, code(body)) == (401, "20")
    assert len(rows(interface, f"{INVOICES}?$format=json&allowedOnly=true")) == 1


def test_the_list_names_the_composition(interface: OnecODataServer) -> None:
    interface.publication.composition = {"Document_СчетНаОплатуПокупателю"}
    assert [row["name"] for row in rows(interface, "?$format=json")] == ["Document_СчетНаОплатуПокупателю"]
    assert ask(interface, f"{STATUSES}?$format=json")[0] == 404


def test_filters_of_dates_numbers_and_types(interface: OnecODataServer) -> None:
    assert len(rows(interface, INVOICES + where("Date ge datetime'2026-03-05T00:00:00' and year(Date) eq 2026"))) == 2
    assert len(rows(interface, INVOICES + where("endswith(Number,'-000012') eq true or Posted eq false"))) == 1
    assert rows(interface, INVOICES + where("not (СуммаДокумента gt 100)")) == []
    kind = "isof(Документ,'Document_СчетНаОплатуПокупателю')"
    assert rows(interface, STATUSES + where(kind)) == []
    interface.books.set_status("11", "Отменен")
    through = "cast(Документ,'Document_СчетНаОплатуПокупателю')/Date ge datetime'2026-03-05T00:00:00'"
    assert len(rows(interface, STATUSES + where(kind))) == len(rows(interface, STATUSES + where(through))) == 1


def test_posting_recomputes_the_status_and_unposting_leaves_it_stale(interface: OnecODataServer) -> None:
    books = interface.books
    guid = books.base.orders["11"].guid
    books.base.pay("11", amount=books.base.orders["11"].total / 2)
    assert books.statuses[guid] == "ОплаченЧастично"
    books.base.pay("11")
    assert books.statuses[guid] == "Оплачен"
    books.base.unpay("11")
    assert books.statuses[guid] == "Оплачен"
    assert rows(interface, f"{MONEY}?$format=json") == []


def test_setting_off_a_debt_moves_no_money(interface: OnecODataServer) -> None:
    interface.books.base.pay("11", kind="offset")
    interface.books.base.refund("11")
    assert rows(interface, f"{MONEY}?$format=json") == []
    interface.books.base.add(order("13"))
    assert len(rows(interface, f"{INVOICES}?$format=json")) == 3
