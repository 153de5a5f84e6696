"""Language and time zone of the viewer: asked for in the address, remembered in a cookie.

Source texts are Russian, so Russian needs no catalogue. Without a choice the browser's languages decide; a browser
tells no time zone, so times are Moscow's (UTC+3) until another zone is chosen at the foot of the page.
"""

from __future__ import annotations

import datetime as dt

from flask import Flask, Response, g, request
from flask_babel import Babel, get_locale

LANGUAGES = {"ru": "Русский", "en": "English"}
ZONES = tuple(range(13))
"""Whole hours east of Greenwich: London to Kamchatka."""
DEFAULT_ZONE = 3
YEAR = 365 * 24 * 3600


def init(app: Flask) -> None:
    """Choose language and zone for each request and remember what the address asks for."""
    app.config["BABEL_DEFAULT_LOCALE"] = "ru"
    Babel(app, locale_selector=chosen_language)
    app.after_request(_remember)
    app.context_processor(lambda: {"language": language, "LANGUAGES": LANGUAGES, "ZONES": ZONES, "zone": zone_hours})


def chosen_language() -> str:
    """Return the language of this request: ``?lang=``, else the cookie, else the browser's, else Russian."""
    for wanted in (request.args.get("lang"), request.cookies.get("lang")):
        if wanted in LANGUAGES:
            return wanted
    return request.accept_languages.best_match(LANGUAGES) or "ru"


def language() -> str:
    """Return the language in use."""
    return str(get_locale() or "ru")


def zone_hours() -> int:
    """Return the viewer's offset from UTC in hours."""
    if "zone" not in g:
        g.zone = DEFAULT_ZONE
        for wanted in (request.args.get("zone"), request.cookies.get("zone")):
            if wanted is not None and wanted.isdecimal() and int(wanted) in ZONES:
                g.zone = int(wanted)
                break
    return int(g.zone)


def zone() -> dt.timezone:
    """Return the viewer's time zone."""
    return dt.timezone(dt.timedelta(hours=zone_hours()))


def _remember(response: Response) -> Response:
    if request.args.get("lang") in LANGUAGES:
        _set_cookie(response, "lang", request.args["lang"])
    if "zone" in request.args:
        _set_cookie(response, "zone", str(zone_hours()))
    return response


def _set_cookie(response: Response, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
