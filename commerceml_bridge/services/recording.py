"""A live exchange as a test case: sessions taken from the journal, redacted, replayable against another installation.

Bodies need not be captured: the journal refers to everything 1C sent and got. What the answers depended on goes along:
the node's options and the documents the sessions touched, so that a replay starts from the same state
(``fixtures/recordings/README.md``). Reads only. Secrets never were in the journal; here their places get names again.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from commerceml_bridge.commerceml.redaction import Redactor
from commerceml_bridge.db.recordings import StepRow, TouchedRow
from commerceml_bridge.db.rows import NodeRow, SessionRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import codec
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.errors import NotFound
from commerceml_bridge.log import mask_body
from commerceml_bridge.services import nodes
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.delivering import body as delivery_body
from commerceml_bridge.services.receiving import chunks_of
from commerceml_bridge.services.recorded_http import request_of, text_answer
from commerceml_bridge.services.recorded_invoices import redact_options, redact_snapshots

FORMAT = 1
"""Of ``recording.json``; a reader refuses another."""
_TEXT_TYPE = "text/"


@dataclass
class RecordedStep:
    """One request as it was sent and its answer; ``remark`` says in Russian why it cannot be replayed, if so."""

    name: str
    session: int
    request: bytes = field(repr=False)
    answer: bytes = field(repr=False)
    remark: str = ""


@dataclass(frozen=True)
class RecordedDocument:
    """An invoice to be known before step ``before`` (1 is the first); ``known``: acknowledged before the recording."""

    before: int
    known: bool
    row: TouchedRow
    snapshot: str
    """redacted, as ``domain.snapshots`` writes it"""


@dataclass(frozen=True)
class Recording:
    """What goes into the directory."""

    node: NodeRow
    portal_code: str
    recorded_at: dt.datetime
    sessions: tuple[SessionRow, ...]
    steps: tuple[RecordedStep, ...]
    documents: tuple[RecordedDocument, ...]

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield (file name, contents)."""
        for step in self.steps:
            yield f"{step.name}.http", step.request
            yield f"{step.name}.answer", step.answer
        text = json.dumps(self._description(), ensure_ascii=False, indent=1, sort_keys=True)
        yield "recording.json", text.encode() + b"\n"

    def _description(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "product": version("commerceml-bridge"),
            "recorded_at": self.recorded_at.isoformat(timespec="seconds"),
            "portal_code": self.portal_code,
            "node": options_to_json(self.node.options),
            "sessions": [_session(row) for row in self.sessions],
            "steps": [{"name": one.name, "session": one.session, "remark": one.remark} for one in self.steps],
            "documents": [_document(one) for one in self.documents],
        }


def options_to_json(options: NodeOptions) -> dict[str, Any]:
    """Return the options of a node as JSON has them."""
    encoded: dict[str, Any] = codec.encode(options)
    return encoded


def _session(row: SessionRow) -> dict[str, str]:
    names = ("exchange_type", "version", "cml_version", "user_agent", "families")
    return {"started_at": row.started_at.isoformat(timespec="seconds")} | {name: getattr(row, name) for name in names}


def _document(one: RecordedDocument) -> dict[str, Any]:
    row = one.row
    return {
        "before": one.before,
        "known": one.known,
        "revision": row.revision,
        "number": row.number,
        "digits": row.digits,
        "substitute": row.substitute,
        "date": row.date.isoformat() if row.date else None,
        "released": row.released,
        "onec_id": row.onec_id,
        "invoice": json.loads(one.snapshot),
    }


def collect(bridge: Bridge, node_name: str, *, session_ids: Sequence[int] = (), last: int = 1) -> Recording:
    """Record sessions of a node: those named, else the ``last`` ones. Raises ``NotFound`` if there are none."""
    node = nodes.by_name(bridge, node_name)
    redactor = Redactor(node.portal_code)
    with bridge.db.read() as uow:
        rows = _sessions(uow, node, session_ids, last)
        steps = uow.recordings.steps([row.id for row in rows])
        touched = _touched(uow, steps)
    snapshots = redact_snapshots([row.snapshot for _before, _known, row in touched], redactor, node.options)
    documents = [
        RecordedDocument(before, known, row, snapshot)
        for (before, known, row), snapshot in zip(touched, snapshots, strict=True)
    ]
    return Recording(
        node=dataclasses.replace(node, options=redact_options(node.options, redactor)),
        portal_code=redactor.new_portal_code,
        recorded_at=bridge.clock(),
        sessions=tuple(rows),
        steps=tuple(_Steps(bridge, redactor, [row.id for row in rows]).run(steps)),
        documents=tuple(documents),
    )


def _sessions(uow: UnitOfWork, node: NodeRow, ids: Sequence[int], last: int) -> list[SessionRow]:
    rows = uow.recordings.sessions(node.id, ids) if ids else uow.recordings.newest_sessions(node.id, last)
    missing = set(ids) - {row.id for row in rows}
    if missing or not rows:
        which = ", ".join(str(one) for one in sorted(missing))
        text = f"Нет таких сеансов: {which}" if missing else "Нет ни одного сеанса"
        raise NotFound(f"{text} у узла «{node.name}». Номера сеансов видны на страницах и в журнале.")
    return rows


def _touched(uow: UnitOfWork, steps: Sequence[StepRow]) -> list[tuple[int, bool, TouchedRow]]:
    """Return (step before which it was there, acknowledged before, document), each state of a document once."""
    found: list[tuple[int, bool, TouchedRow]] = []
    revisions: set[tuple[int, int]] = set()
    consignments: set[int] = set()
    for number, step in enumerate(steps, start=1):
        rows = [(False, row) for row in uow.recordings.delivered(step.delivery_id)] if step.delivery_id else []
        if step.upload_id:
            rows += [(True, row) for row in uow.recordings.meant(step.upload_id)]
        for known, row in rows:
            key = (row.consignment_id, row.revision_id)
            if key in revisions or (known and row.consignment_id in consignments):
                continue
            revisions.add(key)
            consignments.add(row.consignment_id)
            found.append((number, known, row))
    return found


def _remark(sent: bytes | None) -> str:
    if sent is None:
        return "Тело запроса не сохранилось: сервер его не принял."
    return "Тело запроса — не текст, вместо него нули." if sent and not sent.strip(b"\0") else ""


class _Steps:
    """Turns journal rows into requests and answers; a file sent in parts is redacted as a whole and cut again."""

    def __init__(self, bridge: Bridge, redactor: Redactor, session_ids: Sequence[int]) -> None:
        self._bridge = bridge
        self._redactor = redactor
        self._session = {one: number for number, one in enumerate(session_ids, start=1)}
        self._uploads: dict[int, tuple[bytes, list[int]]] = {}

    def run(self, rows: Sequence[StepRow]) -> list[RecordedStep]:
        """Return the steps. Files come first, so that what is personal in them is known when texts are read."""
        files = [(self._sent(row), self._got(row)) for row in rows]
        return [
            self._step(number, row, *both) for number, (row, both) in enumerate(zip(rows, files, strict=True), start=1)
        ]

    def _step(self, number: int, row: StepRow, sent: bytes | None, got: bytes | None) -> RecordedStep:
        remark = _remark(sent)
        headers = json.loads(row.response_headers)
        if got is None:
            got = text_answer(
                mask_body(row.response_body or b""), headers, self._redactor
            )  # masked already: costs nothing
        head = f"HTTP/1.1 {row.status} OK\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return RecordedStep(
            name=f"{number:03d}-{row.mode or 'none'}",
            session=self._session[row.session_id],
            request=request_of(row, sent or b"", self._redactor),
            answer=head.encode("latin-1", "replace") + b"\r\n" + got,
            remark=remark,
        )

    def _sent(self, row: StepRow) -> bytes | None:
        if row.upload_id is not None and row.upload_from is not None and row.upload_to is not None:
            body, starts = self._upload(row.upload_id)
            return body[starts[row.upload_from] : starts[row.upload_to]]
        return None if row.request_size else b""

    def _upload(self, upload_id: int) -> tuple[bytes, list[int]]:
        """Return a redacted file and where its stored pieces begin, the end included."""
        if upload_id not in self._uploads:
            with self._bridge.db.read() as uow:
                upload = uow.uploads.by_id(upload_id)
            assert upload is not None  # noqa: S101 - a foreign key guarantees it
            pieces = list(chunks_of(self._bridge.db, upload))
            starts = [0]
            for piece in pieces:
                starts.append(starts[-1] + len(piece))
            self._uploads[upload_id] = (self._redactor.file(b"".join(pieces)), starts)
        return self._uploads[upload_id]

    def _got(self, row: StepRow) -> bytes | None:
        """Return the redacted file an answer is; ``None`` for a text."""
        if row.delivery_id is not None:
            with self._bridge.db.read() as uow:
                delivery = uow.deliveries.by_id(row.delivery_id)
            assert delivery is not None  # noqa: S101 - a foreign key guarantees it
            return self._redactor.file(b"".join(delivery_body(self._bridge.db, delivery)))
        is_text = json.loads(row.response_headers).get("Content-Type", _TEXT_TYPE).startswith(_TEXT_TYPE)
        return None if is_text else self._redactor.file(row.response_body or b"")
