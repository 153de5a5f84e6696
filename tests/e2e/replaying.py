"""Replays a recording against a live server: plants what its answers depended on, sends, compares.

Left out of the comparison: cookie and sessid, and the moments an answer was made at.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import http.client
import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commerceml_bridge.app import create_bridge
from commerceml_bridge.cli.processes import free_port, ready, running, until
from commerceml_bridge.db.migrations import upgrade
from commerceml_bridge.db.rows import NodeRow, RevisionRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import codec, snapshots
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.log import mask_body
from commerceml_bridge.services import nodes, secrets
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.consigning import consign
from commerceml_bridge.services.fetching import store
from commerceml_bridge.services.recording import FORMAT
from commerceml_bridge.services.sessions import COOKIE_NAME

LOGIN, PASSWORD = "replay", "a-replay-password"
COMPARED = ("content-type", "content-length", "pragma")
_FORMED = re.compile(rb'="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"')
_TIMESTAMP = re.compile(rb"timestamp=\d+")


@dataclass(frozen=True)
class Answer:
    """Status line, the headers that matter, and the body with names in the place of secrets and moments."""

    status: str
    headers: dict[str, str | None]
    body: bytes


@dataclass
class Replay:
    """A recording and the server it is sent to."""

    folder: Path
    description: dict[str, Any]
    bridge: Bridge
    port: int

    def differences(self) -> list[str]:
        """Send everything; return the steps whose answer is another one, with both answers."""
        found = []
        tokens: dict[int, dict[str, str]] = {}
        for position, step in enumerate(self.description["steps"], start=1):
            self.plant(position)
            if step["remark"]:
                continue
            known = tokens.setdefault(step["session"], {"cookie": "none", "sessid": "none"})
            answer, body = send(self.port, self.request(step["name"], known))
            learn(body, known)
            expected = expected_answer((self.folder / f"{step['name']}.answer").read_bytes())
            if answer != expected:
                found.append(f"{step['name']}: expected {expected}\ngot {answer}")
        return found

    def request(self, name: str, tokens: dict[str, str]) -> bytes:
        """Return the bytes to send."""
        head, gap, body = (self.folder / f"{name}.http").read_bytes().partition(b"\r\n\r\n")
        basic = base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()
        values = {"host": f"127.0.0.1:{self.port}", "authorization": f"Basic {basic}", **tokens}
        for key, value in values.items():
            head = head.replace(b"{{%s}}" % key.encode(), value.encode())
        if re.search(rb"^transfer-encoding: *chunked", head, re.IGNORECASE | re.MULTILINE):
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        return head + gap + body

    def plant(self, step: int) -> None:
        """Make known the documents that were there before this step."""
        for document in self.description["documents"]:
            if document["before"] == step:
                self._plant(document)

    def _plant(self, document: dict[str, Any]) -> None:
        invoice = snapshots.from_json(json.dumps(document["invoice"]))
        with self.bridge.db.write() as uow:
            portal = uow.portals.by_name("replay")
            assert portal is not None
            node = uow.nodes.all(portal.id)[0]
            store(uow, self.bridge, portal, [], invoice)
            row = uow.invoices.by_key(portal.id, invoice.key)
            assert row is not None
            revision = numbered(uow, row.id, document["revision"])
            consignment = uow.consignments.of(node.id, row.id) or uow.consignments.add(node.id, row.id)
            moment = self.bridge.clock()
            uow.consignments.update(
                consignment.id,
                number=document["number"],
                digits=document["digits"],
                substitute=document["substitute"],
                date=dt.date.fromisoformat(document["date"]) if document["date"] else None,
                first_served_at=moment,
                released=document["released"],
            )
            consign(uow, node, row, moment)
            if document["known"]:  # rendered like the others, and then taken by 1C
                uow.consignments.update(
                    consignment.id,
                    acknowledged_revision_id=revision.id,
                    acknowledged_hash=revision.accounting_hash,
                    acknowledged_at=moment,
                    onec_id=document["onec_id"],
                    due=False,
                )


def numbered(uow: UnitOfWork, invoice_id: int, number: int) -> RevisionRow:
    """Return the newest revision, stored once more if its number is not the recorded one."""
    revision = uow.invoices.latest_revision(invoice_id)
    assert revision is not None
    if revision.number == number:
        return revision
    values = {name: value for name, value in dataclasses.asdict(revision).items() if name != "id"}
    return uow.invoices.revision(uow.invoices.add_revision(**(values | {"number": number})))


@contextmanager
def replaying(folder: Path, tmp_path: Path, database_url: str) -> Iterator[Replay]:
    """Keep a server with the recording's node for the length of the block."""
    description = json.loads((folder / "recording.json").read_text(encoding="utf-8"))
    assert description["format"] == FORMAT
    environment = {**os.environ, "CMLB_DATABASE_URL": database_url, "CMLB_SECRET_KEY": "a secret key of the tests"}
    bridge = create_bridge(environment)
    upgrade(bridge.db.engine)
    add_node(bridge, description)
    bind = f"127.0.0.1:{free_port()}"
    with running(environment, tmp_path, "serve", "--bind", bind, "--workers", "1"):
        until("the server is ready", lambda: ready(bind))
        yield Replay(folder, description, bridge, int(bind.rpartition(":")[2]))
    bridge.db.close()


def add_node(bridge: Bridge, description: dict[str, Any]) -> NodeRow:
    """Make portal and node as they were recorded."""
    with bridge.db.write() as uow:
        uow.portals.add(
            name="replay",
            code=description["portal_code"],
            host="replay.invalid",
            webhook_sealed=secrets.seal(bridge, "https://replay.invalid/rest/1/none/"),
            application_token_sealed="",
            created_at=bridge.clock(),
        )
    return nodes.add(bridge, "replay", "replay", LOGIN, PASSWORD, options_from_json(description["node"]))


def options_from_json(values: dict[str, Any]) -> NodeOptions:
    """The inverse of ``recording.options_to_json``."""
    options = codec.decode(NodeOptions, values)
    assert isinstance(options, NodeOptions)
    return options


def send(port: int, request: bytes) -> tuple[Answer, bytes]:
    """Send one request on a connection of its own; return the answer as compared, and its body as it came."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request)
        response = http.client.HTTPResponse(connection, method=request.split(b" ", 1)[0].decode())
        response.begin()
        body = response.read()
        headers = {name: response.getheader(name) for name in COMPARED}
        return Answer(f"HTTP/1.1 {response.status} {response.reason}", headers, canonical(mask_body(body))), body


def expected_answer(raw: bytes) -> Answer:
    """Read an ``.answer`` file."""
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    given = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    masked = body.replace(b"{{cookie}}", b"***").replace(b"{{sessid}}", b"***")
    return Answer(status, {name: given.get(name) for name in COMPARED}, canonical(masked))


def canonical(body: bytes) -> bytes:
    """Return a body without the moment it was made at."""
    return _TIMESTAMP.sub(b"timestamp=***", _FORMED.sub(b'="***"', body, count=1))


def learn(body: bytes, tokens: dict[str, str]) -> None:
    """Take cookie and sessid out of an answer to checkauth."""
    lines = body.split(b"\n")
    if len(lines) > 3 and lines[0] == b"success" and lines[1] == COOKIE_NAME.encode():
        tokens["cookie"] = lines[2].decode()
        tokens["sessid"] = lines[3].removeprefix(b"sessid=").decode()
