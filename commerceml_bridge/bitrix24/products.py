"""External codes of products, what 1C calls its goods, and which of them are services.

Follows facts bitrix24-rest §2.3: scope ``crm`` alone finds simple products (``crm.product.list``); where the webhook
may see the catalogues, variations are found as well, and services are told from goods: rows of smart invoices say that
themselves, rows of old ones do not. A code that cannot be read is "", never an error: the goods then go under the
bridge's own ids.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from commerceml_bridge.bitrix24.lists import ListCommand, Lists, chunks
from commerceml_bridge.bitrix24.portal_info import Catalog
from commerceml_bridge.bitrix24.values import Row, as_int, as_text
from commerceml_bridge.clock import Clock, utc_now
from commerceml_bridge.errors import PortalError

logger = logging.getLogger(__name__)

_CHUNK = 50
_SIMPLE = frozenset({1, 2, 3, 7})
_OFFERS = frozenset({4, 5, 6})
SERVICE = 7
"""type of a service, of rows and of products (§2.1)"""


@dataclass
class ProductCodes:
    """A cache of external codes by product id, for one portal; "" is remembered too, until ``max_age``."""

    clock: Clock = utc_now
    max_age: dt.timedelta = dt.timedelta(hours=1)
    _codes: dict[int, str] = field(default_factory=dict)
    _services: set[int] = field(default_factory=set)
    _since: dt.datetime | None = None

    @property
    def codes(self) -> Mapping[int, str]:
        """What is known."""
        return self._codes

    @property
    def services(self) -> Collection[int]:
        """Products known to be services; only the catalogues tell."""
        return self._services

    def forget_old(self) -> None:
        """Start anew once the oldest code is older than ``max_age``."""
        now = self.clock()
        if self._since is None or now - self._since > self.max_age:
            self._codes.clear()
            self._services.clear()
            self._since = now

    def missing(self, rows: Iterable[Row]) -> dict[int, int]:
        """Return product id → row type (0: untold) of smart rows whose code is not known yet."""
        found = {as_int(row, "productId"): as_int(row, "type") for row in rows}
        return {product: kind for product, kind in found.items() if product and product not in self._codes}

    def take(self, lists: Lists, commands: Sequence[ListCommand], asked: Iterable[int]) -> None:
        """Keep what ``commands`` found for the ``asked`` products. Raises passing errors, notes lasting ones."""
        found = dict.fromkeys(asked, "")
        refused = False
        for command in commands:
            try:
                rows = lists.rows(command.key)
            except PortalError as error:
                if not error.permanent:
                    raise
                logger.warning("product codes are not readable: %s", error)
                refused = True
                continue
            found |= {product: code for row in rows if (product := _id(row)) in found and (code := _code(row))}
            self._services |= {_id(row) for row in rows if as_int(row, "type") == SERVICE}
        # A refusal may be mended by the operator any minute: only what was really read is remembered.
        self._codes |= {product: code for product, code in found.items() if code or not refused}


def code_commands(missing: Mapping[int, int], catalogs: Sequence[Catalog]) -> list[ListCommand]:
    """Return the commands that find the codes of ``missing`` (product id → row type)."""
    if not catalogs:
        return [_crm_command(place, ids) for place, ids in enumerate(chunks(sorted(missing), _CHUNK))]
    simple = sorted(product for product, kind in missing.items() if kind not in _OFFERS)
    offers = sorted(product for product, kind in missing.items() if kind not in _SIMPLE)
    return [
        _catalog_command(catalog, place, ids)
        for catalog in catalogs
        for place, ids in enumerate(chunks(offers if catalog.is_offers else simple, _CHUNK))
    ]


def _crm_command(place: int, ids: list[int]) -> ListCommand:
    params = {"filter": {"ID": ids}, "select": ["ID", "XML_ID"], "order": {"ID": "ASC"}, "start": -1}
    return ListCommand(f"goods{place}", "crm.product.list", params)


def _catalog_command(catalog: Catalog, place: int, ids: list[int]) -> ListCommand:
    name = "offer" if catalog.is_offers else "product"
    method = "catalog.product.offer.list" if catalog.is_offers else "catalog.product.list"
    params = {
        "select": ["id", "iblockId", "xmlId", "type"],
        "filter": {"iblockId": catalog.iblock_id, "id": ids},
        "order": {"id": "ASC"},
        "start": -1,
    }
    return ListCommand(f"{name}{catalog.iblock_id}_{place}", method, params, f"{name}s")


def _id(row: Row) -> int:
    return as_int(row, "id") or as_int(row, "ID")


def _code(row: Row) -> str:
    return as_text(row, "xmlId") or as_text(row, "XML_ID")
