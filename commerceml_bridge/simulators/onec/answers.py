"""The control answers: how lines are counted, compared and used (facts: 1c-clients §2.1–§2.3).

Text is split by LF only; the first line is trimmed and lower-cased before comparison, the others are used verbatim.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NO_LIMIT = -1


def lines_of(text: str) -> list[str]:
    """Lines as ``СтрПолучитьСтроку`` sees them: a final LF opens one more, empty line."""
    return text.split("\n")


def status_of(text: str) -> str:
    """The first line as compared by every client."""
    return lines_of(text)[0].strip().lower()


@dataclass(frozen=True)
class Login:
    """The lines of a good checkauth; ``cookie`` is the ready header value, untrimmed."""

    cookie: str
    line4: str
    line5: str


def login_of(text: str) -> Login | None:
    """Read a checkauth answer; None if its first line is not ``success``."""
    if status_of(text) != "success":
        return None
    lines = [*lines_of(text), "", "", "", ""]
    return Login(f"{lines[1]}={lines[2]}", lines[3], lines[4])


@dataclass(frozen=True)
class Parameters:
    """What init settled: whether to zip, and the portion size in bytes (−1 or 0 = whole file)."""

    zip: bool = False
    file_limit: int = NO_LIMIT
    readable: bool = True


def parameters_of(text: str) -> Parameters:
    """Read lines 1 and 2; an unreadable limit is logged by 1C and means no splitting."""
    lines = [*lines_of(text), ""]
    limit = lines[1].replace("file_limit=", "").strip(" ")
    if not re.fullmatch(r"\d+", limit):
        return Parameters(lines[0].strip() == "zip=yes", NO_LIMIT, readable=False)
    return Parameters(lines[0].strip() == "zip=yes", int(limit))


def module_version_of(text: str) -> str | None:
    """Bitrix module, load phase: the last four characters of line 4 if they are a number ≥ 2.08, else None."""
    lines = lines_of(text)
    tail = lines[3][-4:] if len(lines) > 3 else ""
    return tail if re.fullmatch(r"\d\.\d\d", tail) and tail >= "2.08" else None
