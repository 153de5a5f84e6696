import json
from decimal import Decimal
from typing import Any

import pytest

from commerceml_bridge import errors
from commerceml_bridge.bitrix24.answers import Answer, HttpAnswer, moment, read
from commerceml_bridge.bitrix24.refusals import Failure, PortalStopped, Repeat


def answer(body: Any, status: int = 200, method: str = "crm.item.list", **more: str) -> Answer | Failure:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read(HttpAnswer(status, content, **more), method, lambda text: text.replace("s3cr3t", "***"))


def failure(body: Any, status: int = 400, method: str = "crm.item.list", **more: str) -> Failure:
    outcome = answer(body, status, method, **more)
    assert isinstance(outcome, Failure)
    return outcome


def test_numbers_become_decimals_and_never_floats() -> None:
    good = answer(b'{"result":{"price":0.1,"quantity":3},"total":7,"next":50,"time":{"start":1795431600}}')
    assert good == Answer({"price": Decimal("0.1"), "quantity": 3}, 7, 50, {"start": 1795431600})
    assert isinstance(good, Answer)
    assert isinstance(good.result["price"], Decimal)


def test_the_portals_clock_may_be_an_integer_or_a_fraction() -> None:
    for start in (1795431600, Decimal("1795431600.25")):
        found = moment({"start": start})
        assert found is not None
        assert found.isoformat() == "2026-11-23T11:00:00+00:00"
    assert moment({}) is None


@pytest.mark.parametrize(
    "block",
    [
        {"start": "1795431600"},
        {"start": "1795431600.25"},
        {"date_start": "2026-11-23T14:00:00+03:00"},
        {"start": "soon", "date_start": "2026-11-23T14:00:00+03:00"},
    ],
)
def test_the_portals_clock_is_read_from_text_and_from_its_date_as_well(block: dict[str, Any]) -> None:
    found = moment(block)
    assert found is not None
    assert found.isoformat() == "2026-11-23T11:00:00+00:00"


@pytest.mark.parametrize("block", [{"start": True}, {"start": "1e99"}, {"start": "NaN"}, {"date_start": "2026-11-23"}])
def test_what_is_no_moment_is_none(block: dict[str, Any]) -> None:
    assert moment(block) is None


CASES = [
    ("QUERY_LIMIT_EXCEEDED", 503, errors.PortalUnavailable, Repeat.LIMIT),
    ("OPERATION_TIME_LIMIT", 429, errors.PortalUnavailable, Repeat.PAUSE),
    ("INTERNAL_SERVER_ERROR", 500, errors.PortalUnavailable, Repeat.READS),
    ("ERROR_UNEXPECTED_ANSWER", 500, errors.PortalUnavailable, Repeat.READS),
    ("ERROR_CORE", 400, errors.PortalRefused, Repeat.READS_ONCE),
    ("OVERLOAD_LIMIT", 503, PortalStopped, Repeat.STOP),
    ("OVERLOAD_LIMIT", 401, PortalStopped, Repeat.STOP),
    ("NO_AUTH_FOUND", 401, errors.PortalAccessDenied, Repeat.NEVER),
    ("INVALID_CREDENTIALS", 401, errors.PortalAccessDenied, Repeat.NEVER),
    ("INVALID_CREDENTIALS", 403, errors.PortalAccessDenied, Repeat.NEVER),
    ("insufficient_scope", 401, errors.PortalAccessDenied, Repeat.NEVER),
    ("insufficient_scope", 403, errors.PortalAccessDenied, Repeat.NEVER),
    ("expired_token", 401, errors.PortalAccessDenied, Repeat.NEVER),
    ("user_access_error", 403, errors.PortalAccessDenied, Repeat.NEVER),
    ("ACCESS_DENIED", 400, errors.PortalAccessDenied, Repeat.NEVER),
    ("WRONG_AUTH_TYPE", 403, errors.PortalAccessDenied, Repeat.NEVER),
    ("PAYMENT_REQUIRED", 401, errors.PortalAccessDenied, Repeat.NEVER),
    ("PORTAL_DELETED", 410, errors.PortalAccessDenied, Repeat.STOP),
    ("ERROR_METHOD_NOT_FOUND", 404, errors.PortalRefused, Repeat.NEVER),
    ("NOT_FOUND", 400, errors.PortalNotFound, Repeat.NEVER),
    ("INVALID_ARG_VALUE", 400, errors.PortalRefused, Repeat.NEVER),
    ("CRM_FIELD_ERROR_REQUIRED", 400, errors.PortalRefused, Repeat.NEVER),
    ("", 400, errors.PortalRefused, Repeat.NEVER),
    ("100", 400, errors.PortalRefused, Repeat.NEVER),
    (0, 400, errors.PortalRefused, Repeat.NEVER),
    (200040300010, 400, errors.PortalAccessDenied, Repeat.NEVER),
    ("SOMETHING_NEW", 418, errors.PortalRefused, Repeat.NEVER),
    ("SOMETHING_NEW", 500, errors.PortalUnavailable, Repeat.READS),
    ("WRONG_ENCODING", 200, errors.PortalAnswerInvalid, Repeat.NEVER),
]


@pytest.mark.parametrize(("code", "status", "kind", "repeat"), CASES)
def test_the_code_decides_whatever_the_status(
    code: str | int, status: int, kind: type[errors.PortalError], repeat: Repeat
) -> None:
    found = failure({"error": code, "error_description": "Why."}, status)
    assert type(found.error) is kind
    assert found.repeat is repeat
    assert found.error.portal_code == str(code)
    assert "Why." in str(found.error)


def test_the_presence_of_error_decides_even_with_status_200_and_a_result() -> None:
    assert failure({"error": "", "error_description": "Not found.", "result": []}, 200).error.code == "portal-not-found"
    assert type(failure({"error": None}, 200).error) is errors.PortalRefused


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Not found.", errors.PortalNotFound),
        ("Not found", errors.PortalNotFound),
        ("Access denied.", errors.PortalAccessDenied),
        ("Поле «Тема» не заполнено.<br />Укажите тему", errors.PortalRefused),
    ],
)
def test_an_empty_code_is_told_apart_by_its_words(words: str, kind: type[errors.PortalError]) -> None:
    found = failure({"error": "", "error_description": words}, 400, "crm.invoice.get")
    assert type(found.error) is kind
    assert "<br" not in str(found.error)


def test_the_operator_reads_which_scope_and_which_right_are_missing() -> None:
    scope = failure({"error": "insufficient_scope"}, 401, "catalog.product.list").error
    assert "«Торговый каталог (catalog)»" in str(scope)
    assert "«CRM (crm)»" in str(failure({"error": "insufficient_scope"}, 401, "crm.item.list").error)
    assert "изменение счетов" in str(failure({"error": "ACCESS_DENIED"}, 400, "crm.item.update").error)
    assert "чтение счетов" in str(failure({"error": "ACCESS_DENIED"}, 400, "crm.item.productrow.list").error)
    assert "реквизит" in str(failure({"error": "ACCESS_DENIED"}, 400, "crm.requisite.list").error)


def test_the_third_generation_wraps_its_error() -> None:
    found = failure({"error": {"code": "ACCESS_DENIED", "message": "no"}}, 403)
    assert found.error.portal_code == "ACCESS_DENIED"


def test_secrets_in_the_portals_words_are_masked() -> None:
    found = failure({"error": "X", "error_description": "see /rest/1/s3cr3t/"})
    assert "s3cr3t" not in str(found.error)
    assert "***" in str(found.error)


@pytest.mark.parametrize(
    ("content", "status", "kind", "repeat"),
    [
        (b"<html>gateway</html>", 502, errors.PortalUnavailable, Repeat.READS),
        (b"<html>busy</html>", 503, errors.PortalUnavailable, Repeat.READS),
        (b"<html>slow down</html>", 429, errors.PortalUnavailable, Repeat.LIMIT),
        (b"<html>hello</html>", 200, errors.PortalAnswerInvalid, Repeat.READS),
        (b'{"result":[{"ID":"1"},{"I', 200, errors.PortalAnswerInvalid, Repeat.READS),
        (b'{"result":NaN}', 200, errors.PortalAnswerInvalid, Repeat.READS),
        (b"", 200, errors.PortalAnswerInvalid, Repeat.READS),
        (b"[]", 200, errors.PortalAnswerInvalid, Repeat.READS),
        (b'{"time":{}}', 200, errors.PortalAnswerInvalid, Repeat.READS),
        (b"\xff\xfe\x00", 200, errors.PortalAnswerInvalid, Repeat.READS),
        (b"<html>nothing here</html>", 404, errors.PortalRefused, Repeat.NEVER),
        (b"<html>forbidden</html>", 403, errors.PortalAccessDenied, Repeat.NEVER),
        (b"<html>who are you</html>", 401, errors.PortalAccessDenied, Repeat.NEVER),
    ],
)
def test_what_is_no_json_of_bitrix_is_never_half_used(
    content: bytes, status: int, kind: type[errors.PortalError], repeat: Repeat
) -> None:
    found = failure(content, status)
    assert type(found.error) is kind
    assert found.repeat is repeat


def test_retry_after_is_kept() -> None:
    assert failure(b"", 503, retry_after="17").error.retry_after == 17
    assert failure(b"", 503, retry_after="soon").error.retry_after is None
