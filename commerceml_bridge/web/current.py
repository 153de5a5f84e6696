"""The bridge of the application that answers the current request, and short ways to use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import current_app

from commerceml_bridge.db.browse import Browse
from commerceml_bridge.services.bridge import Bridge

EXTENSION = "commerceml_bridge"


def bridge() -> Bridge:
    """Return the bridge given to ``create_web_app``."""
    return cast(Bridge, current_app.extensions[EXTENSION])


@contextmanager
def browsing() -> Iterator[Browse]:
    """Open one transaction for reading: everything a page shows is of one moment."""
    with bridge().db.read() as uow:
        yield uow.browse
