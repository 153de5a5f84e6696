"""Whose request it is: the address of the client, behind a proxy on this machine too (deploy/nginx.conf.sample)."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def client_address(environ: WSGIEnvironment) -> str:
    """Return the client's address; a proxy on this machine is believed about it, nobody else."""
    peer = str(environ.get("REMOTE_ADDR", ""))
    forwarded = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    return forwarded if forwarded and _is_address(forwarded) and _is_local(peer) else peer


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_local(peer: str) -> bool:
    return not _is_address(peer) or ipaddress.ip_address(peer).is_loopback  # not an address: a Unix socket
