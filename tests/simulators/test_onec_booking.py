"""What becomes of a good document in the base, and of a bad one in its batch (facts: 1c-clients §3.2–§3.5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from commerceml_bridge.simulators.onec import (
    Counterparty,
    Item,
    LoadReport,
    OneCBase,
    OneCClient,
    OneCError,
    Order,
    connect,
    errors,
)
from commerceml_bridge.simulators.onec.model import UNCONFIRMED

from .onec_site import (
    CP1251,
    GUID_1,
    GUID_2,
    Reply,
    Site,
    container,
    document,
    envelope,
    goods,
    party,
    requisites,
    running,
    tag,
    tax,
)

STOCK = ["ut10", "ut11", "unf", "unf16", "bp3"]
D = Decimal


@pytest.fixture
def site() -> Iterator[Site]:
    with running(envelope(document())) as site:
        yield site


def client(site: Site, family: str = "ut11", **options: Any) -> OneCClient:
    return connect(family, address=site.address, login="l", password="p", **options)


def load(site: Site, one: OneCClient, *documents: str) -> LoadReport:
    site.serve(envelope(*documents))
    return one.load()


def loaded(site: Site, family: str, body: str, **options: Any) -> Order:
    one = client(site, family, **options)
    load(site, one, body)
    return one.base.orders["A-1"]


def refused(site: Site, one: OneCClient, *documents: str) -> LoadReport:
    with pytest.raises(OneCError) as failed:
        load(site, one, *documents)
    assert failed.value.text == errors.DOCUMENTS_FAILED
    assert isinstance(failed.value.report, LoadReport)
    assert not failed.value.report.success_sent
    return failed.value.report


def load_module(site: Site, one: OneCClient, *containers: str) -> LoadReport:
    site.requests.clear()
    xml = f"application/xml; charset={CP1251}"
    site.answers["query"] = [Reply(envelope(*containers), content_type=xml), Reply(envelope(), content_type=xml)]
    return one.load()


def versioned(body: str, version: str) -> str:
    return body.replace("<Номер>", f"<НомерВерсии>{version}</НомерВерсии><Номер>")


# --- the order as a whole


@pytest.mark.parametrize("family", STOCK)
def test_a_legal_entitys_invoice_is_taken_with_everything(site: Site, family: str) -> None:
    order = loaded(site, family, document(extra="<Комментарий>Срочно</Комментарий>"))
    assert (order.number, order.date, order.time) == ("A-1", dt.date(2026, 3, 2), "09:05:33")
    assert (order.total, order.vat, order.announced, order.currency) == (D("1200.00"), D("200.00"), D("1200.00"), "RUB")
    assert (order.counterparty.name, order.counterparty.inn, order.counterparty.kpp) == (
        "ООО «Ромашка»",
        "7701234567",
        "770101001",
    )
    assert (order.posted, order.cancelled, order.deletion_mark, order.comment) == (True, False, False, "Срочно")
    (line,) = order.lines
    assert (line.name, line.quantity, line.price, line.amount) == ("Стол офисный", D(2), D("600.00"), D("1200.00"))
    assert (line.unit, line.unit_code, line.vat_rate) == ("шт", "796", "20")


@pytest.mark.parametrize("operation", ["Счет на оплату", "Отпуск товара", None])
@pytest.mark.parametrize("family", ["ut10", "ut11", "unf", "unf16"])
def test_another_operation_is_refused(site: Site, family: str, operation: str | None) -> None:
    refused(site, client(site, family), document(operation=operation))


def test_bp_complains_of_the_operation_and_goes_on(site: Site) -> None:
    report = load(site, client(site, "bp3"), document(operation="Счет на оплату"))
    assert (report.created, report.success_sent) == (1, True)
    assert "ХозОперация" in report.messages[0]


def test_the_case_of_the_operation_matters_only_to_ut10(site: Site) -> None:
    body = document(operation="ЗАКАЗ ТОВАРА")
    for family in ("ut11", "unf"):
        assert load(site, client(site, family), body).created == 1
    refused(site, client(site, "ut10"), body)


def test_ut11_commits_what_stood_before_a_wrong_operation(site: Site) -> None:
    one = client(site)
    bodies = (document("A-1"), document("A-2", operation="Счет на оплату"), document("A-3"))
    report = refused(site, one, *bodies)
    assert (list(one.base.orders), report.documents) == (["A-1"], ["A-1"])
    again = load(site, one, document("A-1"), document("A-3"))
    assert (again.updated, again.created) == (1, 1), "the committed one is recognised by its number"


def test_ut11_rolls_the_batch_back_when_a_required_field_is_missing(site: Site) -> None:
    one = client(site)
    refused(site, one, document("A-1"), document("A-2", currency=None), document("A-3"))
    assert one.base.orders == {}


@pytest.mark.parametrize("shop", [False, True])
def test_in_unf_a_bad_document_fails_alone_and_the_last_decides(site: Site, shop: bool) -> None:
    one = client(site, "unf", shop=shop)
    report = load(site, one, document("A-1", date=None), document("A-2"))
    assert (list(one.base.orders), report.success_sent) == (["A-2"], True)
    refused(site, one, document("A-3"), document("A-4", date=None))
    assert list(one.base.orders) == ["A-2", "A-3"]


def test_a_wrong_operation_stops_unf_plan_but_not_unf_shop(site: Site) -> None:
    bodies = (document("A-1"), document("A-2", operation="Прочие"), document("A-3"))
    plan, shop = client(site, "unf"), client(site, "unf", shop=True)
    refused(site, plan, *bodies)
    assert list(plan.base.orders) == ["A-1"]
    assert load(site, shop, *bodies).success_sent
    assert list(shop.base.orders) == ["A-1", "A-3"]


@pytest.mark.parametrize("missing", ["number", "date", "ref"])
@pytest.mark.parametrize("family", ["ut10", "ut11", "unf"])
def test_number_date_and_id_are_required(site: Site, family: str, missing: str) -> None:
    refused(site, client(site, family), document(**{missing: None}))  # type: ignore[arg-type]  # a name for each run


@pytest.mark.parametrize("family", STOCK)
def test_a_document_without_a_counterparty_is_refused(site: Site, family: str) -> None:
    refused(site, client(site, family), document(buyer=""))


# --- currency, date, sums


@pytest.mark.parametrize("family", ["ut11", "unf", "bp3"])
def test_an_unknown_currency_becomes_the_base_one(site: Site, family: str) -> None:
    assert loaded(site, family, document(currency="руб")).currency == "RUB"


def test_an_unknown_currency_is_an_error_in_ut10(site: Site) -> None:
    refused(site, client(site, "ut10"), document(currency="руб"))
    base = OneCBase(currencies={"руб.": "643"})
    assert load(site, client(site, "ut10", base=base), document(currency="руб.")).created == 1


@pytest.mark.parametrize("family", STOCK)
def test_a_document_without_currency_is_refused(site: Site, family: str) -> None:
    refused(site, client(site, family), document(currency=None))


def test_an_unreadable_time_leaves_a_ut11_order_that_is_never_reported(site: Site) -> None:
    one = client(site)
    load(site, one, document(time="9:05:33"))
    assert one.base.orders["A-1"].date is None
    one.base.pay("A-1")
    assert one.upload().documents == 0
    assert one.upload(full=True).files == []


@pytest.mark.parametrize("family", ["ut10", "unf"])
def test_an_unreadable_time_is_refused_elsewhere(site: Site, family: str) -> None:
    refused(site, client(site, family), document(time="9:05:33"))


@pytest.mark.parametrize("value", ["1 200.00", "1200,00", "1,200.00", "1\u00a0200", "1e3"])
@pytest.mark.parametrize("family", ["ut10", "ut11", "unf", "bp3"])
def test_a_number_that_chislo_cannot_read_is_refused(site: Site, family: str, value: str) -> None:
    refused(site, client(site, family), document(lines=goods(price=value, amount="1200.00")))


def test_the_total_is_recomputed_from_quantity_and_price(site: Site) -> None:
    one = client(site)
    report = load(site, one, document(amount="100.00", lines=goods(quantity="3", price="33.33", amount="100.00")))
    assert one.base.orders["A-1"].total == D("99.99")
    assert report.messages == ["Заказ A-1: сумма сайта 100.00, по строкам 99.99"]


def test_a_discount_outside_the_sum_is_taken_off(site: Site) -> None:
    inner = "<Наименование>с</Наименование><Сумма>100</Сумма><УчтеноВСумме>{}</УчтеноВСумме>"
    discount = f"<Скидки><Скидка>{inner}</Скидка></Скидки>"
    outside = loaded(site, "ut11", document(lines=goods(extra=discount.format("false"))))
    inside = loaded(site, "ut11", document(lines=goods(amount="1100.00", extra=discount.format("true"))))
    assert (outside.total, inside.total) == (D("1100.00"), D("1100.00"))


# --- numbers and re-delivery


def test_ut11_numbers_itself_and_keeps_the_sites_number(site: Site) -> None:
    one = client(site)
    load(site, one, document("A-1"), document("A-2"))
    assert [order.number_1c for order in one.base.documents] == ["00УТ-000001", "00УТ-000002"]
    assert all(len(order.number_1c) == 11 for order in one.base.documents)


def test_a_number_longer_than_eleven_characters_duplicates_in_ut11(site: Site) -> None:
    one = client(site)
    for _ in range(2):
        load(site, one, document("ABCDEFGHIJK"), document("ABCDEFGHIJKL", ref="x"))
    assert len(one.base.duplicates("ABCDEFGHIJK")) == 1
    assert len(one.base.duplicates("ABCDEFGHIJKL")) == 2
    assert len(one.base.documents) == 3


def test_without_the_two_attributes_ut11_recognises_and_reports_nothing(site: Site) -> None:
    one = client(site, attributes_set=False)
    load(site, one, document())
    load(site, one, document())
    assert len(one.base.duplicates("A-1")) == 2
    one.base.pay("A-1")
    assert one.upload().documents == 0


@pytest.mark.parametrize(
    ("family", "number", "expected"),
    [
        ("unf", "A-1", "НФНФ-000001"),
        ("unf", "СЧ-2026/17", "НФНФ-202617"),
        ("unf", "12345678", "НФНФ-123456"),
        ("bp3", "B24-77", "0000-002477"),
        ("bp3", "без цифр", "0000-000000"),
    ],
)
def test_unf_and_bp_make_their_number_of_the_sites_digits(site: Site, family: str, number: str, expected: str) -> None:
    one = client(site, family)
    load(site, one, document(number))
    assert one.base.orders[number].number_1c == expected


@pytest.mark.parametrize("family", ["unf", "bp3"])
def test_two_numbers_with_the_same_digits_fall_into_one_document_of_the_year(site: Site, family: str) -> None:
    one = client(site, family)
    load(site, one, document("A-1"), document("B-1", ref="x"), document("C-1", ref="y", date="2027-01-11"))
    assert list(one.base.orders) == ["B-1", "C-1"]
    ((before, now, number_1c),) = one.base.collisions
    assert (before, now, number_1c[-6:]) == ("A-1", "B-1", "000001")


def test_ut11_skips_an_order_that_no_longer_awaits_confirmation(site: Site) -> None:
    one = client(site)
    load(site, one, document())
    assert one.base.orders["A-1"].status == UNCONFIRMED
    changed = document(lines=goods(price="700.00"), amount="1400.00")
    assert load(site, one, changed).updated == 1
    one.base.set_status("A-1", "К выполнению")
    assert load(site, one, document()).skipped == 1
    assert one.base.orders["A-1"].total == D("1400.00")


def test_ut10_skips_an_order_with_linked_documents(site: Site) -> None:
    one = client(site, "ut10")
    load(site, one, document())
    assert load(site, one, document(lines=goods(price="700.00"))).updated == 1
    one.base.pay("A-1", amount=D(1))
    assert load(site, one, document()).skipped == 1
    assert one.base.orders["A-1"].total == D("1400.00")


def test_unf_changes_only_properties_of_an_order_with_linked_documents(site: Site) -> None:
    one = client(site, "unf")
    load(site, one, document())
    one.base.issue_invoice("A-1")
    report = load(site, one, document(lines=goods(price="700.00"), extra=requisites(Сайт="x")))
    assert report.updated == 1
    assert one.base.orders["A-1"].total == D("1200.00")
    assert one.base.orders["A-1"].requisites == {"Сайт": "x"}
    one.base.set_status("A-1", "Завершен")
    assert load(site, one, document()).skipped == 1


@pytest.mark.parametrize(
    ("policy", "posted", "updated"), [("always", 1, 1), ("unposted", 1, 0), ("unposted", 0, 1), ("never", 0, 0)]
)
def test_unf_shop_follows_the_policy_of_its_node(site: Site, policy: str, posted: int, updated: int) -> None:
    one = client(site, "unf", shop=True, policy=policy)
    load(site, one, document())
    if not posted:
        one.base.unpost("A-1")
    assert load(site, one, document()).updated == updated


def test_bp_refills_and_unposts_a_known_invoice(site: Site) -> None:
    one = client(site, "bp3")
    load(site, one, document())
    assert one.base.orders["A-1"].posted
    load(site, one, document(lines=goods(price="700.00")))
    assert (one.base.orders["A-1"].posted, one.base.orders["A-1"].total) == (False, D("1400.00"))


def test_the_module_reads_again_only_a_changed_version(site: Site) -> None:
    one = client(site, "bitrix")
    first, dearer = document(lines=goods()), document(lines=goods(price="700.00"))
    load_module(site, one, container(versioned(first, "1")))
    assert load_module(site, one, container(versioned(dearer, "1"))).skipped == 1
    assert load_module(site, one, container(versioned(dearer, "2"))).updated == 1
    assert one.base.orders["A-1"].total == D("1400.00")


def test_the_module_reads_a_document_without_version_once(site: Site) -> None:
    one = client(site, "bitrix")
    load_module(site, one, container(document()))
    assert load_module(site, one, container(document(lines=goods(price="700.00")))).skipped == 1


def test_the_module_leaves_an_order_alone_that_lost_its_version(site: Site) -> None:
    one = client(site, "bitrix")
    load_module(site, one, container(versioned(document(), "1")))
    assert load_module(site, one, container(document(lines=goods(price="700.00")))).skipped == 1


# --- VAT (§3.4, addendum 1)


def rates(order: Order) -> list[str]:
    return [line.vat_rate for line in order.lines]


@pytest.mark.parametrize(
    ("text", "rate"), [("20", "20"), ("20.00", "20"), ("20/120", "20"), ("18", "18"), ("10", "10")]
)
@pytest.mark.parametrize("family", ["ut10", "ut11", "unf", "bp3"])
def test_known_rates_have_three_spellings(site: Site, family: str, text: str, rate: str) -> None:
    assert rates(loaded(site, family, document(lines=goods(rate=text)))) == [rate]


@pytest.mark.parametrize("text", ["22", "5", "7", "20%", "20.0"])
def test_unknown_rates_fall_to_the_documents_in_ut11_and_to_none_in_unf(site: Site, text: str) -> None:
    body = document(lines=goods(rate=text), taxes=tax("10"))
    assert rates(loaded(site, "ut11", body)) == ["10"]
    assert rates(loaded(site, "unf", body)) == ["Без НДС"]
    lonely = document(lines=goods(rate=text), taxes=tax(text))
    assert rates(loaded(site, "ut11", lonely)) == ["0"]


def test_a_newer_release_knows_the_newer_rates(site: Site) -> None:
    newer = ("0", "5", "7", "10", "18", "20", "22")
    body = document(lines=goods(rate="22"), taxes=tax("22"))
    assert rates(loaded(site, "ut11", body, vat_rates=newer)) == ["22"]
    assert rates(loaded(site, "unf", body, vat_rates=newer)) == ["22"]
    assert rates(loaded(site, "bp3", body)) == ["22"]


@pytest.mark.parametrize("text", ["0", "Без НДС", "Без налога"])
def test_in_ut11_a_line_without_vat_takes_the_documents_rate(site: Site, text: str) -> None:
    mixed = document(lines=goods() + goods("Книга", ref=GUID_2, rate=text), taxes=tax("20"))
    assert rates(loaded(site, "ut11", mixed)) == ["20", "20"]
    plain = document(lines=goods(rate=text), taxes=tax(text))
    assert rates(loaded(site, "ut11", plain)) == ["0"]


def test_in_ut11_a_line_without_a_rate_repeats_the_line_before(site: Site) -> None:
    body = document(lines=goods(rate="10") + goods("Книга", ref=GUID_2, rate=None), taxes=tax("20"))
    assert rates(loaded(site, "ut11", body)) == ["10", "10"]
    assert rates(loaded(site, "unf", body)) == ["10", "20"]


def test_in_unf_an_order_without_a_tax_section_is_untaxed(site: Site) -> None:
    order = loaded(site, "unf", document(taxes=""))
    assert (rates(order), order.vat, order.taxable) == (["Без НДС"], D(0), False)


def test_in_unf_a_tax_without_a_rate_means_twenty(site: Site) -> None:
    assert rates(loaded(site, "unf", document(taxes=tax(None), lines=goods(rate=None)))) == ["20"]


@pytest.mark.parametrize("family", ["ut10", "ut11", "bp3"])
@pytest.mark.parametrize("taxes", ["", tax("20", included=None), tax("20", included="false")])
def test_without_included_at_document_level_vat_comes_on_top(site: Site, family: str, taxes: str) -> None:
    order = loaded(site, family, document(taxes=taxes))
    assert (order.vat, order.total) == (D("240.00"), D("1440.00"))


def test_included_at_line_level_does_not_count(site: Site) -> None:
    order = loaded(site, "ut11", document(taxes="", lines=goods(rate=None, extra=tax("20", included="true"))))
    assert order.total == D("1440.00")


# --- counterparties (§3.3)


def test_ut11_finds_by_name_and_kind_or_by_inn_and_kpp(site: Site) -> None:
    twin = document("A-2", buyer=party(inn="7709999999"))
    by_name, by_inn = client(site), client(site, counterparty_by="inn")
    load(site, by_name, document(), twin)
    load(site, by_inn, document(), twin)
    assert (len(by_name.base.counterparties), len(by_inn.base.counterparties)) == (1, 2)
    person = document("A-3", buyer=party(official=None, full="Ромашка Анна", inn=None, kpp=None))
    load(site, by_name, person)
    assert [known.legal for known in by_name.base.counterparties] == [True, False]


def test_ut11_refuses_a_counterparty_without_a_name(site: Site) -> None:
    refused(site, client(site), document(buyer=party(name=None)))


def test_an_edited_counterparty_is_found_again(site: Site) -> None:
    one = client(site, "ut10")
    load(site, one, document())
    known = one.base.counterparties[0]
    known.name, known.inn = "Ромашка-2", "7700000000"
    one.base.counterparties.changed()
    load(site, one, document("A-2", buyer=party("Ромашка-2", inn=None, kpp=None)))
    assert one.base.counterparties == [known]


def test_ut10_finds_by_inn_or_name_and_the_last_name_element_decides(site: Site) -> None:
    base = OneCBase()
    base.counterparties.append(Counterparty("Ромашка старая", inn="7701234567"))
    one = client(site, "ut10", base=base)
    load(site, one, document())
    assert len(base.counterparties) == 1
    load(site, one, document("A-2", buyer=party("Иванов", official="Иванов", full="Иванов", inn=None, kpp=None)))
    assert not base.orders["A-2"].counterparty.legal


def test_unf_goes_through_its_chain(site: Site) -> None:
    base = OneCBase()
    known = Counterparty("Совсем иначе", guid=GUID_2, inn="1", email="a@b.ru")
    base.counterparties.append(known)
    one = client(site, "unf", base=base)
    mail = "<Контакты><Контакт><Тип>Почта</Тип><Значение>a@b.ru</Значение></Контакт></Контакты>"
    load(site, one, document("A-1", buyer=party(ref=GUID_2)), document("A-2", buyer=party("x", inn="2", extra=mail)))
    assert base.orders["A-1"].counterparty is base.orders["A-2"].counterparty is known


def test_a_twelve_digit_inn_with_an_official_name_is_an_entrepreneur(site: Site) -> None:
    order = loaded(site, "unf", document(buyer=party("ИП Иванов", official="ИП Иванов", inn="500100732259", kpp=None)))
    assert order.counterparty.entrepreneur


def test_bp_needs_a_kpp_with_a_ten_digit_inn(site: Site) -> None:
    one = client(site, "bp3")
    load(
        site, one, document("A-1", buyer=party(ref="c-1", kpp=None)), document("B-2", buyer=party(ref="c-2", kpp=None))
    )
    assert len(one.base.counterparties) == 2
    load(site, one, document("C-3", buyer=party(ref="c-3")), document("D-4", buyer=party(ref="c-4")))
    assert len(one.base.counterparties) == 3


def test_bp_may_be_forbidden_to_create(site: Site) -> None:
    refused(site, client(site, "bp3", may_create=False), document())
    base = OneCBase()
    base.counterparties.append(Counterparty("x", site_id="portal-co-7"))
    one = client(site, "bp3", may_create=False, base=base)
    load(site, one, document())
    assert (base.orders["A-1"].posted, base.items) == (False, []), "unposted, awaiting manual matching"


def test_the_module_needs_an_id_of_the_counterparty(site: Site) -> None:
    one = client(site, "bitrix")
    with pytest.raises(OneCError, match="Контрагент"):
        load_module(site, one, container(document(buyer=party(ref=None))))


# --- items (§3.4)


def base_with_items() -> OneCBase:
    base = OneCBase()
    base.items += [Item("По ссылке", guid=GUID_1), Item("По артикулу", article="ART-1"), Item("По имени")]
    return base


@pytest.mark.parametrize(
    ("family", "line", "found"),
    [
        ("ut11", goods(ref=GUID_1, article="ART-1"), "По ссылке"),
        ("ut11", goods(ref=f"{GUID_1}#{GUID_2}", article="ART-1"), "По артикулу"),
        ("ut11", goods("По имени", ref="x"), "По имени"),
        ("ut10", goods(ref=f"{GUID_1}#{GUID_2}", article="ART-1"), "По ссылке"),
        ("ut10", goods("По имени", ref="x", article="ART-1"), "По имени"),
        ("unf", goods("По имени", ref="x", article="ART-1"), "По артикулу"),
        ("unf", goods("По имени", ref="x"), "По имени"),
        ("bp3", goods("По имени", ref="x", article="ART-1"), "По артикулу"),
        ("bp3", goods("По имени", ref="x"), "По имени"),
    ],
)
def test_an_item_is_found_along_the_familys_chain(site: Site, family: str, line: str, found: str) -> None:
    order = loaded(site, family, document(lines=line), base=base_with_items())
    assert order.lines[0].item is not None
    assert order.lines[0].item.name == found


def test_an_article_that_misses_keeps_unf_and_bp_from_looking_by_name(site: Site) -> None:
    for family in ("unf", "bp3"):
        base = base_with_items()
        loaded(site, family, document(lines=goods("По имени", ref="x", article="нет такого")), base=base)
        assert len(base.items) == 4


def test_bp_wants_a_name_that_hits_once(site: Site) -> None:
    base = base_with_items()
    base.items.append(Item("По имени"))
    loaded(site, "bp3", document(lines=goods("По имени", ref="x")), base=base)
    assert len(base.items) == 5


def test_a_new_item_takes_a_valid_guid_as_its_reference(site: Site) -> None:
    order = loaded(site, "ut11", document(lines=goods(ref=GUID_2) + goods("Второй", ref="portal-p-1")))
    first, second = (line.item for line in order.lines)
    assert first is not None
    assert second is not None
    assert first.guid == GUID_2
    assert second.guid != "portal-p-1"
    assert second.site_id == "portal-p-1"


def test_a_service_is_told_by_the_familys_own_requisite(site: Site) -> None:
    both = goods(kind="Услуга")
    kind, genus = (
        both.replace(f"<Наименование>{name}<", "<Наименование>Иное<") for name in ("ТипНоменклатуры", "ВидНоменклатуры")
    )
    expected = {"ut10": (False, True), "ut11": (False, True), "unf": (False, True), "bp3": (True, False)}
    for family, services in expected.items():
        found = tuple(loaded(site, family, document(lines=line)).lines[0].service for line in (kind, genus))
        assert found == services, family


def test_order_delivery_is_a_service_in_unf(site: Site) -> None:
    assert loaded(site, "unf", document(lines=goods("Доставка", ref="ORDER_DELIVERY"))).lines[0].service


def test_the_module_creates_an_item_only_with_a_unit_structure(site: Site) -> None:
    one = client(site, "bitrix")
    structure = "<Единица><Код>796</Код><НаименованиеПолное>Штука</НаименованиеПолное></Единица>"
    bodies = (document("A-1", ref="1"), document("A-2", ref="2", lines=goods(unit=structure)))
    load_module(site, one, *(container(body) for body in bodies))
    assert (one.base.orders["A-1"].posted, one.base.orders["A-1"].lines[0].item) == (False, None)
    assert one.base.orders["A-2"].posted
    assert one.base.orders["A-2"].lines[0].unit_code == "796"


# --- requisites, payments of the site


@pytest.mark.parametrize("family", STOCK)
def test_requisite_cancelled_cancels(site: Site, family: str) -> None:
    assert loaded(site, family, document(extra=requisites(Отменен="true"))).cancelled
    assert not loaded(site, family, document(extra=requisites(Отменен="false"))).cancelled
    assert loaded(site, family, document(extra=requisites(Отменен="Да"))).cancelled == (family == "ut10")


def test_a_requisite_named_like_an_attribute_overwrites_it_in_unf(site: Site) -> None:
    body = document(extra="<Комментарий>наш</Комментарий>" + requisites(Комментарий="чужой"))
    assert loaded(site, "unf", body).comment == "чужой"
    assert loaded(site, "ut11", body).comment == "наш"


def subordinate(number: str, paid: str | None, operation: str = "Эквайринговая операция") -> str:
    values = {} if paid is None else {"Оплачено": paid}
    return (
        f"<ПодчиненныйДокумент>{tag('Ид', 'p' + number)}{tag('Номер', number)}<Дата>2026-03-02</Дата>"
        f"{tag('ХозОперация', operation)}<Сумма>1200</Сумма>{requisites(Метод_оплаты='Карта', **values)}"
        "</ПодчиненныйДокумент>"
    )


def test_online_payments_are_taken_with_the_newer_schema_only(site: Site) -> None:
    children = subordinate("1", None) + subordinate("2", "false") + subordinate("3", "true")
    children += subordinate("4", "true", "Выплата безналичных денег")
    body = document(extra=f"<ПодчиненныеДокументы>{children}</ПодчиненныеДокументы>")
    unf = loaded(site, "unf", body, subordinate=True)
    assert [(p.site_number, p.amount, p.method) for p in unf.payments] == [
        ("1", D(1200), "Карта"),
        ("3", D(1200), "Карта"),
    ]
    assert [p.site_number for p in loaded(site, "bp3", body, online_payments=True).payments] == ["3"]
    assert loaded(site, "unf", body).payments == loaded(site, "bp3", body).payments == []


def test_an_online_payment_is_not_entered_twice(site: Site) -> None:
    one = client(site, "unf", subordinate=True)
    body = document(extra=f"<ПодчиненныеДокументы>{subordinate('1', 'true')}</ПодчиненныеДокументы>")
    load(site, one, body)
    load(site, one, body)
    assert len(one.base.orders["A-1"].payments) == 1


def test_the_module_takes_payments_and_shipments_by_their_basis(site: Site) -> None:
    one = client(site, "bitrix")
    order = document(ref="si-1")
    based = "<Основание>si-1</Основание>"
    payment = document("7", ref="pay-7", operation="Эквайринговая операция", amount="500", extra=based)
    shipment = document("8", ref="ship-8", operation="Отпуск товара", extra=based)
    for _ in range(2):
        load_module(site, one, container(order, payment, shipment))
    known = one.base.orders["A-1"]
    assert [(p.amount, p.kind, p.guid) for p in known.payments] == [(D(500), "card", "pay-7")]
    assert known.shipped
    assert len(known.shipments) == 1


def test_bp_ignores_invoices_before_its_start_and_with_a_blocked_status(site: Site) -> None:
    one = client(site, "bp3", start_date=dt.date(2026, 3, 1), blocked_statuses=frozenset({"N"}))
    report = load(
        site,
        one,
        document("A-1", date="2026-02-28"),
        document("B-2", extra=requisites(Статус_заказа="[N] Новый")),
        document("C-3"),
    )
    assert (report.skipped, list(one.base.orders)) == (2, ["C-3"])


# --- several clients, one base


def test_two_clients_share_one_base(site: Site) -> None:
    base = OneCBase()
    one, two = client(site, base=base), client(site, base=base)
    load(site, one, document())
    assert load(site, two, document()).updated == 1
    base.pay("A-1")
    assert one.upload().documents == two.upload().documents == 1
    assert one.upload().documents == 0
