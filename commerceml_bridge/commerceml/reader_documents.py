"""One ``Документ`` or ``ПодчиненныйДокумент`` element to a ``ReturnedDocument``, or to the reason why not.

Reads by structure and local names only, in any order of children, and overlooks what it does not know. A document
breaks for two reasons only: no identity, or a total that is no number (commerceml §6.4); everything else is a warning.
Must not decide what a document means: that is ``domain.reconciliation``. Facts: commerceml §4, §5, 1c-clients §4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from lxml import etree

from commerceml_bridge.commerceml import reader_values as values
from commerceml_bridge.commerceml import vocabulary as v
from commerceml_bridge.commerceml.dialects import OPERATIONS, PARTY_NAME_ELEMENTS, PRICE_ELEMENTS
from commerceml_bridge.commerceml.pull import line_of
from commerceml_bridge.domain import taxpayers
from commerceml_bridge.domain.returned import (
    BrokenDocument,
    Operation,
    ReturnedDocument,
    ReturnedLine,
    ReturnedParty,
)

CODE_NO_IDENTITY = "no-identity"
CODE_AMOUNT = "amount"

_T = TypeVar("_T")


@dataclass(slots=True)
class Fields:
    """The children of one element by local name, first of each; reads values and remembers what was odd.

    Of a name that is repeated an empty child hides nothing: it gives way to the next.
    """

    children: dict[str, etree._Element]
    warnings: list[str]
    place: str = ""
    """``"Товар/"``: what warnings put before the name of a child"""
    again: dict[str, list[etree._Element]] | None = None
    """the others of a repeated name; hardly any file has them"""

    @classmethod
    def of(cls, element: etree._Element, warnings: list[str], place: str = "") -> Fields:
        """Look once over all children."""
        children: dict[str, etree._Element] = {}
        again: dict[str, list[etree._Element]] | None = None
        for child in element:
            name = child.tag.rpartition("}")[2]
            if name not in children or _is_empty(children[name]):
                children[name] = child
            else:
                again = again or {}
                again.setdefault(name, []).append(child)
        return cls(children, warnings, place, again)

    def text(self, name: str) -> str:
        """Stripped text, "" if the element is absent or empty."""
        child = self.children.get(name)
        return (child.text or "").strip() if child is not None else ""

    def first_text(self, names: tuple[str, ...]) -> str:
        """Stripped text of the first of these elements that has any."""
        return next((text for text in map(self.text, names) if text), "")

    def value(self, name: str, parse: Callable[[str], _T | None]) -> _T | None:
        """Parsed value; None with a warning for nonsense."""
        child = self.children.get(name)
        return None if child is None else understood(name, child.text or "", parse, self.warnings)

    def number(self, name: str) -> Decimal | None:
        """A number; None with a warning for an empty element or nonsense."""
        child = self.children.get(name)
        if child is None:
            return None
        try:
            number = values.decimal(child.text or "")
        except ValueError as error:
            self.warnings.append(f"{self.place}{name}: {error}")
            return None
        if number is None:
            self.warnings.append(f"{self.place}{name}: пустое значение")
        return number

    def every(self, container: str, name: str) -> list[etree._Element]:
        """All children ``name`` of the child ``container``, of all of them if a file repeats it."""
        parent = self.children.get(container)
        if parent is None:
            return []
        parents = [parent, *self.again.get(container, ())] if self.again else [parent]
        return [child for one in parents for child in one if child.tag.rpartition("}")[2] == name]


def _is_empty(element: etree._Element) -> bool:
    return not len(element) and not (element.text or "").strip()


@dataclass(frozen=True)
class Parsed:
    """A document, and the subordinate ones that say nothing about it, each with its element.

    Those are the broken ones and those of an operation nobody foresaw: as children they would vanish unseen.
    """

    document: ReturnedDocument | BrokenDocument
    apart: list[tuple[ReturnedDocument | BrokenDocument, etree._Element]] = field(default_factory=list)


def understood(name: str, text: str, parse: Callable[[str], _T | None], warnings: list[str]) -> _T | None:
    """Return the parsed value, or None with a warning that names the element."""
    try:
        return parse(text)
    except ValueError as error:
        warnings.append(f"{name}: {error}")
        return None


def parse_document(element: etree._Element, *, in_container: bool = False) -> Parsed:
    """Read one document with its subordinate ones. Never raises for content."""
    warnings: list[str] = []
    fields = Fields.of(element, warnings)
    requisites = _requisites(fields)
    number_1c = fields.text(v.NUMBER_1C) or requisites.get(v.REQUISITE_NUMBER_1C, "")
    broken = _broken(element, fields, number_1c)
    if broken is not None:
        return Parsed(broken)
    children, apart = _subordinates(fields, in_container)
    operation_name = fields.text(v.OPERATION)
    operation = _operation(operation_name, requisites, warnings)
    lines, line_vat = _lines(fields)
    document = ReturnedDocument(
        operation=operation,
        operation_name=operation_name,
        id=fields.text(v.ID),
        number=fields.text(v.NUMBER),
        date=fields.value(v.DATE, values.date),
        time=fields.value(v.TIME, values.time),
        number_1c=number_1c,
        date_1c=fields.value(v.DATE_1C, values.date) or _of(requisites, v.REQUISITE_DATE_1C, values.date, warnings),
        basis=fields.text(v.BASIS),
        currency=fields.text(v.CURRENCY),
        amount=fields.number(v.AMOUNT),
        vat=_document_vat(fields, line_vat),
        pay_date=fields.value(v.PAY_BEFORE, values.date),
        comment=values.unescaped(fields.text(v.COMMENT)),
        deleted=_deleted(fields, requisites, warnings),
        posted=_of(requisites, v.REQUISITE_POSTED, values.flag, warnings),
        cancelled=_of(requisites, v.REQUISITE_CANCELLED, values.flag, warnings),
        paid=_of(requisites, v.REQUISITE_PAID, values.flag, warnings),
        shipped=_of(requisites, v.REQUISITE_SHIPPED, values.flag, warnings),
        payment_number=requisites.get(v.REQUISITE_PAYMENT_NUMBER),
        payment_date=requisites.get(v.REQUISITE_PAYMENT_DATE),
        shipment_date=requisites.get(v.REQUISITE_SHIPMENT_DATE),
        counterparty=_party(fields),
        lines=lines,
        requisites=requisites,
        children=children,
        in_container=in_container,
        warnings=tuple(warnings),
    )
    return Parsed(document, apart)


def _broken(element: etree._Element, fields: Fields, number_1c: str) -> BrokenDocument | None:
    own_id, number = fields.text(v.ID), fields.text(v.NUMBER)
    if not (own_id or number or number_1c):
        reason = f"Документ в строке {line_of(element)} нельзя опознать: нет ни Ид, ни номера сайта, ни номера 1С."
        return BrokenDocument(reason, CODE_NO_IDENTITY)
    amount = fields.children.get(v.AMOUNT)
    try:
        values.decimal(amount.text or "" if amount is not None else "")
    except ValueError as error:
        line = line_of(element if amount is None else amount)
        reason = f"Документ {number or number_1c or own_id}, строка {line}: {v.AMOUNT} {error}."
        return BrokenDocument(reason, CODE_AMOUNT, own_id, number)
    return None


def _subordinates(
    fields: Fields, in_container: bool
) -> tuple[tuple[ReturnedDocument, ...], list[tuple[ReturnedDocument | BrokenDocument, etree._Element]]]:
    good: list[ReturnedDocument] = []
    apart: list[tuple[ReturnedDocument | BrokenDocument, etree._Element]] = []
    for element in fields.every(v.SUBORDINATES, v.SUBORDINATE):
        parsed = parse_document(element, in_container=in_container)
        apart.extend(parsed.apart)
        if isinstance(parsed.document, BrokenDocument) or parsed.document.is_unforeseen:
            apart.append((parsed.document, element))
        else:
            good.append(parsed.document)
    return tuple(good), apart


def _operation(name: str, requisites: dict[str, str], warnings: list[str]) -> Operation:
    operation = OPERATIONS.get(" ".join(name.casefold().split()), Operation.OTHER)
    if not name:
        warnings.append(f"{v.OPERATION}: нет значения")
    returned = any(_of(requisites, flag, values.flag, warnings) for flag in v.REQUISITES_RETURN_FLAG)
    return Operation.REFUND if returned and operation is Operation.PAYMENT else operation


def _requisites(fields: Fields) -> dict[str, str]:
    """Name → stripped value. Of two different values the first counts, with a warning; an empty one gives way."""
    found: dict[str, str] = {}
    for element in fields.every(v.REQUISITES, v.REQUISITE):
        pair = Fields.of(element, fields.warnings)
        name, value = pair.text(v.NAME), pair.text(v.VALUE)
        if not name:
            continue
        if found.get(name) and value not in ("", found[name]):
            fields.warnings.append(f"{v.REQUISITE} «{name}»: два разных значения, взято первое")
        else:
            found[name] = found.get(name) or value
    return found


def _of(requisites: dict[str, str], name: str, parse: Callable[[str], _T | None], warnings: list[str]) -> _T | None:
    return understood(name, requisites.get(name, ""), parse, warnings)


def _deleted(fields: Fields, requisites: dict[str, str], warnings: list[str]) -> bool | None:
    own = fields.value(v.DELETION_MARK, values.flag)
    return own if own is not None else _of(requisites, v.REQUISITE_DELETION_MARK, values.flag, warnings)


def _party(fields: Fields) -> ReturnedParty | None:
    """The buyer; the first counterparty if none says it is one."""
    parties = [Fields.of(element, fields.warnings) for element in fields.every(v.COUNTERPARTIES, v.COUNTERPARTY)]
    if not parties:
        return None
    party = next((one for one in parties if one.text(v.ROLE) == v.ROLE_BUYER), parties[0])
    return ReturnedParty(
        id=party.text(v.ID),
        name=values.unescaped(party.first_text(PARTY_NAME_ELEMENTS)),
        inn=taxpayers.bare(party.text(v.INN)),
        kpp=party.text(v.KPP),
    )


def _lines(fields: Fields) -> tuple[tuple[ReturnedLine, ...], Decimal | None]:
    """The lines and the sum of their VAT; None if one that has a tax does not say how much."""
    lines: list[ReturnedLine] = []
    total: Decimal | None = None
    known = True
    for element in fields.every(v.LINES, v.LINE):
        line = Fields.of(element, fields.warnings, f"{fields.place}{v.LINE}/")
        price = next((name for name in PRICE_ELEMENTS if name in line.children), v.UNIT_PRICE)
        taxed, rate, vat = _taxes(line)
        known = known and (vat is not None or not taxed)
        total = vat if total is None else total + (vat or 0)
        lines.append(
            ReturnedLine(
                id=line.text(v.ID),
                name=values.unescaped(line.text(v.NAME)),
                quantity=line.number(v.QUANTITY),
                price=line.number(price),
                amount=line.number(v.AMOUNT),
                vat_rate=rate or _rate_of_line(line),
            )
        )
    return tuple(lines), total if known else None


def _taxes(fields: Fields) -> tuple[bool, str, Decimal | None]:
    """(is there a VAT, its first rate, the sum of its amounts or None if one is missing)."""
    taxed, rate, total, known = False, "", Decimal(0), True
    for element in fields.every(v.TAXES, v.TAX):
        tax = Fields.of(element, fields.warnings, f"{fields.place}{v.TAX}/")
        if tax.text(v.NAME) not in ("", v.VAT):
            continue
        taxed, rate = True, rate or tax.text(v.RATE)
        amount = tax.number(v.AMOUNT)
        known = known and amount is not None
        total += amount or 0
    return taxed, rate, total if taxed and known else None


def _rate_of_line(line: Fields) -> str:
    """``СтавкиНалогов``; one state of the reference server nests ``Ставка`` in ``Ставка`` (reference-server §2.7)."""
    for inner in (v.TAX_RATE, v.RATE):
        for element in line.every(v.TAX_RATES, inner):
            rate = Fields.of(element, line.warnings).text(v.RATE)
            if rate:
                return rate
    return ""


def _document_vat(fields: Fields, of_lines: Decimal | None) -> Decimal | None:
    taxed, _, amount = _taxes(fields)
    return amount if taxed else of_lines
