"""Who changes settings and people: one line for every change, written in the transaction of the change itself.

The actor is what the entrance says: the pages set the operator's login, the command line the user who typed. Secrets
are never values here: a changed password or webhook is noted as changed.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.services.bridge import Bridge

_ACTOR: ContextVar[str] = ContextVar("actor", default="система")
CHANGED = "изменён"
"""Stands for a secret's new value."""


@contextmanager
def acting(actor: str) -> Iterator[None]:
    """Let everything in the block be done by ``actor``."""
    token = _ACTOR.set(actor)
    try:
        yield
    finally:
        _ACTOR.reset(token)


def set_actor(actor: str) -> None:
    """Let everything from now on in this context be done by ``actor``: for entrances without a block."""
    _ACTOR.set(actor)


def actor() -> str:
    """Return who is acting."""
    return _ACTOR.get()


def note(
    uow: UnitOfWork,
    bridge: Bridge,
    action: str,
    subject: str,
    changes: Mapping[str, tuple[object, object]] | None = None,
    *,
    reason: str = "",
) -> None:
    """Keep that ``action`` (``node.set``) was done to ``subject``; ``changes``: field → (before, after), both shown.

    Must not be given secrets; ``CHANGED`` stands for them.
    """
    listed = [[name, _shown(before), _shown(after)] for name, (before, after) in (changes or {}).items()]
    uow.audit.add(
        at=bridge.clock(),
        actor=actor(),
        action=action,
        subject=subject,
        changes=json.dumps(listed, ensure_ascii=False),
        reason=reason,
    )


def differences(before: object, after: object) -> dict[str, tuple[object, object]]:
    """Return the fields in which two dataclasses of one kind differ."""
    assert dataclasses.is_dataclass(before)  # noqa: S101 - narrows the type
    names = [field.name for field in dataclasses.fields(before)]
    pairs = {name: (getattr(before, name), getattr(after, name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _shown(value: object) -> str:
    if isinstance(value, frozenset | set):
        return ", ".join(sorted(map(str, value)))
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={one}" for key, one in value.items())
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
