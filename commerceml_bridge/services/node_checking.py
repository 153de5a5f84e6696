"""``node check``: is this node in order, and if not, who mends it and where in 1C (facts: 1c-odata-payments §3, §6.4).

Each finding says what is, what follows, and how to mend it in the words of 1C's own menus. Only reads; 1C is asked a
handful of questions, each about one row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from commerceml_bridge.bitrix24.findings import Finding
from commerceml_bridge.db.books import SourceRow
from commerceml_bridge.db.browse.exchange_records import SessionFilter
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain.books import BookInvoice, pair
from commerceml_bridge.domain.family_switches import switches
from commerceml_bridge.errors import BridgeError, ODataError, ODataObjectMissing
from commerceml_bridge.onec_odata import accounting, orders
from commerceml_bridge.onec_odata.client import ODataClient
from commerceml_bridge.onec_odata.expressions import SYNONYMS
from commerceml_bridge.services import odata_sources, polling
from commerceml_bridge.services.bridge import Bridge

TIMEOUT = (5.0, 20.0)
"""A person waits."""
SILENT = dt.timedelta(days=3)
SKEW = dt.timedelta(minutes=5)
SAMPLE = 3
SERVICE_LOGINS = frozenset({"odata.user", "автоматический rest-сервис"})
"""Made by 1C's own form; their role may change the whole base (§3.8)."""
WHERE = "«Администрирование – Синхронизация данных – Настройки стандартного интерфейса OData», вкладка «Состав»"
READ_ONLY = "Заведите в 1С обычного пользователя с профилем «Только просмотр» и укажите его: node odata УЗЕЛ --login …"


def check(bridge: Bridge, node: NodeRow) -> list[Finding]:
    """Return every finding about a node, the exchange first."""
    with bridge.db.read() as uow:
        source = uow.books.source(node.id)
    return [*_exchange(bridge, node), *(_odata(bridge, node, source) if source else _without_odata(node))]


def _exchange(bridge: Bridge, node: NodeRow) -> Iterator[Finding]:
    with bridge.db.read() as uow:
        sessions = uow.browse.sessions(SessionFilter(node=node.id), limit=10).items
        shown = uow.browse.node(node.id)
    if not sessions:
        yield Finding(
            False,
            "обмен с 1С",
            "1С ещё не подключалась.",
            "Счета в 1С не попадут.",
            "Впишите в 1С адрес, логин и пароль узла (страница узла) и проведите обмен; дойдёт ли он до сервера, "
            "покажет commerceml-bridge selfcheck.",
        )
        return
    last = sessions[0]
    quiet = bridge.clock() - last.started_at > SILENT
    yield Finding(
        not quiet,
        "обмен с 1С",
        f"Последний сеанс {last.started_at:%d.%m.%Y %H:%M} UTC; возможные программы: "
        f"{', '.join(last.families) or 'не узнаны'}.",
        "Новые счета лежат и ждут." if quiet else "",
        "Включите в 1С расписание обмена или проведите его вручную." if quiet else "",
    )
    if shown is not None:
        yield _acknowledged(shown.counts)


def _acknowledged(counts: dict[str, int]) -> Finding:
    confirmed = sum(counts.get(state, 0) for state in ("acknowledged", "seen", "verified"))
    waiting = counts.get("served", 0)
    bad = bool(waiting and not confirmed)
    return Finding(
        not bad,
        "загрузка счетов",
        f"Подтверждено 1С: {confirmed}, отдано без подтверждения: {waiting}, удержано: {counts.get('held', 0)}.",
        "1С забирает счета и не подтверждает их: они будут приходить снова." if bad else "",
        "Посмотрите в 1С журнал регистрации: обмен прерывается на загрузке." if bad else "",
    )


def _without_odata(node: NodeRow) -> Iterator[Finding]:
    if not switches(node.options.client).returns_nothing:
        return
    yield Finding(
        False,
        "оплаты из 1С",
        "Бухгалтерия 3.0 ничего не возвращает через обмен с сайтом, а опрос OData не настроен.",
        "Оплаты в Битрикс24 сами не отметятся.",
        f"Настройте опрос: commerceml-bridge node odata {node.name} --url … --login … --password-stdin (docs/odata.md) "
        "или загружайте выписки банка.",
    )


def _odata(bridge: Bridge, node: NodeRow, source: SourceRow) -> Iterator[Finding]:
    if source.url.startswith("http://") and "//127.0.0.1" not in source.url:
        yield Finding(
            False,
            "защита связи",
            "База 1С опрашивается без https.",
            "Логин и пароль 1С идут по сети открыто.",
            "Публикуйте базу по https; без него — только внутри своей сети (docs/odata.md).",
        )
    client = odata_sources.connect(bridge, source, timeout=TIMEOUT)
    try:
        yield from _questions(bridge, node, source, client)
    finally:
        client.close()


def _questions(bridge: Bridge, node: NodeRow, source: SourceRow, client: ODataClient) -> Iterator[Finding]:
    try:
        published = client.composition()
    except BridgeError as error:
        yield Finding(False, "адрес OData", error.message, "Оплаты из 1С не читаются.", _mend(error))
        return
    yield Finding(True, "адрес OData", f"Интерфейс отвечает, объектов в составе: {len(published)}.")
    yield from _clock(bridge, client)
    yield _login(bridge, source)
    profile = orders.PROFILES.get(node.options.client)
    fields = {profile.entity: profile.fields} if profile else accounting.FIELDS
    objects = [_object(client, entity, wanted, set(published)) for entity, wanted in fields.items()]
    yield from objects
    if profile is not None:
        return
    yield from _useful(set(published))
    if all(one.ok for one in objects):
        yield from _sample(bridge, node, source, client)


def _mend(error: BridgeError) -> str:
    """The texts of OData errors say themselves what to do; a temporary one asks for patience."""
    return "" if error.permanent else "Проверьте, что веб-сервер 1С работает и доступен с этого сервера, и повторите."


def _clock(bridge: Bridge, client: ODataClient) -> Iterator[Finding]:
    try:
        theirs = parsedate_to_datetime(client.server_date)
    except ValueError:
        return
    skew = abs(theirs - bridge.clock())
    if skew > SKEW:
        yield Finding(
            False,
            "часы",
            f"Часы веб-сервера 1С и этого сервера расходятся на {skew.total_seconds() / 60:.0f} мин.",
            "Даты платежей около полуночи попадут на другой день.",
            "Включите на обоих серверах синхронизацию времени (NTP).",
        )


def _login(bridge: Bridge, source: SourceRow) -> Finding:
    login = odata_sources.show(bridge, source).login
    if login.casefold() in SERVICE_LOGINS:
        return Finding(
            False,
            "права логина",
            f"«{login}» — служебный пользователь интерфейса: он может читать и менять всю базу.",
            "Утечка пароля даст чужому право править учёт. Сама программа только читает.",
            READ_ONLY,
        )
    return Finding(
        True,
        "права логина",
        f"«{login}» — не служебный пользователь OData. Может ли он писать, чтением не узнать: проверьте в 1С, что "
        "у него только профиль «Только просмотр».",
    )


def _object(client: ODataClient, entity: str, fields: str, published: set[str]) -> Finding:
    """Is an object in the composition, and may the login read it?"""
    name = SYNONYMS[entity]
    if not published & {entity, entity.removesuffix("_RecordType")}:
        return _missing(name)
    try:
        client.first(entity, fields)
    except ODataObjectMissing:
        return _missing(name)
    except ODataError as error:
        return Finding(False, name, error.message, "Оплаты из 1С не читаются.", _mend(error))
    return Finding(True, name, "В составе и читается.")


def _missing(name: str) -> Finding:
    return Finding(
        False,
        name,
        "Объекта нет в составе интерфейса OData.",
        "Оплаты из 1С не читаются.",
        f"В 1С: {WHERE}: нажмите «Загрузить метаданные», отметьте {name} и нажмите «Сохранить и закрыть».",
    )


def _useful(published: set[str]) -> Iterator[Finding]:
    for entity in accounting.USEFUL:
        if entity not in published:
            yield Finding(
                True,
                SYNONYMS[entity],
                "Не в составе: не обязательно. С ним видны номера платёжных поручений."
                if entity == accounting.USEFUL[0]
                else "Не в составе: нужен, только если организаций несколько (--organization).",
            )


def _sample(bridge: Bridge, node: NodeRow, source: SourceRow, client: ODataClient) -> Iterator[Finding]:
    """Are our newest invoices found, under which prefix, and what do the books say of one?"""
    with bridge.db.read() as uow:
        given = uow.books.given(node.id, bridge.clock().date() - polling.REACH)[-SAMPLE:]
    if not given:
        yield Finding(True, "счета в 1С", "Узел ещё не отдавал счетов: искать в 1С нечего.")
        return
    sought = [polling.sought(one) for one in given]
    try:
        rows = [row for one in sought for row in accounting.read_one_number(client, one.tail, one.date.year)]
        found = pair(sought, rows, source.prefix).found
        books = _books(client, found, source)
    except ODataError as error:
        yield Finding(False, "счета в 1С", error.message, "Оплаты из 1С не читаются.", _mend(error))
        return
    names = ", ".join(
        f"{one.number} → {found[one.consignment_id].number}" for one in sought if one.consignment_id in found
    )
    if not found:
        yield Finding(
            False,
            "счета в 1С",
            f"Ни один из последних счетов ({', '.join(one.number for one in sought)}) в 1С не найден.",
            "Оплаты этих счетов не найдутся.",
            "Проведите обмен в 1С. Если счета там есть, сверьте номер, дату и сумму и задайте --prefix: четыре знака "
            "перед дефисом в номере счёта в 1С.",
        )
        return
    prefixes = sorted({one.prefix for one in found.values()})
    yield Finding(True, "префикс номеров", f"{', '.join(prefixes)} (закрепить: --prefix {prefixes[0]}).")
    said = "; ".join(
        f"{one.number}: {one.status or 'без статуса'}, оплачено {one.paid} из {one.total}" for one in books
    )
    yield Finding(True, "счета в 1С", f"Найдены: {names}. {said}")


def _books(client: ODataClient, found: dict[int, BookInvoice], source: SourceRow) -> list[BookInvoice]:
    """Read status and money of the oldest invoice found: one poll in small."""
    if not found:
        return []
    first = min(found.values(), key=lambda one: (one.date, one.number))
    read = accounting.read_books(client, first.date, prefix=first.prefix, organization=source.organization_key)
    return [one for one in read if one.ref == first.ref]
