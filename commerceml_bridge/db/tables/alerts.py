"""Alerts: what somebody was told, and when it was over."""

from __future__ import annotations

import sqlalchemy as sa

from commerceml_bridge.db.tables.base import count, id_, metadata, text, time

alert = sa.Table(
    "alert",
    metadata,
    id_(),
    text("key", None),  # domain.alerts.Alert.key; open once at a time
    text("kind", None),
    text("subject", None),
    text("text"),
    time("began_at"),
    time("ended_at", nullable=True),
    time("told_at", nullable=True),  # every channel has it
    time("telling_until", nullable=True),  # lease of the worker that tells
    count("tries"),
    text("error"),  # why telling failed
    text("told_by"),  # channels that took it, comma separated
    sa.Index("ix_alert_key_ended_at", "key", "ended_at"),
    sa.Index("ix_alert_began_at", "began_at"),
)
