import logging

import pytest

from commerceml_bridge.bitrix24.webhook import Webhook, mask_codes
from commerceml_bridge.errors import ConfigurationError

URL = "https://firma.bitrix24.ru/rest/7/s3cr3tc0de/"


@pytest.mark.parametrize("tail", ["", "crm.item.list", "crm.item.list.json", "profile.json"])
def test_a_webhook_is_read_with_or_without_a_method_behind_it(tail: str) -> None:
    webhook = Webhook.parse(f"  {URL}{tail}\n")
    assert (webhook.host, webhook.user, webhook.secret_url) == ("firma.bitrix24.ru", 7, URL)
    assert webhook.url("crm.item.get") == f"{URL}crm.item.get.json"


def test_the_final_slash_may_be_missing() -> None:
    assert Webhook.parse(URL.rstrip("/")).secret_url == URL


@pytest.mark.parametrize(
    "url",
    [
        "",
        "firma.bitrix24.ru/rest/7/s3cr3tc0de/",
        "https://firma.bitrix24.ru/",
        "https://firma.bitrix24.ru/rest/s3cr3tc0de/",
        "https://firma.bitrix24.ru/rest/7/",
        "https://user:pass@firma.bitrix24.ru/rest/7/s3cr3tc0de/",
        "https://firma.bitrix24.ru:port/rest/7/s3cr3tc0de/",
        "ftp://firma.bitrix24.ru/rest/7/s3cr3tc0de/",
        "https://firma.bitrix24.ru/rest/7/s3cr3tc0de/a/b",
    ],
)
def test_another_shape_is_refused_with_words_where_to_copy_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match="Входящий вебхук") as caught:
        Webhook.parse(url)
    assert "s3cr3tc0de" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_plain_http_is_for_this_machine_only() -> None:
    with pytest.raises(ConfigurationError, match="https"):
        Webhook.parse("http://firma.bitrix24.ru/rest/7/s3cr3tc0de/")
    for host in ("127.0.0.1:8080", "localhost", "[::1]:9"):
        assert Webhook.parse(f"http://{host}/rest/1/abc/").host == host


def test_neither_repr_nor_str_nor_a_format_shows_the_code() -> None:
    webhook = Webhook.parse(URL)
    for shown in (repr(webhook), str(webhook), f"{webhook}", webhook.masked, repr([webhook])):
        assert "s3cr3tc0de" not in shown
        assert "***" in shown


def test_texts_are_masked() -> None:
    webhook = Webhook.parse(URL)
    assert webhook.mask(f"POST {URL}x?y s3cr3tc0de") == "POST https://firma.bitrix24.ru/rest/7/***/x?y ***"
    assert mask_codes("/rest/1/other/batch.json HTTP/1.1") == "/rest/1/***/batch.json HTTP/1.1"


def test_a_move_to_another_https_host_with_the_same_path_is_accepted() -> None:
    moved = Webhook.parse(URL).moved("https://novaya.bitrix24.ru/rest/7/s3cr3tc0de/batch.json", "batch")
    assert moved is not None
    assert moved.secret_url == "https://novaya.bitrix24.ru/rest/7/s3cr3tc0de/"


@pytest.mark.parametrize(
    "location",
    [
        "",
        "/rest/7/s3cr3tc0de/batch.json",
        "https://novaya.bitrix24.ru/",
        "https://novaya.bitrix24.ru/rest/7/another/batch.json",
        "https://novaya.bitrix24.ru/rest/8/s3cr3tc0de/batch.json",
        "https://firma.bitrix24.ru/rest/7/s3cr3tc0de/batch.json",
        "http://novaya.bitrix24.ru/rest/7/s3cr3tc0de/batch.json",
        "http://127.0.0.1/rest/7/s3cr3tc0de/batch.json",
        "https://127.0.0.1/rest/7/s3cr3tc0de/batch.json",
        "https://novaya.bitrix24.ru/rest/7/s3cr3tc0de/crm.item.get.json",
    ],
)
def test_any_other_move_is_refused(location: str) -> None:
    assert Webhook.parse(URL).moved(location, "batch") is None


def test_a_move_never_gives_up_encryption() -> None:
    secure = Webhook.parse("https://localhost/rest/7/s3cr3tc0de/")
    assert secure.moved("http://127.0.0.1/rest/7/s3cr3tc0de/batch.json", "batch") is None
    assert secure.moved("https://127.0.0.1/rest/7/s3cr3tc0de/batch.json", "batch") is not None


def test_the_log_of_the_transport_is_masked(caplog: pytest.LogCaptureFixture) -> None:
    from commerceml_bridge.bitrix24.client import BitrixClient

    BitrixClient(Webhook.parse(URL))
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("urllib3.connectionpool").debug("%s /rest/7/s3cr3tc0de/batch.json %d", "POST", 200)
    assert "s3cr3tc0de" not in caplog.text
    assert "POST /rest/7/***/batch.json 200" in caplog.text
