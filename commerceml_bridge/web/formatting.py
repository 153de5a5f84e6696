"""How values look on a page: moments in the viewer's zone, sums, sizes, durations. Set up as template filters."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

from babel.numbers import format_currency, format_decimal
from flask import Flask, current_app, request
from flask_babel import gettext as _
from markupsafe import Markup, escape

from commerceml_bridge.web import labels, option_labels
from commerceml_bridge.web.jsonable import jsonable
from commerceml_bridge.web.language import language, zone
from commerceml_bridge.web.reasons import told

DASH = "—"
_DAYS = {"ru": "%d.%m.%Y", "en": "%Y-%m-%d"}
_MONEY = {"ru": None, "en": "#,##0.00\xa0¤¤"}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNITS = (("КБ", "kB"), ("МБ", "MB"), ("ГБ", "GB"))


def init(app: Flask) -> None:
    """Register the filters and the names every template may use."""
    for formatter in (moment, when, clock, day, plain_sum, plain_value, money, size, seconds, number, pretty_json):
        app.add_template_filter(formatter)
    app.add_template_filter(labels.label, "label")
    app.add_template_filter(told)
    words = {"labels": labels, "option_labels": option_labels}
    app.context_processor(lambda: {**words, "with_arguments": with_arguments, "twin_address": twin_address})


def moment(at: dt.datetime | None) -> str:
    """Show a moment with its date; the exact UTC time stands in the markup."""
    return _time_tag(at, f"{_DAYS[language()]} %H:%M:%S")


def when(at: dt.datetime | None) -> str:
    """Show a moment in a sentence: without seconds and markup, in the viewer's zone."""
    return DASH if at is None else at.astimezone(zone()).strftime(f"{_DAYS[language()]} %H:%M")


def clock(at: dt.datetime | None) -> str:
    """Show the time of day of a moment."""
    return _time_tag(at, "%H:%M:%S")


def _time_tag(at: dt.datetime | None, pattern: str) -> str:
    if at is None:
        return DASH
    utc = at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    shown = at.astimezone(zone()).strftime(pattern)
    return Markup('<time datetime="{}">{}</time>').format(utc, shown)


def day(date: dt.date | None) -> str:
    """Show a calendar date: the date of a document has no zone."""
    return DASH if date is None else Markup('<time datetime="{}">{}</time>').format(date.isoformat(), plain_day(date))


def plain_day(date: dt.date) -> str:
    """Show a calendar date in a sentence."""
    return date.strftime(_DAYS[language()])


def plain_value(value: str, is_sum: bool) -> str:
    """Show a stored value of an invoice: a calendar date and a sum as people write them, all else as it is."""
    if is_sum:
        return plain_sum(value)
    if not _DATE.fullmatch(value):
        return value
    try:
        return plain_day(dt.date.fromisoformat(value))
    except ValueError:  # a title or a number that only looks like a date
        return value


def plain_sum(amount: str) -> str:
    """Show a sum as 1C wrote it with grouped digits; what is no number stays as it is."""
    try:
        value = Decimal(amount)
    except InvalidOperation:
        return amount
    return str(format_decimal(value, "#,##0.00####", locale=language())) if value.is_finite() else amount


def money(amount: Decimal | None, currency: str = "RUB") -> str:
    """Show a sum with its currency."""
    return (
        DASH
        if amount is None
        else escape(format_currency(amount, currency or "RUB", _MONEY[language()], locale=language()))
    )


def number(value: int) -> str:
    """Show a count with grouped digits."""
    return str(format_decimal(value, locale=language()))


def size(octets: int) -> str:
    """Show a size in bytes, or in thousands of them from 10 kB on."""
    if octets < 10_000:
        return str(_("%(count)s байт", count=number(octets)))
    power = min(len(_UNITS), (len(str(octets)) - 1) // 3)
    amount = format_decimal(round(octets / 1000**power, 1), locale=language())
    return f"{amount} {_UNITS[power - 1][language() == 'en']}"


def seconds(duration: float) -> str:
    """Show a duration given in seconds."""
    if duration < 1:
        return str(_("%(count)s мс", count=number(round(duration * 1000))))
    if duration < 60:
        return str(_("%(count)s с", count=format_decimal(round(duration, 1), locale=language())))
    minutes, rest = divmod(round(duration), 60)
    if minutes < 60:
        return str(_("%(minutes)s мин %(rest)s с", minutes=minutes, rest=rest))
    hours, minutes = divmod(minutes, 60)
    return str(_("%(hours)s ч %(minutes)s мин", hours=hours, minutes=minutes))


def pretty_json(value: object) -> str:
    """Show a JSON value indented, Cyrillic as it is."""
    return json.dumps(jsonable(value), ensure_ascii=False, indent=2)


def with_arguments(**changes: str | None) -> str:
    """Return the address of this page with some query arguments replaced; ``None`` removes one."""
    kept = {name: value for name, value in request.args.items() if name not in changes}
    kept |= {name: value for name, value in changes.items() if value is not None}
    return request.path + ("?" + urlencode(kept) if kept else "")


def twin_address(kind: str = "json") -> str:
    """Return the address of this page as JSON (or CSV), ``""`` if it has none."""
    if f"{request.endpoint}_{kind}" not in current_app.view_functions:
        return ""
    path = f"/index.{kind}" if request.path == "/" else f"{request.path}.{kind}"
    query = request.query_string.decode("ascii", "replace")
    return f"{path}?{query}" if query else path
