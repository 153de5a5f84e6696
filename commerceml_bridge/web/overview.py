"""``/``: is everything flowing, and where not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Sequence

from flask import Blueprint
from flask_babel import gettext as _

from commerceml_bridge.db.browse.exchange_records import SessionFilter
from commerceml_bridge.db.browse.flow import Flow
from commerceml_bridge.db.browse.party_records import Node, Portal
from commerceml_bridge.domain.alerts import Alert, NodeHealth, PortalHealth
from commerceml_bridge.services import alerting
from commerceml_bridge.web import charts
from commerceml_bridge.web.current import bridge
from commerceml_bridge.web.language import zone
from commerceml_bridge.web.pages import View, page

blueprint = Blueprint("overview", __name__)
DAYS = 14


@page(blueprint, "/", "/index.json", "/.json")
def index() -> View:
    """Show what is wrong now, nodes with their flow and queue, portals, the newest sessions."""
    with bridge().db.read() as uow:
        flow = uow.browse.flow(_midnights())
        nodes, portals, raised = uow.browse.nodes(), uow.browse.portals(), uow.alerts.open()
        data = {
            "alerts": raised,
            "unraised": _unraised(nodes, portals, {one.key for one in raised}),
            "problems": uow.browse.problem_count(),
            "portals": portals,
            "nodes": nodes,
            "flow": {str(node_id): one for node_id, one in flow.items()},
            "sessions": uow.browse.sessions(SessionFilter(), limit=5).items,
        }
    return View("overview.html", data, {"charts": {node_id: _drawn(one) for node_id, one in flow.items()}})


def _unraised(nodes: Sequence[Node], portals: Sequence[Portal], raised: Container[str]) -> list[Alert]:
    silent = (NodeHealth(one.name, one.created_at, one.last_contact) for one in nodes)
    unread = (PortalHealth(one.name, one.created_at, one.fetched_at, one.last_error) for one in portals)
    return alerting.unraised(bridge(), silent, unread, raised)


def _midnights() -> Sequence[dt.datetime]:
    """Return when the last days began where the viewer is, oldest first, today last."""
    today = bridge().clock().astimezone(zone()).date()
    dates = [today - dt.timedelta(days=back) for back in reversed(range(DAYS))]
    return [dt.datetime.combine(date, dt.time(), zone()) for date in dates]


def _drawn(flow: Flow) -> tuple[charts.Chart, ...]:
    return (
        charts.bars(
            _("Подтверждено 1С, документов в день"),
            [(f"{one.date:%d.%m}: {one.acknowledged}", one.acknowledged) for one in flow.days],
        ),
        charts.bars(
            _("Вернула 1С, документов в день"),
            [(f"{one.date:%d.%m}: {one.returned}", one.returned) for one in flow.days],
        ),
        charts.bars(
            _("Сообщений об оплате в день"),
            [(f"{one.date:%d.%m}: {one.payments}", one.payments) for one in flow.days],
        ),
    )
