"""Own companies of the portal and the requisites they lack: part of ``portal check``.

Follows facts bitrix24-rest §4.1–§4.3. Reads only; findings are Russian.
"""

from __future__ import annotations

from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.details import bank_commands, legal_commands
from commerceml_bridge.bitrix24.findings import Finding
from commerceml_bridge.bitrix24.lists import ListCommand, run_lists
from commerceml_bridge.bitrix24.parties import COMPANY, Entity, PartyBook, tax_number
from commerceml_bridge.bitrix24.values import Row, as_int, as_text

_INN_LENGTHS = (10, 12)


def sellers(client: BitrixClient) -> list[Finding]:
    """Look at each own company: INN, KPP, bank account, legal address. Raises ``PortalError``."""
    own = ListCommand(
        "own",
        "crm.company.list",
        {"filter": {"IS_MY_COMPANY": "Y"}, "select": ["ID", "TITLE", "IS_MY_COMPANY"], "order": {"ID": "ASC"}},
    )
    rows = [row for row in run_lists(client, [own]).rows("own") if as_text(row, "IS_MY_COMPANY") == "Y"]
    book = _book(client, [as_int(row, "ID") for row in rows])
    if not rows:
        return [
            Finding(
                False,
                "Мои компании",
                "На портале нет ни одной компании с пометкой «Моя компания».",
                "В счетах нет продавца: 1С возьмёт организацию по умолчанию.",
                "Добавьте свою организацию в CRM: «Настройки» → «Реквизиты моих компаний».",
                stops=False,
            )
        ]
    return [_seller(row, book) for row in rows]


def _book(client: BitrixClient, ids: list[int]) -> PartyBook:
    book = PartyBook()
    lists = run_lists(client, legal_commands(COMPANY, ids)) if ids else None
    for key in lists.found if lists else ():
        for row in lists.rows(key) if lists else ():
            if key.startswith("requisites"):
                book.requisites.setdefault(Entity(COMPANY, as_int(row, "ENTITY_ID")), []).append(row)
            else:
                book.addresses.setdefault(as_int(row, "ENTITY_ID"), []).append(row)
    requisites = sorted(as_int(row, "ID") for rows in book.requisites.values() for row in rows)
    if commands := bank_commands(requisites):
        banks = run_lists(client, commands)
        for command in commands:
            for row in banks.rows(command.key):
                book.bank_details.setdefault(as_int(row, "ENTITY_ID"), []).append(row)
    return book


def _seller(company: Row, book: PartyBook) -> Finding:
    entity = Entity(COMPANY, as_int(company, "ID"))
    name = f"Моя компания «{as_text(company, 'TITLE')}» ({entity.id})"
    lacks = missing_requisites(entity, book)
    if not lacks:
        return Finding(True, name, "Реквизиты заполнены.")
    return Finding(
        False,
        name,
        f"Не заполнено: {', '.join(lacks)}.",
        "1С может не узнать организацию или создать её без реквизитов.",
        "Заполните реквизиты в CRM: «Настройки» → «Реквизиты моих компаний».",
        stops=False,
    )


def missing_requisites(entity: Entity, book: PartyBook) -> list[str]:
    """Return the Russian names of the requisites an own company lacks."""
    requisite = book.requisite(entity, 0)
    if requisite is None:
        return ["реквизиты"]
    inn = tax_number(requisite, "RQ_INN")
    bank = book.bank_detail(requisite, 0)
    lacks = []
    if len(inn) not in _INN_LENGTHS:
        lacks.append("ИНН (10 или 12 цифр)")
    if len(inn) == min(_INN_LENGTHS) and not as_text(requisite, "RQ_KPP"):
        lacks.append("КПП")
    if bank is None or not as_text(bank, "RQ_ACC_NUM") or not as_text(bank, "RQ_BIK"):
        lacks.append("банковский счёт и БИК")
    if not book.addresses_of(entity, requisite):
        lacks.append("адрес")
    return lacks
