"""``mode=file``: 1C posts a file or a part of one.

Facts: 1c-clients §2.3, §4.3: ``success`` or ``failure`` and nothing else in line 1; a sale file is processed on the
POST that completes it, because УТ 10.3 and УНФ 1.6 never call ``import``. So is a catalogue file; pictures and files of
other kinds are kept and answered ``success``, because a ``failure`` would make the whole exchange look failed (§5).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from commerceml_bridge.errors import ProtocolError
from commerceml_bridge.exchange import protocol
from commerceml_bridge.exchange.answers import Answer, charset_of, failure, success
from commerceml_bridge.exchange.request import ExchangeRequest
from commerceml_bridge.services import receiving
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.receiving import Reply
from commerceml_bridge.services.sessions import Caller


def handle(request: ExchangeRequest, bridge: Bridge, caller: Caller) -> Answer:
    """Store the body under session and file name. Raises ``ProtocolError`` without a name or a body."""
    if request.method != "POST":
        raise ProtocolError(protocol.FILE_NEEDS_POST)
    reply = receiving.receive(
        bridge,
        caller,
        exchange_type=request.exchange_type,
        filename=filename_of(request),
        body=_not_empty(request.body),
    )
    return answer_for(reply, caller)


def filename_of(request: ExchangeRequest) -> str:
    """Return ``filename`` as it was sent. Raises ``ProtocolError`` if there is none."""
    filename = request.get(protocol.FILENAME)
    if not filename.strip():
        raise ProtocolError(protocol.NO_FILENAME)
    return filename


def answer_for(reply: Reply, caller: Caller) -> Answer:
    """Turn what the receiving service says into ``success`` or ``failure`` and its lines."""
    charset = charset_of(caller.node.options.encoding)
    if reply.ok:
        answer = success(*reply.lines, charset=charset)
    else:
        answer = failure(" ".join(reply.lines), charset=charset, code=reply.code, error=reply.error)
    first, last = reply.chunks or (None, None)
    return answer.concerning(upload_id=reply.upload_id, upload_from=first, upload_to=last)


def _not_empty(body: Iterator[bytes]) -> Iterator[bytes]:
    first = next(body, b"")
    if not first:
        raise ProtocolError(protocol.EMPTY_FILE)
    return chain((first,), body)
