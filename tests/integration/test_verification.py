"""Verified, not just sent; invoices typed into 1C by hand; what is none of ours."""

from __future__ import annotations

import datetime as dt

import pytest

from commerceml_bridge.db.browse.party_records import ProblemFilter
from commerceml_bridge.db.browse.records import InvoiceFilter, Returned
from commerceml_bridge.domain.nodes import ClientFamily
from commerceml_bridge.errors import BadInput
from commerceml_bridge.services import adopting, operations, overdue
from tests.integration.office import PAID, Office, file_of, returned
from tests.unit.domain import samples

HAND = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
LATER = {"formed_at": "2026-03-09T12:00:00"}


def strangers(office: Office) -> list[Returned]:
    with office.bridge.db.read() as uow:
        return list(uow.browse.strangers().items)


def problems(office: Office, source: str) -> list[tuple[str, int, str]]:
    with office.bridge.db.read() as uow:
        return [
            (one.code, one.id, one.reason)
            for group in uow.browse.problems(ProblemFilter(source=source))
            for one in group.items
        ]


def typed(number: str = "ЦБ-000055", total: str = "1200.00", date: str = "2026-03-06", inn: str = "7707083893") -> str:
    """An order typed into 1C by hand as the Bitrix module returns it: no number of the site."""
    party = "<Контрагенты><Контрагент><Ид>z</Ид><Наименование>Ромашка</Наименование>"
    party += f"<ИНН>{inn}</ИНН><Роль>Покупатель</Роль></Контрагент></Контрагенты>"
    document = returned("", guid=HAND, total=total, date="0001-01-01", requisites={"Номер по 1С": number} | PAID)
    dated = f"<Номер1С>{number}</Номер1С><Дата1С>{date}</Дата1С>{party}"
    return document.replace("<ХозОперация>", f"{dated}<ХозОперация>")


def line(rate: str) -> str:
    return (
        "<Товары><Товар><Ид>p-p-55</Ид><Наименование>Стул</Наименование><Количество>1</Количество>"
        "<Сумма>1200.00</Сумма><СтавкиНалогов><СтавкаНалога><Наименование>НДС</Наименование>"
        f"<Ставка>{rate}</Ставка></СтавкаНалога></СтавкиНалогов></Товар></Товары>"
    )


#  ставка в 1С → расхождение ("" — сверен)
RATES = [("20", ""), ("20%", ""), ("22", "ставки НДС: отправлено 20, в 1С 22"), ("Без налога", "в 1С Без НДС")]


@pytest.mark.parametrize(("rate", "difference"), RATES)
def test_vat_rates_that_come_back_are_compared(office: Office, rate: str, difference: str) -> None:
    node, bill = office.node(), office.bill("101")
    office.exchange(node)
    office.post(node, file_of(returned("101").replace("</Документ>", line(rate) + "</Документ>")))
    row = office.consignment(node, bill)
    assert difference in row.difference
    assert (row.verified_at is None) == bool(difference)


@pytest.mark.parametrize(
    ("client", "rate", "difference"),
    [
        ("ut11", "0", ""),
        ("auto", "0", ""),
        ("unf", "0", "отправлено Без НДС, в 1С 0"),
        ("ut11", "20", "отправлено Без НДС, в 1С 20"),
    ],
)
def test_an_invoice_without_vat_is_verified_though_ut11_keeps_it_at_zero(
    office: Office, client: str, rate: str, difference: str
) -> None:
    node = office.node(client=ClientFamily(client))
    bill = office.bill("101", rows=(samples.row("1200.00", vat=None),))
    office.exchange(node)
    office.post(node, file_of(returned("101").replace("</Документ>", line(rate) + "</Документ>")))
    row = office.consignment(node, bill)
    assert difference in row.difference
    assert (row.verified_at is None) == bool(difference)


#  валюта, которую вернула 1С → расхождение ("" — сверен)
CURRENCIES = [("USD", ""), ("840", ""), ("у.е.", ""), ("RUB", "валюта: отправлено USD, в 1С RUB"), ("643", "в 1С 643")]


@pytest.mark.parametrize(("currency", "difference"), CURRENCIES)
def test_a_document_1c_took_into_another_currency_is_not_verified(
    office: Office, currency: str, difference: str
) -> None:
    """УТ 11, УНФ and БП take a currency they do not find by its name for the base's own (1c-clients §3.2)."""
    node, bill = office.node(), office.bill("101", currency="USD")
    office.exchange(node)
    office.post(node, file_of(returned("101").replace("<Валюта>RUB<", f"<Валюта>{currency}<")))
    row = office.consignment(node, bill)
    assert difference in row.difference
    assert (row.verified_at is None) == bool(difference)


def test_an_inn_1c_returns_with_spaces_is_the_same(office: Office) -> None:
    node, bill = office.node(), office.bill("101")
    office.exchange(node)
    party = "<Контрагенты><Контрагент><Ид>z</Ид><ИНН>77 0708 3893</ИНН></Контрагент></Контрагенты>"
    office.post(node, file_of(returned("101").replace("<ХозОперация>", f"{party}<ХозОперация>")))
    assert office.consignment(node, bill).difference == ""


def test_a_difference_is_listed_and_goes_with_the_next_file(office: Office) -> None:
    node, bill = office.node(), office.bill("101")
    office.exchange(node)
    office.post(node, file_of(returned("101", total="1100.00")))
    with office.bridge.db.read() as uow:
        (found,) = uow.browse.invoices(InvoiceFilter(state="difference")).items
    assert found.number == "101"
    assert office.counts(node).different == 1
    office.post(node, file_of(returned("101"), **LATER))
    assert office.consignment(node, bill).difference == ""
    assert (office.counts(node).different, office.counts(node).verified) == (0, 1)


def test_an_unposted_document_says_so_until_it_is_posted(office: Office) -> None:
    node, bill = office.node(), office.bill("101")
    office.exchange(node)
    office.post(node, file_of(returned("101", requisites={"Проведен": "false"})))
    assert "не проведён" in office.consignment(node, bill).unposted
    assert len(problems(office, "unposted")) == 1
    office.post(node, file_of(returned("101"), **LATER))
    assert problems(office, "unposted") == []


@pytest.mark.parametrize(("client", "days", "unseen"), [("auto", 3, 1), ("ut11", 0, 0), ("bp3", 3, 0)])
def test_a_document_never_returned_is_a_problem_after_some_days(
    office: Office, client: str, days: int, unseen: int
) -> None:
    node = office.node(client=ClientFamily(client), unseen_days=days)
    office.bill("101")
    office.exchange(node)
    assert overdue.look(office.bridge) == 0
    office.now += dt.timedelta(days=4)
    assert overdue.look(office.bridge) == unseen
    assert len(problems(office, "unseen")) == office.counts(node).unseen == unseen
    office.post(node, file_of(returned("101")))
    assert problems(office, "unseen") == []


def test_number_and_date_stay_as_first_served(office: Office) -> None:
    node = office.node()
    office.bill("101")
    office.exchange(node)
    office.bill("777", b24_id=101, date=dt.date(2026, 5, 1))
    taken = office.exchange(node)
    assert taken.numbers == ["101"]
    assert "<Дата>2026-03-05</Дата>" in taken.text


def test_a_document_created_in_1c_is_information_and_told_once(office: Office) -> None:
    node = office.node()
    body = file_of(returned("777", total="55.00", requisites=PAID))
    for _ in range(3):
        reply = office.post(node, body)
        assert (reply.ok, reply.lines) == (True, ())
    (found,) = strangers(office)
    assert (found.code, found.state) == ("created-in-1c", "information")
    assert problems(office, "document") == []
    assert office.jobs() == []


@pytest.mark.parametrize("operation", ["Возврат товара от покупателя", "Счет-фактура"])
def test_an_unknown_operation_says_nothing_about_the_invoice_it_names(office: Office, operation: str) -> None:
    node, bill = office.node(), office.bill("101")
    office.exchange(node)
    office.post(node, file_of(returned("101", requisites=PAID).replace("Заказ товара", operation)))
    assert [one.code for one in strangers(office)] == ["unknown-operation"]
    assert office.consignment(node, bill).seen_at is None
    assert office.jobs() == []


def test_a_container_with_payments_only_is_kept(office: Office) -> None:
    node = office.node()
    payment = returned("9", requisites={"Оплачен": "true"}).replace("Заказ товара", "Выплата безналичных денег")
    shipment = returned("8").replace("Заказ товара", "Отпуск товара")
    reply = office.post(node, file_of(f"<Контейнер>{payment}{shipment}</Контейнер>", "<Контейнер/>"))
    assert reply.ok
    assert sorted(one.code for one in strangers(office)) == ["not-our-payment", "not-our-shipment"]
    assert problems(office, "document") == []


#  что ввели в 1С → предложена ли связь
TYPED = [
    ({}, True),
    ({"number": "ЦБ-000101", "inn": ""}, True),
    ({"number": "ЦБ-000101", "total": "1500.00"}, True),
    ({"total": "1500.00"}, False),
    ({"inn": ""}, False),
    ({"inn": "5000000000"}, False),
    ({"date": "2025-11-01"}, False),
]


@pytest.mark.parametrize(("changes", "proposed"), TYPED)
def test_an_invoice_typed_by_hand_is_proposed_by_its_evidence(
    office: Office, changes: dict[str, str], proposed: bool
) -> None:
    node = office.node()
    office.bill("101")
    office.post(node, file_of(typed(**changes)))
    assert [code for code, _id, _reason in problems(office, "document")] == (["adoptable"] if proposed else [])
    assert len(strangers(office)) == (0 if proposed else 1)


def test_an_adopted_invoice_is_not_sent_and_its_payment_counts(office: Office) -> None:
    node, bill = office.node(), office.bill("101")
    office.post(node, file_of(typed()))
    ((_code, document, reason),) = problems(office, "document")
    assert "101" in reason
    adopting.adopt(office.bridge, document, operator="бухгалтер", reason="это он")
    assert problems(office, "document") == []
    row = office.consignment(node, bill)
    assert (row.onec_id, row.onec_number, row.payment, row.difference) == (HAND, "ЦБ-000055", "paid", "")
    assert row.verified_at is not None
    assert office.jobs() == ["pending"]
    assert office.exchange(node).documents == 0
    with pytest.raises(BadInput, match="связь"):
        operations.resend(office.bridge, row.id, operator="бухгалтер", reason="ещё раз")
    adopting.release(office.bridge, row.id, operator="бухгалтер", reason="ошибся")
    assert office.exchange(node).numbers == ["101"]


def test_undoing_a_link_retracts_what_that_document_said_of_payment(office: Office) -> None:
    node, bill = office.node(), office.bill("101")
    office.post(node, file_of(typed()))
    ((_code, document, _reason),) = problems(office, "document")
    adopting.adopt(office.bridge, document, operator="бухгалтер", reason="это он")
    row = office.consignment(node, bill)
    adopting.release(office.bridge, row.id, operator="бухгалтер", reason="ошибся")
    now = office.consignment(node, bill)
    assert (now.payment, now.paid_amount, now.payment_reason, now.voucher_number) == ("", None, "", "")
    assert office.jobs() == ["cancelled"]
    with office.bridge.db.read() as uow:
        facts = [fact for _node, fact in uow.ledger.of_invoice(row.invoice_id)]
        assert uow.ledger.of([row.id]) == {}
    assert facts
    assert not any(fact.holds for fact in facts)
    assert office.exchange(node).numbers == ["101"]
    office.post(node, file_of(returned("101", requisites=PAID)))
    assert office.consignment(node, bill).payment == "paid"


def test_an_invoice_from_before_the_first_connection_can_be_adopted(office: Office) -> None:
    node, bill = office.node(), office.bill("101", date=dt.date(2019, 12, 20))
    office.post(node, file_of(typed(date="2019-12-21")))
    ((_code, document, _reason),) = problems(office, "document")
    adopting.adopt(office.bridge, document, operator="бухгалтер", reason="это он")
    assert office.consignment(node, bill).payment == "paid"


def test_a_proposal_somebody_refused_is_not_made_again(office: Office) -> None:
    node = office.node()
    office.bill("101")
    office.post(node, file_of(typed()))
    ((_code, document, _reason),) = problems(office, "document")
    operations.resolve_returned(office.bridge, document, operator="бухгалтер", reason="другой заказ")
    assert office.post(node, file_of(typed())).lines == ()
    assert problems(office, "document") == []


def test_two_invoices_alike_are_left_to_the_person(office: Office) -> None:
    node = office.node()
    bills = [office.bill("201"), office.bill("202")]
    office.post(node, file_of(typed()))
    ((_code, document, reason),) = problems(office, "document")
    assert "201" in reason
    assert "202" in reason
    with pytest.raises(BadInput, match="--invoice"):
        adopting.adopt(office.bridge, document, operator="бухгалтер", reason="это он")
    with office.bridge.db.read() as uow:
        chosen = uow.invoices.by_key(office.portal.id, bills[1].key)
    assert chosen is not None
    adopting.adopt(office.bridge, document, operator="бухгалтер", reason="второй", invoice_id=chosen.id)
    assert office.exchange(node).numbers == ["201"]


def test_an_order_that_names_a_basis_is_verified_all_the_same(office: Office) -> None:
    node = office.node()
    bill = office.bill("101")
    office.exchange(node)
    based = returned("101").replace("<Роль>", "<Основание>101</Основание><Роль>")
    assert office.post(node, file_of(based)).ok
    row = office.consignment(node, bill)
    assert row.verified_at is not None
    assert row.onec_number == "УТ-101"
