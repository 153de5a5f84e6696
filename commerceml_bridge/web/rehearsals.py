"""``/uploads/ID/rehearsal``: a stored file imported in a sandbox. Shows what would change, changes nothing."""

from __future__ import annotations

from flask import Blueprint, abort

from commerceml_bridge.errors import NotFound
from commerceml_bridge.services import rehearsing
from commerceml_bridge.web.current import bridge
from commerceml_bridge.web.pages import View, page

blueprint = Blueprint("rehearsals", __name__)


@page(blueprint, "/uploads/<int:upload_id>/rehearsal")
def of_upload(upload_id: int) -> View:
    """Rehearse the import of a file again."""
    try:
        found = rehearsing.rehearse_upload(bridge(), upload_id)
    except NotFound:
        abort(404)
    counted = {name: getattr(found, name) for name in ("documents", "repeated", "set_aside", "writes", "error")}
    with bridge().db.read() as uow:
        upload = uow.uploads.by_id(upload_id)
    assert upload is not None  # noqa: S101 - it was just rehearsed
    data = {"upload_id": upload_id, "filename": upload.filename, "rehearsal": counted}
    return View("rehearsal.html", {**data, "rehearsed": rehearsing.as_rows(found)}, {"session_id": upload.session_id})
