"""Effects beside the stage: custom fields, the deal's stage, a comment in the timeline, a note to the responsible.

Each is read before and proven after like the stage (facts: bitrix24-rest §1.3, §5). A comment carries a marker, so that
one whose fate is unknown is looked up before it is said again. ``crm.timeline.comment.*`` and
``im.notify.personal.add`` are not in the fact pages: names and shapes follow the public documentation and were not
tried on a live portal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.portal_info import SMART_TYPE
from commerceml_bridge.bitrix24.refusals import WriteUncertain
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind
from commerceml_bridge.errors import PortalAnswerInvalid, PortalRefused, PortalUnavailable

DEAL_TYPE = 2
_LOOKED_THROUGH = 50
"""comments of an invoice looked through for a marker, newest first"""


@dataclass(frozen=True)
class Written:
    """What stood there before, what stands there after."""

    before: dict[str, str]
    after: dict[str, str]
    written: bool


@dataclass(frozen=True)
class Said:
    """The id of a comment; ``repeated`` if it was there already."""

    comment_id: int
    repeated: bool


def write_fields(client: BitrixClient, key: InvoiceKey, fields: Mapping[str, str]) -> Written:
    """Set custom fields of a smart invoice. Raises ``PortalRefused`` if the portal did not keep them."""
    return _set(client, SMART_TYPE, key.id, fields, f"счёта {key.id}")


def move_deal(client: BitrixClient, key: InvoiceKey, stage_id: str) -> Written | None:
    """Move the deal of an invoice; ``None`` if it has none. Raises ``PortalRefused``."""
    deal_id = _number(_item(client, SMART_TYPE, key.id).get("parentId2")) if key.kind is InvoiceKind.SMART else 0
    if not deal_id:
        return None
    return _set(client, DEAL_TYPE, deal_id, {"stageId": stage_id}, f"сделки {deal_id}")


def _set(client: BitrixClient, kind: int, number: int, fields: Mapping[str, str], what: str) -> Written:
    before = _texts(_item(client, kind, number), fields)
    if before == dict(fields):
        return Written(before, before, written=False)
    try:
        client.call("crm.item.update", {"entityTypeId": kind, "id": number, "fields": dict(fields)}, write=True)
    except WriteUncertain as error:
        after = _texts(_item(client, kind, number), fields)
        if after != dict(fields):
            raise PortalUnavailable(f"Битрикс24 не подтвердил запись {what}. Повторим позже.") from error
        return Written(before, after, written=True)
    after = _texts(_item(client, kind, number), fields)
    lost = [name for name, value in fields.items() if after[name] != value]
    if lost:
        raise PortalRefused(
            f"Портал не сохранил у {what}: {', '.join(lost)}. Проверьте тип поля, стадию и роботов CRM."
        )
    return Written(before, after, written=True)


def _item(client: BitrixClient, kind: int, number: int) -> Mapping[str, Any]:
    answer = client.call("crm.item.get", {"entityTypeId": kind, "id": number})
    item = answer.get("item") if isinstance(answer, dict) else None
    if not isinstance(item, dict):
        raise PortalAnswerInvalid(f"Битрикс24 не вернул объект {number}; ничего из ответа не взято.")
    return item


def _texts(item: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, str]:
    """Return fields as text; a date comes back with a time, a number without its zeros."""
    return {name: _as_written(item.get(name), wanted) for name, wanted in fields.items()}


def _as_written(value: object, wanted: str) -> str:
    text = "" if value is None else str(value)
    if wanted and text.startswith(wanted + "T"):
        return wanted
    try:
        same = bool(text) and float(text) == float(wanted)
    except ValueError:
        return text
    return wanted if same else text


def comment(client: BitrixClient, key: InvoiceKey, text: str, marker: str, *, look_first: bool) -> Said:
    """Leave ``text`` with ``marker`` in the timeline of an invoice, once.

    ``look_first``: an earlier try may have got through. Raises ``PortalUnavailable`` if that cannot be told.
    """
    if look_first and (known := _find(client, key, marker)):
        return Said(known, repeated=True)
    fields = {"ENTITY_ID": key.id, "ENTITY_TYPE": _entity(key), "COMMENT": f"{text}\n{marker}"}
    try:
        number = _number(client.call("crm.timeline.comment.add", {"fields": fields}, write=True))
    except WriteUncertain:
        number = _find(client, key, marker)
        if not number:
            raise
    return Said(number, repeated=False)


def _find(client: BitrixClient, key: InvoiceKey, marker: str) -> int:
    query = {
        "filter": {"ENTITY_ID": key.id, "ENTITY_TYPE": _entity(key)},
        "order": {"ID": "DESC"},
        "select": ["ID", "COMMENT"],
    }
    rows = client.call("crm.timeline.comment.list", query)
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return next(
        (_number(row.get("ID")) for row in found[:_LOOKED_THROUGH] if marker in str(row.get("COMMENT") or "")), 0
    )


def _entity(key: InvoiceKey) -> str:
    return "smart_invoice" if key.kind is InvoiceKind.SMART else "invoice"


def notify(client: BitrixClient, user_id: int, text: str, tag: str) -> int:
    """Tell a user; the portal replaces a note with the same ``tag``, so that repeating it is harmless."""
    note = {"USER_ID": user_id, "MESSAGE": text, "TAG": tag}
    return _number(client.call("im.notify.personal.add", note, write=True))


def _number(value: object) -> int:
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdigit()) else 0
