"""Everything that needs a person, as one list of equal columns, grouped by source and code.

Sources: ``upload`` (a quarantined file), ``document`` (a quarantined document of 1C, a conflict, a doubtful payment),
``conflict`` (the same, told by a poll or a statement; it goes by itself),
``held`` (an invoice that does not go), ``difference`` (1C holds something else than was sent), ``unposted`` (1C has not
posted it), ``unseen`` (confirmed and never returned), ``warning`` (left out), ``goods`` (lines that are no item of
1C), ``buyer`` (two CRM cards of one firm), ``job`` (parked work), ``burst`` (a file that would change too much),
``invoice`` (it was fetched but could not be read; ``id`` is then Bitrix24's), ``portal`` (Bitrix24 refuses or does not
answer), ``odata`` (a 1C base that cannot be asked; ``id`` is the node's), ``books`` (a document in 1C that may not be
ours), ``bank`` (a payment of a statement), ``alert`` (silence above all), ``untold`` (an alert that reached nobody),
``notifier`` (a 1C that cannot be called; ``id`` is the node's), ``status`` (a status of 1C no rule of the node names).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from commerceml_bridge.db.browse import problem_parties, problem_sources
from commerceml_bridge.db.browse.expressions import record
from commerceml_bridge.db.browse.party_records import Problem, ProblemFilter, ProblemGroup

NAMES = (*problem_sources.SOURCES, *problem_parties.SOURCES)


def grouped(connection: sa.Connection, wanted: ProblemFilter, *, per_group: int) -> tuple[ProblemGroup, ...]:
    """Return groups, the largest first, each with its newest ``per_group`` problems."""
    groups = []
    for name, rows in _chosen(wanted):
        chosen = sa.select(rows).where(*_conditions(rows, wanted)).subquery()
        counts = sa.select(chosen.c.code, sa.func.count().label("count")).group_by(chosen.c.code)
        for cause, count in connection.execute(counts).all():
            groups.append(ProblemGroup(name, cause, int(count), _newest(connection, chosen, cause, per_group)))
    return tuple(sorted(groups, key=lambda group: (-group.count, group.source, group.code)))


def every(connection: sa.Connection, wanted: ProblemFilter) -> Iterator[Problem]:
    """Yield every problem, source by source; read a piece at a time, whatever their number."""
    for _name, rows in _chosen(wanted):
        statement = sa.select(rows).where(*_conditions(rows, wanted))
        for row in connection.execute(statement.execution_options(yield_per=500)):
            yield record(Problem, row)


def _chosen(wanted: ProblemFilter) -> Iterator[tuple[str, sa.Subquery]]:
    for name, select in _sources().items():
        if wanted.source in ("", name):
            yield name, select.subquery()


def _conditions(rows: sa.Subquery, wanted: ProblemFilter) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.code is not None:
        yield rows.c.code == wanted.code
    if wanted.node:
        yield rows.c.node == wanted.node
    if wanted.portal:
        yield rows.c.portal == wanted.portal
    if wanted.q:
        yield sa.or_(
            rows.c.title.contains(wanted.q, autoescape=True), rows.c.reason.contains(wanted.q, autoescape=True)
        )


def _sources() -> dict[str, sa.Select[Any]]:
    return {name: make() for name, make in (problem_sources.SOURCES | problem_parties.SOURCES).items()}


def total(connection: sa.Connection) -> int:
    """Count all problems."""
    counts = [sa.select(sa.func.count().label("n")).select_from(every.subquery()) for every in _sources().values()]
    return int(connection.scalar(sa.select(sa.func.sum(sa.union_all(*counts).subquery().c.n))) or 0)


def by_cause(connection: sa.Connection) -> dict[tuple[str, str], int]:
    """Count problems by source and code."""
    found: dict[tuple[str, str], int] = {}
    for name, every in _sources().items():
        rows = every.subquery()
        for cause, count in connection.execute(sa.select(rows.c.code, sa.func.count()).group_by(rows.c.code)):
            found[(name, cause)] = int(count)
    return found


def _newest(connection: sa.Connection, rows: sa.Subquery, code: str, limit: int) -> tuple[Problem, ...]:
    statement = sa.select(rows).where(rows.c.code == code).order_by(rows.c.id.desc()).limit(limit)
    return tuple(record(Problem, row) for row in connection.execute(statement))
