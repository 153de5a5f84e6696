"""How each family finds or creates a counterparty (facts: 1c-clients §3.3).

A matcher returns an existing record or None; creating is common. Raises DocumentProblem where 1C would.
"""

from __future__ import annotations

from collections.abc import Callable

from commerceml_bridge.simulators.onec.base import OneCBase
from commerceml_bridge.simulators.onec.errors import DocumentProblem
from commerceml_bridge.simulators.onec.model import Counterparty
from commerceml_bridge.simulators.onec.site_documents import SiteParty

Matcher = Callable[[OneCBase, SiteParty], Counterparty | None]
SITE_ID_LENGTH_BP = 40


def by_name_and_type(base: OneCBase, party: SiteParty) -> Counterparty | None:
    """УТ 11 family, default: Наименование + legal type."""
    return next((known for known in base.counterparties.all("name", party.name) if known.legal == party.legal), None)


def by_inn_and_kpp(base: OneCBase, party: SiteParty) -> Counterparty | None:
    """УТ 11 family, node setting: ИНН + КПП."""
    return _by_inn(base, party, party.kpp) if party.inn else by_name_and_type(base, party)


def by_inn_or_name(base: OneCBase, party: SiteParty) -> Counterparty | None:
    """UT 10.3."""
    found = base.counterparties.first("inn", party.inn) if party.inn else None
    return found or base.counterparties.first("name", party.name)


def by_chain(base: OneCBase, party: SiteParty) -> Counterparty | None:
    """УНФ: Ид as the 1C GUID, ИНН (and КПП), phone, e-mail, name; the first that hits."""
    return (
        _by(base, "guid", party.id)
        or _by_inn(base, party, "", party.kpp)
        or _by(base, "phone", party.phone)
        or _by(base, "email", party.email)
        or _by(base, "name", party.name)
    )


def by_site_id_then_inn(base: OneCBase, party: SiteParty) -> Counterparty | None:
    """БП: site Ид (≤ 40 characters), ИНН + КПП or a 12-digit ИНН, phone, e-mail."""
    complete = len(party.inn) == 12 or (len(party.inn) == 10 and bool(party.kpp))
    return (
        _by(base, "site_id", party.id if len(party.id) <= SITE_ID_LENGTH_BP else "")
        or (_by_inn(base, party, party.kpp) if complete else None)
        or _by(base, "phone", party.phone)
        or _by(base, "email", party.email)
    )


def _by(base: OneCBase, field: str, value: str) -> Counterparty | None:
    """By one field; an empty value finds nobody."""
    return base.counterparties.first(field, value) if value else None


def _by_inn(base: OneCBase, party: SiteParty, *kpps: str) -> Counterparty | None:
    """By ИНН and one of the КПП; an empty ИНН finds nobody."""
    same = base.counterparties.all("inn", party.inn) if party.inn else []
    return next((known for known in same if known.kpp in kpps), None)


def by_site_id(base: OneCBase, party: SiteParty) -> Counterparty | None:
    """Bitrix module: Контрагент/Ид is required and decides."""
    if not party.id:
        raise DocumentProblem("<Контрагент>.<Ид> не указан")
    return base.counterparties.first("site_id", party.id)


def create(base: OneCBase, party: SiteParty) -> Counterparty:
    """Write a new counterparty; a 12-digit ИНН with ОфициальноеНаименование is an ИП."""
    known = Counterparty(
        name=party.name or party.official or party.full or "",
        full_name=party.official or party.full or "",
        inn=party.inn,
        kpp=party.kpp,
        legal=party.legal,
        entrepreneur=party.official is not None and len(party.inn) == 12,
        site_id=party.id,
        phone=party.phone,
        email=party.email,
        accounts=list(party.accounts),
    )
    base.counterparties.append(known)
    return known
