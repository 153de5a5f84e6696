"""Strict live doubles of 1C's «Обмен с сайтом», one per client family.

They talk over real sockets to a site's exchange address and accept, drop and return exactly what the family does
(facts: 1c-clients). Used by the demo, for rehearsing a set-up, and by the tests. They import nothing of the product:
literals are spelled here a second time on purpose.

    client = connect("ut11", address="http://127.0.0.1:8080/", login="l", password="p")
    client.exchange()
    client.base.pay("A-1")
    client.upload()
"""

from __future__ import annotations

from typing import Any

from commerceml_bridge.simulators.onec.address import SLASHES, parse_address
from commerceml_bridge.simulators.onec.base import OneCBase
from commerceml_bridge.simulators.onec.bitrix import Bitrix
from commerceml_bridge.simulators.onec.bp3 import Bp3
from commerceml_bridge.simulators.onec.client import OneCClient
from commerceml_bridge.simulators.onec.core import Run, Setup
from commerceml_bridge.simulators.onec.errors import OneCError
from commerceml_bridge.simulators.onec.model import Counterparty, Item, Line, Order, Payment, Shipment
from commerceml_bridge.simulators.onec.reports import ExchangeReport, LoadReport, UploadReport
from commerceml_bridge.simulators.onec.unf import Unf, Unf16
from commerceml_bridge.simulators.onec.ut10 import Ut10
from commerceml_bridge.simulators.onec.ut11 import Ut11
from commerceml_bridge.simulators.onec.wire import Answer, Endpoint

FAMILIES: dict[str, type[OneCClient]] = {kind.family: kind for kind in (Ut10, Ut11, Unf, Unf16, Bp3, Bitrix)}
"""Client classes by family name."""


def connect(
    family: str,
    *,
    address: str,
    login: str,
    password: str,
    base: OneCBase | None = None,
    run: Run | None = None,
    slash: str = "one",
    **family_options: Any,
) -> OneCClient:
    """A client of ``family`` for the address a user would type into 1C.

    ``base``: share an accounting base; ``run``: pauses, polling guard, retries, portion size; ``slash``: how the
    request target begins (``address.SLASHES``). Other options are those of the family class. Raises ValueError for an
    unknown family or address, TypeError for an unknown option.
    """
    if family not in FAMILIES:
        raise ValueError(f"неизвестная конфигурация {family!r}; есть: {', '.join(FAMILIES)}")
    if slash not in SLASHES:
        raise ValueError(f"slash: одно из {', '.join(SLASHES)}")
    kind = FAMILIES[family]
    default_path = kind.default_path_for(family_options)
    endpoint = Endpoint(parse_address(address, default_path), login, password, kind.timeout, kind.verify_tls, slash)
    return kind(Setup(endpoint, base or OneCBase(), run or Run()), **family_options)


__all__ = [
    "FAMILIES",
    "Answer",
    "Counterparty",
    "ExchangeReport",
    "Item",
    "Line",
    "LoadReport",
    "OneCBase",
    "OneCClient",
    "OneCError",
    "Order",
    "Payment",
    "Run",
    "Shipment",
    "UploadReport",
    "connect",
]
