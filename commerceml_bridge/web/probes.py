"""``/healthz``, ``/readyz``, ``/metrics``: for programs that watch. They say nothing secret and need no login."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask, Response
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.web.current import bridge

HELP = {
    "invoices": "Invoices known from a portal.",
    "portal_error": "1 while the last look at the portal failed.",
    "portal_last_fetch_timestamp_seconds": "When invoices were last fetched from the portal.",
    "quarantined": "Files and documents of 1C that wait for a person.",
    "consignments": "Invoices at a node by state.",
    "node_last_contact_timestamp_seconds": "When 1C last called.",
    "jobs": "Pieces of work by kind and state.",
    "problems": "Things that need a person, by source and code.",
}


class Counts(Collector):
    """Reads the counts from the database whenever they are asked for."""

    def __init__(self, the_bridge: Bridge) -> None:
        self._bridge = the_bridge

    def describe(self) -> list[GaugeMetricFamily]:
        """Name nothing in advance, so that registering does not read the database."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield one family per kind of count."""
        families: dict[str, GaugeMetricFamily] = {}
        with self._bridge.db.read() as uow:
            gauges = uow.browse.gauges()
        for gauge in gauges:
            labels = [name for name, _value in gauge.labels]
            family = families.setdefault(
                gauge.name, GaugeMetricFamily(f"commerceml_bridge_{gauge.name}", HELP[gauge.name], labels=labels)
            )
            family.add_metric([value for _name, value in gauge.labels], gauge.value)
        yield from families.values()


def init(app: Flask) -> None:
    """Add the three addresses."""
    registry = CollectorRegistry()
    registry.register(Counts(app.extensions["commerceml_bridge"]))
    app.add_url_rule("/healthz", "healthz", _alive)
    app.add_url_rule("/readyz", "readyz", _ready)
    app.add_url_rule(
        "/metrics", "metrics", lambda: Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    )


def _alive() -> ResponseReturnValue:
    return Response("ok\n", mimetype="text/plain")


def _ready() -> ResponseReturnValue:
    if bridge().db.ready():
        return Response("ok\n", mimetype="text/plain")
    return Response("database not reachable or not migrated\n", status=503, mimetype="text/plain")
