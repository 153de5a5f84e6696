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


def _first(base: OneCBase, condition: Callable[[Counterparty], bool]) -> Counterparty | None:
    return next((party for party in base.counterparties if condition(party)), None)


def by_name_and_type(base: OneCBase, party: SiteParty) -> Counterparty | None:
    """УТ 11 family, default: Наименование + legal type."""
    return _first(base, lambda known: known.name == party.name and known.legal == party.legal)


def by_inn_and_kpp(base: OneCBase, party: SiteParty) -> Counterparty | None:
    """УТ 11 family, node setting: ИНН + КПП."""
    if not party.inn:
        return by_name_and_type(base, party)
    return _first(base, lambda known: known.inn == party.inn and known.kpp == party.kpp)


def by_inn_or_name(base: OneCBase, party: SiteParty) -> Counterparty | None:
    """UT 10.3."""
    found = _first(base, lambda known: known.inn == party.inn) if party.inn else None
    return found or _first(base, lambda known: known.name == party.name)


def by_chain(base: OneCBase, party: SiteParty) -> Counterparty | None:
    """УНФ: Ид as the 1C GUID, ИНН (and КПП), phone, e-mail, name; the first that hits."""
    tests: list[tuple[str, Callable[[Counterparty], bool]]] = [
        (party.id, lambda known: known.guid == party.id),
        (party.inn, lambda known: known.inn == party.inn and known.kpp in ("", party.kpp)),
        (party.phone, lambda known: known.phone == party.phone),
        (party.email, lambda known: known.email == party.email),
        (party.name, lambda known: known.name == party.name),
    ]
    for value, test in tests:
        if value and (found := _first(base, test)):
            return found
    return None


def by_site_id_then_inn(base: OneCBase, party: SiteParty) -> Counterparty | None:
    """БП: site Ид (≤ 40 characters), ИНН + КПП or a 12-digit ИНН, phone, e-mail."""
    site_id = party.id if len(party.id) <= SITE_ID_LENGTH_BP else ""
    complete = len(party.inn) == 12 or (len(party.inn) == 10 and bool(party.kpp))
    tests: list[tuple[str, Callable[[Counterparty], bool]]] = [
        (site_id, lambda known: known.site_id == site_id),
        (party.inn if complete else "", lambda known: known.inn == party.inn and known.kpp == party.kpp),
        (party.phone, lambda known: known.phone == party.phone),
        (party.email, lambda known: known.email == party.email),
    ]
    for value, test in tests:
        if value and (found := _first(base, test)):
            return found
    return None


def by_site_id(base: OneCBase, party: SiteParty) -> Counterparty | None:
    """Bitrix module: Контрагент/Ид is required and decides."""
    if not party.id:
        raise DocumentProblem("<Контрагент>.<Ид> не указан")
    return _first(base, lambda known: known.site_id == party.id)


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
