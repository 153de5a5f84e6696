"""Pages and JSON for what went wrong: not found, refused, too large, our own fault."""

from __future__ import annotations

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException


def init(app: Flask) -> None:
    """Answer every HTTP error with our own page, or with JSON where JSON was asked for."""
    app.register_error_handler(HTTPException, _failure)


def _failure(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if error.response is not None or status < 400:
        return error
    title, text = _explained(error, status)
    if request.path.endswith(".json"):
        return jsonify({"error": (error.name or "error").lower().replace(" ", "-"), "message": text}), status
    return render_template("failure.html", status=status, title=title, text=text), status


def _explained(error: HTTPException, status: int) -> tuple[str, str]:
    if isinstance(error, CSRFError):
        return (
            _("Форма устарела"),
            _("Страница была открыта слишком давно или в другом сеансе. Вернитесь, обновите её и отправьте снова."),
        )
    if status == 404:
        return _("Такой страницы нет"), _("Проверьте адрес или найдите нужное через поиск по счетам.")
    if status == 405:
        return _("Так эту страницу не открыть"), _("Этот адрес принимает только отправку формы. Вернитесь назад.")
    if status == 413:
        return _("Слишком большой запрос"), _("Форма больше 64 килобайт не принимается.")
    if status >= 500:
        return (
            _("Ошибка на нашей стороне"),
            _("Запрос не выполнен. Повторите его; если не поможет, посмотрите журнал службы commerceml-bridge."),
        )
    return _("Запрос не принят"), _("Сервер не понял запрос. Вернитесь назад и попробуйте снова.")
