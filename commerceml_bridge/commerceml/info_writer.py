"""The answer to ``mode=info``: root ``Справочник`` with lists of ``Элемент`` (facts: reference-server §1.10).

``Cтатусы`` begins with a Latin C, as every release of the reference server writes it; clients know both spellings.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from commerceml_bridge.commerceml import vocabulary as v
from commerceml_bridge.domain.directories import Entry, InfoLists
from commerceml_bridge.domain.documents import Encoding

_ROOT, _ENTRY, _TITLE = "Справочник", "Элемент", "Название"
_STATUSES, _PAYMENT_SYSTEMS, _DELIVERIES = "C\u0442атусы", "ПлатежныеСистемы", "СлужбыДоставки"
_CASHLESS = "<ТипОплаты>Безналичная оплата</ТипОплаты>\n"
"""An invoice is paid through a bank."""
_CODECS = {Encoding.CP1251: "windows-1251", Encoding.UTF8: "utf-8", Encoding.UTF8_BOM: "utf-8-sig"}


def render_info(lists: InfoLists, encoding: Encoding) -> bytes:
    """Return the whole body in ``encoding``; characters outside it become numeric references."""
    named = (
        (_STATUSES, lists.statuses),
        (_PAYMENT_SYSTEMS, lists.payment_systems),
        (_DELIVERIES, lists.deliveries),
    )
    declared = "windows-1251" if encoding is Encoding.CP1251 else "UTF-8"
    body = "".join(
        _list(name, entries, more=_CASHLESS if name == _PAYMENT_SYSTEMS else "") for name, entries in named if entries
    )
    text = f'<?xml version="1.0" encoding="{declared}"?>\n<{_ROOT}>\n{body}</{_ROOT}>\n'
    return text.encode(_CODECS[encoding], "xmlcharrefreplace")


def _list(name: str, entries: tuple[Entry, ...], more: str) -> str:
    items = "".join(
        f"<{_ENTRY}>\n<{v.ID}>{escape(entry_id)}</{v.ID}>\n<{_TITLE}>{escape(title)}</{_TITLE}>\n{more}</{_ENTRY}>\n"
        for entry_id, title in entries
    )
    return f"<{name}>\n{items}</{name}>\n"
