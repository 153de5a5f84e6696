"""What every service works with, made once in ``app.py`` or ``cli/``."""

from __future__ import annotations

from dataclasses import dataclass

from commerceml_bridge.clock import Clock, utc_now
from commerceml_bridge.config import Settings
from commerceml_bridge.db.database import Database


@dataclass(frozen=True)
class Bridge:
    """Database, settings, clock."""

    db: Database
    settings: Settings
    clock: Clock = utc_now
