"""Methods about the webhook itself, users, and comments in the timeline.

Follows facts: bitrix24-rest §5 (users), §6.10 (scopes).
"""

from __future__ import annotations

from typing import Any

from commerceml_bridge.simulators.portal import php
from commerceml_bridge.simulators.portal.answers import Answer, Call, RestError
from commerceml_bridge.simulators.portal.methods.parties import old_fields
from commerceml_bridge.simulators.portal.registry import METHODS, find, rest_method
from commerceml_bridge.simulators.portal.values import moment_text

_USERS = ((1, "Анна", "Орлова", "orlova@portal.example"), (2, "Игорь", "Лебедев", "lebedev@portal.example"))
_USER_SCOPES = ("user", "user_basic", "user_brief")


def _user(call: Call, row: tuple[int, str, str, str]) -> dict[str, Any]:
    number, name, last_name, email = row
    user: dict[str, Any] = {"ID": str(number), "ACTIVE": True, "NAME": name, "LAST_NAME": last_name, "SECOND_NAME": ""}
    if call.portal.settings.scopes & {"user", "user_basic"}:
        user["EMAIL"] = email
    user.update(WORK_POSITION="", IS_ONLINE="Y", UF_DEPARTMENT=[1], USER_TYPE="employee")
    return user


@rest_method("user.get", *_USER_SCOPES)
def user_get(call: Call) -> Answer:
    """List users, by ``FILTER[ID]`` or all."""
    given = {**php.as_map(call.any_case("filter")), **call.params}
    wanted = {php.to_int(number) for number in php.as_list(given.get("ID"))}
    rows = [_user(call, row) for row in _USERS if not wanted or row[0] in wanted]
    return Answer(rows, total=len(rows))


@rest_method("user.current", *_USER_SCOPES)
def user_current(call: Call) -> Answer:
    """Return the webhook's owner."""
    return Answer(_user(call, _owner(call)))


def _owner(call: Call) -> tuple[int, str, str, str]:
    owner = call.portal.settings.user_id
    return next((row for row in _USERS if row[0] == owner), (owner, "Владелец", "вебхука", "owner@portal.example"))


@rest_method("profile")
def profile(call: Call) -> Answer:
    """Return the webhook's owner in short; needs no scope."""
    number, name, last_name, _ = _owner(call)
    admin = call.portal.settings.readable_invoices is None
    person = {"ID": str(number), "ADMIN": admin, "NAME": name, "LAST_NAME": last_name}
    return Answer({**person, "PERSONAL_GENDER": "", "TIME_ZONE": ""})


@rest_method("scope")
def scope(call: Call) -> Answer:
    """List the webhook's scopes."""
    return Answer(sorted(call.portal.settings.scopes))


@rest_method("methods")
def methods(call: Call) -> Answer:
    """List the methods the webhook may call."""
    granted = call.portal.settings.scopes
    return Answer(sorted(name for name, method in METHODS.items() if method.allowed_to(granted)))


@rest_method("method.get")
def method_get(call: Call) -> Answer:
    """Tell whether a method exists and is open to the webhook."""
    method = find(str(call.any_case("name", "")))
    available = method is not None and method.allowed_to(call.portal.settings.scopes)
    return Answer({"isExisting": method is not None, "isAvailable": available})


@rest_method("server.time")
def server_time(call: Call) -> Answer:
    """Return the portal's time."""
    return Answer(moment_text(call.portal.now(), call.portal.zone))


@rest_method("crm.timeline.comment.add", "crm")
def comment_add(call: Call) -> Answer:
    """Leave a comment in the timeline of an object; ``updatedTime`` does not move. The result is its id."""
    given = old_fields(call)
    if not given.get("COMMENT") or not php.to_int(given.get("ENTITY_ID")):
        raise RestError("", "Some of required fields are empty: ENTITY_ID, ENTITY_TYPE, COMMENT")
    own = {"ENTITY_ID": php.to_int(given["ENTITY_ID"]), "ENTITY_TYPE": str(given.get("ENTITY_TYPE", "")).lower()}
    return Answer(int(call.portal.comments.insert({**own, "COMMENT": str(given["COMMENT"])})["ID"]))


@rest_method("crm.timeline.comment.list", "crm")
def comment_list(call: Call) -> Answer:
    """List comments of one object; the filter must name it."""
    wanted = php.as_map(call.any_case("filter"))
    if not php.to_int(wanted.get("ENTITY_ID")) or not wanted.get("ENTITY_TYPE"):
        raise RestError("", "Filter must contain ENTITY_ID and ENTITY_TYPE")
    owner = php.to_int(wanted["ENTITY_ID"]), str(wanted["ENTITY_TYPE"]).lower()
    found = [one for one in call.portal.comments if (one["ENTITY_ID"], one["ENTITY_TYPE"]) == owner]
    newest_first = str(php.as_map(call.any_case("order")).get("ID", "ASC")).upper() == "DESC"
    rows = [{**one.as_dict(), "ID": str(one["ID"]), "ENTITY_ID": str(one["ENTITY_ID"])} for one in found]
    rows.sort(key=lambda one: int(one["ID"]), reverse=newest_first)
    return Answer(rows[:50], total=len(rows))


@rest_method("im.notify.personal.add", "im")
def notify_add(call: Call) -> Answer:
    """Notify a user; a note with the same TAG is replaced. The result is its id."""
    user, text = php.to_int(call.any_case("user_id", 0)), str(call.any_case("message", ""))
    if not user or not text:
        raise RestError("MESSAGE_EMPTY", "Message can't be empty")
    tag = str(call.any_case("tag", ""))
    for one in list(call.portal.notes):
        if tag and one["TAG"] == tag:
            call.portal.notes.delete(one["ID"])
    return Answer(int(call.portal.notes.insert({"USER_ID": user, "MESSAGE": text, "TAG": tag})["ID"]))
