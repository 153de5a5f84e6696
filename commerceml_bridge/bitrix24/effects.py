"""Effects beside the stage: custom fields, the deal's stage, a comment in the timeline, a note to the responsible.

Each is read before and proven after like the stage (facts: bitrix24-rest §1.3, §3.1–§3.2, §5). A comment
carries a marker, so that one whose fate is unknown is looked up before it is said again. ``crm.timeline.comment.*`` and
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
SMART_FIELD, OLD_FIELD = "uf", "UF_"
"""How custom fields begin on the wire: of smart invoices (§1.1), of old ones (§3.1)."""
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


def fields_of(key: InvoiceKey, fields: Mapping[str, str]) -> dict[str, str]:
    """Return those of a policy's fields that an invoice of this kind has."""
    mine = OLD_FIELD if key.kind is InvoiceKind.OLD else SMART_FIELD
    return {name: value for name, value in fields.items() if name.startswith(mine)}


def write_fields(client: BitrixClient, key: InvoiceKey, fields: Mapping[str, str]) -> Written:
    """Set custom fields of an invoice. Raises ``PortalRefused`` if the portal did not keep them."""
    if key.kind is InvoiceKind.SMART:
        return _set(client, _Item(SMART_TYPE, key.id, f"счёта {key.id}"), fields)
    return _set(client, _OldInvoice(key.id, f"счёта {key.id}"), fields)


def move_deal(client: BitrixClient, key: InvoiceKey, stage_id: str, *, out_of_failure: bool = False) -> Written | None:
    """Move the deal of an invoice; ``None`` if it has none.

    A deal in a failure stage is left there unless ``out_of_failure``. Raises ``PortalRefused``.
    """
    if key.kind is InvoiceKind.SMART:
        deal_id = _number(_item(client, SMART_TYPE, key.id).get("parentId2"))
    else:
        deal_id = _number(_old_invoice(client, key.id).get("UF_DEAL_ID"))
    if not deal_id:
        return None
    if not out_of_failure and (stands := _failed_stage(client, deal_id)):
        left = {"stageId": stands}
        return Written(left, left, written=False)
    return _set(client, _Item(DEAL_TYPE, deal_id, f"сделки {deal_id}"), {"stageId": stage_id})


def _failed_stage(client: BitrixClient, deal_id: int) -> str:
    """Return the stage of a deal if it means failure, else ``""``."""
    deal = _item(client, DEAL_TYPE, deal_id)
    stage, category = str(deal.get("stageId") or ""), _number(deal.get("categoryId"))
    entity = f"DEAL_STAGE_{category}" if category else "DEAL_STAGE"
    rows = client.call("crm.status.list", {"filter": {"ENTITY_ID": entity}})
    every = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return stage if any(row.get("STATUS_ID") == stage and _means_failure(row) for row in every) else ""


def _means_failure(row: Mapping[str, Any]) -> bool:
    extra = row.get("EXTRA")
    return row.get("SEMANTICS") == "F" or (isinstance(extra, dict) and extra.get("SEMANTICS") == "failure")


@dataclass(frozen=True)
class _Item:
    """What ``crm.item.*`` changes: a smart invoice or a deal; ``what`` is how it is called in the genitive."""

    kind: int
    number: int
    what: str

    def read(self, client: BitrixClient) -> Mapping[str, Any]:
        return _item(client, self.kind, self.number)

    def write(self, client: BitrixClient, fields: Mapping[str, str], _before: Mapping[str, Any]) -> None:
        params = {"entityTypeId": self.kind, "id": self.number, "fields": dict(fields)}
        client.call("crm.item.update", params, write=True)

    def has_moved(self, _before: Mapping[str, Any], _after: Mapping[str, Any]) -> bool:
        return False  # nothing but the named fields changes


@dataclass(frozen=True)
class _OldInvoice:
    """An old invoice: an update un-pays it first and then follows its status, which is sent along (§3.1)."""

    number: int
    what: str

    def read(self, client: BitrixClient) -> Mapping[str, Any]:
        return _old_invoice(client, self.number)

    def write(self, client: BitrixClient, fields: Mapping[str, str], before: Mapping[str, Any]) -> None:
        status = {"STATUS_ID": before.get("STATUS_ID")}
        client.call("crm.invoice.update", {"id": self.number, "fields": status | dict(fields)}, write=True)

    def has_moved(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        return any(after.get(name) != before.get(name) for name in ("STATUS_ID", "PAYED"))


def _set(client: BitrixClient, target: _Item | _OldInvoice, fields: Mapping[str, str]) -> Written:
    found, what = target.read(client), target.what
    before = _texts(found, fields)
    if before == dict(fields):
        return Written(before, before, written=False)
    uncertain: WriteUncertain | None = None
    try:
        target.write(client, fields, found)
    except WriteUncertain as error:
        uncertain = error
    read = target.read(client)
    if target.has_moved(found, read):
        raise PortalRefused(f"Портал сменил стадию {what} при записи полей. Проверьте счёт и роботов CRM.")
    after = _texts(read, fields)
    lost = [name for name, value in fields.items() if after[name] != value]
    if lost and uncertain is not None:
        raise PortalUnavailable(f"Битрикс24 не подтвердил запись {what}. Повторим позже.") from uncertain
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


def _old_invoice(client: BitrixClient, number: int) -> Mapping[str, Any]:
    answer = client.call("crm.invoice.get", {"id": number})
    if not isinstance(answer, dict):
        raise PortalAnswerInvalid(f"Битрикс24 не вернул счёт {number}; ничего из ответа не взято.")
    return answer


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
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else 0
