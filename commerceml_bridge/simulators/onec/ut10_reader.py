"""UT 10.3's streaming reader: by element path, in document order (facts: 1c-clients §3.1, §3.5).

``Номер`` and ``Дата`` must come before ``Время``; numbers go through ``Число()``; the last of ``ПолноеНаименование``
and ``ОфициальноеНаименование`` decides person or legal entity. Empty elements are just empty texts here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from commerceml_bridge.simulators.onec.errors import DocumentProblem
from commerceml_bridge.simulators.onec.site_documents import (
    SiteDiscount,
    SiteDocument,
    SiteLine,
    SiteParty,
    SiteTax,
    number,
)

DOCUMENT = "КоммерческаяИнформация/Документ"
PARTY = f"{DOCUMENT}/Контрагенты/Контрагент"
LINE = f"{DOCUMENT}/Товары/Товар"


class UnparsableXml(Exception):
    """Malformed XML, or a root that is no ``КоммерческаяИнформация`` (a wrong encoding gives that)."""


@dataclass
class _State:
    """The document being read, and the halves of pairs."""

    document: SiteDocument = field(default_factory=SiteDocument)
    party: SiteParty | None = None
    line: SiteLine | None = None
    name: str = ""
    contact: str = ""
    tax: SiteTax = field(default_factory=lambda: SiteTax("", None))
    discount: SiteDiscount | None = None
    unit_code: str = ""


class Ut10Reader:
    """Feeds texts by path into site documents; ``documents`` holds the result."""

    def __init__(self) -> None:
        self.documents: list[SiteDocument] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._state = _State()
        self._opened = {DOCUMENT: self._open_document, PARTY: self._open_party, LINE: self._open_line}
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text_append

    def read(self, text: str) -> list[SiteDocument]:
        """All documents of the answer; raises UnparsableXml."""
        try:
            self._parser.Parse(text, True)
        except expat.ExpatError as error:
            raise UnparsableXml(str(error)) from error
        return self.documents

    def _text_append(self, data: str) -> None:
        self._text.append(data)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._path and name != "КоммерческаяИнформация":
            raise UnparsableXml(f"корень {name!r}")
        self._path.append(name)
        self._text.clear()
        path = "/".join(self._path)
        if name == "БазоваяЕдиница":
            self._state.unit_code = attributes.get("Код", "").strip()
        opener = self._opened.get(path)
        if opener:
            opener()
        elif name in ("Налог", "СтавкаНалога"):
            self._state.tax = SiteTax("", None)

    def _open_document(self) -> None:
        self._state = _State()
        self.documents.append(self._state.document)

    def _open_party(self) -> None:
        self._state.party = self._state.document.party = SiteParty()

    def _open_line(self) -> None:
        self._state.line = SiteLine()
        self._state.document.lines.append(self._state.line)

    def _end(self, name: str) -> None:
        path = "/".join(self._path)
        self._path.pop()
        text = "".join(self._text).strip()
        self._text.clear()
        if not path.startswith(f"{DOCUMENT}/"):
            return
        try:
            self._leaf(path, name, text)
        except DocumentProblem as problem:
            self._state.document.problem = self._state.document.problem or problem

    def _leaf(self, path: str, name: str, text: str) -> None:
        for prefix, table in ((LINE, _LINE), (PARTY, _PARTY), (DOCUMENT, _DOCUMENT)):
            if path.startswith(f"{prefix}/"):
                reader = table.get(path.removeprefix(f"{prefix}/"))
                if reader:
                    reader(self._state, text)
                return


Reader = Callable[[_State, str], None]


def _set_document(name: str) -> Reader:
    return lambda state, text: setattr(state.document, name, text)


def _set_party(name: str) -> Reader:
    return lambda state, text: setattr(_party(state), name, text)


def _set_line(name: str) -> Reader:
    return lambda state, text: setattr(_line(state), name, text)


def _party(state: _State) -> SiteParty:
    return state.party or SiteParty()


def _line(state: _State) -> SiteLine:
    return state.line or SiteLine()


def _time(state: _State, text: str) -> None:
    if state.document.number is None or state.document.date is None:
        raise DocumentProblem("<Время> стоит раньше <Номер> или <Дата>")
    state.document.time = text


def _amount(state: _State, text: str) -> None:
    state.document.amount = number(text, "Сумма")


def _name(state: _State, text: str) -> None:
    state.name = text


def _requisite(state: _State, text: str) -> None:
    state.document.requisites.append((state.name, text))


def _line_requisite(state: _State, text: str) -> None:
    _line(state).requisites.append((state.name, text))


def _official(state: _State, text: str) -> None:
    _party(state).official, _party(state).legal = text, True


def _full(state: _State, text: str) -> None:
    _party(state).full, _party(state).legal = text, False


def _contact_type(state: _State, text: str) -> None:
    state.contact = text.replace(" ", "")


def _contact_value(state: _State, text: str) -> None:
    if state.contact == "ТелефонРабочий":
        _party(state).phone = text
    elif state.contact == "Почта":
        _party(state).email = text


def _unit(state: _State, text: str) -> None:
    _line(state).unit, _line(state).unit_code = text, state.unit_code


def _line_number(name: str, element: str) -> Reader:
    return lambda state, text: setattr(_line(state), name, number(text, element))


def _tax_name(state: _State, text: str) -> None:
    state.tax.name = text


def _tax_rate(state: _State, text: str) -> None:
    state.tax.rate = text


def _tax_included(state: _State, text: str) -> None:
    state.tax.included = text.lower() == "true"


def _document_tax(state: _State, _text: str) -> None:
    state.document.taxes.append(state.tax)


def _line_tax(state: _State, _text: str) -> None:
    _line(state).taxes.append(state.tax)


def _discount_amount(state: _State, text: str) -> None:
    state.discount = SiteDiscount(number(text, "Скидка/Сумма"), included=False)
    _line(state).discounts.append(state.discount)


def _discount_included(state: _State, text: str) -> None:
    if state.discount is not None:
        state.discount.included = text.lower() == "true"


_DOCUMENT: dict[str, Reader] = {
    "Ид": _set_document("id"),
    "Номер": _set_document("number"),
    "Дата": _set_document("date"),
    "Время": _time,
    "ХозОперация": _set_document("operation"),
    "Валюта": _set_document("currency"),
    "Сумма": _amount,
    "Комментарий": _set_document("comment"),
    "Налоги/Налог": _document_tax,
    "Налоги/Налог/Наименование": _tax_name,
    "Налоги/Налог/Ставка": _tax_rate,
    "Налоги/Налог/УчтеноВСумме": _tax_included,
    "ЗначенияРеквизитов/ЗначениеРеквизита/Наименование": _name,
    "ЗначенияРеквизитов/ЗначениеРеквизита/Значение": _requisite,
}

_PARTY: dict[str, Reader] = {
    "Ид": _set_party("id"),
    "Наименование": _set_party("name"),
    "ОфициальноеНаименование": _official,
    "ПолноеНаименование": _full,
    "ИНН": _set_party("inn"),
    "КПП": _set_party("kpp"),
    "Контакты/Контакт/Тип": _contact_type,
    "Контакты/Контакт/Значение": _contact_value,
    "РасчетныеСчета/РасчетныйСчет/НомерСчета": lambda state, text: _party(state).accounts.append(text),
}

_LINE: dict[str, Reader] = {
    "Ид": _set_line("id"),
    "Артикул": _set_line("article"),
    "Наименование": _set_line("name"),
    "БазоваяЕдиница": _unit,
    "ЦенаЗаЕдиницу": _line_number("price", "ЦенаЗаЕдиницу"),
    "Количество": _line_number("quantity", "Количество"),
    "Сумма": _line_number("amount", "Сумма"),
    "СтавкиНалогов/СтавкаНалога": _line_tax,
    "СтавкиНалогов/СтавкаНалога/Наименование": _tax_name,
    "СтавкиНалогов/СтавкаНалога/Ставка": _tax_rate,
    "Налоги/Налог": _line_tax,
    "Налоги/Налог/Наименование": _tax_name,
    "Налоги/Налог/Ставка": _tax_rate,
    "Налоги/Налог/УчтеноВСумме": _tax_included,
    "Скидки/Скидка/Сумма": _discount_amount,
    "Скидки/Скидка/УчтеноВСумме": _discount_included,
    "ЗначенияРеквизитов/ЗначениеРеквизита/Наименование": _name,
    "ЗначенияРеквизитов/ЗначениеРеквизита/Значение": _line_requisite,
}
