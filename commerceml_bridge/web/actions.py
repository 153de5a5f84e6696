"""What an operator does from a page. Every action is a POST with a CSRF token and a reason, and returns to its page."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commerceml_bridge.errors import BadInput, NotFound
from commerceml_bridge.services import bursts, operations, urgent
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.web.accounts import operator_login
from commerceml_bridge.web.current import bridge

blueprint = Blueprint("actions", __name__)

LONGEST_REASON = 500


@blueprint.post("/consignments/<int:consignment_id>/release")
def release(consignment_id: int) -> ResponseReturnValue:
    """Let a held invoice go."""
    return _sent(operations.release, consignment_id)


@blueprint.post("/consignments/<int:consignment_id>/resend")
def resend(consignment_id: int) -> ResponseReturnValue:
    """Send an invoice again."""
    return _sent(operations.resend, consignment_id)


@blueprint.post("/consignments/<int:consignment_id>/hold")
def hold(consignment_id: int) -> ResponseReturnValue:
    """Hold an invoice."""
    return done(operations.hold, consignment_id, _("Счёт задержан: он не уйдёт, пока его не отпустят."))


@blueprint.post("/invoices/<int:invoice_id>/refetch")
def refetch(invoice_id: int) -> ResponseReturnValue:
    """Read an invoice of Bitrix24 again."""
    return done(urgent.refetch, invoice_id, _("Счёт получен из Битрикс24 снова."))


@blueprint.post("/invoices/<int:invoice_id>/write-now")
def write_now(invoice_id: int) -> ResponseReturnValue:
    """Have the payment of an invoice written now."""
    return done(urgent.write_now, invoice_id, _("Запись поставлена в очередь: исполнитель возьмёт её сейчас же."))


@blueprint.post("/search/fetch")
def fetch_number() -> ResponseReturnValue:
    """Fetch an invoice that is not here yet by its number or id; show it if there is exactly one."""
    text = request.form.get("q", "")
    try:
        found = urgent.fetch_number(bridge(), text, operator=operator_login())
    except BadInput as error:
        flash(error.message, "error")
        return redirect(url_for("search.everything", q=text))
    ids = [one.invoice_id for one in found if one.invoice_id is not None]
    if len(ids) == 1:
        flash(_("Счёт получен из Битрикс24."), "done")
        return redirect(url_for("invoices.one", invoice_id=ids[0]))
    for one in found:
        if one.reason and not ids:
            flash(f"{one.portal}: {one.reason}", "error")
    return redirect(url_for("search.everything", q=text))


@blueprint.post("/jobs/<int:job_id>/retry")
def retry(job_id: int) -> ResponseReturnValue:
    """Try a parked job again."""
    return done(operations.retry_job, job_id, _("Задание поставлено в очередь: исполнитель возьмёт его сейчас же."))


@blueprint.post("/returned/<int:returned_id>/resolve")
def resolve_returned(returned_id: int) -> ResponseReturnValue:
    """Mark a quarantined document as settled."""
    return done(operations.resolve_returned, returned_id, _("Документ отмечен разобранным."))


@blueprint.post("/uploads/<int:upload_id>/resolve")
def resolve_upload(upload_id: int) -> ResponseReturnValue:
    """Mark a quarantined file as settled."""
    return done(operations.resolve_upload, upload_id, _("Файл отмечен разобранным."))


@blueprint.post("/bursts/<int:burst_id>/let-go")
def let_go(burst_id: int) -> ResponseReturnValue:
    """Write what a stopped file has set off."""
    return done(bursts.let_go, burst_id, _("Запись отпущена: исполнитель возьмёт её сейчас же."))


@blueprint.post("/bursts/<int:burst_id>/discard")
def discard(burst_id: int) -> ResponseReturnValue:
    """Write nothing of a stopped file."""
    return done(bursts.discard, burst_id, _("Ничего не записано. Факты остались в журнале оплат."))


Action = Callable[..., str | None]


def _sent(action: Action, row_id: int) -> ResponseReturnValue:
    said = _("Счёт уйдёт в 1С при следующем обмене.")
    return done(action, row_id, said, still=_("Счёт по-прежнему задержан: %(why)s", why="{}"))


def done(action: Action, row_id: int, said: str, *, still: str = "{}") -> ResponseReturnValue:
    """Run an action of ``services.operations`` and say how it went; ``still`` words what it returns."""
    reason = request.form.get("reason", "").strip()[:LONGEST_REASON]
    if not reason:
        flash(_("Напишите причину: она останется в истории."), "error")
        return redirect(back())
    try:
        left = _run(action, bridge(), row_id, reason)
    except NotFound:
        abort(404)
    except BadInput as error:
        flash(error.message, "error")
    else:
        flash(still.replace("{}", left) if left else said, "error" if left else "done")
    return redirect(back())


def _run(action: Action, the_bridge: Bridge, row_id: int, reason: str) -> str:
    return action(the_bridge, row_id, operator=operator_login(), reason=reason) or ""


def back() -> str:
    """Return the page the form was on; only a path of ours."""
    wanted = request.form.get("back", "")
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if ours else url_for("problems.listing")
