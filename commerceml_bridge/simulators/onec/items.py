"""How each family finds or creates a position of Номенклатура (facts: 1c-clients §3.4).

A matcher returns an existing item or None; a creator a new one or None if the family may not create it from this line.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from commerceml_bridge.simulators.onec.base import OneCBase
from commerceml_bridge.simulators.onec.model import Item, new_guid
from commerceml_bridge.simulators.onec.site_documents import SiteLine

Matcher = Callable[[OneCBase, SiteLine], Item | None]
DELIVERY = "ORDER_DELIVERY"
SITE_ID_LENGTH_BP = 80
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_guid(text: str) -> bool:
    """Whether 1C's cast to a reference succeeds; ``GUID#GUID`` does not."""
    return _GUID.fullmatch(text) is not None


def _by_article(base: OneCBase, line: SiteLine) -> Item | None:
    return base.items.first("article", line.article) if line.article else None


def _by_name(base: OneCBase, line: SiteLine) -> Item | None:
    return base.items.first("name", line.name)


def _by_guid(base: OneCBase, guid: str) -> Item | None:
    return base.items.first("guid", guid.lower()) if is_guid(guid) else None


def _by_site_id(base: OneCBase, site_id: str) -> Item | None:
    return base.items.first("site_id", site_id) if site_id else None


def by_guid_article_name(base: OneCBase, line: SiteLine) -> Item | None:
    """УТ 11 family: Ид as GUID (one with ``#`` fails the cast), Артикул, Наименование."""
    return _by_guid(base, line.id) or _by_article(base, line) or _by_name(base, line)


def by_guid_name(base: OneCBase, line: SiteLine) -> Item | None:
    """UT 10.3: Ид = GUID[#GUID], Наименование; Артикул is not used."""
    return _by_guid(base, line.id.partition("#")[0]) or _by_name(base, line)


def by_map_article_or_name(base: OneCBase, line: SiteLine) -> Item | None:
    """УНФ: GUID or the map of site ids, then Артикул if given, else Наименование."""
    found = _by_guid(base, line.id) or _by_site_id(base, line.id)
    return found or (_by_article(base, line) if line.article else _by_name(base, line))


def by_map_article_or_unique_name(base: OneCBase, line: SiteLine) -> Item | None:
    """БП: map of site ids (≤ 80 characters), then Артикул if given, else a name that hits exactly once."""
    found = _by_site_id(base, line.id if len(line.id) <= SITE_ID_LENGTH_BP else "")
    if found:
        return found
    if line.article:
        return _by_article(base, line)
    hits = base.items.all("name", line.name)
    return hits[0] if len(hits) == 1 else None


def by_site_id(base: OneCBase, line: SiteLine) -> Item | None:
    """Bitrix module: Товар/Ид, as a reference or as the id it came with."""
    return _by_guid(base, line.id) or _by_site_id(base, line.id)


def is_service(line: SiteLine, *requisites: str) -> bool:
    """Whether a line is a service by the named requisites (``Услуга``, any case)."""
    return any((line.requisite(name) or "").lower() == "услуга" for name in requisites)


def create(base: OneCBase, line: SiteLine, *, service: bool) -> Item:
    """Write a new item; a valid GUID becomes its reference."""
    item = Item(
        name=line.name,
        article=line.article,
        service=service,
        unit=line.unit,
        site_id=line.id,
        guid=line.id.lower() if is_guid(line.id) else new_guid(),
    )
    base.items.append(item)
    return item
