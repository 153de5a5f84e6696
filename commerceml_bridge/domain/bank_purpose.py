"""Which invoice numbers a payment purpose names: «счет № 11, 12 и 15 от 05.03.2026 по дог. 7, в т.ч. НДС 20% 200-00».

Dates, sums and percents are no numbers; a contract's, an act's or a счёт-фактура's number is not an invoice's. A number
after an invoice word is *named*, one that stands alone is *loose*.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

_MONTHS = "январ|феврал|март|апрел|ма[йя]|июн|июл|август|сентябр|октябр|ноябр|декабр"
_DATE = re.compile(
    r"(?<![\d.])(?P<day>0?[1-9]|[12]\d|3[01])[./-](?P<month>0?[1-9]|1[0-2])[./-](?P<year>\d{4}|\d{2})(?![\d])"
    r"(?:\s*г(?:ода|\.|\b))?"
    r"|(?<!\d)(?P<iso>\d{4}-\d{2}-\d{2})(?!\d)"
    rf"|(?<!\d)\d{{1,2}}\s+(?:{_MONTHS})\w*\s+\d{{4}}(?:\s*г(?:ода|\.|\b))?"
)
_PERCENT = re.compile(r"\d+(?:[.,]\d+)?\s*%")
_NOISE = re.compile(
    r"[({\[]?vo\d{5}[)}\]]?"  # the code of a currency operation
    r"|(?:ндс|сумм\w*|итого)[^\w№#]{0,8}\d[\d ]*(?:[.,=-]\d{2})?(?![\w/])"
    r"|(?<=на )\d[\d ]*[.,=-]\d{2}(?![\w/.-])"
    r"|(?<![\w/.-])(?:\d{1,3}(?: \d{3})+|\d+)(?:[.,=-]\d{2})?\s*(?:руб|р\.|коп)\w*"
    r"|(?:инн|кпп|бик|р/с|к/с|л/с)\s*:?\s*\d+"
)
_TOKEN = re.compile(r"@[\d-]*|[^\W_]+(?:[-/.][^\W_]+)*|[№,;#]")
_ABBREVIATED = re.compile(r"(?<![^\W_])(сч|опл|оплата|дог|зак|накл|предопл|спец)\.(?=\w)")
"""``сч.11``, ``Опл.сч.``: the dot ends a shortened word; in ``ИМ.17`` it belongs to the number"""
_GLUED_FROM = re.compile(r"(?<=\d)от(?=[\s\d@]|$)")
_GLUED = re.compile(r"(сч|счет\w*|с|n|no)(\d[\w/-]*)")
_INVOICE = re.compile(
    r"сч|счет(?:а|у|ом|ам|ами|ах|ов|е)?|(?:сч|счет\w*)-(?:договор|оферт)\w*|инвойс\w*|inv|invoice|заказ(?:а|у|ам|ов)?|зак"
)
_OTHER = re.compile(
    r"дог|договор\w*|контракт\w*|акт\w*|накл\w*|тн|ттн|упд|с/ф|сф|сч-ф\w*|счет\w*-факт\w*|фактур\w*|спец\w*|прил\w*|соглаш\w*"
    r"|заявк\w*|чек\w*|реестр\w*|паспорт\w*|лиц\w*|л/с|кв|дом|полис\w*|доп"
)
_NEUTRAL = frozenset({"№", "#", ",", ";", "n", "no", "nr", "на", "от", "и", "за", "по", "г", "года", "согласно"}) | {
    "номер",
    "номера",
    "номеру",
    "номерам",
    "оплату",
    "оплаты",
}
_HAS_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Mention:
    """A number in the purpose; ``year`` of the date written after it, if there is one."""

    text: str
    named: bool
    year: int | None = None


def mentions(purpose: str) -> list[Mention]:
    """Return the numbers of a purpose in their order, each once."""
    found: dict[str, Mention] = {}
    context, last = "", ""
    for token in _tokens(purpose):
        if token.startswith("@"):
            if last and found[last].year is None and len(token) > 1:
                found[last] = Mention(last, found[last].named, int(token[1:5]))
            continue
        if _HAS_DIGIT.search(token):
            last = _keep(found, token, context)
        elif token not in _NEUTRAL:
            context, last = _context(token), ""
    return list(found.values())


def _keep(found: dict[str, Mention], token: str, context: str) -> str:
    """Remember a number unless it belongs to another document; return it if it was remembered."""
    if context == "other":
        return ""
    named = context == "invoice" or (token in found and found[token].named)
    found[token] = Mention(token, named, found[token].year if token in found else None)
    return token


def _context(token: str) -> str:
    if _OTHER.fullmatch(token):
        return "other"
    return "invoice" if _INVOICE.fullmatch(token) else ""


def _tokens(purpose: str) -> list[str]:
    text = " ".join(purpose.casefold().replace("ё", "е").split())
    text = _DATE.sub(_mark, _GLUED_FROM.sub(" от ", _ABBREVIATED.sub(r"\1. ", text)))
    text = _NOISE.sub(" ", _PERCENT.sub(" ", text))
    tokens: list[str] = []
    for token in _TOKEN.findall(text):
        glued = _GLUED.fullmatch(token)
        tokens += [glued[1], glued[2]] if glued and glued[1] != "с" else [token]
    return tokens


def _mark(found: re.Match[str]) -> str:
    """Leave a date as ``@2026-03-05``, or ``@`` if only its being a date is known."""
    if found["iso"]:
        return f" @{found['iso']} "
    if not found["day"]:
        return " @ "
    year = int(found["year"])
    try:
        date = dt.date(year + 2000 if year < 100 else year, int(found["month"]), int(found["day"]))
    except ValueError:
        return found[0]  # 35/2026/1 is a number, not a date
    return f" @{date.isoformat()} "
