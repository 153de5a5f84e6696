"""CRM objects and requisites → ``Party``.

Follows facts bitrix24-rest §4: the requisite of the invoice's link, else the lowest SORT then ID; requisites that are
only an address never give legal data; addresses 6 and 1 (a person's 4). What a counterparty is follows from the filled
fields, since preset ids differ from portal to portal. Tax numbers are kept without the spaces managers type into them:
by them 1C's documents and payments find the buyer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from commerceml_bridge.bitrix24.values import Row, as_int, as_text, is_yes
from commerceml_bridge.domain import taxpayers
from commerceml_bridge.domain.invoices import Address, AddressKind, BankAccount, Party, PartyKind

CONTACT = 3
COMPANY = 4
_ENTITIES = {CONTACT: "contact", COMPANY: "company"}
_ACTUAL, _REGISTRATION, _LEGAL = 1, 4, 6
_INN_LEGAL, _INN_PERSONAL = 10, 12


@dataclass(frozen=True)
class Entity:
    """A company or contact by CRM type and id."""

    type_id: int
    id: int


@dataclass
class PartyBook:
    """What was fetched about counterparties, by id."""

    companies: dict[int, Row] = field(default_factory=dict)
    contacts: dict[int, Row] = field(default_factory=dict)
    requisites: dict[Entity, list[Row]] = field(default_factory=dict)
    addresses: dict[int, list[Row]] = field(default_factory=dict)
    """by requisite id"""
    bank_details: dict[int, list[Row]] = field(default_factory=dict)
    """by requisite id"""

    def object(self, entity: Entity) -> Row | None:
        """Return the company or contact, ``None`` if it was not readable."""
        return (self.companies if entity.type_id == COMPANY else self.contacts).get(entity.id)

    def requisite(self, entity: Entity, linked_id: int) -> Row | None:
        """Return the requisite with legal data: the linked one if it is the entity's, else the first in use (§4.4)."""
        legal = [row for row in self.requisites.get(entity, ()) if not is_yes(row, "ADDRESS_ONLY")]
        return _chosen(legal, linked_id)

    def is_apart(self, entity: Entity, requisite: Row) -> bool:
        """Tell whether ``requisite`` is of another legal person than the entity's first one, by ИНН and КПП."""
        legal = [row for row in self.requisites.get(entity, ()) if not is_yes(row, "ADDRESS_ONLY")]
        first = min(legal, key=lambda row: as_int(row, "ID"))
        return not taxpayers.same_person(_tax_numbers(first), _tax_numbers(requisite))

    def bank_detail(self, requisite: Row, linked_id: int) -> Row | None:
        """Return the bank detail of ``requisite``: the linked one if it belongs to it, else the first in use."""
        return _chosen(self.bank_details.get(as_int(requisite, "ID"), ()), linked_id)

    def bank_details_of(self, requisite: Row) -> list[Row]:
        """Return every bank detail of ``requisite`` that is in use, in the order of the portal's cards."""
        rows = self.bank_details.get(as_int(requisite, "ID"), ())
        return sorted(filter(_in_use, rows), key=_place)

    def addresses_of(self, entity: Entity, requisite: Row | None) -> list[Row]:
        """Return the address rows of ``requisite``, else of the entity's address-only requisites."""
        if requisite is not None and (own := self.addresses.get(as_int(requisite, "ID"))):
            return own
        only = (row for row in self.requisites.get(entity, ()) if is_yes(row, "ADDRESS_ONLY"))
        return next((found for row in only if (found := self.addresses.get(as_int(row, "ID")))), [])


def party(
    book: PartyBook, entity: Entity, *, requisite_id: int, bank_detail_id: int, contact_id: int = 0
) -> Party | None:
    """Return the counterparty ``entity``, ``None`` if the CRM object is not in ``book``.

    ``requisite_id``, ``bank_detail_id``: what the invoice's link chose, 0 for nothing; ``contact_id``: the person to
    talk to at a company.
    """
    crm = book.object(entity)
    if crm is None:
        return None
    requisite = book.requisite(entity, requisite_id)
    legal: Row = requisite or {}
    kind = party_kind(entity.type_id, legal)
    last, first, second = person_names(entity, crm, legal)
    full_name = _first_of(legal, "RQ_COMPANY_FULL_NAME", "RQ_COMPANY_NAME", "RQ_NAME")
    apart = requisite is not None and book.is_apart(entity, requisite)
    # УТ 11 and УТ 10.3 look at the name, so that two firms of one card must not share the card's (1c-clients §3.3)
    own_name = _first_of(legal, "RQ_COMPANY_NAME", "RQ_NAME", "RQ_COMPANY_FULL_NAME") if apart else ""
    return Party(
        entity=_ENTITIES[entity.type_id],
        entity_id=entity.id,
        kind=kind,
        name=own_name or _display_name(entity, crm, full_name),
        full_name=full_name,
        last_name=last,
        first_name=first,
        second_name=second,
        inn=tax_number(legal, "RQ_INN"),
        kpp=tax_number(legal, "RQ_KPP"),
        ogrn=_first_of(legal, "RQ_OGRNIP" if kind is PartyKind.ENTREPRENEUR else "RQ_OGRN", "RQ_OGRN", "RQ_OGRNIP"),
        okpo=as_text(legal, "RQ_OKPO"),
        requisite_id=as_int(legal, "ID"),
        addresses=addresses(book.addresses_of(entity, requisite), kind),
        bank_account=_bank_account(bank := book.bank_detail(legal, bank_detail_id)) if legal else None,
        other_accounts=_other_accounts(book.bank_details_of(legal), bank) if legal else (),
        phones=_contacts_of(crm, "PHONE") or _filled(legal, "RQ_PHONE"),
        emails=_contacts_of(crm, "EMAIL") or _filled(legal, "RQ_EMAIL"),
        contact_person=contact_name(book.contacts.get(contact_id)) or as_text(legal, "RQ_CONTACT"),
        apart=str(as_int(legal, "ID")) if apart else "",
    )


def party_kind(type_id: int, requisite: Row) -> PartyKind:
    """Tell what a counterparty is by its filled requisite fields (§4.2)."""
    inn = tax_number(requisite, "RQ_INN")
    if len(inn) == _INN_LEGAL or as_text(requisite, "RQ_KPP"):
        return PartyKind.LEGAL
    if as_text(requisite, "RQ_OGRNIP"):
        return PartyKind.ENTREPRENEUR
    if type_id == CONTACT:
        return PartyKind.PERSON
    return PartyKind.ENTREPRENEUR if len(inn) == _INN_PERSONAL else PartyKind.LEGAL


def tax_number(row: Row, field_name: str) -> str:
    """Return an ИНН or КПП without spaces, ``""`` if there is none."""
    return taxpayers.bare(as_text(row, field_name))


def _tax_numbers(requisite: Row) -> tuple[str, str]:
    return tax_number(requisite, "RQ_INN"), tax_number(requisite, "RQ_KPP")


def contact_name(contact: Row | None) -> str:
    """Return «Фамилия Имя Отчество» of a contact, as far as filled."""
    if contact is None:
        return ""
    return " ".join(filter(None, (as_text(contact, key) for key in ("LAST_NAME", "NAME", "SECOND_NAME"))))


def person_names(entity: Entity, crm: Row, requisite: Row) -> tuple[str, str, str]:
    """Return last, first and second name: of the requisite, else of the contact itself."""
    legal = tuple(as_text(requisite, key) for key in ("RQ_LAST_NAME", "RQ_FIRST_NAME", "RQ_SECOND_NAME"))
    if any(legal) or entity.type_id == COMPANY:
        return legal[0], legal[1], legal[2]
    return as_text(crm, "LAST_NAME"), as_text(crm, "NAME"), as_text(crm, "SECOND_NAME")


def addresses(rows: Iterable[Row], kind: PartyKind) -> tuple[Address, ...]:
    """Return the legal and the actual address of a requisite's rows; a person's registration is its legal one."""
    by_type = {as_int(row, "TYPE_ID"): row for row in rows}
    legal_types = (_REGISTRATION, _LEGAL) if kind is PartyKind.PERSON else (_LEGAL, _REGISTRATION)
    legal = next((by_type[type_id] for type_id in legal_types if type_id in by_type), None)
    pairs = ((AddressKind.LEGAL, legal), (AddressKind.ACTUAL, by_type.get(_ACTUAL)))
    return tuple(_address(meaning, row) for meaning, row in pairs if row is not None)


def _address(kind: AddressKind, row: Row) -> Address:
    return Address(
        kind=kind,
        country=as_text(row, "COUNTRY"),
        postal_code=as_text(row, "POSTAL_CODE"),
        province=as_text(row, "PROVINCE"),
        region=as_text(row, "REGION"),
        city=as_text(row, "CITY"),
        street=as_text(row, "ADDRESS_1"),
        apartment=as_text(row, "ADDRESS_2"),
    )


def _bank_account(row: Row | None) -> BankAccount | None:
    if row is None or not as_text(row, "RQ_ACC_NUM"):
        return None
    return BankAccount(
        account=as_text(row, "RQ_ACC_NUM"),
        bank=as_text(row, "RQ_BANK_NAME"),
        bik=as_text(row, "RQ_BIK"),
        correspondent_account=as_text(row, "RQ_COR_ACC_NUM"),
    )


def _other_accounts(rows: Iterable[Row], main: Row | None) -> tuple[BankAccount, ...]:
    found = (_bank_account(row) for row in rows if row is not main)
    return tuple(one for one in found if one is not None)


def _in_use(row: Row) -> bool:
    return row.get("ACTIVE") != "N"


def _place(row: Row) -> tuple[int, int]:
    return as_int(row, "SORT"), as_int(row, "ID")


def _chosen(rows: Sequence[Row], linked_id: int) -> Row | None:
    linked = next((row for row in rows if linked_id and as_int(row, "ID") == linked_id), None)
    return linked or min(filter(_in_use, rows), key=_place, default=None) or min(rows, key=_place, default=None)


def _display_name(entity: Entity, crm: Row, full_name: str) -> str:
    own = as_text(crm, "TITLE") if entity.type_id == COMPANY else contact_name(crm)
    return own or full_name or f"{'Компания' if entity.type_id == COMPANY else 'Контакт'} {entity.id}"


def _contacts_of(crm: Row, field_name: str) -> tuple[str, ...]:
    """Return the values of a multi field ``[{VALUE, VALUE_TYPE, …}]`` (§4.1)."""
    values = crm.get(field_name)
    rows = values if isinstance(values, list) else []
    return tuple(text for row in rows if isinstance(row, dict) and (text := as_text(row, "VALUE")))


def _filled(row: Row, field_name: str) -> tuple[str, ...]:
    text = as_text(row, field_name)
    return (text,) if text else ()


def _first_of(row: Row, *names: str) -> str:
    return next((text for name in names if (text := as_text(row, name))), "")
