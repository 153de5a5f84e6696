"""Our client against the live interface: one poll, its forms, and what each failure becomes."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from commerceml_bridge.domain.books import BookInvoice
from commerceml_bridge.errors import (
    ConfigurationError,
    ODataDenied,
    ODataError,
    ODataLoginRefused,
    ODataNotPublished,
    ODataObjectMissing,
    ODataQueryRefused,
    ODataUnavailable,
)
from commerceml_bridge.onec_odata.accounting import bank_numbers, read_books, read_one_number
from commerceml_bridge.onec_odata.address import service_root
from commerceml_bridge.onec_odata.client import ODataClient
from commerceml_bridge.simulators.odata import Fault, OnecODataServer
from tests.integration.onec_odata.base import order

SINCE = dt.date(2026, 3, 1)


def read(client: ODataClient) -> dict[str, BookInvoice]:
    return {one.number: one for one in read_books(client, SINCE, prefix="00БС")}


def test_one_poll_is_three_requests_and_joins_them(interface: OnecODataServer, client: ODataClient) -> None:
    interface.books.base.pay("12", amount=Decimal("160.00"), date=dt.date(2026, 3, 7))
    found = read(client)
    assert client.requests_sent == 3
    assert (found["00БС-000011"].status, found["00БС-000011"].payments) == ("", ())
    one = found["00БС-000012"]
    assert (one.status, one.total, one.paid) == ("ОплаченЧастично", Decimal("800.00"), Decimal("160.00"))
    (payment,) = one.payments  # two movements, one for each VAT rate
    assert (payment.kind, payment.date) == ("ПоступлениеНаРасчетныйСчет", dt.date(2026, 3, 7))


def test_requests_stay_few_and_short_however_many_invoices(interface: OnecODataServer, client: ODataClient) -> None:
    for number in range(100, 1200):
        interface.books.base.add(order(str(number)))
    interface.books.base.pay("100")
    assert len(read(client)) == 1102
    assert client.requests_sent == 5  # three pages of 500, two registers
    assert max(len(one.query) for one in interface.asked) < 1000
    assert all("+" not in one.query for one in interface.asked)


def test_a_query_is_only_read_and_the_password_reaches_no_address(
    interface: OnecODataServer, client: ODataClient
) -> None:
    read(client)
    assert interface.writes == 0
    assert "пароль" not in repr(client)


def test_a_base_that_knows_no_path_through_cast_is_asked_otherwise(
    interface: OnecODataServer, client: ODataClient
) -> None:
    interface.publication.knows_cast_paths = False
    interface.books.set_status("11", "Оплачен")
    assert read(client)["00БС-000011"].status == "Оплачен"


def test_a_base_that_knows_no_isof_is_asked_by_references_of_five(
    interface: OnecODataServer, client: ODataClient
) -> None:
    for number in range(100, 107):
        interface.books.base.add(order(str(number)))
    interface.publication.knows_cast_paths = interface.publication.knows_isof = False
    interface.books.base.pay("106")
    found = read(client)["00БС-000106"]
    assert (found.status, found.paid) == ("Оплачен", Decimal("1200.00"))
    assert max(len(one.query) for one in interface.asked) < 2048


def test_movements_in_another_currency_are_marked(interface: OnecODataServer, client: ODataClient) -> None:
    interface.books.pay_in("11", Decimal("10.00"), "USD")
    assert read(client)["00БС-000011"].payments[0].other_currency


def test_the_number_alone_finds_every_prefix(interface: OnecODataServer, client: ODataClient) -> None:
    interface.books.base.add(order("11", number_1c="0000-000011"))
    assert {one.prefix for one in read_one_number(client, "000011", 2026)} == {"00БС", "0000"}


def test_bank_numbers_are_a_help_that_may_be_missing(interface: OnecODataServer, client: ODataClient) -> None:
    payment = interface.books.base.pay("11", document_number="00ПЛ-000457")
    assert bank_numbers(client, SINCE) == {payment.guid: "457"}
    interface.publication.composition.discard("Document_ПоступлениеНаРасчетныйСчет")
    assert bank_numbers(client, SINCE) == {}


def unpublish(server: OnecODataServer) -> None:
    server.publication.composition.discard("InformationRegister_СтатусыДокументов")


def forbid(server: OnecODataServer) -> None:
    server.publication.unreadable.add("AccumulationRegister_ОплатаСчетов_RecordType")


def hide(server: OnecODataServer) -> None:
    server.publication.hidden_rows.add("Document_СчетНаОплатуПокупателю")


def trouble(fault: Fault) -> Callable[[OnecODataServer], None]:
    def order_it(server: OnecODataServer) -> None:
        server.faults.slow_seconds = 4.0
        server.faults.add(fault)

    return order_it


@pytest.mark.parametrize(
    ("break_it", "error", "says"),
    [
        (unpublish, ODataObjectMissing, "Регистр сведений «Статусы документов» (СтатусыДокументов)"),
        (forbid, ODataDenied, "«Только просмотр»"),
        (hide, ODataDenied, "Счет покупателю"),
        (trouble(Fault.HTML_404), ODataNotPublished, "Публиковать стандартный интерфейс OData"),
        (trouble(Fault.REDIRECT), ODataNotPublished, "перенаправляет"),
        (trouble(Fault.HTML_200), ODataUnavailable, "на обслуживании"),
        (trouble(Fault.HTML_503), ODataUnavailable, "HTTP 503"),
        (trouble(Fault.LICENCE), ODataUnavailable, "HTTP 402"),
        (trouble(Fault.INTERNAL), ODataUnavailable, "Конфликт блокировок"),
        (trouble(Fault.DROP), ODataUnavailable, "оборвалось"),
        (trouble(Fault.TRUNCATED), ODataUnavailable, "1С"),
        (trouble(Fault.SLOW), ODataUnavailable, "вовремя"),
    ],
)
def test_a_failure_is_named_and_nothing_of_the_poll_is_used(
    interface: OnecODataServer,
    client: ODataClient,
    break_it: Callable[[OnecODataServer], None],
    error: type[ODataError],
    says: str,
) -> None:
    break_it(interface)
    with pytest.raises(error) as caught:
        read(client)
    assert says in caught.value.message
    assert interface.password not in caught.value.message
    assert caught.value.__cause__ is None


def test_a_wrong_password_is_told_apart(interface: OnecODataServer) -> None:
    with pytest.raises(ODataLoginRefused):
        ODataClient(interface.root, interface.login, "x").composition()


def test_a_release_without_a_field_is_another_configuration(interface: OnecODataServer, client: ODataClient) -> None:
    with pytest.raises(ODataQueryRefused):
        list(client.rows("Document_СчетНаОплатуПокупателю", "НомерДокумента", ""))


def test_nobody_at_the_address_is_temporary() -> None:
    with pytest.raises(ODataUnavailable) as caught:
        ODataClient("http://127.0.0.1:9/odata/standard.odata/", "a", "b").composition()
    assert not caught.value.permanent


@pytest.mark.parametrize(
    ("written", "root"),
    [
        ("https://1c.example/buh", "https://1c.example/buh/odata/standard.odata/"),
        ("https://1c.example/buh/", "https://1c.example/buh/odata/standard.odata/"),
        ("https://1c.example/buh/odata/standard.odata/$metadata", "https://1c.example/buh/odata/standard.odata/"),
        ("https://1cfresh.example/a/ea/1234/ru_RU/", "https://1cfresh.example/a/ea/1234/odata/standard.odata/"),
        (
            "http://10.0.0.5:8080/Бухгалтерия",
            "http://10.0.0.5:8080/"
            + "%D0%91%D1%83%D1%85%D0%B3%D0%B0%D0%BB%D1%82%D0%B5%D1%80%D0%B8%D1%8F"
            + "/odata/standard.odata/",
        ),
        ("https://база.рф", "https://" + "база.рф".encode("idna").decode() + "/odata/standard.odata/"),
    ],
)
def test_any_form_of_the_address_is_taken(written: str, root: str) -> None:
    assert service_root(written) == root


@pytest.mark.parametrize("written", ["", "1c.example", "ftp://1c.example/", "https://me:secret@1c.example/buh"])
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        service_root(written)
    assert "secret" not in caught.value.message


def test_a_record_is_frozen(client: ODataClient) -> None:
    one = read(client)["00БС-000011"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.status = "Оплачен"  # type: ignore[misc]  # that it cannot be done is the point


# --- one session of 1C for one poll (§3.7) ---


def test_a_poll_begins_one_session_of_1c_and_ends_it(interface: OnecODataServer, client: ODataClient) -> None:
    interface.books.set_status("12", "НеОплачен")  # or the registers are asked once more
    read(client)
    assert [one.session for one in interface.asked] == ["start", "", "finish"]
    assert [bool(one.cookie) for one in interface.asked] == [False, True, True]
    assert interface.sessions.open == set()
    read(client)
    client.close()
    assert (client.requests_sent, interface.sessions.open) == (6, set())


def test_a_session_left_open_ends_with_the_client(interface: OnecODataServer, client: ODataClient) -> None:
    client.composition()
    assert len(interface.sessions.open) == 1
    client.close()
    assert interface.sessions.open == set()


def test_a_publication_that_refuses_sessions_is_asked_without(interface: OnecODataServer, client: ODataClient) -> None:
    interface.books.set_status("12", "НеОплачен")  # or the registers are asked once more
    interface.sessions.allowed = False
    assert len(read(client)) == 2
    assert [one.session for one in interface.asked] == ["start", "", "", ""]


def test_a_lost_session_is_begun_anew(interface: OnecODataServer, client: ODataClient) -> None:
    interface.books.set_status("12", "НеОплачен")
    client.composition()
    interface.sessions.open.clear()
    interface.asked.clear()
    assert len(read(client)) == 2
    assert [one.session for one in interface.asked] == ["", "start", "", "finish"]
