"""Outside clients drive the portal simulator and get the seed data back: the official SDK over TLS, fast-bitrix24.

What they read, how they batch and which errors they recognise is their own code's judgement of our envelopes. Follows
facts: bitrix24-rest §9.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponseError
from b24pysdk import BitrixWebhook, Config
from b24pysdk import Client as Sdk
from b24pysdk.errors import (
    BitrixAPIAccessDenied,
    BitrixAPIBadRequest,
    BitrixAPIInsufficientScope,
    BitrixAPIInvalidCredentials,
    BitrixAPIOperationTimeLimit,
    BitrixAPIOverloadLimit,
    BitrixAPIQueryLimitExceeded,
    BitrixResponse302JSONDecodeError,
    BitrixResponseJSONDecodeError,
)
from fast_bitrix24 import Bitrix
from fast_bitrix24.server_response import ErrorInServerResponseException

from commerceml_bridge.simulators.portal import FaultKind, PortalServer, Settings, seed_demo, seed_many
from tests.simulators.portal_tls import certificate

SMART = {"entityTypeId": 31}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PortalServer]:
    pem, context = certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    with PortalServer(host="localhost", ssl_context=context) as running:
        seed_demo(running.portal)
        seed_many(running.portal, 120)
        yield running


@pytest.fixture
def plain() -> Iterator[PortalServer]:
    """fast-bitrix24 speaks plain http as well."""
    with PortalServer() as running:
        seed_demo(running.portal)
        seed_many(running.portal, 120)
        yield running


def token(server: PortalServer, code: str = "") -> BitrixWebhook:
    code = code or server.portal.settings.code
    return BitrixWebhook(domain=f"localhost:{server.port}", webhook_token=f"1/{code}")


def sdk(server: PortalServer, code: str = "") -> Sdk:
    return Sdk(token(server, code))


@pytest.fixture
def once() -> Iterator[None]:
    """Let the official SDK try once: its repetitions sleep for seconds."""
    config = Config()
    before = config.default_max_retries
    config.configure(default_max_retries=1)
    yield
    config.configure(default_max_retries=before)


# --- the official SDK -------------------------------------------------------------------------------------------------


def test_the_official_sdk_reads_every_invoice_both_ways(server: PortalServer) -> None:
    client = sdk(server)
    request = client.crm.item.list(entity_type_id=31)
    expected = list(range(1, 126))
    assert sorted(item["id"] for item in request.as_list().result) == expected
    assert sorted(item["id"] for item in request.as_list_fast().result) == expected
    assert len(client.crm.company.list().as_list().result) == len(server.portal.companies)


def test_the_official_sdk_reads_rows_stages_and_batches(server: PortalServer) -> None:
    client = sdk(server)
    rows = client.crm.item.productrow.list(filter={"=ownerType": "SI", "=ownerId": 1}).result["productRows"]
    assert [row["id"] for row in rows] == [row["id"] for row in server.portal.smart_invoice(1)["rows"]]
    assert len(client.crm.status.list(filter={"ENTITY_ID": "SMART_INVOICE_STAGE_5"}).result) == 4
    calls = {"one": client.crm.item.get(bitrix_id=1, entity_type_id=31), "all": client.crm.requisite.list()}
    found = client.call_batch(calls).result.result
    assert found["one"]["item"]["accountNumber"] == "11"
    assert len(found["all"]) == len(server.portal.requisites)


def test_the_official_sdk_reads_counterparties_and_catalogues(server: PortalServer) -> None:
    client = sdk(server)
    seeded = {int(row["ID"]): row for row in server.portal.requisites}
    for row in client.crm.requisite.list().as_list().result:
        assert row["RQ_INN"] == seeded[int(row["ID"])]["RQ_INN"]
    assert len(client.crm.requisite.bankdetail.list().as_list().result) == len(server.portal.bank_details)
    assert len(client.crm.contact.list().as_list().result) == len(server.portal.contacts)
    assert {row["iblockId"] for row in client.catalog.catalog.list().result["catalogs"]} == {23, 24}
    assert [row["id"] for row in client.crm.category.list(entity_type_id=31).result["categories"]] == [5]


def test_the_official_sdk_reads_old_invoices_by_their_raw_methods(server: PortalServer) -> None:
    listed = token(server).call_method("crm.invoice.list", {"select": ["ID", "ACCOUNT_NUMBER"], "order": {"ID": "ASC"}})
    assert [row["ACCOUNT_NUMBER"] for row in listed["result"]] == ["8", "9"]
    whole = token(server).call_method("crm.invoice.get", {"id": 1})["result"]
    seeded = server.portal.old_invoice(1)
    assert [row["PRODUCT_NAME"] for row in whole["PRODUCT_ROWS"]] == [
        row["PRODUCT_NAME"] for row in seeded["PRODUCT_ROWS"]
    ]


def test_the_official_sdk_writes_a_stage_and_reads_it_back(server: PortalServer) -> None:
    client = sdk(server)
    answer = client.crm.item.update(bitrix_id=1, entity_type_id=31, fields={"stageId": "DT31_5:P"}).result
    assert answer["item"]["stageId"] == server.portal.smart_invoice(1)["stageId"] == "DT31_5:P"


def test_the_official_sdk_understands_a_revoked_webhook(server: PortalServer) -> None:
    with pytest.raises(BitrixAPIInvalidCredentials):
        _ = sdk(server, "revoked").crm.item.list(entity_type_id=31).result


def test_the_official_sdk_understands_a_missing_scope_and_a_missing_right(server: PortalServer) -> None:
    server.portal.settings = Settings(scopes=frozenset({"crm"}), readable_invoices=frozenset({2}))
    with pytest.raises(BitrixAPIInsufficientScope):
        _ = sdk(server).catalog.catalog.list().result
    with pytest.raises(BitrixAPIAccessDenied):
        _ = sdk(server).crm.item.get(bitrix_id=1, entity_type_id=31).result


@pytest.mark.usefixtures("once")
@pytest.mark.parametrize(
    ("kind", "options", "error"),
    [
        (FaultKind.QUERY_LIMIT, {}, BitrixAPIQueryLimitExceeded),
        (FaultKind.OPERATION_TIME, {}, BitrixAPIOperationTimeLimit),
        (FaultKind.OVERLOAD, {}, BitrixAPIOverloadLimit),
        (FaultKind.EMPTY_CODE, {}, BitrixAPIBadRequest),
        (FaultKind.REST, {"code": "ACCESS_DENIED", "status": 403}, BitrixAPIAccessDenied),
        (FaultKind.HTML, {"status": 502}, BitrixResponseJSONDecodeError),
        (FaultKind.HTML, {"status": 302}, BitrixResponse302JSONDecodeError),
    ],
)
def test_the_official_sdk_tells_our_faults_apart(
    server: PortalServer, kind: FaultKind, options: dict[str, Any], error: type[Exception]
) -> None:
    server.faults.add(kind, 10, **options)
    with pytest.raises(error):
        _ = sdk(server).crm.item.list(entity_type_id=31).result


def test_the_official_sdk_repeats_after_a_503_and_gets_everything(server: PortalServer) -> None:
    server.faults.add(FaultKind.QUERY_LIMIT, 1)
    assert len(sdk(server).crm.item.list(entity_type_id=31).result["items"]) == 50
    assert server.journal.count("crm.item.list") == 2


# --- fast-bitrix24 ----------------------------------------------------------------------------------------------------


def test_fast_bitrix24_gets_every_list_back(plain: PortalServer) -> None:
    outside = Bitrix(plain.webhook_url, verbose=False)
    found = outside.get_all("crm.item.list", {**SMART, "select": ["id", "opportunity"]})
    assert sorted(item["id"] for item in found) == list(range(1, 126))
    for item in found:
        assert Decimal(str(item["opportunity"])) == plain.portal.smart_invoice(item["id"])["opportunity"]
    requisites = {row["ID"]: row["RQ_INN"] for row in outside.get_all("crm.requisite.list")}
    assert requisites == {str(row["ID"]): row["RQ_INN"] for row in plain.portal.requisites}
    assert len(outside.get_all("crm.contact.list")) == len(plain.portal.contacts)
    olds = outside.get_by_ID("crm.invoice.get", ["1", "2"])
    assert {key: value["ACCOUNT_NUMBER"] for key, value in olds.items()} == {"1": "8", "2": "9"}


def test_fast_bitrix24_batches_many_calls_and_gets_each_answer(plain: PortalServer) -> None:
    outside = Bitrix(plain.webhook_url, verbose=False)
    wanted = [{**SMART, "id": number} for number in range(1, 121)]
    answers = outside.call("crm.item.get", wanted)
    numbers = {answer["id"]: answer["accountNumber"] for answer in answers}
    assert numbers == {number: plain.portal.smart_invoice(number)["accountNumber"] for number in range(1, 121)}
    batches = [entry for entry in plain.journal.entries() if entry.method.lower() == "batch"]
    assert sorted(len(entry.commands) for entry in batches) == [20, 50, 50]


def test_fast_bitrix24_meets_an_error_inside_its_batch(plain: PortalServer) -> None:
    outside = Bitrix(plain.webhook_url, verbose=False)
    with pytest.raises(ErrorInServerResponseException):
        outside.call("crm.item.get", [{**SMART, "id": 1}, {**SMART, "id": 9999}])


@pytest.mark.parametrize("status", [401, 403])
def test_fast_bitrix24_is_refused_with_a_wrong_webhook_or_scope(status: int) -> None:
    settings = Settings(scopes=frozenset({"crm"}), auth_error_status=status)
    with PortalServer(settings) as server:
        wrong = Bitrix(server.webhook_url.replace(settings.code, "revoked"), verbose=False)
        with pytest.raises(ClientResponseError) as caught:
            wrong.call("crm.item.get", {**SMART, "id": 1}, raw=True)
        assert caught.value.status == status
        with pytest.raises(ClientResponseError) as caught:
            Bitrix(server.webhook_url, verbose=False).call("catalog.catalog.list", raw=True)
        assert caught.value.status == status


def test_fast_bitrix24_repeats_after_503_and_gives_up_on_429(plain: PortalServer) -> None:
    plain.faults.add(FaultKind.QUERY_LIMIT, 1, ["crm.item.get"])
    outside = Bitrix(plain.webhook_url, verbose=False)
    assert outside.call("crm.item.get", {**SMART, "id": 3}, raw=True)["result"]["item"]["id"] == 3
    assert plain.journal.count("crm.item.get") == 2
    plain.faults.add(FaultKind.OPERATION_TIME, 1, ["crm.item.get"])
    with pytest.raises(ClientResponseError) as caught:
        outside.call("crm.item.get", {**SMART, "id": 3}, raw=True)
    assert caught.value.status == 429
