"""УТ 11 and УНФ: what is paid of an order, in one question (facts: 1c-odata-payments §4)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from commerceml_bridge.domain.nodes import ClientFamily
from commerceml_bridge.errors import ODataObjectMissing
from commerceml_bridge.onec_odata.client import ODataClient
from commerceml_bridge.onec_odata.orders import PROFILES, read_orders
from commerceml_bridge.simulators.odata import OnecODataServer

SINCE = dt.date(2026, 3, 1)


def paid(interface: OnecODataServer, client: ODataClient, family: ClientFamily) -> list[Decimal]:
    """What is paid of invoice 11, payment by payment."""
    profile = PROFILES[family]
    interface.publication.composition = {profile.entity}
    guid = interface.books.base.orders["11"].guid
    found = {one.ref: one for one in read_orders(client, profile, SINCE)}
    return [one.amount for one in found[guid].payments] if guid in found else []


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        (ClientFamily.UT11, [Decimal("300.00")]),  # one sum an order
        (ClientFamily.UNF, [Decimal("100.00"), Decimal("200.00")]),
    ],
)
def test_partial_payments_are_read_in_one_request(
    interface: OnecODataServer, client: ODataClient, family: ClientFamily, expected: list[Decimal]
) -> None:
    interface.books.base.pay("11", amount=Decimal(100))
    interface.books.base.pay("11", amount=Decimal(200))
    assert paid(interface, client, family) == expected
    assert client.requests_sent == 1


@pytest.mark.parametrize("family", list(PROFILES))
def test_an_unpaid_order_has_no_payments(interface: OnecODataServer, client: ODataClient, family: ClientFamily) -> None:
    assert paid(interface, client, family) == []


def test_ut_without_paths_through_cast_is_asked_by_type(interface: OnecODataServer, client: ODataClient) -> None:
    interface.publication.knows_cast_paths = False
    interface.books.base.pay("11", amount=Decimal(100))
    assert paid(interface, client, ClientFamily.UT11) == [Decimal("100.00")]


def test_a_missing_register_is_named_as_1c_shows_it(interface: OnecODataServer, client: ODataClient) -> None:
    with pytest.raises(ODataObjectMissing, match="Состояния заказов клиентов"):
        read_orders(client, PROFILES[ClientFamily.UT11], SINCE)
