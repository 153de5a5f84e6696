"""Who is calling: logins, session cookies, sessid (facts: 1c-clients §1.2, §2.1; reference-server §1.3–1.4).

The slow password check runs once per login and process and is remembered under a keyed fingerprint; afterwards the
cookie or the fingerprint answers. Password checks are let through a few at a time, whoever asks.
"""

from __future__ import annotations

import datetime as dt
import secrets as random
import threading
from dataclasses import dataclass, field

from commerceml_bridge.db.rows import NodeRow, SessionRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.families import possible_families
from commerceml_bridge.errors import AuthenticationFailed, ProtocolError
from commerceml_bridge.services import secrets
from commerceml_bridge.services.bridge import Bridge

COOKIE_NAME = "cmlb_session"
SESSION_LIFE = dt.timedelta(hours=6)
"""Longer than any exchange, shorter than a working day; the reference server's temporary folder lives as long."""
FAILED_LOGINS = 20
FAILED_WINDOW = dt.timedelta(minutes=5)
_FORGET_AFTER = 10_000

WRONG_LOGIN = "Ошибка авторизации. Неверное имя пользователя или пароль."
WRONG_SESSID = "Ошибка проверки источника запроса. Обновите модуль обмена."


@dataclass(frozen=True)
class OpenedSession:
    """A new session with the plain values that only 1C is given."""

    session: SessionRow
    cookie: str = field(repr=False)
    sessid: str = field(repr=False)


@dataclass(frozen=True)
class Caller:
    """The node and the session a request belongs to."""

    node: NodeRow
    session: SessionRow


class _Verified:
    """Fingerprints of passwords that were checked in this process."""

    def __init__(self) -> None:
        self._known: set[bytes] = set()
        self._lock = threading.Lock()

    def __contains__(self, key: bytes) -> bool:
        return key in self._known

    def add(self, key: bytes) -> None:
        with self._lock:
            if len(self._known) >= _FORGET_AFTER:
                self._known.clear()
            self._known.add(key)


_verified = _Verified()
_checking = threading.BoundedSemaphore(2)


def authenticate(bridge: Bridge, login: str, password: str, remote: str) -> NodeRow:
    """Return the node with this login. Raises ``AuthenticationFailed``, also after too many failures in a row."""
    with bridge.db.read() as uow:
        node = uow.nodes.by_login(login)
    stored = node.password_hash if node else ""
    key = secrets.cache_key(bridge, login, password, stored)
    if node is not None and key in _verified:
        return node
    with _checking:  # a few at a time: guessing passwords must not take the processors away from the exchange
        fits = secrets.password_fits(password, stored)
    if not fits or node is None:
        raise AuthenticationFailed(_refusal(bridge, login, remote))
    _verified.add(key)
    return node


def _refusal(bridge: Bridge, login: str, remote: str) -> str:
    """Say what is wrong; after many failures in a row also what to do about it. The right password always passes."""
    with bridge.db.read() as uow:
        failures = uow.sessions.failed_logins(login, remote, bridge.clock() - FAILED_WINDOW)
    if failures < FAILED_LOGINS:
        return WRONG_LOGIN
    return (
        f"{WRONG_LOGIN} Это уже {failures + 1}-я попытка подряд: проверьте логин и пароль узла в настройке обмена 1С."
    )


def open_session(bridge: Bridge, node: NodeRow, *, exchange_type: str, user_agent: str, remote: str) -> OpenedSession:
    """Begin a session for ``checkauth``.

    What the node's earlier sessions left half sent is settled first (decision 8).
    """
    from commerceml_bridge.services.receiving import settle_unfinished

    settle_unfinished(bridge, node)
    cookie = random.token_hex(16)
    with bridge.db.write(durable=False) as uow:
        session = _new(uow, bridge, node, cookie, exchange_type, user_agent, remote)
    return OpenedSession(session, cookie, sessid_of(bridge, session.cookie_digest))


def sessid_of(bridge: Bridge, cookie_digest: str) -> str:
    """Return the sessid of a session: made of the stored digest and the key, so that ``init`` can say it again."""
    return secrets.keyed(bridge, f"sessid {cookie_digest}")


def _new(
    uow: UnitOfWork, bridge: Bridge, node: NodeRow, cookie: str, exchange_type: str, user_agent: str, remote: str
) -> SessionRow:
    now = bridge.clock()
    cookie_digest = secrets.digest(cookie)
    return uow.sessions.add(
        node_id=node.id,
        cookie_digest=cookie_digest,
        sessid_digest=secrets.digest(sessid_of(bridge, cookie_digest)),
        started_at=now,
        last_seen_at=now,
        exchange_type=exchange_type,
        user_agent=user_agent[:200],
        remote=remote,
    )


def identify(
    bridge: Bridge,
    *,
    cookie: str | None,
    sessid: str | None,
    credentials: tuple[str, str] | None,
    remote: str,
    exchange_type: str,
    user_agent: str,
) -> Caller:
    """Find the session a request belongs to: by cookie, else by Basic and sessid, else by Basic alone (decision 7).

    A sessid that is sent must fit the session. Raises ``AuthenticationFailed`` or ``ProtocolError``.
    """
    if cookie and (caller := _by_cookie(bridge, cookie)):
        if sessid and secrets.digest(sessid) != caller.session.sessid_digest:
            raise ProtocolError(WRONG_SESSID)
        return caller
    if credentials is None:
        raise AuthenticationFailed(
            "Ошибка авторизации. Сеанс обмена не найден или истёк, начните обмен заново."
            if cookie
            else "Ошибка авторизации. Запрос пришёл без логина и без cookie сеанса."
        )
    node = authenticate(bridge, *credentials, remote)
    if sessid:
        return Caller(node, _by_sessid(bridge, node, sessid))
    return Caller(node, _latest(bridge, node, exchange_type, user_agent, remote))


def _alive(bridge: Bridge, session: SessionRow | None) -> bool:
    return session is not None and session.last_seen_at > bridge.clock() - SESSION_LIFE


def _by_cookie(bridge: Bridge, cookie: str) -> Caller | None:
    with bridge.db.read() as uow:
        session = uow.sessions.by_cookie(secrets.digest(cookie))
        if session is None or not _alive(bridge, session):
            return None
        node = uow.nodes.by_id(session.node_id)
    return Caller(node, session) if node else None


def _by_sessid(bridge: Bridge, node: NodeRow, sessid: str) -> SessionRow:
    with bridge.db.read() as uow:
        session = uow.sessions.by_sessid(secrets.digest(sessid))
    if session is None or session.node_id != node.id or not _alive(bridge, session):
        raise ProtocolError(WRONG_SESSID)
    return session


def _latest(bridge: Bridge, node: NodeRow, exchange_type: str, user_agent: str, remote: str) -> SessionRow:
    """Return the node's latest session, or a new one. Two that were used in turn are ambiguous."""
    with bridge.db.write() as uow:
        latest = uow.sessions.latest(node.id, bridge.clock() - SESSION_LIFE)
        if not latest:
            return _new(uow, bridge, node, random.token_hex(16), exchange_type, user_agent, remote)
        if len(latest) > 1 and latest[1].last_seen_at > latest[0].started_at:
            raise ProtocolError(
                "Неясно, к какому сеансу относится запрос: узел ведёт два обмена сразу, а cookie не передан. "
                "Дождитесь конца первого обмена и повторите."
            )
        return latest[0]


def note_families(uow: UnitOfWork, session: SessionRow, *, filename: str = "") -> None:
    """Remember which families the session can be of, as far as it has shown."""
    found = possible_families(version=session.version, cml_version=session.cml_version, filename=filename)
    families = ",".join(found)
    if families != session.families:
        uow.sessions.update(session.id, families=families)


def note_versions(bridge: Bridge, session: SessionRow, *, version: str | None, cml_version: str | None) -> SessionRow:
    """Remember the schema versions a client asks for (facts: reference-server §1.5)."""
    changes = {}
    if version and version != session.version:
        changes["version"] = version
    if cml_version and cml_version != session.cml_version:
        changes["cml_version"] = cml_version
    if not changes:
        return session
    with bridge.db.write(durable=False) as uow:
        uow.sessions.update(session.id, **changes)
        row = uow.sessions.by_id(session.id)
    return row or session
