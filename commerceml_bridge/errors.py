"""The one exception tree.

    BridgeError
    ├── ConfigurationError          a setting, a key file or an address is wrong; nothing was started
    ├── BadInput                    what came from outside cannot be taken; never retried
    │   ├── ProtocolError           a request of 1C breaks the exchange protocol
    │   │   └── AuthenticationFailed
    │   ├── XmlError                the bytes are not the XML they should be
    │   │   ├── NotWellFormed       (line, column)
    │   │   ├── XmlIncomplete       well-formed so far, the end is missing
    │   │   ├── ForbiddenXml        DOCTYPE, entities
    │   │   └── WrongRoot           a well-formed file of another kind
    │   ├── ArchiveError            a zip that is broken or too large when unpacked
    │   │   └── ArchiveWithoutXml   a sound one of other things
    │   ├── StatementInvalid        a file that is no readable bank statement (line)
    │   └── DocumentError           one document is unusable; the rest of its file is not
    ├── CannotRender                an invoice that cannot become a correct document; it is held
    ├── PortalError                 Bitrix24 answered with an error or not at all
    │   ├── PortalUnavailable       temporary: try later (``retry_after`` seconds if known)
    │   ├── PortalRefused           permanent for this call: a person must act
    │   │   ├── PortalAccessDenied  webhook revoked, scope or right missing
    │   │   └── PortalNotFound      the object does not exist
    │   └── PortalAnswerInvalid     an answer that breaks the REST contract; nothing of it was used
    ├── AlertNotSent                a mail server or an address for alerts did not take a message; tried again
    ├── NotificationFailed          a 1C base did not take a call that something waits for it; tried again
    ├── ODataError                  the OData interface of 1C answered with an error or not at all
    │   ├── ODataUnavailable        temporary: network, maintenance, licences, locks
    │   ├── ODataLoginRefused       login or password refused
    │   ├── ODataDenied             the login may not read the object
    │   ├── ODataNotPublished       the address is no published OData interface
    │   ├── ODataObjectMissing      an object is not in the composition (``object`` names it)
    │   └── ODataQueryRefused       1C does not take this form of the question
    ├── DatabaseUnavailable         the database is busy, gone or broke off; nothing of the transaction was kept
    └── NotFound                    a portal, node, operator, invoice or session that is not there

Each error knows whether repeating can help (``permanent``), what an operator reads (``str(error)``, Russian, says what
to do next) and what 1C is told (``for_1c``, short Russian text for the second line after ``failure``).
No text of an error carries a secret: addresses of webhooks are masked before they get here.
"""

from __future__ import annotations


class BridgeError(Exception):
    """Root of the tree."""

    permanent = True
    code = "error"
    """A stable short name for grouping and for the journal."""

    def __init__(self, message: str, *, for_1c: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.for_1c = for_1c or message


class ConfigurationError(BridgeError):
    """A setting is missing or wrong."""

    code = "configuration"


class NotificationFailed(BridgeError):
    """A 1C base did not take a call."""

    permanent = False
    code = "notification"


class AlertNotSent(BridgeError):
    """A channel for alerts did not take a message."""

    permanent = False
    code = "alert"


class DatabaseUnavailable(BridgeError):
    """Temporary: the database is locked, unreachable, restarting, or gave up this transaction. Repeating can help.

    The texts are always these: what the driver says may quote a statement, an address or a parameter.
    """

    permanent = False
    code = "database"

    def __init__(self) -> None:
        super().__init__(
            "База данных занята или недоступна: она не отпустила запись вовремя, остановлена или оборвала соединение. "
            "Сделанное в этом шаге не сохранено. Проверьте, что база работает и на диске есть место, и повторите.",
            for_1c="База данных временно недоступна. Повторите обмен позже.",
        )


class NotFound(BridgeError):
    """Something named by a person does not exist."""

    code = "not-found"


class BadInput(BridgeError):
    """What came from outside cannot be taken."""

    code = "bad-input"


class ProtocolError(BadInput):
    """A request of 1C that breaks the exchange protocol; answered ``failure`` and the text."""

    code = "protocol"


class AuthenticationFailed(ProtocolError):
    """Login, password, cookie or sessid do not fit."""

    code = "auth-failed"


class XmlError(BadInput):
    """The bytes are not the XML they should be."""

    code = "xml"

    def __init__(self, message: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class NotWellFormed(XmlError):
    """A syntax error; ``line`` and ``column`` say where."""

    code = "not-well-formed"


class XmlIncomplete(XmlError):
    """Well-formed so far, but the end is missing."""

    code = "incomplete"


class ForbiddenXml(XmlError):
    """DOCTYPE or entity declarations, which no exchange file has."""

    code = "forbidden-xml"


class WrongRoot(XmlError):
    """A well-formed file of another kind."""

    code = "wrong-root"


class ArchiveError(BadInput):
    """A zip that is broken, too large when unpacked, or holds no XML."""

    code = "archive"


class ArchiveWithoutXml(ArchiveError):
    """A sound zip of other things: pictures of a catalogue."""

    code = "archive-without-xml"


class DocumentError(BadInput):
    """One document cannot be used: no identity, an unparsable amount. The others of its file can."""

    code = "document"


class CannotRender(BridgeError):
    """An invoice that cannot become a correct document. ``code`` names the cause, the text says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class PortalError(BridgeError):
    """Bitrix24 answered with an error or not at all. ``portal_code`` is its own code, possibly empty."""

    code = "portal"

    def __init__(self, message: str, *, portal_code: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.portal_code = portal_code
        self.retry_after = retry_after


class PortalUnavailable(PortalError):
    """Temporary: limits, time-outs, 5xx, a dropped connection. Repeating later can help."""

    permanent = False
    code = "portal-unavailable"


class PortalRefused(PortalError):
    """Permanent for this call: a person must change something."""

    code = "portal-refused"


class PortalAccessDenied(PortalRefused):
    """Webhook revoked, scope missing, right missing, tariff."""

    code = "portal-access"


class PortalNotFound(PortalRefused):
    """The object does not exist (any more)."""

    code = "portal-not-found"


class PortalAnswerInvalid(PortalError):
    """An answer that breaks the REST contract; nothing of it was used. Reads may be repeated."""

    permanent = False
    code = "portal-answer"


class ODataError(BridgeError):
    """The standard OData interface of a 1C base answered with an error or not at all. ``code`` names the cause."""

    code = "odata"


class ODataUnavailable(ODataError):
    """Temporary: no connection, maintenance, no free licence, a lock, an answer that is not JSON."""

    permanent = False
    code = "odata-unavailable"


class ODataLoginRefused(ODataError):
    """Login or password are wrong, or the login is disabled."""

    code = "odata-login"


class ODataDenied(ODataError):
    """The login has no right to an object, or to a row of it."""

    code = "odata-rights"


class ODataNotPublished(ODataError):
    """Nothing at this address is a published OData interface."""

    code = "odata-address"


class ODataObjectMissing(ODataError):
    """An object is not in the composition of the interface, or this configuration does not have it."""

    code = "odata-object"

    def __init__(self, message: str, name: str = "") -> None:
        super().__init__(message)
        self.object = name


class ODataQueryRefused(ODataError):
    """1C does not take this form of the question: another form may do, else it is another configuration."""

    code = "odata-query"


class StatementInvalid(BadInput):
    """A bank statement that cannot be read; ``line`` says where."""

    code = "statement"

    def __init__(self, message: str, *, line: int) -> None:
        super().__init__(f"Строка {line}: {message}")
        self.line = line
