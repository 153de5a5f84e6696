"""What should wake somebody, as a table."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from commerceml_bridge.domain.alerts import AlertKind, NodeHealth, PortalHealth, alerts

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
NODE = NodeHealth("buh", NOW - dt.timedelta(days=30), NOW - dt.timedelta(hours=1), 0, 0)
PORTAL = PortalHealth("firma", NOW - dt.timedelta(days=30), NOW - dt.timedelta(minutes=1), "", 0)


def kinds(node: NodeHealth = NODE, portal: PortalHealth = PORTAL) -> list[AlertKind]:
    return [alert.kind for alert in alerts([node], [portal], NOW, silence_hours=26)]


def ago(**span: float) -> dt.datetime:
    return NOW - dt.timedelta(**span)


CLOSED: dict[str, object] = {"books_error": "Закрыта.", "books_code": "odata-unavailable", "books_failures": 8}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"last_contact": ago(hours=26)}, []),
        ({"last_contact": ago(hours=26, seconds=1)}, [AlertKind.SILENT]),
        ({"last_contact": None, "created_at": ago(hours=25)}, []),
        ({"last_contact": None, "created_at": ago(hours=27)}, [AlertKind.SILENT]),
        ({"unconfirmed_attempts": 2}, []),
        ({"unconfirmed_attempts": 3}, [AlertKind.UNCONFIRMED]),
        ({"refused": 1}, [AlertKind.REFUSED]),
        ({"unseen": 4}, [AlertKind.UNSEEN]),
        ({"books_error": "Нет.", "books_code": "odata-object", "books_failures": 1}, []),
        ({"books_error": "Нет.", "books_code": "odata-object", "books_failures": 2}, [AlertKind.ODATA]),
        ({"books_error": "Нет.", "books_code": "odata-login", "books_failures": 2}, []),
        ({"books_error": "Нет.", "books_code": "odata-login", "books_failures": 3}, [AlertKind.ODATA]),
        ({"books_error": "", "books_code": "odata-login", "books_failures": 3}, []),
        (CLOSED | {"books_read_at": ago(hours=9)}, []),
        (CLOSED | {"books_read_at": ago(hours=9, seconds=1)}, [AlertKind.ODATA]),
        (CLOSED, [AlertKind.ODATA]),
        (CLOSED | {"books_failures": 2}, []),
        ({"refused": 2, "unconfirmed_attempts": 5}, [AlertKind.UNCONFIRMED, AlertKind.REFUSED]),
    ],
)
def test_nodes(changes: dict[str, object], expected: list[AlertKind]) -> None:
    assert kinds(node=dataclasses.replace(NODE, **changes)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"fetched_at": ago(minutes=30)}, []),
        ({"fetched_at": ago(minutes=31)}, [AlertKind.PORTAL]),
        ({"fetched_at": None}, [AlertKind.PORTAL]),
        ({"fetched_at": None, "created_at": ago(minutes=5)}, []),
        ({"parked": 3}, [AlertKind.PARKED]),
    ],
)
def test_portals(changes: dict[str, object], expected: list[AlertKind]) -> None:
    assert kinds(portal=dataclasses.replace(PORTAL, **changes)) == expected  # type: ignore[arg-type]


def test_a_silent_portal_says_what_bitrix24_said() -> None:
    portal = dataclasses.replace(PORTAL, fetched_at=ago(hours=2), last_error="Вебхук отозван.")
    (alert,) = alerts([], [portal], NOW, silence_hours=26)
    assert "Вебхук отозван." in alert.text
    assert alert.key == "portal:firma"
