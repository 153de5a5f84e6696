"""The self-check's first steps: reach the server, verify its certificate, look at the plain port.

Sends no password. Standard library only. Follows facts: 1c-clients §1.2 (TLS, redirects), §7.
"""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from commerceml_bridge.simulators import selfcheck_texts as texts
from commerceml_bridge.simulators.selfcheck_texts import SPOILERS, Finding, bad, good
from commerceml_bridge.simulators.selfcheck_wire import Answer, Caller, Request, Target

CATALOG_CHECKAUTH = b"type=catalog&mode=checkauth"


@dataclass(frozen=True)
class Options:
    """How hard to try. Sizes in bytes, times in seconds; ``http_port`` ``None`` means 80 if the address uses 443."""

    upload_bytes: int = 5_000_000
    slow_seconds: float = 5.0
    timeout: float = 60.0
    warn_days: int = 14
    cafile: Path | None = None
    http_port: int | None = None


def describe(answer: Answer) -> str:
    """What came instead of what was wanted, in a few words."""
    spoiled = answer.spoiled
    if spoiled == "connection":
        return answer.fault
    if spoiled in {"redirect", "status"}:
        return f"код {answer.status}"
    if spoiled:
        return f"код 200, но нарушено «{SPOILERS[spoiled].name}»"
    text = " ".join(line.strip() for line in answer.lines[1:3]) if answer.word == "failure" else ""
    return f"ответ {answer.word[:40]}{': ' if text else ''}{text[:200]}"


def reach(target: Target, options: Options, now: datetime) -> tuple[Caller | None, list[Finding]]:
    """Connect once without sending anything; ``None`` instead of a caller if the password may not be sent."""
    context = None
    if target.tls:
        context = ssl.create_default_context()
        if options.cafile:
            context.load_verify_locations(options.cafile)
    caller = Caller(target, context, options.timeout)
    try:
        with caller.connect() as sock:
            if isinstance(sock, ssl.SSLSocket):
                return caller, [_expiry(sock, options.warn_days, now)]
    except ssl.SSLCertVerificationError as error:
        return None, [bad(texts.CERTIFICATE, f"не прошёл проверку: {error.verify_message}")]
    except ssl.SSLError as error:
        return None, [bad(texts.CERTIFICATE, f"TLS не установлен ({error.reason})")]
    except OSError as error:
        return None, [bad(texts.CONNECTION, f"не удалась: {error.strerror or type(error).__name__}")]
    return caller, [_plain(target.host)]


def _expiry(sock: ssl.SSLSocket, warn_days: int, now: datetime) -> Finding:
    certificate = sock.getpeercert() or {}
    seconds = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    days = (datetime.fromtimestamp(seconds, UTC) - now).days
    if days >= warn_days:
        return good(texts.CERTIFICATE, f"проверен по хранилищу системы, действует ещё {days} дн.")
    return Finding(
        False,
        texts.CERTIFICATE.name,
        f"проверен, но действует ещё только {days} дн.",
        texts.CERTIFICATE.follows,
        "Продлите сертификат и проверьте, что его продление автоматическое.",
    )


def _plain(host: str) -> Finding:
    try:
        inside = ipaddress.ip_address(host).is_loopback
    except ValueError:
        inside = host == "localhost"
    if inside:
        return good(texts.PLAIN, "адрес внутри машины, TLS здесь не нужен")
    return bad(texts.PLAIN, "адрес начинается не с https://")


def http_port(target: Target, options: Options) -> list[Finding]:
    """Ask the plain port as 1C would if the node said http://, but without the password."""
    port = options.http_port or (80 if target.port == 443 else None)
    if not target.tls or port is None:
        return []
    plain = Caller(replace(target, port=port, tls=False), None, min(options.timeout, 10.0))
    answer = plain.call(Request("http://", CATALOG_CHECKAUTH))
    if answer.fault:
        return [good(texts.HTTP_PORT, f"порт {port}: {answer.fault}")]
    if answer.spoiled or answer.word not in {"success", "failure"}:
        return [bad(texts.HTTP_PORT, f"порт {port}: {describe(answer)}")]
    return [good(texts.HTTP_PORT, f"порт {port} отвечает словом {answer.word[:20]}")]
