"""Fetching against a live simulated portal: contents, paging, de-duplication, request counts."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from commerceml_bridge import errors
from commerceml_bridge.bitrix24.by_id import fetch_one
from commerceml_bridge.bitrix24.cursor import Cursor, KindCursor
from commerceml_bridge.bitrix24.details import DetailReader, Head
from commerceml_bridge.bitrix24.fetch import FetchOptions, count_since, fetch_changes
from commerceml_bridge.bitrix24.portal_info import PortalInfo, detect
from commerceml_bridge.bitrix24.products import ProductCodes
from commerceml_bridge.domain.invoices import InvoiceKind, PartyKind, StageSemantics
from commerceml_bridge.simulators.portal import FaultKind, Row, Settings, Stage, seed_demo, seed_many
from tests.integration.bitrix24.live import OLD_ONLY, SMART_ONLY, START, Live, Stored, invoices, old, problems, smart

MOSCOW = dt.timezone(dt.timedelta(hours=3))


# --- contents ---------------------------------------------------------------------------------------------------------


def test_a_whole_portal_arrives_with_everything_around_its_invoices() -> None:
    with Live() as live:
        demo = seed_demo(live.portal)
        pages = live.pages()
    found = invoices(pages)
    assert problems(pages) == []
    assert set(found) == {*map(smart, demo.smart_invoices), *map(old, demo.old_invoices)}
    first = found[smart(demo.smart_invoices[0])]
    assert first.buyer is not None
    assert first.seller is not None
    assert (first.buyer.name, first.buyer.inn, first.buyer.kpp) == ("Уралдеталь", "6671054326", "667101001")
    assert first.buyer.bank_account is not None
    assert len(first.buyer.addresses) == 2
    assert first.seller.entity_id == demo.my_company
    assert first.date == dt.date(2026, 11, 19)
    assert first.rows[0].product_xml_id == "5f0c4c1e-7d2b-11ee-9a41-00155d0a0b01"
    assert first.rows[1].is_service
    assert sum(row.price * row.quantity for row in first.rows) == first.total
    person = found[smart(demo.smart_invoices[3])].buyer
    assert person is not None
    assert (person.kind, person.name) == (PartyKind.PERSON, "Ветрова Ольга Сергеевна")


def test_a_service_of_an_old_invoice_is_one_where_the_catalogues_may_be_asked() -> None:
    for settings, told in ((Settings(), True), (Settings(scopes=frozenset({"crm"})), False)):
        with Live(settings) as live:
            live.seed_seller()
            company = live.portal.add_company("А", inn="7700000011")
            service = live.portal.add_product("Монтаж", "5f0c4c1e-7d2b-11ee-9a41-00155d0a0b77", type=7)
            goods = live.portal.add_product("Стул", "5f0c4c1e-7d2b-11ee-9a41-00155d0a0b78")
            rows = [Row("Монтаж", 10, 1, product_id=service), Row("Стул", 10, 1, product_id=goods)]
            made = live.portal.add_old_invoice(account_number="о1", company_id=company, rows=rows)
            found = invoices(live.pages())[old(made)]
        assert [row.is_service for row in found.rows] == [told, False]
        assert all(row.product_xml_id for row in found.rows)


def test_both_kinds_with_the_same_ids_are_kept_apart() -> None:
    with Live() as live:
        live.seed_seller()
        company = live.portal.add_company("А", inn="7700000011")
        row = Row("Вещь", 10, 1)
        assert live.portal.add_smart_invoice(account_number="с1", company_id=company, rows=[row]) == 1
        assert live.portal.add_old_invoice(account_number="о1", company_id=company, rows=[row]) == 1
        found = invoices(live.pages())
    assert {key: invoice.number for key, invoice in found.items()} == {smart(1): "с1", old(1): "о1"}


def test_the_calendar_day_survives_every_zone() -> None:
    for offset in (180, 720, 120):
        with Live(Settings(utc_offset=offset)) as live:
            live.portal.add_smart_invoice(account_number="1", begindate=dt.date(2026, 11, 5))
            assert invoices(live.pages())[smart(1)].date == dt.date(2026, 11, 5)


def test_lists_without_a_promised_order_are_asked_in_one() -> None:
    with Live(Settings(kinds=frozenset({"smart"}), scramble_unordered=True)) as live:
        seed_many(live.portal, 120)
        assert len(invoices(live.pages())) == 120


def test_rows_of_many_and_of_long_invoices_come_whole() -> None:
    with Live(SMART_ONLY) as live:
        live.seed_seller()
        for number in range(1, 13):
            rows = [Row(f"Товар {place}", 1, 1) for place in range(number * 10)]
            live.portal.add_smart_invoice(account_number=str(number), rows=rows)
        found = invoices(live.pages())
    assert [len(invoice.rows) for invoice in found.values()] == [number * 10 for number in range(1, 13)]
    assert [row.name for row in found[smart(12)].rows] == [f"Товар {place}" for place in range(120)]


def test_a_requisite_outside_the_link_does_not_matter_and_without_a_link_the_first_is_taken() -> None:
    with Live(SMART_ONLY) as live:
        live.seed_seller()
        company = live.portal.add_company("А", inn="7700000011", kpp="770001001")
        live.portal.add_smart_invoice(account_number="1", company_id=company, link=False)
        buyer = invoices(live.pages())[smart(1)].buyer
    assert buyer is not None
    assert (buyer.inn, buyer.requisite_id) == ("7700000011", 2)


def test_contact_of_a_company_is_the_person_to_talk_to() -> None:
    with Live(SMART_ONLY) as live:
        live.seed_seller()
        company = live.portal.add_company("А", inn="7700000011")
        contact = live.portal.add_contact("Пётр", "Кровлин")
        live.portal.add_smart_invoice(account_number="1", company_id=company, contact_id=contact)
        buyer = invoices(live.pages())[smart(1)].buyer
    assert buyer is not None
    assert (buyer.entity, buyer.contact_person) == ("company", "Кровлин Пётр")


# --- product codes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "offer_code"),
    [
        (SMART_ONLY, "guid#offer"),
        (Settings(kinds=frozenset({"smart"}), scopes=frozenset({"crm"})), ""),
        (Settings(kinds=frozenset({"smart"}), catalog_rights=False), ""),
    ],
)
def test_offers_have_codes_where_the_catalogue_may_be_seen(settings: Settings, offer_code: str) -> None:
    with Live(settings) as live:
        live.seed_seller()
        plain = live.portal.add_product("Плита", "guid-plain")
        by_hand = live.portal.add_product("Сделано руками")
        offer = live.portal.add_product("Плита синяя", "guid#offer", parent_id=plain)
        rows = [
            Row("Плита", 1, 1, product_id=plain),
            Row("Руками", 1, 1, product_id=by_hand),
            Row("Синяя", 1, 1, product_id=offer, type=4),
        ]
        live.portal.add_smart_invoice(account_number="1", rows=rows)
        found = invoices(live.pages())[smart(1)]
    assert [row.product_xml_id for row in found.rows] == ["guid-plain", "", offer_code]


def test_known_product_codes_are_not_asked_again_within_the_hour() -> None:
    with Live(SMART_ONLY) as live:
        live.seed_seller()
        product = live.portal.add_product("Плита", "guid-plain")
        number = live.portal.add_smart_invoice(account_number="1", rows=[Row("Плита", 1, 1, product_id=product)])
        codes = ProductCodes(live.portal.now)
        info = live.info()
        for seconds, asked in ((0, 1), (600, 0), (3601, 1)):
            live.portal.advance_clock(seconds)
            live.journal.clear()
            page = live.pages(codes=codes, info=info)[0]
            assert page.invoices[0].rows[0].product_xml_id == "guid-plain"
            assert live.journal.count_commands("catalog.product.list") == asked
        assert number == 1


def test_refused_product_codes_neither_fail_nor_are_remembered() -> None:
    with Live(SMART_ONLY) as live:
        live.seed_seller()
        product = live.portal.add_product("Плита", "guid-plain")
        live.portal.add_smart_invoice(account_number="1", rows=[Row("Плита", 1, 1, product_id=product)])
        codes, info = ProductCodes(live.portal.now), live.info()
        live.faults.add(FaultKind.REST, methods=["catalog.product.list"], inner=True, code="ACCESS_DENIED")
        assert live.pages(codes=codes, info=info)[0].invoices[0].rows[0].product_xml_id == ""
        assert live.pages(codes=codes, info=info)[0].invoices[0].rows[0].product_xml_id == "guid-plain"


# --- request counts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "requests"), [(10, 3), (50, 3), (500, 4), (2600, 11)])
@pytest.mark.parametrize("dangling", ["unfiltered", "error"])
def test_the_first_load_keeps_the_budget_and_discards_dangling_pages(count: int, requests: int, dangling: str) -> None:
    with Live(Settings(kinds=frozenset({"smart"}), dangling=dangling)) as live:
        seed_many(live.portal, count, clients=count // 3)
        pages = live.pages()
        assert len(invoices(pages)) == count
        assert problems(pages) == []
        assert live.journal.count() == requests


@pytest.mark.parametrize(("count", "requests"), [(10, 3), (50, 3), (51, 5)])
def test_an_incremental_run_keeps_the_budget(count: int, requests: int) -> None:
    with Live(SMART_ONLY) as live:
        seed_many(live.portal, 200)
        before = live.pages()
        live.portal.advance_clock(600)
        for number in range(1, count + 1):
            live.portal.touch(number)
        live.journal.clear()
        pages = live.pages(before[-1].cursor, known=Stored(before), info=detect_quietly(live))
        assert set(invoices(pages)) == {smart(number) for number in range(1, count + 1)}
        assert live.journal.count() == requests


def detect_quietly(live: Live) -> PortalInfo:
    info = detect(live.client)
    live.journal.clear()
    return info


@pytest.mark.parametrize(("settings", "kinds"), [(SMART_ONLY, 1), (OLD_ONLY, 1), (Settings(), 2)])
def test_an_idle_look_is_one_request(settings: Settings, kinds: int) -> None:
    with Live(settings) as live:
        if "smart" in settings.kinds:
            seed_many(live.portal, 60)
        cursor = live.pages()[-1].cursor
        live.portal.advance_clock(3600)
        idle = live.pages(cursor)
        assert invoices(idle) == {}
        assert live.journal.count() == 1
        assert len(idle) == kinds
        assert idle[-1].cursor != cursor
        live.portal.advance_clock(3600)
        thorough = live.pages(idle[-1].cursor, options=FetchOptions(surroundings=True))
        live.portal.advance_clock(3600)
        thorough = live.pages(thorough[-1].cursor, options=FetchOptions(surroundings=True))
        assert live.journal.count() == 1
        assert thorough[-1].changed == []
        assert thorough[-1].cursor.parties_from == live.portal.now()


def test_a_long_first_load_goes_on_in_chains() -> None:
    with Live(SMART_ONLY) as live:
        seed_many(live.portal, 320)
        pages = live.pages(options=FetchOptions(chain_pages=3))
        assert [len(page.invoices) for page in pages] == [150, 170, 0]
        assert len(invoices(pages)) == 320


def test_a_small_batch_size_costs_requests_and_loses_nothing() -> None:
    with Live(SMART_ONLY) as live:
        seed_many(live.portal, 130)
        pages = live.pages(options=FetchOptions(batch_size=7, chain_pages=10))
        assert len(invoices(pages)) == 130
        assert max(len(entry.commands) for entry in live.journal.entries()) == 7


# --- passes and cursors -----------------------------------------------------------------------------------------------


def test_the_overlap_costs_the_list_only() -> None:
    with Live(SMART_ONLY) as live:
        seed_many(live.portal, 20, days=0)
        before = live.pages()
        stored = Stored(before)
        live.portal.advance_clock(30)
        again = live.pages(before[-1].cursor, known=stored)
        assert invoices(again) == {}
        assert live.journal.count() == 1
        assert stored.asked == [20]


def test_without_a_memory_the_overlap_brings_the_same_again() -> None:
    with Live(SMART_ONLY) as live:
        seed_many(live.portal, 3, days=0)
        before = live.pages()
        live.portal.advance_clock(30)
        assert len(invoices(live.pages(before[-1].cursor))) == 3


def test_a_known_page_that_is_full_does_not_hide_the_next() -> None:
    with Live(SMART_ONLY) as live:
        seed_many(live.portal, 120, days=0)
        before = live.pages()
        live.portal.advance_clock(30)
        live.portal.update_invoice(120, title="Изменён")
        again = live.pages(before[-1].cursor, known=Stored(before))
        assert set(invoices(again)) == {smart(120)}


def test_a_change_behind_a_running_pass_is_found_by_the_next() -> None:
    with Live(SMART_ONLY) as live:
        seed_many(live.portal, 120)
        info, options = live.info(), FetchOptions(chain_pages=1, overlap=dt.timedelta(seconds=0))
        running = fetch_changes(live.client, info, Cursor(), options=options)
        first = next(running)
        live.portal.advance_clock(900)
        live.portal.update_invoice(1, title="Изменён на ходу")
        rest = list(running)
        assert smart(1) not in invoices(rest)
        later = live.pages(rest[-1].cursor, known=Stored([first, *rest]), options=options, info=info)
        assert invoices(later)[smart(1)].title == "Изменён на ходу"


def test_a_pass_goes_on_after_any_page_from_its_stored_cursor() -> None:
    with Live(SMART_ONLY) as live:
        seed_many(live.portal, 170)
        info, options = live.info(), FetchOptions(chain_pages=1)
        whole = live.pages(info=info, options=options)
        assert [len(page.invoices) for page in whole] == [50, 100, 20, 0]
        for place, page in enumerate(whole):
            cursor = Cursor.from_json(page.cursor.to_json())
            assert cursor == page.cursor
            if place < len(whole) - 2:
                rest = live.pages(cursor, info=info, options=options)
                assert set(invoices(rest)) == set(invoices(whole[place + 1 :]))
                assert rest[-1].cursor == whole[-1].cursor


def test_an_interrupted_incremental_pass_keeps_its_own_beginning() -> None:
    with Live() as live:
        seed_many(live.portal, 60, days=0)
        state = KindCursor(START - dt.timedelta(hours=1), 50, START - dt.timedelta(minutes=5))
        pages = live.pages(Cursor(smart=state, old=KindCursor(START)))
        assert set(invoices(pages)) == {smart(number) for number in range(51, 61)}
        assert pages[0].cursor.smart == KindCursor(START - dt.timedelta(minutes=5))


def test_the_cursor_follows_the_portals_clock_and_not_ours() -> None:
    with Live(SMART_ONLY) as live:
        info = live.info()
        live.client.clock = lambda: START + dt.timedelta(days=30)
        page = next(fetch_changes(live.client, info, Cursor()))
        assert page.cursor.smart.updated_from == START


def test_a_first_load_may_be_limited_by_date_and_later_changes_still_come() -> None:
    with Live() as live:
        live.seed_seller()
        company = live.portal.add_company("А", inn="7700000011")
        row = Row("Вещь", 10, 1)
        for day in (1, 15, 20):
            date = dt.date(2026, 11, day)
            live.portal.add_smart_invoice(account_number=f"с{day}", begindate=date, company_id=company, rows=[row])
            live.portal.add_old_invoice(account_number=f"о{day}", date_bill=date, company_id=company, rows=[row])
        live.portal.advance_clock(600)
        pages = live.pages(Cursor(dated_from=dt.date(2026, 11, 15)))
        assert {invoice.number for invoice in invoices(pages).values()} == {"с15", "с20", "о15", "о20"}
        live.portal.advance_clock(600)
        live.portal.update_invoice(1, title="Изменён")
        later = live.pages(pages[-1].cursor, known=Stored(pages))
        assert set(invoices(later)) == {smart(1)}


def test_an_old_invoice_that_vanishes_between_list_and_reading_is_left_out() -> None:
    with Live(OLD_ONLY) as live:
        live.seed_seller()
        company = live.portal.add_company("А", inn="7700000011")
        for _ in range(3):
            live.portal.add_old_invoice(company_id=company, rows=[Row("Вещь", 10, 1)])
        info = live.info()

        def delete_one(listed: object) -> set[object]:
            live.portal.delete_old_invoice(2)
            return set()

        pages = list(fetch_changes(live.client, info, Cursor(), known=delete_one))  # type: ignore[arg-type]  # a set of nothing fits any key
        assert set(invoices(pages)) == {old(1), old(3)}
        assert problems(pages) == []


# --- problems ---------------------------------------------------------------------------------------------------------


def test_one_bad_invoice_does_not_stop_the_others() -> None:
    with Live(SMART_ONLY) as live:
        live.seed_seller()
        for number in range(1, 4):
            live.portal.add_smart_invoice(account_number=str(number), rows=[Row("Вещь", 10, 1)])
        live.portal.update_invoice(2, begindate="")
        pages = live.pages()
    assert set(invoices(pages)) == {smart(1), smart(3)}
    (problem,) = problems(pages)
    assert problem.key == smart(2)
    assert "дата" in problem.reason
    assert problem.updated_at == START


def test_a_restricted_owner_is_asked_invoice_by_invoice() -> None:
    with Live(Settings(kinds=frozenset({"smart"}), readable_invoices=frozenset({2, 3}))) as live:
        live.seed_seller()
        for number in range(1, 4):
            live.portal.add_smart_invoice(account_number=str(number), rows=[Row(f"Вещь {number}", 10, 1)])
        pages = live.pages()
    found = invoices(pages)
    assert {key.id: [row.name for row in invoice.rows] for key, invoice in found.items()} == {
        2: ["Вещь 2"],
        3: ["Вещь 3"],
    }
    assert problems(pages) == []


def test_rows_of_one_refused_invoice_are_a_problem_of_that_invoice() -> None:
    with Live(SMART_ONLY) as live:
        live.seed_seller()
        for number in range(1, 4):
            live.portal.add_smart_invoice(account_number=str(number), rows=[Row("Вещь", 10, 1)])
        live.faults.add(FaultKind.REST, times=2, methods=["crm.item.productrow.list"], inner=True, code="ACCESS_DENIED")
        pages = live.pages()
    assert set(invoices(pages)) == {smart(2), smart(3)}
    assert [problem.key for problem in problems(pages)] == [smart(1)]
    assert "чтение счетов" in problems(pages)[0].reason


def test_one_deleted_invoice_does_not_make_the_next_ones_dear() -> None:
    with Live(SMART_ONLY) as live:
        seed_many(live.portal, 10)
        reader = DetailReader(live.client, ProductCodes(), 50)
        heads = [Head(number, 0, 0, 0) for number in range(1, 11)]
        live.faults.add(
            FaultKind.REST, times=2, methods=["crm.item.productrow.list"], inner=True, code="OWNER_NOT_FOUND"
        )
        first = reader.gather(InvoiceKind.SMART, detect(live.client), heads, (), asked_at=START)
        assert list(first.unreadable) == [1]
        assert not reader.one_owner_each
        assert len(first.around.rows) == 9


def test_refused_counterparties_stop_the_run() -> None:
    with Live(SMART_ONLY) as live:
        seed_many(live.portal, 3)
        live.faults.add(FaultKind.REST, methods=["crm.company.list"], inner=True, code="ACCESS_DENIED")
        with pytest.raises(errors.PortalAccessDenied, match="чтение компаний"):
            live.pages()


def test_a_command_failing_in_passing_inside_a_batch_is_repeated() -> None:
    with Live(SMART_ONLY) as live:
        seed_many(live.portal, 30)
        live.faults.add(FaultKind.INTERNAL, times=2, methods=["crm.item.productrow.list"], inner=True)
        assert all(invoice.rows for invoice in invoices(live.pages()).values())
        assert live.journal.count() == 4


def test_every_passing_fault_in_turn_leaves_the_same_invoices() -> None:
    kinds = (FaultKind.DROP_AFTER, FaultKind.TRUNCATED, FaultKind.HTML, FaultKind.QUERY_LIMIT, FaultKind.INTERNAL)
    with Live(SMART_ONLY) as live:
        seed_many(live.portal, 30)
        info = live.info()
        calm = invoices(live.pages(info=info))
        for kind in kinds:
            live.faults.add(kind, times=2)
            assert invoices(live.pages(info=info)) == calm


def test_a_stage_made_since_is_learnt() -> None:
    stages = (*Settings().stages, Stage("UC_1", "Новая стадия", 135, "F"))
    with Live(SMART_ONLY) as before:
        stale = detect(before.client)
    with Live(Settings(kinds=frozenset({"smart"}), stages=stages)) as live:
        live.seed_seller()
        live.portal.add_smart_invoice(account_number="1", stage="UC_1")
        found = invoices(live.pages(info=stale))
    assert found[smart(1)].stage_semantics is StageSemantics.FAILURE


def test_a_recurring_template_is_marked() -> None:
    for recurring in (True, False):
        with Live(Settings(kinds=frozenset({"smart"}), recurring=recurring)) as live:
            fields: dict[str, Any] = {"isRecurring": "Y"} if recurring else {}
            live.portal.add_smart_invoice(account_number="1", **fields)
            assert invoices(live.pages())[smart(1)].is_recurring_template is recurring


# --- one, and how many ------------------------------------------------------------------------------------------------


def test_one_invoice_of_each_kind_is_read_alone() -> None:
    with Live() as live:
        demo = seed_demo(live.portal)
        info = live.info()
        everything = invoices(live.pages(info=info))
        for key in (smart(demo.smart_invoices[1]), old(demo.old_invoices[0])):
            assert fetch_one(live.client, info, key) == everything[key]


@pytest.mark.parametrize("kind", list(InvoiceKind))
def test_a_deleted_invoice_is_not_found(kind: InvoiceKind) -> None:
    with Live() as live:
        key = smart(404) if kind is InvoiceKind.SMART else old(404)
        with pytest.raises(errors.PortalNotFound):
            fetch_one(live.client, live.info(), key)


def test_one_unusable_invoice_is_refused_with_its_reason() -> None:
    with Live() as live:
        live.portal.add_smart_invoice(account_number="1")
        live.portal.update_invoice(1, begindate="")
        with pytest.raises(errors.PortalRefused, match="дата"):
            fetch_one(live.client, live.info(), smart(1))


def test_invoices_since_a_day_are_counted_in_one_request() -> None:
    with Live() as live:
        live.seed_seller()
        company = live.portal.add_company("А", inn="7700000011")
        for day in range(1, 29):
            live.portal.add_smart_invoice(account_number=str(day), begindate=dt.date(2026, 10, day))
            live.portal.add_smart_invoice(account_number=f"n{day}", begindate=dt.date(2026, 11, day))
            date = dt.date(2026, 11, day)
            live.portal.add_old_invoice(date_bill=date, company_id=company, rows=[Row("Вещь", 10, 1)])
        info = live.info()
        assert count_since(live.client, info, dt.date(2026, 11, 1)) == 56
        assert live.journal.count() == 1
        assert count_since(live.client, info, dt.date(2026, 11, 28)) == 2
        assert count_since(live.client, info, dt.date(2027, 1, 1)) == 0


def test_a_portal_without_invoices_counts_none_and_fetches_nothing() -> None:
    with Live(Settings(kinds=frozenset())) as live:
        info = live.info()
        assert count_since(live.client, info, dt.date(2026, 1, 1)) == 0
        assert live.pages(info=info) == []
        assert live.journal.count() == 0


def test_money_is_exact_to_the_last_kopeck() -> None:
    with Live(SMART_ONLY) as live:
        live.seed_seller()
        rows = [Row(f"Т{place}", "0.1", "0.3", 22) for place in range(10)]
        live.portal.add_smart_invoice(account_number="1", rows=rows)
        found = invoices(live.pages())[smart(1)]
    assert all((row.price, row.quantity) == (Decimal("0.1"), Decimal("0.3")) for row in found.rows)
    assert isinstance(found.total, Decimal)
