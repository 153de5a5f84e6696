"""The pages over a real socket: one seeded installation for reading, a new one for each test that writes."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from werkzeug.serving import make_server

from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.web import create_web_app
from commerceml_bridge.web.hooks import INBOX
from tests.web.firm import LOGIN, PASSWORD, Seeded, make_bridge
from tests.web.seed import seed


class Site:
    """A running server with what is in its database."""

    def __init__(self, bridge: Bridge, seeded: Seeded, address: str) -> None:
        self.bridge = bridge
        self.seeded = seeded
        self.address = address

    def url(self, path: str) -> str:
        """Return the full address of a path."""
        return self.address + path

    def operator(self, language: str = "ru") -> requests.Session:
        """Return a browser that has logged in."""
        browser = requests.Session()
        browser.headers["Accept-Language"] = language
        token = csrf_token(browser.get(self.url("/login"), timeout=10).text)
        form = {"login": LOGIN, "password": PASSWORD, "csrf_token": token}
        answer = browser.post(self.url("/login"), data=form, timeout=10)
        assert answer.status_code == 200, answer.text
        assert answer.url == self.url("/")
        return browser


def csrf_token(html: str) -> str:
    """Return the token of the first form of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert found, html
    return found.group(1)


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """Run a seeded site on a free port for the length of the block."""
    bridge = make_bridge(f"sqlite:///{folder / 'web.sqlite3'}")
    seeded = seed(bridge)
    app = create_web_app(bridge)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Site(bridge, seeded, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.extensions[INBOX].close()
        bridge.db.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site nobody changes."""
    with serving(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def fresh_site(tmp_path: Path) -> Iterator[Site]:
    """A site of one's own."""
    with serving(tmp_path) as running:
        yield running
