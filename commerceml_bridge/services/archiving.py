"""A session as a zip: every request and answer byte for byte, or redacted so that it can be given to strangers.

The first is for whoever may see the pages: secrets were masked when the journal was written, people and firms are in
it. The second is a recording (``recording``): no names, tax numbers, accounts, addresses.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from typing import IO

from commerceml_bridge.db.browse.exchange_records import Session, Step
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.errors import NotFound
from commerceml_bridge.services import recording
from commerceml_bridge.services.bridge import Bridge

STEPS_AT_ONCE = 200


def write_session(bridge: Bridge, session_id: int, file: IO[bytes]) -> None:
    """Write a session's requests and answers into ``file`` as a zip. Raises ``NotFound``."""
    with bridge.db.read() as uow, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        session = uow.browse.session(session_id)
        if session is None:
            raise NotFound(f"Сеанса № {session_id} нет.")
        listed = []
        for number, step in enumerate(_steps(uow, session_id), start=1):
            name = f"{number:03d}-{step.mode or 'none'}"
            listed.append(_line(name, step))
            archive.writestr(f"{name}.request.txt", _request(step))
            archive.writestr(f"{name}.answer-headers.txt", _answer_head(step))
            _body(uow, archive, "request", step.id, f"{name}.request-body")
            _body(uow, archive, "answer", step.id, f"{name}.answer-body")
        archive.writestr("README.txt", _readme(session, listed))


def write_bundle(bridge: Bridge, node_name: str, session_id: int, file: IO[bytes]) -> None:
    """Write a redacted recording of one session as a zip. Raises ``NotFound``."""
    collected = recording.collect(bridge, node_name, session_ids=[session_id])
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, contents in collected.files():
            archive.writestr(name, contents)


def _steps(uow: UnitOfWork, session_id: int) -> Iterator[Step]:
    cursor = ""
    while True:
        found = uow.browse.steps(session_id, cursor=cursor, limit=STEPS_AT_ONCE)
        yield from found.items
        cursor = found.next
        if not cursor:
            return


def _body(uow: UnitOfWork, archive: zipfile.ZipFile, kind: str, step_id: int, name: str) -> None:
    """Add a body as a member, streamed; one that does not exist or was erased is left out."""
    found = uow.browse.body(kind, step_id)
    if found is None or found.erased:
        return
    ending = found.filename.rpartition(".")[2]
    with archive.open(f"{name}.{ending}", "w", force_zip64=True) as member:
        for piece in uow.browse.read_body(kind, step_id):
            member.write(piece)


def _request(step: Step) -> str:
    target = step.path + (f"?{step.query}" if step.query else "")
    return "\n".join([f"{step.method} {target}", *_headers(step.request_headers), ""])


def _answer_head(step: Step) -> str:
    return "\n".join([f"HTTP {step.status}", *_headers(step.response_headers), ""])


def _headers(headers: dict[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers.items()]


def _line(name: str, step: Step) -> str:
    about = f"{step.at:%Y-%m-%d %H:%M:%S} UTC, {step.duration_ms} мс, {step.result}"
    return f"{name}: {about}" + (f": {step.error}" if step.error else "")


def _readme(session: Session, steps: list[str]) -> str:
    facts = {"version": session.version, "cmlVersion": session.cml_version, "families": list(session.families)}
    head = [
        f"Сеанс {session.id} узла «{session.node}», {session.started_at:%Y-%m-%d %H:%M:%S} UTC, итог: {session.result}",
        json.dumps(facts, ensure_ascii=False),
        "Тела записаны байт в байт; пароли, cookie и sessid закрыты звёздочками ещё в журнале.",
        "В файлах есть названия фирм и людей: посторонним передавайте обезличенный архив.",
        "",
    ]
    return "\n".join([*head, *steps, ""])
