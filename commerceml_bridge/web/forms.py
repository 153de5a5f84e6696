"""Forms of the settings pages: fields described once, drawn by one template, keeping what was typed after an error.

Secrets are write-only: a ``secret`` field never has a value, neither the stored one nor the one just typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from commerceml_bridge.errors import (
    AlertNotSent,
    BadInput,
    ConfigurationError,
    NotFound,
    NotificationFailed,
    ODataError,
    PortalError,
)
from commerceml_bridge.web.pages import View

REFUSALS = (ConfigurationError, BadInput, NotFound, PortalError, NotificationFailed, ODataError, AlertNotSent)
"""What a service says in words for people."""
TEMPLATE = "settings_form.html"
Choices = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Field:
    """One field. ``kind``: text, lines, secret, number, date, moment, url, choice, many, flag."""

    name: str
    title: Any
    kind: str = "text"
    value: str = ""
    chosen: frozenset[str] = frozenset()
    """of ``many``"""
    choices: Choices = ()
    hint: Any = ""
    required: bool = False


@dataclass(frozen=True)
class Form:
    """One form of a page; ``name`` tells it from the others."""

    name: str
    title: Any
    action: str
    button: Any
    fields: tuple[Field, ...] = ()
    hint: Any = ""
    more: Choices = ()
    """further buttons: (value of ``do``, words)"""
    hidden: tuple[tuple[str, str], ...] = ()
    folded: bool = False
    """opened by a click: what is not wanted every day"""

    @property
    def kept(self) -> Form:
        """The form with what was typed into it, if it is the one that was sent."""
        if request.method != "POST" or request.form.get("form") != self.name:
            return self
        return replace(self, fields=tuple(map(_kept, self.fields)), folded=False)


def _kept(field: Field) -> Field:
    if field.kind == "secret":
        return field
    if field.kind == "many":
        return replace(field, chosen=frozenset(request.form.getlist(field.name)))
    if field.kind != "flag" and field.name not in request.form:  # a step that was not on the page yet
        return field
    return replace(field, value=request.form.get(field.name, ""))


def sheet(title: Any, forms: Iterable[Form], data: dict[str, Any], **extra: Any) -> View:
    """Return a page of forms. ``data``: what its JSON twin says; ``extra``: ``crumbs``, ``links``, ``notes``, …"""
    return View(TEMPLATE, data, {"title": title, "forms": [form.kept for form in forms], **extra})


def text(name: str) -> str:
    """Return what was typed into a field, without spaces around it."""
    return request.form.get(name, "").strip()


def secret(name: str) -> str | None:
    """Return a secret that was typed; ``None``: the stored one stays."""
    return request.form.get(name, "") or None


def saved(work: Callable[[], object], again: Callable[[], View], to: str | Callable[[], str]) -> ResponseReturnValue:
    """Do what a form asks for and go on to ``to``; show the page again with the reason if it cannot be done."""
    try:
        said = work()
    except REFUSALS as error:
        flash(error.message, "error")
        return shown(again(), 400)
    flash(str(said), "done")
    return redirect(to if isinstance(to, str) else to())


def shown(view: View, status: int = 200) -> ResponseReturnValue:
    """Answer a POST with a page."""
    return render_template(view.template, **view.data, **view.extra), status
