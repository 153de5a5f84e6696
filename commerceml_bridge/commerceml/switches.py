"""The table of every switch of the dialects: values, reason, fixture, whom it is for. Shown in ``docs/dialects.md``.

Read by people and by tests, never by the writer: what a switch does is in ``dialects``, ``domain.spelling`` and
``domain.family_switches``. ``python -m commerceml_bridge.commerceml.switches docs/dialects.md`` writes the table anew.
Facts: 1c-clients §2–§3, commerceml §2.3, §6.5–§7, reference-server §2, §5.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from commerceml_bridge.domain.family_switches import FamilySwitches, switches
from commerceml_bridge.domain.nodes import ClientFamily

STOCK = ("ut10", "ut11", "unf", "unf16", "bp3")
"""the doubles of 1C that read bare documents"""
MODULE = ("bitrix",)


@dataclass(frozen=True)
class Switch:
    """One difference that can be chosen, or is chosen by the request of 1C."""

    title: str
    chosen_by: str
    """the option of ``node set``, or what decides"""
    values: str
    reason: str
    families: tuple[str, ...]
    """doubles of 1C that take every fixture of the switch"""
    fixtures: tuple[str, ...]
    """below ``fixtures/commerceml``"""
    official: bool = True
    """bare documents stay valid under the official 2.05–2.10"""
    option: str = ""
    """the field of ``NodeOptions``"""


SWITCHES = (
    Switch(
        "Кодировка",
        "`--encoding`",
        "`windows-1251` (как есть; чего в ней нет — числовыми ссылками), `utf-8-sig` (UTF-8 с меткой)",
        "Штатный сайт отвечает в windows-1251, её читают все. Метку проглатывают все (1c-clients §2.4).",
        STOCK,
        (
            "2.05/outgoing/011-legal-entity.xml",
            "2.05/outgoing/024-utf8-with-mark.xml",
        ),
        option="encoding",
    ),
    Switch(
        "Кодировка UTF-8 без метки",
        "`--encoding`",
        "`utf-8`",
        "УТ 10.3 и УТП читают файл без оглядки на заголовки и UTF-8 без метки не разбирают (1c-clients §2.4).",
        ("ut11", "unf", "unf16", "bp3"),
        ("2.05/outgoing/007-company-utf8.xml",),
        option="encoding",
    ),
    Switch(
        "Версия схемы",
        "`--schema-version`, иначе `version` запроса",
        "`auto` (как есть: какую назвала 1С, иначе 2.05), `2.05` … `2.10`",
        "УНФ ругается на версию, которая не начинается с «2.»; простая форма верна по всем схемам 2.05–2.10 сразу, "
        "поэтому любая из них — не ложь (1c-clients §3.1, commerceml §6.5).",
        STOCK,
        ("switches/031-schema-version.xml",),
        option="schema_version",
    ),
    Switch(
        "Контейнеры",
        "запрос: `version` от 3",
        "`Контейнер` вокруг документа, `НомерВерсии`, `Единица` со строением, `КодПоОКПО` рядом с `ОКПО`",
        "Контейнеры читает только модуль 1С-Битрикс, и только их; прочие не находят в них документов и молча "
        "подтверждают загрузку. Без `НомерВерсии` модуль читает документ один раз (1c-clients §3.1, добавление 9).",
        MODULE,
        ("3.1/outgoing/011-legal-entity.xml", "3.1/outgoing/020-service.xml"),
    ),
    Switch(
        "Подчинённые документы",
        "запрос: `cmlVersion=2.10`",
        "тот же документ с `ВерсияСхемы` 2.10; сами подчинённые документы не шлются",
        "УНФ берёт с сайта только эквайринговые оплаты, а об оплате мост узнаёт от 1С, а не наоборот "
        "(1c-clients §3.5).",
        STOCK,
        ("2.10/outgoing/011-legal-entity.xml",),
    ),
    Switch(
        "Имя валюты",
        "`--currency RUB=руб.`",
        "код ISO (как есть) или имя, которое валюта носит в этой базе",
        "Валюту 1С ищет по наименованию; «руб.» длиннее трёх знаков и неверна по любой схеме (commerceml §6.6, "
        "решение 6).",
        ("ut11", "unf", "bp3"),
        ("switches/040-currency-name.xml",),
        official=False,
        option="currency_names",
    ),
    Switch(
        "Виды контактов",
        "`--contact-types`",
        "`form` (как есть: «Телефон рабочий» и «Почта», в контейнерах «Электронная почта»), `joined` «ТелефонРабочий» "
        "и «Почта», `long` «Телефон рабочий» и «Электронная почта», `joined-long` «ТелефонРабочий» и "
        "«ЭлектроннаяПочта»",
        "Штатный сайт пишет до 2.05 слитно, выше — раздельно и «Электронная почта»; УТ 11 сравнивает без пробелов, "
        "про других этого не известно: если телефон до них не доходит, поможет `joined`; БП знает и "
        "«ЭлектроннаяПочта». Слитных и «Электронной почты» нет в перечнях 2.05–2.10, поэтому это выбор узла, а "
        "не умолчание (reference-server §2.5, 1c-clients §3.3, commerceml §6.6).",
        STOCK,
        (
            "switches/032-contacts-joined.xml",
            "switches/033-contacts-long.xml",
            "switches/034-contacts-joined-long.xml",
        ),
        official=False,
        option="contact_types",
    ),
    Switch(
        "Услуга",
        "`--service-mark`",
        "`capital` (как есть: «Услуга» в `ВидНоменклатуры` и `ТипНоменклатуры`), `lower` («услуга» в "
        "`ВидНоменклатуры`)",
        "УТ 10.3, УТ 11 и УНФ читают `ТипНоменклатуры` = «Услуга», БП — `ВидНоменклатуры` = «услуга», модуль — оба. "
        "Если БП сравнит буква в букву, поможет `lower`; `ТипНоменклатуры` не меняется (1c-clients §3.4).",
        STOCK,
        ("switches/035-service-lower.xml",),
        option="service_mark",
    ),
    Switch(
        "Строка доставки",
        "`--delivery-row`",
        "пусто (как есть: доставка — строка как все) или название строки счёта: первая такая строка с количеством 1 "
        "уходит с Ид `ORDER_DELIVERY`, как услуга и без артикула",
        "УНФ узнаёт доставку по этому Ид, прочим он служит постоянным Ид позиции. В счёте Битрикс24 доставка — обычная "
        "строка, поэтому её называет оператор. Совсем не слать её нельзя: сумма строк не сошлась бы со счётом. "
        "Вторая такая строка — обычная услуга: доставка в заказе одна (reference-server §2.4, 1c-clients §3.4).",
        STOCK,
        ("switches/036-delivery.xml",),
        option="delivery_row",
    ),
    Switch(
        "Стадия счёта",
        "`--send-stage`",
        "не слать (как есть) или `Отменен`, `Финальный статус`, `Статус заказа` = «[код] название» и "
        "`Статуса заказа ИД`",
        "УТ 11 ведёт `Статус заказа` по своей таблице, УНФ — оба статуса, БП — только список исключённых, УТ 10.3 "
        "делает из `Финальный статус` категорию, а из прочих свойства. По умолчанию стадией заведует Битрикс24, и 1С "
        "её не видит (решение 15). `Дата изменения статуса` не шлётся: её никто не читает (1c-clients §3.5).",
        STOCK,
        ("switches/037-stage.xml",),
        option="send_stage",
    ),
    Switch(
        "Оплата счёта",
        "`--send-paid`",
        "не слать (как есть) или `Заказ оплачен` = true, если стадия успешная, иначе false",
        "УТ 11 и УНФ читают признак, УТ 10.3 делает из него категорию; БП и модуль его не читают. Оплату 1С знает "
        "сама, поэтому по умолчанию не шлётся (решение 15). `Дата оплаты` и `Номер платежного документа` не шлются: у "
        "смарт-счёта их нет, а УНФ сделала бы из них оплату (1c-clients §3.5).",
        STOCK,
        ("switches/038-paid.xml",),
        option="send_paid",
    ),
    Switch(
        "Свои реквизиты",
        "`--extra-requisite`, `--no-extra-requisite`, `--extra-may-overwrite`",
        "нет (как есть) или любое число пар «имя = константа» и «имя = {поле счёта}»; пустое значение не уходит",
        "Так позволяет страница настроек штатного сайта. УТ 10.3 хранит их свойствами; УНФ пишет одноимённое в поле "
        "заказа, поэтому такое имя требует разрешения; имена, которыми обмен меняет состояние заказа, запрещены "
        "(reference-server §5, 1c-clients §3.5, добавление 2).",
        STOCK,
        ("switches/039-extra-requisites.xml",),
        option="extra_requisites",
    ),
    Switch(
        "Всё сразу в прочих формах",
        "те же настройки при `cmlVersion=2.10` и `version` от 3",
        "стадия, оплата, доставка, услуга строчными, слитные контакты, свои реквизиты",
        "Настройки не зависят от формы ответа (решение 1).",
        STOCK,
        ("switches/041-everything-2.10.xml",),
        official=False,
    ),
    Switch(
        "То же в контейнере",
        "те же настройки при `version` от 3",
        "как выше",
        "То же для модуля 1С-Битрикс (решение 1).",
        MODULE,
        ("switches/042-everything-3.1.xml",),
        official=False,
    ),
    Switch(
        "Порядок элементов",
        "не выбирается",
        "один: порядок официальных схем, верный по 2.05–2.10 сразу",
        "УТ 10.3 читает потоком, и ей нужны `Номер` и `Дата` раньше `Время`; остальные читают без порядка. У штатного "
        "сайта порядков три, и ни один не верен ни по одной схеме; семейства, которому нужен другой, не известно "
        "(1c-clients §3.1, commerceml §6.5, §7, reference-server §2.2, §2.7).",
        STOCK,
        ("2.05/outgoing/011-legal-entity.xml",),
    ),
)

FAMILY_TITLES = {
    "auto": "не указано",
    "ut10": "УТ 10.3",
    "ut11": "УТ 11, КА 2, ERP 2, Розница 2",
    "unf": "УНФ",
    "bp3": "БП 3.0",
    "bitrix": "модуль 1С-Битрикс",
}
FAMILY_SWITCHES = {
    "keeps_digits_only": "номер в 1С — только цифры, до 11 знаков: совпавшие по цифрам номера нельзя (добавление 6)",
    "inherits_document_rate": "строкам с 0 % и «Без НДС» даёт ставку документа: смесь задерживается (добавление 1), "
    "«Без НДС» хранит как 0 %: вернувшееся 0 % — не расхождение (§3.4)",
    "reloading_unposts": "повторная загрузка снимает с проведения: изменённый счёт ждёт человека (§3.2)",
    "returns_nothing": "ничего не возвращает этим обменом: молчание ничего не значит (§4)",
    "matches_by_full_name": "позицию без артикула ищет по полному наименованию (§3.4)",
    "requisites_overwrite": "реквизит с именем поля заказа пишет в это поле (§3.5)",
    "utf8_needs_mark": "UTF-8 без метки не разбирает: такая кодировка узлу не ставится (§2.4)",
    "requisites_read": "имена таких полей, известные из §3.5",
}
"""what ``domain.family_switches`` knows, for people; the numbers are of the page on clients"""

BEGIN, END = "<!-- таблица: начало -->\n", "<!-- таблица: конец -->\n"


def table() -> str:
    """Return both tables as Markdown."""
    return "\n".join((*_switch_lines(), "", "## Семейства 1С", "", *_family_lines())) + "\n"


def _switch_lines() -> Iterator[str]:
    yield "| что | чем выбирается | значения | почему | образцы | двойники, которые их берут | схемы 2.05–2.10 |"
    yield "|---|---|---|---|---|---|---|"
    for one in SWITCHES:
        fixtures = ", ".join(f"`{name}`" for name in one.fixtures)
        official = "верно" if one.official else "исключение"
        cells = (one.title, one.chosen_by, one.values, one.reason, fixtures, ", ".join(one.families), official)
        yield f"| {' | '.join(cells)} |"


def _family_lines() -> Iterator[str]:
    yield f"| ключ | {' | '.join(FAMILY_TITLES[one] for one in ClientFamily)} | что значит |"
    yield "|---" * (len(ClientFamily) + 2) + "|"
    for field in fields(FamilySwitches):
        cells = (_cell(getattr(switches(one), field.name)) for one in ClientFamily)
        yield f"| `{field.name}` | {' | '.join(cells)} | {FAMILY_SWITCHES[field.name]} |"


def _cell(value: object) -> str:
    return ", ".join(sorted(value)) or "—" if isinstance(value, frozenset) else ("да" if value else "—")


def placed(text: str) -> str:
    """Return a page with the tables between its two marks."""
    head, _mark, rest = text.partition(BEGIN)
    return head + BEGIN + "\n" + table() + "\n" + END + rest.partition(END)[2]


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(placed(page.read_text(encoding="utf-8")), encoding="utf-8")
