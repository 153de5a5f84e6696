"""Composition: the one place where settings, database, exchange and pages are put together."""

from __future__ import annotations

from collections.abc import Mapping

from commerceml_bridge.config import Settings, load
from commerceml_bridge.db.database import Database
from commerceml_bridge.exchange.dispatch import ExchangeDispatcher
from commerceml_bridge.exchange.views import create_exchange_app
from commerceml_bridge.log import configure_logging
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.web import create_web_app


def create_bridge(environ: Mapping[str, str] | None = None) -> Bridge:
    """Make settings and database from the environment. Raises ``ConfigurationError``."""
    settings: Settings = load(environ)
    return Bridge(Database(settings.database_url), settings)


def create_app(bridge: Bridge | None = None) -> ExchangeDispatcher:
    """Return the WSGI application: the exchange for 1C and the operator's pages behind one address."""
    configure_logging()
    bridge = bridge or create_bridge()
    return ExchangeDispatcher(create_exchange_app(bridge), create_web_app(bridge))
