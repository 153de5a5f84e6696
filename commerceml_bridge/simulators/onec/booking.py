"""From a site's document to an order of the base: the part all families share.

What differs is named in ``Rules``. Nothing here talks to a site (facts: 1c-clients §3.2–§3.5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from commerceml_bridge.simulators.onec import counterparties, items, vat
from commerceml_bridge.simulators.onec.base import OneCBase
from commerceml_bridge.simulators.onec.errors import DocumentProblem
from commerceml_bridge.simulators.onec.model import NO_VAT, Counterparty, Item, Line, Order
from commerceml_bridge.simulators.onec.site_documents import SiteDocument, SiteLine, SiteParty


@dataclass(frozen=True)
class Rules:
    """How one family fills an order.

    ``rates``/``resolve_rates``: VAT; ``match_party``/``match_item``: the chains; ``service_requisites``: which line
    requisites make a service; ``base_currency_if_unknown``: else an unknown currency is an error;
    ``may_create_party``/``may_create_item``: node permissions; ``unit_structure_to_create``: the Bitrix module's need.
    """

    resolve_rates: Callable[[SiteDocument, vat.Rates], list[str]]
    match_party: counterparties.Matcher
    match_item: items.Matcher
    rates: vat.Rates = field(default_factory=vat.Rates)
    service_requisites: tuple[str, ...] = ("ТипНоменклатуры",)
    base_currency_if_unknown: bool = True
    party_name_required: bool = False
    may_create_party: bool = True
    may_create_item: bool = True
    unit_structure_to_create: bool = False


def require(document: SiteDocument) -> None:
    """Номер, Дата, Ид, Контрагент: raises DocumentProblem for the first that is missing."""
    if document.problem is not None:
        raise document.problem
    for name, value in (("Номер", document.number), ("Дата", document.date), ("Ид", document.id)):
        if not value:
            raise DocumentProblem(f"Ошибка в значении узла <Документ>.<{name}>")
    if document.party is None:
        raise DocumentProblem("Ошибка в значении узла <Документ>.<Контрагенты>")


def currency_of(base: OneCBase, document: SiteDocument, rules: Rules) -> str:
    """Look ``Валюта`` up by Наименование; raises DocumentProblem if absent, or unknown without a fallback."""
    name = document.currency
    if not name or (name not in base.currencies and not rules.base_currency_if_unknown):
        raise DocumentProblem(f"Ошибка в значении узла <Документ>.<Валюта> {name!r}")
    return name if name in base.currencies else base.base_currency


def party_of(base: OneCBase, party: SiteParty, rules: Rules) -> Counterparty:
    """Find or create the counterparty; raises DocumentProblem."""
    if rules.party_name_required and not party.name:
        raise DocumentProblem("Ошибка в значении узла <Контрагент>.<Наименование>")
    found = rules.match_party(base, party)
    if found is None and not rules.may_create_party:
        raise DocumentProblem(f"Контрагент {party.name!r} не найден, создавать запрещено")
    return found or counterparties.create(base, party)


def amount_of(line: SiteLine) -> Decimal:
    """Line sum as 1C recomputes it: quantity × price, unless a discount makes ``Сумма`` the only witness."""
    product = vat.money(line.quantity * line.price)
    if not line.discounts:
        return product
    outside = sum((discount.amount for discount in line.discounts if not discount.included), Decimal(0))
    return vat.money((product if line.amount is None else line.amount) - outside)


def lines_of(base: OneCBase, document: SiteDocument, rules: Rules) -> list[Line]:
    """Every line with its item, VAT rate and VAT sum."""
    inside = vat.included(document)
    rates = rules.resolve_rates(document, rules.rates)
    return [_line(base, line, rate, inside, rules) for line, rate in zip(document.lines, rates, strict=True)]


def _line(base: OneCBase, line: SiteLine, rate: str, inside: bool, rules: Rules) -> Line:
    amount = amount_of(line)
    service = items.is_service(line, *rules.service_requisites) or line.id == items.DELIVERY
    return Line(
        item=_item(base, line, service, rules),
        name=line.name,
        quantity=line.quantity,
        price=line.price,
        amount=amount,
        vat_rate=rate,
        vat=vat.vat_amount(amount, rate, inside=inside),
        unit=line.unit,
        unit_code=line.unit_code,
        site_id=line.id,
        characteristic=line.id.partition("#")[2],
        article=line.article,
        service=service,
    )


def _item(base: OneCBase, line: SiteLine, service: bool, rules: Rules) -> Item | None:
    found = rules.match_item(base, line)
    allowed = rules.may_create_item and (not rules.unit_structure_to_create or (line.unit_structure and bool(line.id)))
    return found or (items.create(base, line, service=service) if allowed else None)


def fill(base: OneCBase, order: Order, document: SiteDocument, rules: Rules) -> None:
    """(Re)fill an order from a document that passed ``require``; raises DocumentProblem before it changes anything.

    An order with a line whose item is unknown and may not be created stays unposted.
    """
    currency = currency_of(base, document, rules)
    party = party_of(base, document.party or SiteParty(), rules)
    order.lines = lines_of(base, document, rules)
    order.currency, order.counterparty = currency, party
    order.vat_included = vat.included(document)
    order.taxable = any(line.vat_rate not in (NO_VAT, "0") for line in order.lines)
    order.announced, order.comment = document.amount, document.comment
    order.site_id, order.version = document.id or "", document.version
    order.posted = all(line.item is not None for line in order.lines)
    moment = document.moment
    order.date = moment.date() if moment else None
    order.time = f"{moment:%H:%M:%S}" if moment else "00:00:00"
    order.requisites = dict(document.requisites)


def new_order(base: OneCBase, document: SiteDocument, rules: Rules, number_1c: str, status: str) -> Order:
    """Write a new order and announce it; raises DocumentProblem without having written."""
    order = Order(
        number=document.number or "",
        number_1c=number_1c,
        date=None,
        date_1c=document.moment or base.now(),
        counterparty=Counterparty(""),
        currency=base.base_currency,
        status=status,
    )
    fill(base, order, document, rules)
    base.add(order)
    return order


def differs(order: Order) -> str | None:
    """A note if the recomputed total is not what the site announced."""
    if order.announced is None or order.announced == order.total:
        return None
    return f"Заказ {order.number}: сумма сайта {order.announced}, по строкам {order.total}"
