"""Counts for /metrics. Names of portals and nodes are labels; nothing else leaves."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from commerceml_bridge.db.browse import parties, problems
from commerceml_bridge.db.browse.party_records import Gauge
from commerceml_bridge.db.tables import job


def measured(connection: sa.Connection) -> tuple[Gauge, ...]:
    """Return every gauge."""
    return (*_portals(connection), *_nodes(connection), *_jobs(connection), *_problems(connection))


def _portals(connection: sa.Connection) -> Iterator[Gauge]:
    for one in parties.portals(connection):
        labels = (("portal", one.name),)
        yield Gauge("invoices", labels, one.invoices)
        yield Gauge("portal_error", labels, float(one.last_error != ""))
        if one.fetched_at is not None:
            yield Gauge("portal_last_fetch_timestamp_seconds", labels, one.fetched_at.timestamp())


def _nodes(connection: sa.Connection) -> Iterator[Gauge]:
    for one in parties.nodes(connection):
        labels = (("node", one.name),)
        yield Gauge("quarantined", labels, one.quarantined)
        for state, count in one.counts.items():
            yield Gauge("consignments", (*labels, ("state", state)), count)
        if one.last_contact is not None:
            yield Gauge("node_last_contact_timestamp_seconds", labels, one.last_contact.timestamp())


def _jobs(connection: sa.Connection) -> Iterator[Gauge]:
    statement = sa.select(job.c.kind, job.c.state, sa.func.count()).group_by(job.c.kind, job.c.state)
    for kind, state, count in connection.execute(statement):
        yield Gauge("jobs", (("kind", kind), ("state", state)), count)


def _problems(connection: sa.Connection) -> Iterator[Gauge]:
    for (source, code), count in problems.by_cause(connection).items():
        yield Gauge("problems", (("source", source), ("code", code)), count)
