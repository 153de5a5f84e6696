"""The paid stage, written once and proven.

Follows facts bitrix24-rest §1.3, §1.4, §3.4: HTTP 200 proves nothing (an unknown stage is silently ignored), the move
fires the portal's automation, so: read first, write only what is needed, compare, read again. A write whose fate is
unknown is looked up, never repeated. No invoice is moved out of a failure stage
unless the policy says so.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.portal_info import OLD_PAID, SMART_TYPE, PortalInfo, with_stage
from commerceml_bridge.bitrix24.refusals import WriteUncertain
from commerceml_bridge.bitrix24.values import FieldUnusable, Row, as_date, as_int, as_text, is_yes, updated_at
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind, StageSemantics
from commerceml_bridge.domain.policy import BY_MEANING, FAILURE, SUCCESS
from commerceml_bridge.errors import PortalAnswerInvalid, PortalRefused, PortalUnavailable

VOUCHER_LENGTH = 20
"""characters of PAY_VOUCHER_NUM (§3.2)"""


@dataclass(frozen=True)
class InvoiceState:
    """Where an invoice stands. The last three are known for old invoices only."""

    stage_id: str
    semantics: StageSemantics
    category_id: int
    updated_at: dt.datetime
    """aware UTC"""
    paid: bool | None = None
    voucher_number: str = ""
    voucher_date: dt.date | None = None


@dataclass(frozen=True)
class Proof:
    """The states around a write; ``written`` is false if nothing had to be done."""

    before: InvoiceState
    after: InvoiceState
    written: bool


def read_state(client: BitrixClient, info: PortalInfo, key: InvoiceKey) -> InvoiceState:
    """Return where invoice ``key`` stands now. Raises ``PortalNotFound`` if it is gone."""
    return _state(client, info, key)[0]


def set_paid(
    client: BitrixClient,
    info: PortalInfo,
    key: InvoiceKey,
    *,
    stage_id: str | None = None,
    voucher_number: str | None = None,
    voucher_date: dt.date | None = None,
    out_of_failure: bool = False,
) -> Proof:
    """Move invoice ``key`` to ``stage_id`` (``None``: the success stage of its own pipeline) and prove it.

    An invoice that already stands there or in a success stage is left alone, and one in a failure stage unless
    ``out_of_failure``. The voucher (old invoices only) is cut to 20 characters. Raises ``PortalRefused`` (a
    failure stage, or the portal kept the old stage), ``PortalUnavailable`` (not written; later the same call is safe),
    ``PortalNotFound``.
    """
    return _move(client, info, key, stage_id or SUCCESS, _Move(True, "", voucher_number, voucher_date, out_of_failure))


def set_stage(
    client: BitrixClient,
    info: PortalInfo,
    key: InvoiceKey,
    *,
    stage_id: str,
    left_at: str,
    out_of_failure: bool = False,
) -> Proof:
    """Move an invoice as a policy says, for other reasons than payment; ``stage_id`` may be a meaning.

    Out of a success stage only if it is ``left_at``, where we put it ourselves: what a manager moved since then stays.
    Out of a failure stage only with ``out_of_failure``. Raises like ``set_paid``.
    """
    return _move(client, info, key, stage_id, _Move(False, left_at, None, None, out_of_failure))


@dataclass(frozen=True)
class _Move:
    """Why an invoice moves. ``left_at``: the success stage it may leave."""

    paid: bool
    left_at: str
    voucher_number: str | None
    voucher_date: dt.date | None
    out_of_failure: bool


def _move(client: BitrixClient, info: PortalInfo, key: InvoiceKey, stage_id: str, how: _Move) -> Proof:
    before, info = _state(client, info, key)
    wanted = _stage_meant(info, before, stage_id)
    settled = before.semantics is StageSemantics.SUCCESS and before.stage_id != how.left_at
    if before.stage_id == wanted or settled:
        return Proof(before, before, written=False)
    _require_movable(info, key, before, wanted, how)
    try:
        _write(client, key, wanted, how.voucher_number, how.voucher_date)
    except WriteUncertain as error:
        after = read_state(client, info, key)
        if not _arrived(info, after, wanted):
            raise PortalUnavailable(
                f"Битрикс24 не подтвердил запись, счёт {key.id} остался в прежней стадии. Повторим позже.",
                portal_code=error.portal_code,
                retry_after=error.retry_after,
            ) from error
    else:
        after = read_state(client, info, key)
    if not _arrived(info, after, wanted):
        raise PortalRefused(
            f"Портал оставил прежнюю стадию {after.stage_id} счёта {key.id} вместо {wanted}: такой стадии нет в его "
            "воронке, не заполнено обязательное поле или её вернул робот. Проверьте стадии и роботов счетов в CRM."
        )
    return Proof(before, after, written=True)


def _stage_meant(info: PortalInfo, before: InvoiceState, stage_id: str) -> str:
    """Return the stage of the invoice's own pipeline a meaning stands for; an id is returned as it is."""
    if stage_id == SUCCESS:
        return info.success_stage(before.category_id)
    if stage_id not in BY_MEANING:
        return stage_id
    meaning = StageSemantics.FAILURE if stage_id == FAILURE else StageSemantics.OPEN
    mine = [one for one in info.stages if one.category_id == before.category_id and one.semantics is meaning]
    if not mine:
        raise PortalRefused(f"В воронке счетов {before.category_id} нет подходящей стадии. Проверьте настройки CRM.")
    return min(mine, key=lambda one: one.sort).id


def _state(client: BitrixClient, info: PortalInfo, key: InvoiceKey) -> tuple[InvoiceState, PortalInfo]:
    """Return where ``key`` stands, and ``info`` read again if it stands in a stage made since."""
    raw = _read(client, key)
    is_smart = key.kind is InvoiceKind.SMART
    try:
        stage_id = as_text(raw, "stageId" if is_smart else "STATUS_ID")
        info = with_stage(client, info, stage_id)
        return (_smart_state if is_smart else _old_state)(raw, stage_id, info.semantics(stage_id)), info
    except FieldUnusable as error:
        raise PortalAnswerInvalid(f"Состояние счёта {key.id} нельзя прочесть: {error}.") from error


def _smart_state(raw: Row, stage_id: str, meaning: StageSemantics) -> InvoiceState:
    return InvoiceState(stage_id, meaning, as_int(raw, "categoryId"), updated_at(raw, "updatedTime", "createdTime"))


def _old_state(raw: Row, stage_id: str, meaning: StageSemantics) -> InvoiceState:
    return InvoiceState(
        stage_id,
        meaning,
        0,
        updated_at(raw, "DATE_UPDATE", "DATE_INSERT"),
        is_yes(raw, "PAYED"),
        as_text(raw, "PAY_VOUCHER_NUM"),
        as_date(raw, "PAY_VOUCHER_DATE"),
    )


def _require_movable(info: PortalInfo, key: InvoiceKey, before: InvoiceState, wanted: str, how: _Move) -> None:
    if before.semantics is StageSemantics.FAILURE and not how.out_of_failure:
        raise PortalRefused(
            f"Счёт {key.id} в Битрикс24 закрыт как неоплаченный (стадия {before.stage_id}). "
            "Верните его в работу в CRM, если оплата действительно относится к нему."
        )
    target = info.stage(wanted)
    if how.paid and target is not None and target.semantics is StageSemantics.FAILURE:
        raise PortalRefused(
            f"Стадия {wanted} означает отказ и не может значить «оплачен». Выберите другую в настройках."
        )


def _arrived(info: PortalInfo, after: InvoiceState, wanted: str) -> bool:
    """An old invoice counts as paid with its flag only; a robot may have moved a smart one on to another success."""
    if after.paid is not None and wanted == OLD_PAID:
        return after.stage_id == OLD_PAID and after.paid
    target = info.stage(wanted)
    may_go_on = target is None or target.semantics is StageSemantics.SUCCESS
    return after.stage_id == wanted or (may_go_on and after.semantics is StageSemantics.SUCCESS)


def _write(
    client: BitrixClient, key: InvoiceKey, wanted: str, voucher_number: str | None, voucher_date: dt.date | None
) -> None:
    if key.kind is InvoiceKind.SMART:
        fields: dict[str, Any] = {"stageId": wanted}
        client.call("crm.item.update", {"entityTypeId": SMART_TYPE, "id": key.id, "fields": fields}, write=True)
        return
    fields = {"STATUS_ID": wanted}
    if voucher_number:
        fields["PAY_VOUCHER_NUM"] = voucher_number[:VOUCHER_LENGTH]
    if voucher_date:
        fields["PAY_VOUCHER_DATE"] = voucher_date.isoformat()
    client.call("crm.invoice.update", {"id": key.id, "fields": fields}, write=True)


def _read(client: BitrixClient, key: InvoiceKey) -> Row:
    if key.kind is InvoiceKind.OLD:
        raw = client.call("crm.invoice.get", {"id": key.id})
    else:
        answer = client.call("crm.item.get", {"entityTypeId": SMART_TYPE, "id": key.id})
        raw = answer.get("item") if isinstance(answer, dict) else None
    if not isinstance(raw, dict):
        raise PortalAnswerInvalid(f"Битрикс24 не вернул счёт {key.id}; ничего из ответа не взято.")
    return raw
