"""What is personal in an exchange file, by the names of the elements around it.

Default-deny where people and firms are: inside a party everything is personal but a short list. Elsewhere only what is
named here. The words beside ``vocabulary`` are of parts of the format the bridge neither writes nor reads (commerceml
§2.4, §2.5, §3, §5): catalogue owners, representatives, documents' signatories.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from commerceml_bridge.commerceml import vocabulary as v

PARTIES: Final = frozenset(
    {
        v.COUNTERPARTY,
        v.COUNTERPARTIES,
        "Владелец",
        "Организация",
        "Покупатель",
        "Плательщик",
        "Представитель",
        "Представители",
        "Подписанты",
        "Руководитель",
        "ГрузоОтправитель",
        "ГрузоПолучатель",
        v.LEGAL_ADDRESS,
        v.REGISTRATION_ADDRESS,
        v.ADDRESS,
        "АдресДоставки",
        v.CONTACTS,
        v.CONTACT,
        v.ACCOUNTS,
        v.ACCOUNT,
    }
)
"""Everything inside is personal but ``PLAIN_IN_PARTY``."""
PLAIN_IN_PARTY: Final = frozenset({v.ROLE, v.TYPE, v.BIK, v.DELETION_MARK, v.REVISION, "Вид", "Отношение", "SWIFT"})
PERSONAL: Final = frozenset(
    {
        v.COMMENT,
        "Примечание",
        "НазначениеПлатежа",
        v.INN,
        v.KPP,
        v.OKPO,
        v.OKPO_OF_MODULE,
        v.OFFICIAL_NAME,
        v.LAST_NAME,
        v.FIRST_NAME,
        v.SECOND_NAME,
        v.ACCOUNT_NUMBER,
        v.CORRESPONDENT_ACCOUNT,
        v.PRESENTATION,
        "ЭлектроннаяПочта",
        "Телефон",
        "Менеджер",
        "Ответственный",
        "Автор",
        "Подписант",
    }
)
"""Personal wherever it stands."""
REQUISITES: Final = frozenset({v.REQUISITE})
PLAIN_REQUISITES: Final = frozenset(
    word.casefold()
    for word in (
        v.REQUISITE_ITEM_KIND,
        v.REQUISITE_ITEM_TYPE,
        v.REQUISITE_NUMBER_1C,
        v.REQUISITE_DATE_1C,
        v.REQUISITE_DELETION_MARK,
        v.REQUISITE_POSTED,
        v.REQUISITE_CANCELLED,
        v.REQUISITE_PAID,
        v.REQUISITE_SHIPPED,
        v.REQUISITE_PAYMENT_NUMBER,
        v.REQUISITE_PAYMENT_DATE,
        v.REQUISITE_SHIPMENT_DATE,
        *v.REQUISITES_RETURN_FLAG,
        "Номер отгрузки по 1С",
        "Статус заказа",
        "Статуса заказа ИД",
        "Дата изменения статуса",
        "Финальный статус",
        "Метод оплаты",
        "Метод оплаты ИД",
        "Тип оплаты",
        "Способ доставки",
        "Валюта",
        "Склад",
    )
)
"""Requisites of state, of which the bridge or 1C makes something."""
OWN_REMARK: Final = re.compile(r"Счёт № [^\n]{0,255}? от \d\d\.\d\d\.\d{4}(?:\n|$)")
"""The line ``domain.rendering`` leads a comment with where Номер is a substitute."""
OWN_LABELS: Final = re.compile(r"(^(?:Контактное лицо|Налоговый номер покупателя): )", re.MULTILINE)
"""What ``domain.rendering`` puts before a person or a number it adds to a comment: our words, what follows is not."""
_NOT_TELLING = re.compile(
    r"""[-+]?\d{1,8}([.,]\d+)?|\d{4}-\d\d-\d\d([T ][\d:.]+)?|\d\d\.\d\d\.\d{4}( [\d:]+)?|true|false|да|нет|[A-Z]{3}""",
    re.IGNORECASE,
)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(#[0-9a-f-]{36})?", re.IGNORECASE)


def names_requisite(path: Sequence[str]) -> bool:
    """Tell whether the text at ``path`` is the name of a requisite."""
    return len(path) > 1 and path[-1] == v.NAME and path[-2] in REQUISITES


def is_comment(path: Sequence[str]) -> bool:
    """Tell whether the text at ``path`` is a document's comment, which we may have led with a line of our own."""
    return bool(path) and path[-1] == v.COMMENT


def is_personal(path: Sequence[str], text: str, requisite: str) -> bool:
    """Tell whether the text at ``path`` (names from the root down) has to be hidden.

    ``requisite`` is the name of the requisite it is a value of, ``""`` if it is none or the name is not known.
    """
    if not path:
        return True  # text outside every element belongs to no exchange file
    leaf = path[-1]
    if PARTIES.intersection(path):
        return not _plain_in_party(path, text.strip())
    if leaf in PERSONAL:
        return True
    if leaf == v.VALUE and len(path) > 1 and path[-2] in REQUISITES and v.LINE not in path:
        return requisite.casefold() not in PLAIN_REQUISITES and not _NOT_TELLING.fullmatch(text.strip())
    return False


def _plain_in_party(path: Sequence[str], text: str) -> bool:
    leaf = path[-1]
    if leaf == v.ID:
        return bool(_GUID.fullmatch(text))
    if leaf == v.NAME and len(path) > 1 and path[-2] == v.BANK:
        return True  # its БИК says as much
    return leaf in PLAIN_IN_PARTY or names_requisite(path)
