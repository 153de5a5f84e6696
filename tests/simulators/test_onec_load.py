"""What each double accepts and refuses while loading: handshake, envelope, encodings, shape (1c-clients §2, §3.1)."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Any

import pytest

from commerceml_bridge.simulators.onec import FAMILIES, LoadReport, OneCClient, OneCError, Run, connect, errors

from .onec_site import CP1251, TOKEN, Reply, Site, container, document, envelope, requisites, running

XML = f"application/xml; charset={CP1251}"
STOCK = ["ut10", "ut11", "unf", "unf16", "bp3"]
XDTO = ["ut11", "unf", "unf16", "bp3"]
MODULE_LINE = (
    "<Товар><Ид>portal-p-5</Ид><Наименование>Стол</Наименование>"
    "<Единица><Код>796</Код><НаименованиеПолное>Штука</НаименованиеПолное></Единица>"
    f"{requisites(ВидНоменклатуры='Товар', ТипНоменклатуры='Товар')}"
    "<Цена>600</Цена><Количество>2</Количество><Сумма>1200</Сумма></Товар>"
)


@pytest.fixture
def site() -> Iterator[Site]:
    with running(envelope(document())) as site:
        yield site


def client(site: Site, family: str = "ut11", **options: Any) -> OneCClient:
    return connect(family, address=site.address, login="l", password="p", **options)


def pages(site: Site, *bodies: str) -> None:
    site.answers["query"] = [Reply(body, content_type=XML) for body in bodies]


def module_document(number: str = "A-1", **changes: Any) -> str:
    """An order as the module needs it: the unit a structure, a version mark."""
    return document(number, lines=MODULE_LINE, **changes).replace("<Номер>", "<НомерВерсии>v1</НомерВерсии><Номер>")


def refused(one: OneCClient, text: str, *, match: str = "") -> OneCError:
    with pytest.raises(OneCError) as failed:
        one.load()
    assert failed.value.text.startswith(text), failed.value
    assert match in str(failed.value)
    assert isinstance(failed.value.report, LoadReport)
    assert not failed.value.report.success_sent
    return failed.value


# --- sequences

SEQUENCES = [
    ("ut10", {}, "checkauth query success"),
    ("ut11", {}, "checkauth query success"),
    ("unf", {}, "checkauth init query success"),
    ("unf", {"cms": "other"}, "checkauth query success"),
    ("unf", {"shop": True}, "checkauth init query success"),
    ("unf16", {}, "checkauth query success"),
    ("bp3", {}, "checkauth init query success"),
    ("bp3", {"cms": "umi"}, "checkauth query success"),
]


@pytest.mark.parametrize(("family", "options", "modes"), SEQUENCES)
def test_a_family_loads_in_its_own_sequence(site: Site, family: str, options: dict[str, Any], modes: str) -> None:
    report = client(site, family, **options).load()
    assert site.modes() == modes.split()
    assert (report.documents, report.created, report.success_sent, report.pages) == (["A-1"], 1, True, 1)
    reply = site.answers["query"]
    assert isinstance(reply, Reply)
    assert report.body == reply.bytes()


def test_the_module_queries_until_an_answer_has_no_container(site: Site) -> None:
    pages(site, *(envelope(container(module_document(f"A-{n}", ref=f"si-{n}"))) for n in (1, 2)), envelope())
    report = client(site, "bitrix").load()
    assert site.modes() == ["checkauth", "init", "query", "query", "query", "success"]
    assert (report.documents, report.pages) == (["A-1", "A-2"], 3)


def test_an_endless_query_loop_is_ended_by_the_double(site: Site) -> None:
    pages(site, envelope(container(module_document())))
    refused(client(site, "bitrix", page_limit=3), errors.ENDLESS)
    assert len(site.of("query")) == 3


@pytest.mark.parametrize(
    ("family", "options", "expected"),
    [
        ("ut11", {"use_sessid": True}, f"type=sale&mode=query&{TOKEN}"),
        ("ut11", {}, "type=sale&mode=query"),
        ("ut10", {}, "type=sale&mode=query"),
        ("unf", {}, f"type=sale&mode=query&{TOKEN}"),
        ("unf", {"cms": "other"}, "type=sale&mode=query"),
        ("bp3", {}, f"type=sale&mode=query&{TOKEN}"),
        ("bp3", {"cms": "umi"}, "type=sale&mode=query"),
    ],
)
def test_the_token_travels_as_the_family_sends_it(
    site: Site, family: str, options: dict[str, Any], expected: str
) -> None:
    client(site, family, **options).load()
    assert site.of("query")[0].raw_query == expected
    assert site.of("success")[0].raw_query == expected.replace("query", "success")


@pytest.mark.parametrize(
    ("family", "options", "expected"),
    [
        ("unf", {"subordinate": True}, f"type=sale&mode=init&{TOKEN}&cmlVersion=2.10"),
        ("unf", {}, f"type=sale&mode=init&{TOKEN}"),
        ("bp3", {"online_payments": True}, f"type=sale&mode=init&{TOKEN}&cmlVersion=2.10"),
        ("bp3", {}, f"type=sale&mode=init&{TOKEN}"),
        ("bitrix", {}, f"type=sale&mode=init&{TOKEN}&version=3.1"),
    ],
)
def test_init_of_the_load_names_the_version(site: Site, family: str, options: dict[str, Any], expected: str) -> None:
    client(site, family, **options).load()
    assert site.of("init")[0].raw_query == expected


def test_without_a_fourth_line_the_module_still_writes_its_ampersand(site: Site) -> None:
    site.answers["checkauth"] = Reply("success\nn\nv")
    pages(site, envelope())
    client(site, "bitrix").load()
    assert site.of("init")[0].raw_query == "type=sale&mode=init&&version=3.1"


def test_without_a_fourth_line_unf_writes_no_token(site: Site) -> None:
    site.answers["checkauth"] = Reply("success\nn\nv")
    client(site, "unf").load()
    assert site.of("query")[0].raw_query == "type=sale&mode=query"


# --- checkauth

REFUSED = {
    "ut10": errors.NO_CONNECTION,
    "ut11": f"{errors.LOGIN_REFUSED}\n{errors.NO_CONNECTION}",
    "unf": f"{errors.LOGIN_REFUSED}\n{errors.NO_CONNECTION_UNF}",
    "unf16": f"{errors.LOGIN_REFUSED}\n{errors.NO_CONNECTION_UNF}",
    "bp3": f"{errors.LOGIN_REFUSED}\n{errors.NO_CONNECTION}",
    "bitrix": f"{errors.LOGIN_REFUSED}\n{errors.NO_CONNECTION}",
}


@pytest.mark.parametrize("family", list(FAMILIES))
@pytest.mark.parametrize("body", ["<html>\n<body>Вход</body></html>", "Notice: x\nsuccess\nn\nv", "\nsuccess\nn\nv"])
def test_anything_but_success_in_line_one_is_a_refused_login(site: Site, family: str, body: str) -> None:
    site.answers["checkauth"] = Reply(body)
    if body.startswith(("\n", "Notice")) and family in ("unf", "bp3"):
        refused(client(site, family), body.strip()[:6])
    else:
        refused(client(site, family), REFUSED[family])


@pytest.mark.parametrize("family", list(FAMILIES))
def test_line_one_is_trimmed_and_its_case_ignored(site: Site, family: str) -> None:
    site.answers["checkauth"] = Reply(f" SUCCESS \nname\nvalue\n{TOKEN}\n")
    client(site, family).check_connection()


@pytest.mark.parametrize("family", ["unf", "bp3"])
def test_unf_and_bp_show_the_servers_own_short_text(site: Site, family: str) -> None:
    site.answers["checkauth"] = Reply("failure\nНеверный пароль")
    refused(client(site, family), "failure\nНеверный пароль")
    site.answers["checkauth"] = Reply("failure\n" + "я" * 300)
    refused(client(site, family), REFUSED[family])


@pytest.mark.parametrize("family", list(FAMILIES))
@pytest.mark.parametrize("mode", ["checkauth", "query"])
def test_an_empty_body_is_an_error_everywhere(site: Site, family: str, mode: str) -> None:
    site.answers[mode] = Reply("")
    refused(client(site, family), errors.USER_NOT_AUTHORISED if family == "ut10" else errors.EMPTY_ANSWER)


# --- init of the load


def test_unf_with_bitrix_needs_two_lines_of_init_and_ignores_more(site: Site) -> None:
    site.answers["init"] = Reply("zip=no\nfile_limit=0\nsessid=x\nversion=2.09")
    client(site, "unf").load()
    site.answers["init"] = Reply("zip=no")
    refused(client(site, "unf"), errors.NO_PARAMETERS)


def test_bp_takes_any_init(site: Site) -> None:
    site.answers["init"] = Reply("x")
    assert client(site, "bp3").load().success_sent


@pytest.mark.parametrize(
    "fourth", ["version=3.1", "version=2.09\r", "version=2.09 ", "version=2.07", "version=2.09\n", None]
)
def test_the_module_reads_the_last_four_characters_of_line_four(site: Site, fourth: str | None) -> None:
    lines = ["zip=no", "file_limit=0", TOKEN] + ([] if fourth is None else [fourth])
    site.answers["init+version"] = Reply("\n".join(lines))
    pages(site, envelope())
    if fourth == "version=2.09\n":
        assert client(site, "bitrix").load().success_sent
    else:
        refused(client(site, "bitrix"), errors.NO_PARAMETERS)


# --- the envelope of query


@pytest.mark.parametrize("family", list(FAMILIES))
@pytest.mark.parametrize("lead", ["\n", " ", "<!-- -->"])
def test_the_answer_must_start_with_the_xml_declaration(site: Site, family: str, lead: str) -> None:
    site.serve(lead + envelope(document()))
    refused(client(site, family), errors.UNREADABLE_DATA)


def test_the_utp_build_of_the_module_trims_the_answer(site: Site) -> None:
    pages(site)
    site.answers["query"] = [
        Reply("\n " + envelope(container(module_document()), encoding="UTF-8"), charset="utf-8"),
        Reply(envelope(encoding="UTF-8"), charset="utf-8"),
    ]
    assert client(site, "bitrix", build="utp").load().created == 1


def test_a_failure_is_shown_by_unf_and_bp_and_unreadable_to_the_others(site: Site) -> None:
    site.answers["query"] = Reply("failure\nСервис занят")
    for family in ("unf", "unf16", "bp3"):
        refused(client(site, family), "failure\nСервис занят")
    for family in ("ut10", "ut11", "bitrix"):
        refused(client(site, family), errors.UNREADABLE_DATA)


@pytest.mark.parametrize("family", ["unf", "bp3"])
def test_unf_and_bp_take_an_answer_without_a_declaration(site: Site, family: str) -> None:
    bare = envelope(document()).partition("\n")[2]
    site.serve(bare)
    assert client(site, family).load().created == 1
    refused(client(site, "ut11"), errors.UNREADABLE_DATA)


@pytest.mark.parametrize("family", XDTO)
def test_a_zip_archive_is_not_readable(site: Site, family: str) -> None:
    site.answers["query"] = Reply(body=b"PK\x03\x04" + bytes(40), content_type=XML)
    refused(client(site, family), errors.UNREADABLE_XML)


def test_malformed_xml_is_refused_except_by_the_module(site: Site) -> None:
    site.serve(envelope(document()).replace("</Документ>", ""))
    for family in XDTO:
        refused(client(site, family), errors.UNREADABLE_XML)
    refused(client(site, "ut10"), errors.UNPARSABLE_DATA)
    report = client(site, "bitrix").load()
    assert report.success_sent
    assert report.documents == []


@pytest.mark.parametrize("family", XDTO)
@pytest.mark.parametrize("uri", ["urn:1C.ru:commerceml_2", "urn:1C.ru:commerceml_210", "urn:other"])
def test_a_namespace_makes_the_reading_typed_and_fails(site: Site, family: str, uri: str) -> None:
    site.serve(envelope(document(), attributes=f' xmlns="{uri}"'))
    refused(client(site, family), errors.UNREADABLE_XML)


def test_a_streaming_reader_does_not_mind_a_namespace(site: Site) -> None:
    site.serve(envelope(document(), attributes=' xmlns="urn:1C.ru:commerceml_2"'))
    assert client(site, "ut10").load().created == 1


@pytest.mark.parametrize("family", STOCK)
def test_an_answer_without_documents_is_acknowledged(site: Site, family: str) -> None:
    site.serve(envelope())
    report = client(site, family).load()
    assert report.success_sent
    assert report.messages == [errors.NO_DOCUMENTS]


@pytest.mark.parametrize("family", STOCK)
def test_a_container_is_not_read_by_a_stock_client_which_says_success(site: Site, family: str) -> None:
    site.serve(envelope(container(document())))
    report = client(site, family).load()
    assert (report.documents, report.success_sent) == ([], True)


def test_unf_shop_believes_only_a_short_answer_without_documents(site: Site) -> None:
    site.serve(envelope(container(document())))
    refused(client(site, "unf", shop=True), errors.NO_DOCUMENTS)
    site.serve(envelope())
    assert client(site, "unf", shop=True).load().success_sent


def test_unf_shop_logs_a_schema_version_that_is_not_two(site: Site) -> None:
    site.serve(envelope(document()).replace('ВерсияСхемы="2.05"', 'ВерсияСхемы="3.1"'))
    report = client(site, "unf", shop=True).load()
    assert any("3.1" in message for message in report.messages)


def test_a_bare_document_is_not_read_by_the_module_which_says_success(site: Site) -> None:
    report = client(site, "bitrix").load()
    assert (report.documents, report.success_sent, report.pages) == ([], True, 1)


# --- encodings (§2.4)


def _serve_bytes(site: Site, body: bytes, content_type: str) -> None:
    site.answers["query"] = Reply(body=body, content_type=content_type)


CP = envelope(document()).encode(CP1251)
UTF8 = envelope(document(), encoding="UTF-8").encode()


@pytest.mark.parametrize("family", STOCK)
def test_windows_1251_with_a_matching_header_is_read_by_all(site: Site, family: str) -> None:
    _serve_bytes(site, CP, XML)
    one = client(site, family)
    one.load()
    assert one.base.orders["A-1"].counterparty.name == "ООО «Ромашка»"


@pytest.mark.parametrize("family", STOCK)
def test_utf8_with_a_mark_is_read_by_all(site: Site, family: str) -> None:
    _serve_bytes(site, codecs.BOM_UTF8 + UTF8, "application/xml; charset=utf-8")
    one = client(site, family)
    one.load()
    assert one.base.orders["A-1"].counterparty.name == "ООО «Ромашка»"


def test_utf8_without_a_mark_fails_in_ut10(site: Site) -> None:
    _serve_bytes(site, UTF8, "application/xml; charset=utf-8")
    refused(client(site, "ut10"), errors.UNPARSABLE_DATA)
    assert client(site, "ut11").load().created == 1


def test_ut11_believes_the_header_and_not_the_declaration(site: Site) -> None:
    _serve_bytes(site, CP, "application/xml")
    refused(client(site, "ut11"), errors.UNREADABLE_XML)


def test_another_root_than_the_expected_holds_no_documents_and_is_acknowledged(site: Site) -> None:
    site.serve(envelope(document()).replace("КоммерческаяИнформация", "Справочник"))
    report = client(site, "ut11").load()
    assert (report.documents, report.success_sent) == ([], True)
    refused(client(site, "ut10"), errors.UNPARSABLE_DATA)


def test_unf_and_bp_try_again_when_replacement_marks_appear(site: Site) -> None:
    _serve_bytes(site, CP, "application/xml")
    for family in ("unf", "bp3"):
        assert client(site, family).load().created == 1


def test_unf16_believes_the_declaration(site: Site) -> None:
    _serve_bytes(site, CP, "application/xml; charset=utf-8")
    assert client(site, "unf16").load().created == 1


def test_an_unknown_charset_is_a_platform_error(site: Site) -> None:
    _serve_bytes(site, CP, "application/xml; charset=windows-9999")
    refused(client(site, "ut11"), errors.PLATFORM)


@pytest.mark.parametrize(
    "content_type", ["text/html", 'text/html; charset="utf-8"', "text/html; charset=utf-8; x=y", ""]
)
def test_the_module_needs_charset_as_the_last_unquoted_parameter(site: Site, content_type: str) -> None:
    site.answers["checkauth"] = Reply(f"success\nn\nv\n{TOKEN}\n", content_type=content_type)
    refused(client(site, "bitrix"), errors.PLATFORM)


# --- the shape of untyped reading (§3.1)

SPOILT = {
    "an empty text": "<Комментарий/>",
    "an empty pair": "<Комментарий></Комментарий>",
    "a blank text": "<Комментарий> \n </Комментарий>",
    "an attributed text": '<Комментарий x="1">текст</Комментарий>',
    "an empty container": "<Скидки/>",
    "an empty requisite": requisites(Сайт=""),
}


@pytest.mark.parametrize("family", XDTO)
@pytest.mark.parametrize("extra", SPOILT.values(), ids=SPOILT.keys())
def test_a_leaf_that_is_no_string_spoils_its_document(site: Site, family: str, extra: str) -> None:
    site.serve(envelope(document(extra=extra)))
    refused(client(site, family), errors.DOCUMENTS_FAILED)
    assert "success" not in site.modes()


def test_the_module_refuses_such_a_leaf_too(site: Site) -> None:
    pages(site, envelope(container(module_document(extra="<Комментарий/>"))), envelope())
    refused(client(site, "bitrix"), errors.DOCUMENTS_FAILED)


def test_the_base_unit_may_carry_attributes_and_the_root_too(site: Site) -> None:
    site.serve(envelope(document(), attributes=' ФорматДаты="ДФ=yyyy-MM-dd; ДЛФ=DT"'))
    assert client(site).load().created == 1


def test_a_streaming_reader_does_not_mind_empty_texts(site: Site) -> None:
    site.serve(envelope(document(extra="<Комментарий/>")))
    assert client(site, "ut10").load().created == 1


def test_without_strict_shape_ut11_lets_an_empty_value_inherit_the_one_before(site: Site) -> None:
    site.serve(envelope(document(extra=requisites(Сайт="[s1] Портал", Причина=""))))
    one = client(site, "ut11", strict_shape=False)
    one.load()
    assert one.base.orders["A-1"].requisites == {"Сайт": "[s1] Портал", "Причина": "[s1] Портал"}


def test_without_strict_shape_a_required_text_must_still_be_a_string(site: Site) -> None:
    site.serve(envelope(document().replace("<Номер>A-1</Номер>", "<Номер/>")))
    refused(client(site, "ut11", strict_shape=False), errors.DOCUMENTS_FAILED)


def test_a_document_type_is_refused(site: Site) -> None:
    body = envelope(document()).replace("?>\n", "?>\n<!DOCTYPE x>\n", 1)
    site.serve(body)
    refused(client(site, "ut11"), errors.UNREADABLE_XML)


def test_ut10_wants_number_and_date_before_the_time(site: Site) -> None:
    early = document().replace("<Время>09:05:33</Время>", "")
    site.serve(envelope(early.replace("<Номер>", "<Время>09:05:33</Время><Номер>")))
    refused(client(site, "ut10"), errors.DOCUMENTS_FAILED, match="Время")
    assert client(site, "ut11").load().created == 1


# --- success


@pytest.mark.parametrize(
    ("family", "body", "good"),
    [
        ("ut10", "", True),
        ("ut10", "failure\n", True),
        ("ut11", "", False),
        ("ut11", "failure\nнет", True),
        ("unf", "", False),
        ("unf", "failure\nнет", False),
        ("unf", "error\n", True),
        ("bp3", "failure\nнет", False),
        ("bp3", "error\n", True),
    ],
)
def test_the_answer_to_success_matters_as_the_family_minds_it(site: Site, family: str, body: str, good: bool) -> None:
    site.answers["success"] = Reply(body)
    one = client(site, family)
    if good:
        assert one.load().success_sent
        return
    with pytest.raises(OneCError) as failed:
        one.load()
    assert isinstance(failed.value.report, LoadReport)
    assert failed.value.report.success_sent, "the request went out, the answer was bad"


def test_the_module_needs_success_as_the_first_line(site: Site) -> None:
    pages(site, envelope())
    site.answers["success"] = Reply("error\nsuccess")
    with pytest.raises(OneCError) as failed:
        client(site, "bitrix").load()
    assert failed.value.text == errors.SUCCESS_FAILED


def test_a_load_can_end_before_success_as_in_a_crash(site: Site) -> None:
    one = client(site)
    report = one.load(send_success=False)
    assert site.modes() == ["checkauth", "query"]
    assert (report.success_sent, list(one.base.orders)) == (False, ["A-1"])


def test_a_hook_runs_between_writing_and_success(site: Site) -> None:
    one = client(site)
    seen: list[tuple[list[str], bool]] = []
    one.load(before_success=lambda: seen.append((list(one.base.orders), "success" in site.modes())))
    assert seen == [(["A-1"], False)]
    assert site.modes()[-1] == "success"

    def crash() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        one.load(before_success=crash)
    assert site.modes().count("success") == 1


def test_a_run_has_its_own_patience(site: Site) -> None:
    assert client(site, "ut11").endpoint.timeout == 180
    assert client(site, "unf").endpoint.timeout == client(site, "bp3").endpoint.timeout == 1800
    assert client(site, "ut10").endpoint.timeout is client(site, "bitrix").endpoint.timeout is None
    assert Run().portion_size is None
