"""A bank statement in the text format of 1C, read tolerantly (``1CClientBankExchange``; facts: 1c-odata-payments §5).

``Ключ=Значение`` a line, keys in any case; sections ``СекцияРасчСчет``/``СекцияДокумент``. The code page is the one in
which the key words can be read, whatever ``Кодировка`` declares. A document that cannot be read is named with its line
and does not take the others along; a file that is not a statement, or is cut off inside a document, is refused.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from commerceml_bridge.errors import StatementInvalid

FIRST_LINE = "1cclientbankexchange"
CODE_PAGES = ("cp1251", "cp866")
LARGEST_AMOUNT = Decimal(10) ** 13
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_AMOUNT = re.compile(r"\d+([.,]\d{1,2})?")
_INN = re.compile(r"\s*ИНН\s*:?\s*(\d{12}|\d{10})(?!\d)", re.IGNORECASE)
_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})")


class Direction(StrEnum):
    """Where the money went, seen from the accounts of the statement."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    INTERNAL = "internal"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class BankDocument:
    """One payment document. ``booked_on``: when the bank put it through, ``None`` if the file does not say."""

    line: int
    kind: str
    number: str
    date: dt.date
    amount: Decimal
    direction: Direction
    booked_on: dt.date | None
    payer: str
    payer_inn: str
    payer_kpp: str
    payer_account: str
    payee: str
    payee_inn: str
    payee_account: str
    purpose: str

    @property
    def fingerprint(self) -> str:
        """The same for the same document of the bank in whatever file it comes (number, date, sum, accounts)."""
        parts = [self.number or self.purpose, f"{self.date}", f"{self.amount}", self.payer_account or self.payer_inn]
        return hashlib.sha256("\0".join([*parts, self.payee_account or self.payee_inn]).encode()).hexdigest()[:40]

    @property
    def own_account(self) -> str:
        """The account of ours."""
        return self.payer_account if self.direction is Direction.OUTGOING else self.payee_account


@dataclass(frozen=True)
class BankStatement:
    """A whole file. ``problems``: (line, text) of documents that could not be read, and of doubts about the file."""

    code_page: str
    accounts: tuple[str, ...]
    since: dt.date | None
    until: dt.date | None
    documents: tuple[BankDocument, ...]
    problems: tuple[tuple[int, str], ...]


def read_statement(body: bytes) -> BankStatement:
    """Read a file. Raises ``StatementInvalid`` with the line."""
    text, code_page = _decode(body)
    lines = text.splitlines()
    if not lines or not lines[0].strip().casefold().startswith(FIRST_LINE):
        raise StatementInvalid(
            "Это не выписка в формате 1С: первая строка должна быть «1CClientBankExchange». Выгрузите из банка файл "
            "«для 1С» (обычно kl_to_1c.txt).",
            line=1,
        )
    reader = _Reader()
    for number, line in enumerate(lines[1:], 2):
        reader.take(number, line)
    return reader.finish(code_page, len(lines))


def _decode(body: bytes) -> tuple[str, str]:
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _strictly(body, name), name.removesuffix("-sig")
    if any(byte > 127 for byte in body):
        try:
            return body.decode("utf-8"), "utf-8"
        except UnicodeDecodeError:
            pass
    for name in CODE_PAGES:
        text = body.decode(name, "replace")
        if re.search(r"^\s*(секциядокумент|кодировка|расчсчет|конецфайла)\b", text, re.IGNORECASE | re.MULTILINE):
            return text, name
    return body.decode(CODE_PAGES[0], "replace"), CODE_PAGES[0]


def _strictly(body: bytes, name: str) -> str:
    try:
        return body.decode(name)
    except UnicodeDecodeError:
        raise StatementInvalid("Кодировка файла нарушена: выгрузите его из банка ещё раз.", line=1) from None


class _Reader:
    """Goes line by line; knows in which section it is."""

    def __init__(self) -> None:
        self._head: dict[str, str] = {}
        self._accounts: list[str] = []
        self._sections: list[tuple[int, dict[str, str]]] = []
        self._open: dict[str, str] | None = None
        self._opened_at = 0
        self._in_account = False
        self._last = ""
        self._ended = False

    def take(self, number: int, line: str) -> None:
        """Read one line."""
        key, has_value, value = line.partition("=")
        key = key.strip().casefold()
        if not key or self._ended:
            return
        if has_value and key == "секциядокумент":
            self._must_be_closed(number)
            self._open, self._opened_at, self._last = {"вид": value.strip()}, number, ""
        elif key == "конецдокумента":
            self._close(number)
        elif key in ("секциярасчсчет", "конецрасчсчет"):
            self._in_account = key == "секциярасчсчет"
        elif key == "конецфайла":
            self._must_be_closed(number)
            self._ended = True
        elif not has_value:
            self._continue(line.strip())
        else:
            self._store(key, value.strip())

    def _store(self, key: str, value: str) -> None:
        if self._open is None:
            if key == "расчсчет" and value and value not in self._accounts:
                self._accounts.append(value)
            if not self._in_account:
                self._head.setdefault(key, value)
            return
        self._open.setdefault(key, value)
        self._last = key

    def _continue(self, line: str) -> None:
        """A line without a key goes on with the value before it: banks break long purposes."""
        if self._open is not None and self._last:
            self._open[self._last] += f" {line}"

    def _must_be_closed(self, number: int) -> None:
        if self._open is not None:
            raise StatementInvalid(
                f"Документ, начатый в строке {self._opened_at}, не закончен (нет «КонецДокумента»): файл обрезан или "
                "испорчен. Выгрузите выписку из банка ещё раз.",
                line=number,
            )

    def _close(self, number: int) -> None:
        if self._open is None:
            raise StatementInvalid("«КонецДокумента» без «СекцияДокумент»: файл испорчен.", line=number)
        self._sections.append((self._opened_at, self._open))
        self._open = None

    def finish(self, code_page: str, lines: int) -> BankStatement:
        """Make the statement."""
        self._must_be_closed(lines)
        problems: list[tuple[int, str]] = []
        if not self._ended:
            problems.append((lines, "В конце нет «КонецФайла»: возможно, файл получен не полностью."))
        documents = list(self._documents(problems))
        since, until = (_date(self._head.get(key, "")) for key in ("датаначала", "датаконца"))
        return BankStatement(code_page, tuple(self._accounts), since, until, tuple(documents), tuple(problems))

    def _documents(self, problems: list[tuple[int, str]]) -> Iterator[BankDocument]:
        for line, values in self._sections:
            amount, date = _amount(values.get("сумма", "")), _date(values.get("дата", ""))
            if amount is None:
                problems.append((line, f"Сумма документа не читается: «{values.get('сумма', '')}»."))
            elif date is None:
                problems.append((line, f"Дата документа не читается: «{values.get('дата', '')}»."))
            else:
                yield _document(line, values, amount, date, frozenset(self._accounts))


def _document(
    line: int, values: dict[str, str], amount: Decimal, date: dt.date, accounts: frozenset[str]
) -> BankDocument:
    payer_account = _first(values, "плательщиксчет", "плательщикрасчсчет")
    payee_account = _first(values, "получательсчет", "получательрасчсчет")
    came, went = _date(values.get("датапоступило", "")), _date(values.get("датасписано", ""))
    direction = _direction(payer_account in accounts, payee_account in accounts, came is not None, went is not None)
    return BankDocument(
        line=line,
        kind=values.get("вид", ""),
        number=values.get("номер", ""),
        date=date,
        amount=amount,
        direction=direction,
        booked_on=went if direction is Direction.OUTGOING else came,
        payer=_name(values, "плательщик"),
        payer_inn=_inn(values, "плательщик"),
        payer_kpp=values.get("плательщиккпп", ""),
        payer_account=payer_account,
        payee=_name(values, "получатель"),
        payee_inn=_inn(values, "получатель"),
        payee_account=payee_account,
        purpose=_purpose(values),
    )


def _direction(pays_from_us: bool, pays_to_us: bool, came: bool, went: bool) -> Direction:
    if pays_from_us and pays_to_us:
        return Direction.INTERNAL
    if pays_from_us or pays_to_us:
        return Direction.OUTGOING if pays_from_us else Direction.INCOMING
    if came == went:
        return Direction.UNKNOWN
    return Direction.INCOMING if came else Direction.OUTGOING


def _first(values: dict[str, str], *keys: str) -> str:
    return next((values[key] for key in keys if values.get(key)), "")


def _name(values: dict[str, str], key: str) -> str:
    """Prefer the name without the ИНН banks write before it."""
    return " ".join(_INN.sub("", _first(values, f"{key}1", key), count=1).removeprefix("ИНН").split())


def _inn(values: dict[str, str], key: str) -> str:
    """Return the ИНН of a side, from before its name where the bank leaves the field empty."""
    found = _INN.match(_first(values, key, f"{key}1"))
    return values.get(f"{key}инн", "") or (found[1] if found else "")


def _purpose(values: dict[str, str]) -> str:
    """Join numbered lines unless the whole text stands in one field already."""
    whole = values.get("назначениеплатежа", "")
    parts = [values[key] for number in range(1, 10) if (key := f"назначениеплатежа{number}") in values]
    if parts and parts[0] not in whole:
        whole = " ".join([whole, *parts]).strip()
    return " ".join(whole.split())


def _amount(text: str) -> Decimal | None:
    plain = "".join(text.split()).replace("\xa0", "")
    if not _AMOUNT.fullmatch(plain):
        return None
    amount = Decimal(plain.replace(",", ".")).quantize(Decimal("0.01"))
    return amount if 0 < amount < LARGEST_AMOUNT else None


def _date(text: str) -> dt.date | None:
    found = _DATE.match(text.strip())
    try:
        if found is None:
            return dt.date.fromisoformat(text.strip()[:10])
        year = int(found[3])
        return dt.date(year + 2000 if year < 100 else year, int(found[2]), int(found[1]))
    except ValueError:
        return None
