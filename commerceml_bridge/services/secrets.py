"""Keeping secrets: webhooks and tokens encrypted with ``CMLB_SECRET_KEY``, passwords as scrypt hashes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.fernet import Fernet, InvalidToken

from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services.bridge import Bridge

_SCRYPT = {"n": 2**14, "r": 8, "p": 1}
"""About 50 ms and 16 MB: slow for a thief, under the 100 ms a login may take (facts: field-failures §6.4)."""


def _fernet(bridge: Bridge) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(bridge.settings.secret_key.encode()).digest()))


def seal(bridge: Bridge, value: str) -> str:
    """Encrypt a secret for the database; ``""`` stays ``""``."""
    return _fernet(bridge).encrypt(value.encode()).decode("ascii") if value else ""


def unseal(bridge: Bridge, sealed: str) -> str:
    """Decrypt what ``seal`` made. Raises ``ConfigurationError`` if the key is another one."""
    if not sealed:
        return ""
    try:
        return _fernet(bridge).decrypt(sealed.encode("ascii")).decode()
    except InvalidToken as error:
        raise ConfigurationError(
            "Вебхук не расшифровывается: CMLB_SECRET_KEY не тот, которым он был зашифрован. "
            "Верните прежний ключ или задайте вебхук заново: commerceml-bridge portal set ИМЯ --webhook-stdin."
        ) from error


def hash_password(password: str) -> str:
    """Return ``scrypt$salt$hash``."""
    salt = os.urandom(16)
    return "$".join(("scrypt", salt.hex(), _scrypt(password, salt).hex()))


def password_fits(password: str, stored: str) -> bool:
    """Compare in constant time. Costs one scrypt whatever is stored, so that unknown logins cannot be told by time."""
    _name, _, rest = stored.partition("$")
    salt, _, expected = rest.partition("$")
    actual = _scrypt(password, bytes.fromhex(salt) if salt else b"\0" * 16).hex()
    return hmac.compare_digest(actual, expected) and bool(expected)


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, dklen=32, **_SCRYPT)


def digest(token: str) -> str:
    """Return the SHA-256 under which a session token is stored."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def keyed(bridge: Bridge, message: str) -> str:
    """Return 32 hex digits only the holder of ``CMLB_SECRET_KEY`` can make of ``message``."""
    return hmac.new(bridge.settings.secret_key.encode(), message.encode(), "sha256").hexdigest()[:32]


def cache_key(bridge: Bridge, login: str, password: str, stored: str) -> bytes:
    """Return a keyed fingerprint of a verified password, bound to the stored hash."""
    message = "\0".join((login, password, stored)).encode()
    return hmac.new(bridge.settings.secret_key.encode(), message, "sha256").digest()
