"""What must be true of a document before 1C may see it, beyond what a schema can say: one rule a line, with its fact.

A document that breaks a rule is held with the rule's text. The rules hold for every document ``domain.rendering`` makes
today; they are the net under what is added tomorrow. Must not change a document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from commerceml_bridge.domain import texts
from commerceml_bridge.domain.documents import NO_VAT, OutgoingDocument
from commerceml_bridge.domain.money import ZERO, kopecks
from commerceml_bridge.domain.totals import vat_of

_NUMBER_LENGTH = 11
_DOCUMENT_ID_LENGTH = 40
_ITEM_ID_LENGTH = 80
_VALUE_LENGTH = 1000


@dataclass(frozen=True)
class Rule:
    """``text`` is Russian and says what to do; ``fact`` is why 1C needs it."""

    code: str
    text: str
    fact: str
    holds: Callable[[OutgoingDocument], bool]


def broken(document: OutgoingDocument) -> Iterator[Rule]:
    """Yield every rule the document breaks."""
    return (rule for rule in RULES if not rule.holds(document))


def _rate(text: str) -> Decimal | None:
    return None if text == NO_VAT else Decimal(text)


def _names_are_clean(document: OutgoingDocument) -> bool:
    party = document.counterparty
    said = (document.number, document.currency, document.comment, party.name, party.full_name)
    return all(text == texts.clean(text) for text in (*said, *(line.name for line in document.lines)))


def _requisites_are_filled(document: OutgoingDocument) -> bool:
    return all(name.strip() and value.strip() and len(value) <= _VALUE_LENGTH for name, value in document.requisites)


RULES = (
    Rule(
        "rule-number",
        f"Номер документа пуст или длиннее {_NUMBER_LENGTH} знаков: 1С примет его за другой. Сократите префикс узла.",
        "1c-clients §3.2: УТ 11 compares through String(11), БП has 11 characters",
        lambda one: 0 < len(one.number) <= _NUMBER_LENGTH,
    ),
    Rule(
        "rule-date",
        "У документа нет даты. Укажите дату счёта в Битрикс24.",
        "commerceml §2.10: 0001-01-01 is how 1C writes no date",
        lambda one: one.date.year > 1,
    ),
    Rule(
        "rule-currency",
        "В документе нет валюты. Укажите валюту счёта или её имя в настройках узла.",
        "1c-clients §3.2: Валюта is required",
        lambda one: bool(one.currency.strip()),
    ),
    Rule(
        "rule-ids",
        "Идентификатор документа, контрагента или товара пуст или слишком длинен. Сообщите разработчику.",
        "1c-clients §3.3, §3.4: БП keeps 40 characters of a document or party and 80 of an item",
        lambda one: (
            all(0 < len(text) <= _DOCUMENT_ID_LENGTH for text in (one.id, one.counterparty.id))
            and all(0 < len(line.id) <= _ITEM_ID_LENGTH for line in one.lines)
        ),
    ),
    Rule(
        "rule-names",
        "У контрагента или строки нет названия. Впишите его в Битрикс24.",
        "1c-clients §3.3: an empty Наименование is an error in УТ 11",
        lambda one: bool(one.counterparty.name.strip()) and all(line.name.strip() for line in one.lines),
    ),
    Rule(
        "rule-texts",
        "В тексте документа есть знаки, которых не допускает XML. Перепишите название или комментарий в Битрикс24.",
        "1c-clients addendum 9: a document that is not well-formed is lost in silence",
        _names_are_clean,
    ),
    Rule(
        "rule-lines",
        "В документе нет строк, а 1С не примет документ без товаров. Добавьте строку в счёт.",
        "commerceml §2.6",
        lambda one: bool(one.lines),
    ),
    Rule(
        "rule-line-sum",
        "Сумма строки не равна цене, умноженной на количество: 1С пересчитает её. Исправьте строки счёта.",
        "1c-clients §3.2: totals are recomputed from the lines",
        lambda one: all(kopecks(line.price * line.quantity) == line.amount for line in one.lines),
    ),
    Rule(
        "rule-sum",
        "Сумма документа не равна сумме строк: 1С покажет другую. Исправьте строки счёта.",
        "1c-clients §3.2: totals are recomputed from the lines",
        lambda one: one.amount == sum((line.amount for line in one.lines), ZERO),
    ),
    Rule(
        "rule-line-vat",
        "НДС строки не соответствует её ставке и сумме. Исправьте ставку НДС в строках счёта.",
        "1c-clients §3.4; decision 18",
        lambda one: all(line.tax.amount == vat_of(line.amount, _rate(line.tax.rate)) for line in one.lines),
    ),
    Rule(
        "rule-vat",
        "НДС документа не равен сумме НДС строк. Исправьте ставки НДС в строках счёта.",
        "1c-clients addendum 1",
        lambda one: one.tax.amount == sum((line.tax.amount for line in one.lines), ZERO),
    ),
    Rule(
        "rule-rate",
        "Ставка НДС документа не встречается в его строках. Исправьте ставки НДС в строках счёта.",
        "1c-clients addendum 1: УТ 11 gives it to lines it thinks have none",
        lambda one: one.tax.rate in {line.tax.rate for line in one.lines},
    ),
    Rule(
        "rule-requisites",
        "Дополнительный реквизит пуст или слишком длинен. Исправьте реквизиты узла.",
        "1c-clients addendum 2: УТ 11 gives an empty value the one before it",
        _requisites_are_filled,
    ),
)
