"""Writes the counterparty of a document: order of elements by commerceml §6.5 rule 3 and 4.

Used by ``writer`` only. Must not decide whether a buyer is a company: the document says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from commerceml_bridge.commerceml import vocabulary as v
from commerceml_bridge.commerceml.dialects import Dialect
from commerceml_bridge.commerceml.text import one_line
from commerceml_bridge.domain.documents import Counterparty, DocumentAccount, DocumentAddress
from commerceml_bridge.errors import CannotRender

_ID_LENGTH = 40
_NAME_LENGTH = 250
_STRING_LENGTH = 255
_ADDRESS_FIELDS = 10


def counterparty(party: Counterparty, dialect: Dialect) -> Iterator[str]:
    """Yield ``Контрагенты`` with the one buyer; ``Роль`` comes last. Raises ``CannotRender`` without Ид or name."""
    name = one_line(party.name, _NAME_LENGTH)
    if not name or not party.id or len(party.id) > _ID_LENGTH:
        raise CannotRender("counterparty", "У покупателя нет названия или идентификатора. Укажите клиента в счёте.")
    yield f"<{v.COUNTERPARTIES}>\n<{v.COUNTERPARTY}>\n"
    yield _leaf(v.ID, one_line(party.id, _ID_LENGTH))
    yield _leaf(v.NAME, name)
    full_name = one_line(party.full_name, _NAME_LENGTH) or name
    yield from _company(party, full_name, dialect) if party.is_company else _person(party, full_name)
    yield _address(v.ADDRESS, party.actual_address)
    yield _contacts(party, dialect)
    yield _leaf(v.ROLE, v.ROLE_BUYER)
    yield f"</{v.COUNTERPARTY}>\n</{v.COUNTERPARTIES}>\n"


def _company(party: Counterparty, full_name: str, dialect: Dialect) -> Iterator[str]:
    okpo = one_line(party.okpo, _STRING_LENGTH)
    yield _leaf(v.OFFICIAL_NAME, full_name)
    yield _address(v.LEGAL_ADDRESS, party.legal_address)
    yield _leaf(v.INN, one_line(party.inn, _STRING_LENGTH))
    yield _leaf(v.KPP, one_line(party.kpp, _STRING_LENGTH))
    yield _leaf(v.OKPO, okpo)
    if dialect.module_okpo:
        yield _leaf(v.OKPO_OF_MODULE, okpo)
    if party.accounts:
        yield f"<{v.ACCOUNTS}>\n"
        yield from map(_account, party.accounts)
        yield f"</{v.ACCOUNTS}>\n"


def _person(party: Counterparty, full_name: str) -> Iterator[str]:
    yield _leaf(v.FULL_NAME, full_name)
    yield _leaf(v.LAST_NAME, one_line(party.last_name, _STRING_LENGTH))
    yield _leaf(v.FIRST_NAME, one_line(party.first_name, _STRING_LENGTH))
    yield _leaf(v.SECOND_NAME, one_line(party.second_name, _STRING_LENGTH))
    yield _leaf(v.INN, one_line(party.inn, _STRING_LENGTH))
    yield _leaf(v.KPP, one_line(party.kpp, _STRING_LENGTH))
    yield _address(v.REGISTRATION_ADDRESS, party.legal_address)


def _account(account: DocumentAccount) -> str:
    """``Банк`` = correspondent account, name, БИК in this order: any other is invalid in all versions."""
    return (
        f"<{v.ACCOUNT}>\n"
        + _leaf(v.ACCOUNT_NUMBER, one_line(account.account, _STRING_LENGTH))
        + f"<{v.BANK}>\n"
        + _leaf(v.CORRESPONDENT_ACCOUNT, one_line(account.correspondent_account, _STRING_LENGTH))
        + _leaf(v.NAME, one_line(account.bank, _NAME_LENGTH))
        + _leaf(v.BIK, one_line(account.bik, _STRING_LENGTH))
        + f"</{v.BANK}>\n</{v.ACCOUNT}>\n"
    )


def _address(element: str, address: DocumentAddress | None) -> str:
    text = one_line(address.text, _NAME_LENGTH) if address is not None else ""
    if address is None or not text:
        return ""
    fields = "".join(
        f"<{v.ADDRESS_FIELD}>\n<{v.TYPE}>{kind}</{v.TYPE}>\n<{v.VALUE}>{value}</{v.VALUE}>\n</{v.ADDRESS_FIELD}>\n"
        for kind, value in (
            (one_line(field.type, _STRING_LENGTH), one_line(field.value, _STRING_LENGTH))
            for field in address.fields[:_ADDRESS_FIELDS]
        )
        if kind and value
    )
    return f"<{element}>\n<{v.PRESENTATION}>{text}</{v.PRESENTATION}>\n{fields}</{element}>\n"


def _contacts(party: Counterparty, dialect: Dialect) -> str:
    """A phone or mail that does not fit is left out: cut in half it would be a wrong one."""
    found = [(dialect.phone_type, phone) for phone in party.phones] + [
        (dialect.mail_type, mail) for mail in party.emails
    ]
    written = "".join(
        f"<{v.CONTACT}>\n<{v.TYPE}>{kind}</{v.TYPE}>\n<{v.VALUE}>{value}</{v.VALUE}>\n</{v.CONTACT}>\n"
        for kind, value in (
            (kind, one_line(value, _STRING_LENGTH)) for kind, value in found if len(value) <= _STRING_LENGTH
        )
        if value
    )
    return f"<{v.CONTACTS}>\n{written}</{v.CONTACTS}>\n" if written else ""


def _leaf(name: str, text: str) -> str:
    return f"<{name}>{text}</{name}>\n" if text else ""
