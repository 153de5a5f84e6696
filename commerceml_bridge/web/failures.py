"""Pages and JSON for what went wrong: not found, refused, too large, our own fault."""

from __future__ import annotations

from flask import Flask, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException


def init(app: Flask) -> None:
    """Answer every HTTP error with our own page, or with JSON where JSON was asked for."""
    app.register_error_handler(HTTPException, _failure)


def _failure(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if error.response is not None or status < 400:
        return error
    if _is_old_login(error):
        flash(_("Страница входа устарела: войдите ещё раз."), "error")
        return redirect(request.full_path.rstrip("?"))
    title, text = _explained(error, status)
    if request.path.endswith((".json", ".csv")):
        return jsonify({"error": (error.name or "error").lower().replace(" ", "-"), "message": text}), status
    return render_template("failure.html", status=status, title=title, text=text), status


def _is_old_login(error: HTTPException) -> bool:
    """Tell a login form without a valid token (its session ended); one with a wrong referrer is refused."""
    return isinstance(error, CSRFError) and request.endpoint == "login" and "referrer" not in str(error.description)


def _explained(error: HTTPException, status: int) -> tuple[str, str]:
    if isinstance(error, CSRFError):
        title, text = _STALE
    else:
        title, text = _TEXTS.get(status, _OUR_FAULT if status >= 500 else _NOT_UNDERSTOOD)
    return str(title), str(text)


_STALE = (
    _l("Форма устарела"),
    _l("Страница была открыта слишком давно или в другом сеансе. Вернитесь, обновите её и отправьте снова."),
)
_OUR_FAULT = (
    _l("Ошибка на нашей стороне"),
    _l("Запрос не выполнен. Повторите его; если не поможет, посмотрите журнал службы commerceml-bridge."),
)
_NOT_UNDERSTOOD = (
    _l("Запрос не принят"),
    _l("Сервер не понял запрос. Вернитесь назад и попробуйте снова."),
)
_TEXTS = {
    403: (
        _l("Не хватает прав"),
        _l("Ваша роль этого не позволяет. Попросите администратора: commerceml-bridge operator set ЛОГИН --role …"),
    ),
    404: (_l("Такой страницы нет"), _l("Проверьте адрес или найдите нужное через поиск по счетам.")),
    405: (
        _l("Так эту страницу не открыть"),
        _l("Этот адрес принимает только отправку формы. Вернитесь назад."),
    ),
    410: (
        _l("Тело удалено по сроку хранения"),
        _l("Запись о нём осталась, сами байты удалены: срок хранения задают настройки CMLB_KEEP_DAYS и другие."),
    ),
    413: (_l("Слишком большой запрос"), _l("Форма больше 64 килобайт не принимается.")),
}
