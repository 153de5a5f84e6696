"""Headers and cookies that keep the pages from being misused.

Nothing external is loaded; scripts are our own files only (``static/``), never inline.
"""

from __future__ import annotations

import datetime as dt

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # Flask-WTF checks the referrer of a form sent over https
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SESSION_LIFE = dt.timedelta(hours=12)

csrf = CSRFProtect()


class _Sessions(SecureCookieSessionInterface):
    """Signed session cookies, ``Secure`` exactly when the page came over https."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Tell whether the browser may send the cookie over https only."""
        return request.is_secure


def init(app: Flask) -> None:
    """Set up CSRF protection, the session cookie and the headers of every answer."""
    app.config.update(
        SESSION_COOKIE_NAME="cmlb_operator",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=SESSION_LIFE,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
    )
    app.session_interface = _Sessions()
    csrf.init_app(app)
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":  # a download too: send_file would let every proxy keep it
        response.headers["Cache-Control"] = "no-store"
        response.headers.pop("Expires", None)
    return response
