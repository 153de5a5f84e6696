"""What the pages say: the right invoice is found, its history is whole, bodies are the exact bytes."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from commerceml_bridge.db import tables
from commerceml_bridge.services import alerting, operations
from tests.web.conftest import Site
from tests.web.firm import LOGIN, NOW, PASSWORD, document
from tests.web.seed import GOODS, add_invoices


def read(site: Site, path: str) -> Any:
    answer = requests.get(site.url(path), auth=(LOGIN, PASSWORD), timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("1041", ["1041"]),
        ("900001", ["СЧ-2025/001044-КД"]),
        ("КА00-1041", ["1041"]),
        ("001044-КД", ["СЧ-2025/001044-КД"]),
        ("фирма alert", ["1047"]),
        ("100%", []),
        ("12000,01", []),
        ("Счёт № 1041", ["1041"]),
        ("счет 1041 от 20.11.2025", ["1041"]),
        ("1041 от 21.11.2025", []),
        ("1041 ромашка", ["1041"]),
        ("1041 василёк", []),
        ("romashka-si-41", ["1041"]),
        ("other-si-41", []),
        ("https://romashka.example/crm/type/31/details/41/", ["1041"]),
    ],
)
def test_search_finds_by_every_number_and_by_words_of_the_name(site: Site, typed: str, found: list[str]) -> None:
    answer = read(site, f"/invoices.json?q={requests.utils.quote(typed)}")  # type: ignore[attr-defined]
    assert [one["number"] for one in answer["invoices"]] == found


@pytest.mark.parametrize("typed", ["РОМАШКА плюс", "7707083893", "12 000,00", "12\xa0000,00\xa0₽", "12000 руб."])
def test_search_finds_by_name_in_any_case_inn_and_total(site: Site, typed: str) -> None:
    answer = read(site, f"/invoices.json?q={requests.utils.quote(typed)}")  # type: ignore[attr-defined]
    assert len(answer["invoices"]) >= 7


@pytest.mark.parametrize(
    ("state", "numbers"),
    [
        ("due", ["1047", "1045"]),
        ("held", ["1046"]),
        ("served", ["1043"]),
        ("acknowledged", ["1042"]),
        ("seen", ["СЧ-2025/001044-КД"]),
        ("verified", ["1041"]),
        ("never", ["1048"]),
        ("problem", []),
    ],
)
def test_the_state_filter_and_the_state_shown_are_one(site: Site, state: str, numbers: list[str]) -> None:
    answer = read(site, f"/invoices.json?state={state}")
    assert [one["number"] for one in answer["invoices"]] == numbers
    assert answer["filter"]["state"] == state
    if state not in ("never", "problem"):
        assert {at["state"] for one in answer["invoices"] for at in one["nodes"]} == {state}


def test_counts_of_a_node_are_the_lengths_of_its_lists(site: Site) -> None:
    node = next(one for one in read(site, "/index.json")["nodes"] if one["name"] == "Торговля")
    for state, count in node["counts"].items():
        listed = read(site, f"/invoices.json?state={state}&node={node['id']}")["invoices"]
        assert len(listed) == count, state
    assert node["quarantined"] == 2


def test_the_history_of_an_invoice_tells_its_whole_life_in_order(site: Site) -> None:
    page = read(site, f"/invoices/{site.seeded.invoices['verified']}.json")
    kinds = [entry["kind"] for entry in page["timeline"]]
    assert kinds == [
        "changed", "fetched", "revised", "rendered", "served", "acknowledged",
        "returned", "decided", "written", "proven",
    ], "two revisions of one save in Bitrix24 are one change there"  # fmt: skip
    assert [entry["at"] for entry in page["timeline"]] == sorted(entry["at"] for entry in page["timeline"])
    at = {entry["kind"]: entry for entry in page["timeline"]}
    changes = {change["field"]: (change["before"], change["after"]) for change in at["revised"]["changes"]}
    assert changes == {
        "comment": (None, "Доставка до пятницы"),
        "rows.0.name": ("Монтаж кондиционера", "Монтаж и пуск"),
    }
    assert at["served"]["session_id"] == site.seeded.ids["session-first"]
    assert at["rendered"]["rendering_id"] == at["served"]["rendering_id"]
    assert at["returned"]["text"].startswith("Заказ товара 1041 20.11.2025, 12 000,00".replace("12 000", "12\xa0000"))
    assert at["decided"]["text"] == "1С назвала дату оплаты 2025-11-22."
    assert at["decided"]["returned_id"] == at["returned"]["returned_id"] == site.seeded.ids["returned"]
    assert page["jobs"][0]["proof"]["after"]["stage_id"] == "DT31_1:P"
    assert page["invoice"]["total"] == "12000.00"


def test_a_substitute_number_is_shown_beside_the_printed_one_with_the_warning(site: Site) -> None:
    with site.operator() as browser:
        text = browser.get(site.url(f"/invoices/{site.seeded.invoices['seen']}"), timeout=10).text
        plain = browser.get(site.url(f"/invoices/{site.seeded.invoices['verified']}"), timeout=10).text
    assert "Номер 900001 подставной: напечатанный номер «СЧ-2025/001044-КД»" in text
    assert "подставной" not in plain


def test_downloads_are_the_bytes_on_the_wire(site: Site) -> None:
    ids = site.seeded.ids
    with site.bridge.db.read() as uow:
        head, tail = uow.connection.execute(sa.select(tables.delivery.c.head, tables.delivery.c.tail)).one()
    whole = head + document("1041", "12000.00") + document("1042", "12000.00") + tail
    with site.operator() as browser:
        for path in (f"delivery/{ids['delivery']}", f"answer/{ids['query-step']}"):
            answer = browser.get(site.url(f"/bodies/{path}/download"), timeout=10)
            assert answer.content == whole
            assert int(answer.headers["Content-Length"]) == len(whole)
            assert answer.headers["Content-Disposition"].startswith("attachment;")
        one = browser.get(site.url(f"/bodies/document/{ids['rendering-verified']}/download"), timeout=10)
        assert one.content == document("1041", "12000.00")
        upload = browser.get(site.url(f"/bodies/upload/{ids['upload']}/download"), timeout=10).content
        part = browser.get(site.url(f"/bodies/request/{ids['file-step']}/download"), timeout=10).content
        assert upload.startswith("<КоммерческаяИнформация>".encode())
        assert part == upload[60:]


def test_a_body_is_shown_indented_or_as_it_is_with_its_encoding(site: Site) -> None:
    delivery = site.seeded.ids["delivery"]
    pretty = read(site, f"/bodies/delivery/{delivery}.json")
    assert (pretty["form"], pretty["encoding"]) == ("pretty", "windows-1251")
    assert "\n    <Номер>1041</Номер>\n" in pretty["text"]
    raw = read(site, f"/bodies/delivery/{delivery}.json?view=raw")
    assert raw["form"] == "raw"
    assert "<Документ><Ид>" in raw["text"]


def seen_at(site: Site, name: str) -> str:
    consignment = tables.consignment
    with site.bridge.db.read() as uow:
        statement = sa.select(consignment.c.seen_at).where(consignment.c.id == site.seeded.consignments[name])
        at = uow.connection.execute(statement).scalar_one()
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def test_problems_are_grouped_by_cause_with_a_next_step_each(site: Site) -> None:
    found = read(site, "/problems.json")
    causes = {(group["source"], group["code"]) for group in found["groups"]}
    assert causes == {
        ("upload", "not-well-formed"),
        ("document", "unknown"),
        ("held", "vat-mix"),
        ("difference", "difference"),
        ("job", "writeback"),
        ("invoice", "fetch"),
        ("portal", "portal"),
    }
    assert all(group["title"] and group["cause"] and group["next_step"] for group in found["groups"])
    assert found["count"] == 7
    assert read(site, "/index.json")["problems"] == 7
    assert {one["at"] for group in found["groups"] for one in group["items"] if one["source"] == "difference"} == {
        seen_at(site, "seen")
    }
    narrowed = read(site, "/problems.json?source=held&code=vat-mix")
    assert [group["code"] for group in narrowed["groups"]] == ["vat-mix"]


def test_a_session_tells_documents_bytes_and_each_step(site: Site) -> None:
    page = read(site, f"/sessions/{site.seeded.ids['session-first']}.json")
    assert page["session"]["sent_documents"] == 2
    assert page["session"]["families"] == ["ut11", "unf"]
    assert [one["mode"] for one in page["steps"]] == ["checkauth", "query", "success"]
    assert page["steps"][0]["answer"] == "success\ncmlb_session\n***\nsessid=***\n"
    assert page["steps"][0]["query"] == "type=sale&mode=checkauth&sessid=***"
    assert page["steps"][1]["documents"] == 2
    assert [(one["invoice_number"], one["rendering_id"]) for one in page["given"]] == [
        ("1041", site.seeded.ids["rendering-verified"]),
        ("1042", site.seeded.ids["rendering-acknowledged"]),
    ]
    assert page["session"]["bytes_out"] == sum(one["response_size"] for one in page["steps"])


def test_sessions_are_filtered_by_node_result_and_days_of_the_viewers_zone(site: Site) -> None:
    node = site.seeded.ids["Торговля"]
    assert len(read(site, f"/sessions.json?node={node}")["sessions"]) == 3
    assert read(site, f"/sessions.json?node={site.seeded.ids['Бухгалтерия']}")["sessions"] == []
    assert [one["result"] for one in read(site, "/sessions.json?result=failure")["sessions"]] == ["failure"]
    assert len(read(site, "/sessions.json?since=2025-11-24&until=2025-11-24")["sessions"]) == 3
    assert read(site, "/sessions.json?since=2025-11-25")["sessions"] == []
    assert read(site, "/sessions.json?until=2025-11-23")["sessions"] == []


def test_a_refused_login_of_1c_is_found_without_a_session(site: Site) -> None:
    steps = read(site, "/refusals.json")["steps"]
    assert [one["code"] for one in steps] == ["auth-failed"]


def test_the_node_page_names_the_exact_address_and_the_share_of_printed_numbers(site: Site) -> None:
    page = read(site, f"/nodes/{site.seeded.ids['Торговля']}.json")
    assert page["address"] == site.url("/bitrix/admin/1c_exchange.php")
    assert (page["node"]["numbers"], page["node"]["numbers_printed"], page["printed_share"]) == (7, 6, 85)


def test_long_lists_are_paged_without_gaps_or_repeats(fresh_site: Site) -> None:
    add_invoices(fresh_site.bridge, ({"b24_id": number, "number": f"N{number}"} for number in range(1000, 1120)))
    seen: list[str] = []
    cursor = ""
    while True:
        page = read(fresh_site, f"/invoices.json?after={cursor}")
        seen += [one["number"] for one in page["invoices"]]
        cursor = page["next"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 128


def test_the_mapping_of_each_line_is_told(site: Site) -> None:
    invoice = site.seeded.invoices["verified"]
    told = {one["consignment_id"]: one["lines"] for one in read(site, f"/invoices/{invoice}.json")["goods"]}
    assert told == {site.seeded.consignments["verified"]: GOODS}
    with site.operator() as browser:
        page = browser.get(site.url(f"/invoices/{invoice}"), timeout=10).text
    assert "Монтаж кондиционера: " in page
    assert "— Кронштейн 450 <code>5d0c</code>" in page


def test_silence_is_shown_even_if_no_worker_runs_to_raise_the_alarm(fresh_site: Site) -> None:
    with fresh_site.bridge.db.write() as uow:
        uow.connection.execute(sa.update(tables.portal).values(fetched_at=NOW - dt.timedelta(hours=2), last_error=""))
        uow.connection.execute(sa.update(tables.node).values(created_at=NOW - dt.timedelta(days=9)))
    shown = read(fresh_site, "/index.json")
    assert shown["alerts"] == []
    assert [(one["kind"], one["subject"]) for one in shown["unraised"]] == [
        ("silent", "Бухгалтерия"),
        ("portal", "romashka"),
    ]
    assert [one["kind"] for one in read(fresh_site, "/problems.json")["unraised"]] == ["portal"]
    with fresh_site.operator() as browser:
        page = browser.get(fresh_site.url("/"), timeout=10).text
    assert "обработчик (commerceml-bridge worker) не запущен" in page
    assert "Проблем нет." not in page
    alerting.look(fresh_site.bridge)
    raised = read(fresh_site, "/index.json")
    assert {one["kind"] for one in raised["alerts"]} >= {"silent", "portal"}
    assert raised["unraised"] == []


def test_a_file_that_was_set_aside_is_seen_in_the_list_though_the_exchange_succeeded(site: Site) -> None:
    troubled = {one["id"]: one["troubled_files"] for one in read(site, "/sessions.json")["sessions"]}
    ids = site.seeded.ids
    assert troubled == {ids["session-first"]: 0, ids["session-return"]: 1, ids["session-broken"]: 1}
    with site.operator() as browser:
        assert "файлов с отложенным: 1" in browser.get(site.url("/sessions"), timeout=10).text


def test_a_held_invoice_is_a_problem_since_it_was_held_however_often_it_is_read(fresh_site: Site) -> None:
    held = fresh_site.seeded.consignments["verified"]
    operations.hold(fresh_site.bridge, held, operator="anna", reason="ждём договор")
    with fresh_site.bridge.db.write() as uow:
        later = NOW + dt.timedelta(days=1)
        uow.connection.execute(sa.update(tables.invoice).values(fetched_at=later))
    (group,) = read(fresh_site, "/problems.json?source=held&code=operator")["groups"]
    assert [one["at"] for one in group["items"]] == [f"{NOW:%Y-%m-%dT%H:%M:%SZ}"]


def test_the_sessions_of_an_invoice_are_found_by_what_it_is_found_by(site: Site) -> None:
    ids = site.seeded.ids

    def found(text: str) -> list[int]:
        return [one["id"] for one in read(site, f"/sessions.json?q={text}")["sessions"]]

    assert found("1041") == [ids["session-return"], ids["session-first"]]
    assert found("1042") == [ids["session-first"]]
    assert found("7707083893") == [ids["session-return"], ids["session-first"]]
    assert found("1045") == found("no-such") == []


def test_only_what_was_written_has_a_proof(fresh_site: Site) -> None:
    invoice, job = fresh_site.seeded.invoices["verified"], fresh_site.seeded.ids["done-job"]
    with fresh_site.bridge.db.write() as uow:
        for kind in ("parked", "retried"):
            uow.journal.add_event(NOW, invoice, kind, "Записать сейчас: anna.", job_id=job)
    with fresh_site.operator() as browser:
        page = browser.get(fresh_site.url(f"/invoices/{invoice}"), timeout=10).text
    entries = page.split('<li class="kind-')[1:]
    proven = [one.split('"')[0] for one in entries if f"/bodies/proof/{job}" in one.split("</li>")[0]]
    assert proven == ["written", "proven"]
    assert sum(f'href="#job-{job}"' in one for one in entries) >= 4


def test_an_alert_of_the_overview_leads_to_its_problems(fresh_site: Site) -> None:
    with fresh_site.bridge.db.write() as uow:
        uow.connection.execute(sa.update(tables.portal).values(fetched_at=NOW - dt.timedelta(hours=2)))
        uow.connection.execute(sa.update(tables.node).values(created_at=NOW - dt.timedelta(days=9)))
    alerting.look(fresh_site.bridge)
    with fresh_site.operator() as browser:
        page = browser.get(fresh_site.url("/"), timeout=10).text
        links = re.findall(r'role="alert"><strong><a href="([^"]+)"', page)
        led = [
            browser.get(fresh_site.url(one.replace("&amp;", "&").replace("?", ".json?")), timeout=10) for one in links
        ]
    assert sorted(one.partition("?")[2].partition("=")[0] for one in links) == ["node", "portal", "source"]
    assert all(one.json()["count"] > 0 for one in led)
