"""Buyer → ``Контрагент`` (facts: 1c-clients §3.3, commerceml §2.3–§2.7).

Whatever has not the shape the format asks for is left out: a wrong КПП in 1C is worse than none. What was left out of
the tax numbers is said by ``tax_warning``. ``Представители`` are never written: the official schemas want their fields
in ``Представитель`` itself, genuine site files nest a ``Контрагент`` in it, and no family is known to read either
(commerceml §2.4, 1c-clients §3.3, reference-server §2.5). The contact person goes into the comment instead
(``domain.rendering``). Bank accounts all go, the main one first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from commerceml_bridge.domain import taxpayers, texts
from commerceml_bridge.domain.documents import AddressField, Counterparty, DocumentAccount, DocumentAddress
from commerceml_bridge.domain.identity import party_id
from commerceml_bridge.domain.invoices import Address, AddressKind, BankAccount, Party, PartyKind
from commerceml_bridge.errors import CannotRender

_ACCOUNT = re.compile(r"[0-9]{5}[0-9ABCEHKMPTX][0-9]{14}")
_BIK = re.compile(r"[0-9]{9}")
_OKPO = re.compile(r"[0-9]{8,10}")


@dataclass(frozen=True)
class KnownAs:
    """What 1C knows a buyer by, if that is not its own card: УТ 11 and УТ 10.3 look at the name and not at the Ид."""

    id: str
    name: str


def counterparty(party: Party, *, portal_code: str, known_as: KnownAs | None = None) -> Counterparty:
    """Make the document's counterparty of a buyer. ``known_as``: what 1C knows it by, if not by its own card.

    Companies and entrepreneurs are legal (``ОфициальноеНаименование``); УНФ tells an ИП by its 12-digit ИНН.
    Raises CannotRender("counterparty-name") when nothing names the buyer: УТ 11 refuses an empty ``Наименование``.
    """
    person = " ".join(part for part in (party.last_name, party.first_name, party.second_name) if part)
    name, full_name = _names(party.name, party.full_name, person)
    inn, kpp = tax_numbers(party)
    return Counterparty(
        id=known_as.id if known_as else party_id(portal_code, party),
        name=texts.one_line(known_as.name, texts.NAME_LENGTH) or name if known_as else name,
        full_name=full_name,
        is_company=party.kind is not PartyKind.PERSON,
        inn=inn,
        kpp=kpp,
        okpo=_only(_OKPO, party.okpo),
        last_name=texts.one_line(party.last_name, texts.FIELD_LENGTH),
        first_name=texts.one_line(party.first_name, texts.FIELD_LENGTH),
        second_name=texts.one_line(party.second_name, texts.FIELD_LENGTH),
        legal_address=_address(party.addresses, AddressKind.LEGAL),
        actual_address=_address(party.addresses, AddressKind.ACTUAL),
        accounts=_accounts(party),
        phones=_contacts(party.phones),
        emails=_contacts(party.emails),
    )


def tax_warning(party: Party) -> str:
    """Say in Russian which tax number of a buyer does not go out and what to do; ``""`` if all do.

    The number of a foreign buyer is no ИНН and needs none: leaving it out is right and worth no warning.
    """
    if is_foreign(party):
        return ""
    faults = [fault for fault in (taxpayers.inn_fault(party.inn), taxpayers.kpp_fault(party.kpp)) if fault]
    if not faults:
        return ""
    return f"{'; '.join(faults)}. В 1С это не передаётся. Исправьте реквизиты клиента «{party.name}» в Битрикс24."


def accounts_left_out(party: Party) -> tuple[str, ...]:
    """Return the buyer's account numbers that have not the format's shape and do not go out."""
    given = () if party.bank_account is None else (party.bank_account,)
    return tuple(one.account for one in (*given, *party.other_accounts) if _account(one) is None)


def tax_numbers(party: Party) -> tuple[str, str]:
    """Return a buyer's (ИНН, КПП) as they go out; what is wrong, or another country's, goes out as ``""``.

    Beside a КПП it is an ИНН whatever the addresses say: no other country has one, and people type countries freely.
    """
    inn, kpp = taxpayers.tax_numbers(party.inn, party.kpp)
    return ("", "") if not kpp and is_foreign(party) and taxpayers.is_of_russian_firm(inn) else (inn, kpp)


def is_foreign(party: Party) -> bool:
    """Tell whether the buyer's legal address names another country than Russia; where it names none, any address."""
    named = [(address.kind, address.country) for address in party.addresses if address.country.strip()]
    legal = [country for kind, country in named if kind is AddressKind.LEGAL]
    return any(not taxpayers.is_home(country) for country in legal or [country for _kind, country in named])


def _names(*candidates: str) -> tuple[str, str]:
    name, full_name, person = (texts.one_line(one, texts.NAME_LENGTH) for one in candidates)
    if not (name or full_name or person):
        raise CannotRender(
            "counterparty-name",
            "У плательщика счёта нет ни названия, ни имени. Заполните карточку компании или контакта и её реквизиты.",
        )
    return name or full_name or person, full_name or name or person


def _only(shape: re.Pattern[str], text: str) -> str:
    """Return the text without spaces if it has the shape, else ``""``."""
    text = "".join(text.split())
    return text if shape.fullmatch(text) else ""


def _accounts(party: Party) -> tuple[DocumentAccount, ...]:
    """Return the accounts that can be sent, the main one first, each once."""
    main = () if party.bank_account is None else (party.bank_account,)
    found: dict[tuple[str, str], DocumentAccount] = {}
    for one in map(_account, (*main, *party.other_accounts)):
        if one is not None:
            found.setdefault((one.account, one.bik), one)
    return tuple(found.values())


def _account(bank: BankAccount) -> DocumentAccount | None:
    """Return account and bank, or nothing: 1C needs both the account and the БИК."""
    account, bik = _only(_ACCOUNT, bank.account), _only(_BIK, bank.bik)
    if not (account and bik):
        return None
    return DocumentAccount(
        account=account,
        bank=texts.one_line(bank.bank, texts.NAME_LENGTH),
        bik=bik,
        correspondent_account=_only(_ACCOUNT, bank.correspondent_account),
    )


def _address(addresses: Iterable[Address], kind: AddressKind) -> DocumentAddress | None:
    """Return the first address of a kind that says anything. Its text joins the parts as they are written by hand."""
    for address in addresses:
        fields = _fields(address) if address.kind is kind else ()
        if fields:
            text = ", ".join(field.value for field in fields)
            return DocumentAddress(texts.cut(text, texts.NAME_LENGTH), fields)
    return None


def _fields(address: Address) -> tuple[AddressField, ...]:
    """Name the parts by the format's own words; the house stays with the street as Bitrix24 keeps it."""
    parts = (
        ("Почтовый индекс", address.postal_code),
        ("Страна", address.country),
        ("Регион", address.province),
        ("Район", address.region),
        ("Город", address.city),
        ("Улица", address.street),
        ("Квартира", address.apartment),
    )
    named = ((type_, texts.one_line(value, texts.FIELD_LENGTH)) for type_, value in parts)
    return tuple(AddressField(type_, value) for type_, value in named if value)


def _contacts(values: Iterable[str]) -> tuple[str, ...]:
    """Clean, drop repeats and what is longer than the format allows: half a phone number is worse than none."""
    cleaned = (texts.one_line(value, texts.FIELD_LENGTH + 1) for value in values)
    return tuple(dict.fromkeys(value for value in cleaned if 0 < len(value) <= texts.FIELD_LENGTH))
