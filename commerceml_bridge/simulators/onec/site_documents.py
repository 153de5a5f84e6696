"""Documents of a site as read from a query answer, before a family decides what to do with them.

Values are still the site's texts where clients differ in reading them. Also holds the reading from untyped XDTO
objects (facts: 1c-clients §3.2–§3.5); UT 10.3 has its own reader (``ut10_reader``).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal

from commerceml_bridge.simulators.onec.errors import DocumentProblem
from commerceml_bridge.simulators.onec.xdto import Node

_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def number(text: str | None, where: str) -> Decimal:
    """``Число()``: dot decimal, nothing else; raises DocumentProblem."""
    if text is None or not _NUMBER.fullmatch(text.strip()):
        raise DocumentProblem(f"<{where}>: {text!r} не число")
    return Decimal(text.strip())


def glued_moment(date: str, time: str | None) -> dt.datetime | None:
    """1C deletes ``-`` and ``:`` and glues the digits; None if that gives no 8 or 14 digits of a real moment."""
    digits = date.replace("-", "") + (time or "").replace(":", "")
    if not re.fullmatch(r"\d{8}(\d{6})?", digits):
        return None
    full = digits.ljust(14, "0")
    try:
        day = dt.date(int(full[:4]), int(full[4:6]), int(full[6:8]))
        return dt.datetime.combine(day, dt.time(int(full[8:10]), int(full[10:12]), int(full[12:])))
    except ValueError:
        return None


@dataclass
class SiteTax:
    """``Налог`` or ``СтавкаНалога``; ``included`` is УчтеноВСумме where the element had it."""

    name: str
    rate: str | None
    included: bool | None = None


@dataclass
class SiteDiscount:
    """``Скидка`` of a line."""

    amount: Decimal
    included: bool


@dataclass
class SiteParty:
    """``Контрагент``. ``official`` is ОфициальноеНаименование: its presence makes a legal entity."""

    id: str = ""
    name: str = ""
    official: str | None = None
    full: str | None = None
    inn: str = ""
    kpp: str = ""
    phone: str = ""
    email: str = ""
    accounts: list[str] = field(default_factory=list)
    legal: bool = False


@dataclass
class SiteLine:
    """``Товар``. ``amount`` is the site's own Сумма; ``unit_structure`` tells whether Единица is a structure."""

    id: str = ""
    article: str = ""
    name: str = ""
    unit: str = ""
    unit_code: str = ""
    unit_structure: bool = False
    quantity: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    amount: Decimal | None = None
    taxes: list[SiteTax] = field(default_factory=list)
    discounts: list[SiteDiscount] = field(default_factory=list)
    requisites: list[tuple[str, str]] = field(default_factory=list)

    @property
    def vat_rate(self) -> str | None:
        """The text of the line's VAT rate, if it names one."""
        return next((tax.rate for tax in self.taxes if tax.name == "НДС" and tax.rate is not None), None)

    def requisite(self, name: str) -> str | None:
        """Value of a requisite of the line."""
        return next((value for key, value in self.requisites if key == name), None)


@dataclass
class SiteDocument:
    """``Документ``; None where the element was absent. ``problem`` says why it cannot be taken at all."""

    id: str | None = None
    number: str | None = None
    date: str | None = None
    time: str | None = None
    operation: str | None = None
    currency: str | None = None
    amount: Decimal | None = None
    party: SiteParty | None = None
    comment: str = ""
    version: str | None = None
    basis: str | None = None
    taxes: list[SiteTax] = field(default_factory=list)
    lines: list[SiteLine] = field(default_factory=list)
    requisites: list[tuple[str, str]] = field(default_factory=list)
    subordinate: list[SiteDocument] = field(default_factory=list)
    problem: DocumentProblem | None = None

    @property
    def vat(self) -> SiteTax | None:
        """The document-level VAT."""
        return next((tax for tax in self.taxes if tax.name == "НДС"), None)

    @property
    def moment(self) -> dt.datetime | None:
        """Date and time glued; None if unreadable."""
        return glued_moment(self.date or "", self.time)

    def requisite(self, name: str) -> str | None:
        """Value of a requisite of the document."""
        return next((value for key, value in self.requisites if key == name), None)


def from_xdto(node: Node, *, inherit_empty: bool = False, plain_contacts: bool = False) -> SiteDocument:
    """Read one ``Документ``; a fault is kept in ``problem`` so that the family can decide about the batch.

    ``inherit_empty``: an empty requisite value takes the one before it (УТ 11, addendum 2);
    ``plain_contacts``: kinds of contacts are compared without spaces, so that both spellings are one (УТ 11, §3.3).
    """
    document = SiteDocument()
    try:
        _head(node, document)
        document.party = _party(node, plain_contacts)
        document.taxes = _taxes(node, "Налоги", "Налог")
        document.requisites = _requisites(node, inherit_empty)
        document.lines = [_line(line, inherit_empty) for line in node.all("Товары", "Товар")]
        document.subordinate = [
            from_xdto(child, inherit_empty=inherit_empty, plain_contacts=plain_contacts)
            for child in node.all("ПодчиненныеДокументы", "ПодчиненныйДокумент")
        ]
    except DocumentProblem as problem:
        document.problem = problem
    return document


def _head(node: Node, document: SiteDocument) -> None:
    document.operation = node.string("ХозОперация")
    document.number = node.string("Номер")
    document.id = node.string("Ид")
    document.date, document.time = node.string("Дата"), node.string("Время")
    document.currency = node.string("Валюта")
    document.version = node.string("НомерВерсии")
    document.basis = node.string("Основание")
    comment = node.all("Комментарий")
    document.comment = comment[0].text if comment and comment[0].is_string else ""
    amount = node.string("Сумма")
    document.amount = None if amount is None else number(amount, "Сумма")


def _party(node: Node, plain_contacts: bool) -> SiteParty | None:
    nodes = node.all("Контрагенты", "Контрагент")
    if not nodes:
        return None
    first = nodes[0]
    official = first.string("ОфициальноеНаименование")
    return SiteParty(
        id=first.string("Ид") or "",
        name=first.string("Наименование") or "",
        official=official,
        full=first.string("ПолноеНаименование"),
        inn=first.string("ИНН") or "",
        kpp=first.string("КПП") or "",
        phone=_contact(first, plain_contacts, "ТелефонРабочий", "ТелефонМобильный"),
        email=_contact(first, plain_contacts, "Почта", "ЭлектроннаяПочта"),
        accounts=[text for a in first.all("РасчетныеСчета", "РасчетныйСчет") if (text := a.string("НомерСчета"))],
        legal=official is not None,
    )


def _contact(node: Node, plain: bool, *types: str) -> str:
    """Value of the first contact of one of ``types``; ``plain``: «Телефон рабочий» is «ТелефонРабочий»."""
    wanted = {one.lower() for one in types} if plain else set(types)
    for contact in node.all("Контакты", "Контакт"):
        kind = contact.string("Тип") or ""
        if (kind.replace(" ", "").lower() if plain else kind) in wanted:
            return contact.string("Значение") or ""
    return ""


def _taxes(node: Node, container: str, element: str) -> list[SiteTax]:
    found = []
    for tax in node.all(container, element):
        included = tax.string("УчтеноВСумме")
        found.append(
            SiteTax(
                tax.string("Наименование") or "",
                tax.string("Ставка"),
                None if included is None else included.lower() == "true",
            )
        )
    return found


def _requisites(node: Node, inherit_empty: bool) -> list[tuple[str, str]]:
    """Pairs of name and value. УТ 11 lets an empty value inherit the one before it (addendum 2)."""
    pairs: list[tuple[str, str]] = []
    previous = ""
    for requisite in node.all("ЗначенияРеквизитов", "ЗначениеРеквизита"):
        values = requisite.all("Значение")
        value = values[0].text if values and values[0].is_string else (previous if inherit_empty else "")
        pairs.append((requisite.string("Наименование") or "", value))
        previous = value
    return pairs


def _unit(node: Node) -> tuple[str, str, bool]:
    """Name and code of the unit, and whether ``Единица`` is a structure (3.1) rather than БазоваяЕдиница (2.x)."""
    for structure in node.all("Единица"):
        if structure.children:
            name = structure.string("НаименованиеКраткое") or structure.string("НаименованиеПолное") or ""
            return name, structure.string("Код") or "", True
    for unit in node.all("БазоваяЕдиница"):
        return unit.text, unit.attributes.get("Код", "").strip(), False
    return "", "", False


def _line(node: Node, inherit_empty: bool) -> SiteLine:
    price_name = "Цена" if node.all("Цена") else "ЦенаЗаЕдиницу"  # 3.1 knows both, 2.x only the second
    unit, unit_code, structured = _unit(node)
    amount = node.string("Сумма")
    return SiteLine(
        id=node.string("Ид") or "",
        article=node.string("Артикул") or "",
        name=node.string("Наименование") or "",
        unit=unit,
        unit_code=unit_code,
        unit_structure=structured,
        quantity=number(node.string("Количество"), "Количество"),
        price=number(node.string(price_name), price_name),
        amount=None if amount is None else number(amount, "Сумма"),
        taxes=_taxes(node, "СтавкиНалогов", "СтавкаНалога") + _taxes(node, "Налоги", "Налог"),
        discounts=[
            SiteDiscount(number(d.string("Сумма"), "Скидка/Сумма"), d.string("УчтеноВСумме") == "true")
            for d in node.all("Скидки", "Скидка")
        ],
        requisites=_requisites(node, inherit_empty),
    )
