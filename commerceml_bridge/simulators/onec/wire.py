"""HTTP as the 1C platform speaks it (facts: 1c-clients §1.2).

Raw body, no Content-Type, no Accept-Encoding, Basic on every request without waiting for a challenge, redirects not
followed, nothing unpacked, Set-Cookie ignored, parameters sent verbatim. It must not know any mode of the protocol.
"""

from __future__ import annotations

import base64
import http.client
import ssl
from dataclasses import dataclass, field
from http.client import HTTPMessage
from typing import NamedTuple

from commerceml_bridge.simulators.onec import errors
from commerceml_bridge.simulators.onec.address import Address
from commerceml_bridge.simulators.onec.errors import OneCError

USER_AGENT = "1C+Enterprise/8.3"


class Answer(NamedTuple):
    """One answer as received: ``body`` is what the socket brought, undecoded."""

    status: int
    headers: HTTPMessage
    body: bytes


class BrokenLength(OneCError):
    """The platform's curl-type errors on a broken length or a closed connection; УНФ repeats such a GET once."""


@dataclass(frozen=True)
class Endpoint:
    """Where and as whom to connect. ``timeout`` in seconds, None = as long as it takes."""

    address: Address
    login: str
    password: str = field(repr=False)
    timeout: float | None = None
    verify_tls: bool = True
    slash: str = "one"


class _PlainConnection(http.client.HTTPConnection):
    """Sends the request target as the client built it: 1C does not URL-encode file names."""

    def _validate_path(self, url: str) -> None:
        if "\n" in url or "\r" in url:
            raise http.client.InvalidURL("line break in the request target")

    def _encode_request(self, request: str) -> bytes:
        return request.encode("utf-8")


class _TlsConnection(_PlainConnection, http.client.HTTPSConnection):
    """The same over TLS."""


class Connection:
    """One ``HTTPСоединение``: keep-alive for the length of a phase, closed with it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._http = self._connect()
        token = base64.b64encode(f"{endpoint.login}:{endpoint.password}".encode()).decode("ascii")
        self._authorization = f"Basic {token}"

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket."""
        self._http.close()

    def _connect(self) -> http.client.HTTPConnection:
        address, timeout = self._endpoint.address, self._endpoint.timeout
        if not address.tls:
            return _PlainConnection(address.host, address.port, timeout=timeout)
        context = ssl.create_default_context()
        if not self._endpoint.verify_tls:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return _TlsConnection(address.host, address.port, timeout=timeout, context=context)

    def send(self, method: str, query: str, body: bytes | None = None, cookie: str | None = None) -> Answer:
        """Send one request and read its whole answer; raises OneCError with the platform's text."""
        try:
            self._send(method, self._endpoint.address.target(query, self._endpoint.slash), body, cookie)
            response = self._http.getresponse()
            return Answer(response.status, response.headers, response.read())
        except http.client.IncompleteRead as error:
            raise self._broken(BrokenLength(errors.PLATFORM, errors.PARTIAL_FILE)) from error
        except (http.client.BadStatusLine, ConnectionResetError) as error:
            raise self._broken(BrokenLength(errors.PLATFORM, errors.NOTHING_RETURNED)) from error
        except BrokenPipeError as error:
            raise self._broken(OneCError(errors.PLATFORM, errors.SEND_FAILED)) from error
        except ssl.SSLError as error:
            raise self._broken(OneCError(errors.SSL_FAILED, str(error.reason))) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._broken(OneCError(errors.PLATFORM, f"{type(error).__name__}: {error}")) from error

    def _send(self, method: str, target: str, body: bytes | None, cookie: str | None) -> None:
        self._http.putrequest(method, target, skip_accept_encoding=True)
        self._http.putheader("User-Agent", USER_AGENT)
        self._http.putheader("Authorization", self._authorization)
        if cookie is not None:
            self._http.putheader("Cookie", cookie)
        if body is not None:
            self._http.putheader("Content-Length", str(len(body)))
        self._http.endheaders(body)

    def _broken(self, error: OneCError) -> OneCError:
        self._http.close()
        return error
