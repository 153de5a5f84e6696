"""ИНН and КПП as typed by a manager: what may go out, and what is to be said about the rest.

A wrong number in 1C is worse than none: УНФ and БП find the counterparty by it (facts: 1c-clients §3.3), and a foreign
company's debt would be somebody else's. So a number with a wrong shape or checksum is left out and shown; the invoice
goes on by name and Ид. Pure; nothing is asked of a tax office.
"""

from __future__ import annotations

import re

_INN = re.compile(r"[0-9]{10}|[0-9]{12}")
_KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}")
_OF_COMPANY = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_OF_PERSON = ((7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8))
_LEGAL_LENGTH = 10
_HOME = re.compile(r"(643|ru|rus|russia|russian\b.*|росси[яи]\b.*|российская\b.*|рф\b.*)?", re.DOTALL)
"""How people write the country: «Россия», «РФ», «Россия, Тверская область»."""


def inn_fault(text: str) -> str:
    """Say in Russian what is wrong with an ИНН; ``""`` if nothing is, or if there is none."""
    inn = bare(text)
    if not inn:
        return ""
    if not _INN.fullmatch(inn):
        return f"ИНН «{inn}»: должно быть 10 цифр у организации или 12 у предпринимателя и человека"
    if inn.startswith("00"):
        return f"ИНН «{inn}»: номера с 00 не выдают, это заглушка"
    if not _checksum_fits(inn):
        return f"ИНН «{inn}»: контрольная цифра не сходится, в номере опечатка"
    return ""


def kpp_fault(text: str) -> str:
    """Say in Russian what is wrong with a КПП; ``""`` if nothing is, or if there is none."""
    kpp = bare(text).upper()
    if kpp.startswith("0000"):
        return f"КПП «{kpp}»: номера с 0000 не выдают, это заглушка"
    if not kpp or _KPP.fullmatch(kpp):
        return ""
    return f"КПП «{kpp}»: должно быть 9 знаков"


def tax_numbers(inn: str, kpp: str) -> tuple[str, str]:
    """Return (ИНН, КПП) as they go out; КПП only beside an ИНН of 10 digits; what is wrong goes out as ``""``."""
    sent = "" if inn_fault(inn) else bare(inn)
    return sent, bare(kpp).upper() if len(sent) == _LEGAL_LENGTH and not kpp_fault(kpp) else ""


def is_of_russian_firm(inn: str) -> bool:
    """Tell whether a valid ИНН is of a firm founded in Russia: those of foreign firms begin with 9909.

    Ten digits of another country's tax number pass the checksum one time in eleven.
    """
    return len(inn) == _LEGAL_LENGTH and not inn.startswith("9909")


def same_person(first: tuple[str, str], second: tuple[str, str]) -> bool:
    """Tell whether two pairs of (ИНН, КПП) may be one legal person or branch: what is missing contradicts nothing."""
    return all(not one or not other or one == other for one, other in zip(first, second, strict=True))


def is_home(country: str) -> bool:
    """Tell whether an address without a country, or with this one, is Russian."""
    return bool(_HOME.fullmatch(" ".join(country.split()).casefold()))


def bare(text: str) -> str:
    """Return a number as typed without its spaces."""
    return "".join(text.split())


def _checksum_fits(inn: str) -> bool:
    digits = [int(one) for one in inn]
    weights = (_OF_COMPANY,) if len(inn) == _LEGAL_LENGTH else _OF_PERSON
    return all(_control(digits, one) == digits[len(one)] for one in weights)


def _control(digits: list[int], weights: tuple[int, ...]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False)) % 11 % 10
