"""Outside clients drive the portal simulator: the official SDK over TLS. Follows facts: bitrix24-rest §9."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from b24pysdk import BitrixWebhook
from b24pysdk import Client as Sdk
from b24pysdk.errors import BitrixAPIInvalidCredentials

from commerceml_bridge.simulators.portal import PortalServer, seed_demo, seed_many
from tests.simulators.portal_tls import certificate


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PortalServer]:
    pem, context = certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    with PortalServer(host="localhost", ssl_context=context) as running:
        seed_demo(running.portal)
        seed_many(running.portal, 120)
        yield running


def sdk(server: PortalServer, code: str) -> Sdk:
    return Sdk(BitrixWebhook(domain=f"localhost:{server.port}", webhook_token=f"1/{code}"))


def test_the_official_sdk_reads_every_invoice_both_ways(server: PortalServer) -> None:
    client = sdk(server, server.portal.settings.code)
    request = client.crm.item.list(entity_type_id=31)
    expected = list(range(1, 126))
    assert sorted(item["id"] for item in request.as_list().result) == expected
    assert sorted(item["id"] for item in request.as_list_fast().result) == expected
    assert len(client.crm.company.list().as_list().result) == len(server.portal.companies)


def test_the_official_sdk_reads_rows_stages_and_batches(server: PortalServer) -> None:
    client = sdk(server, server.portal.settings.code)
    rows = client.crm.item.productrow.list(filter={"=ownerType": "SI", "=ownerId": 1}).result["productRows"]
    assert [row["id"] for row in rows] == [row["id"] for row in server.portal.smart_invoice(1)["rows"]]
    assert len(client.crm.status.list(filter={"ENTITY_ID": "SMART_INVOICE_STAGE_5"}).result) == 4
    calls = {"one": client.crm.item.get(bitrix_id=1, entity_type_id=31), "all": client.crm.requisite.list()}
    found = client.call_batch(calls).result.result
    assert found["one"]["item"]["accountNumber"] == "11"
    assert len(found["all"]) == len(server.portal.requisites)


def test_the_official_sdk_understands_a_revoked_webhook(server: PortalServer) -> None:
    with pytest.raises(BitrixAPIInvalidCredentials):
        _ = sdk(server, "revoked").crm.item.list(entity_type_id=31).result
