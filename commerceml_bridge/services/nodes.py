"""Exchange nodes: add, list, change, remove."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from commerceml_bridge.commerceml.dialects import BARE_VERSIONS
from commerceml_bridge.db.rows import NodeRow, PortalRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.documents import Encoding
from commerceml_bridge.domain.family_switches import switches
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.domain.numbering import DIGITS_KEPT
from commerceml_bridge.errors import ConfigurationError, NotFound
from commerceml_bridge.services import auditing, extra_requisites, secrets
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.consigning import consign

SLICE = 100
"""Invoices settled in one transaction."""
MOST_DOCUMENTS, MOST_DAYS = 1_000_000, 3650
"""Above these a number is a slip of the keyboard, and one that no database can keep would stop the exchange."""
LONGEST_OPTION = 200
PREFIX_LENGTH = 9
"""1C keeps 11 characters of a number, the prefix included; a substitute that does not fit goes without it."""


def add(bridge: Bridge, name: str, portal_name: str, login: str, password: str, options: NodeOptions) -> NodeRow:
    """Register a 1C base. Invoices already fetched and dated from ``options.from_date`` become due at once."""
    _check(name, login)
    _check_password(password)
    check_options(options)
    with bridge.db.write() as uow:
        portal = uow.portals.by_name(portal_name)
        if portal is None:
            raise NotFound(f"Портала «{portal_name}» нет. Список: commerceml-bridge portal list.")
        if uow.nodes.by_name(name):
            raise ConfigurationError(f"Узел «{name}» уже есть. Изменить его: commerceml-bridge node set {name}.")
        if uow.nodes.by_login(login):
            raise ConfigurationError(f"Логин «{login}» уже занят другим узлом: у каждой базы 1С свой логин.")
        uow.nodes.add(
            options,
            name=name,
            portal_id=portal.id,
            login=login,
            password_hash=secrets.hash_password(password),
            created_at=bridge.clock(),
        )
        node = _must(uow, name)
        chosen = {field: ("", after) for field, (_none, after) in _chosen(options).items()}
        auditing.note(uow, bridge, "node.add", name, {"portal": ("", portal_name), "login": ("", login), **chosen})
        uow.nodes.update(node.id, settled_to=0)
    settle(bridge, node.id)
    return node


def _chosen(options: NodeOptions) -> dict[str, tuple[object, object]]:
    """Return what a new node does not leave as it is by itself."""
    return {
        **auditing.differences(NodeOptions(options.from_date), options),
        "from_date": (None, options.from_date),
    }


def _check(name: str, login: str) -> None:
    if not name.strip() or len(name) > 60 or "/" in name or "#" in name or not name.isprintable():
        raise ConfigurationError("Имя узла: от 1 до 60 печатных символов без «/» и «#».")
    if not re.fullmatch(r"[\x21-\x39\x3b-\x7e]{1,60}", login) or "#" in login:
        raise ConfigurationError("Логин узла: латинские буквы, цифры и знаки без пробелов, «:» и «#».")


def _check_password(password: str) -> None:
    if not re.fullmatch(r"[\x20-\x7e]{1,200}", password):
        raise ConfigurationError("Пароль узла: латинские буквы, цифры и знаки (1С кодирует прочие по-разному).")


def check_options(options: NodeOptions, before: NodeOptions | None = None) -> None:
    """Refuse options that cannot work; of a change only what it makes wrong. Raises ``ConfigurationError``.

    What an earlier release let pass stays until it is changed: nobody may be kept from another setting by it.
    """
    known = {str(fault) for fault in _faults(before)} if before is not None else set()
    fault = next((one for one in _faults(options) if str(one) not in known), None)
    if fault is not None:
        raise fault


def _faults(options: NodeOptions) -> Iterator[ConfigurationError]:
    for check in (_check_number, _check_limits, _check_wire, extra_requisites.check):
        try:
            check(options)
        except ConfigurationError as error:
            yield error


def _check_number(options: NodeOptions) -> None:
    if len(options.prefix) > PREFIX_LENGTH or not options.prefix.isprintable():
        raise ConfigurationError(f"Префикс номера: не длиннее {PREFIX_LENGTH} символов (в 1С номер — 11 вместе с ним).")
    if not 1 <= options.number_digits <= 11:
        raise ConfigurationError("Число значащих цифр номера: от 1 до 11.")
    if options.number_digits > DIGITS_KEPT and switches(options.client).keeps_digits_only:
        raise ConfigurationError(
            f"Значащих цифр номера больше {DIGITS_KEPT}: УНФ и Бухгалтерия оставляют от номера только цифры и отрежут "
            "лишние, и счёт ляжет поверх чужого. Больше можно только узлу, программа которого хранит номер целиком "
            "(--client ut10, ut11 или bitrix)."
        )


def _check_limits(options: NodeOptions) -> None:
    if not 0 <= options.unseen_days <= MOST_DAYS:
        raise ConfigurationError(
            f"Дней до напоминания о счёте, которого 1С не возвращает: от 0 (не напоминать) до {MOST_DAYS}."
        )
    if not 0 <= options.document_cap <= MOST_DOCUMENTS:
        raise ConfigurationError(f"Предел документов в ответе: от 0 (без предела) до {MOST_DOCUMENTS}.")
    if not all(0 <= limit <= MOST_DOCUMENTS for limit in (options.burst_changes, options.burst_unpaid)):
        raise ConfigurationError(f"Пределы изменений одного файла: от 0 (без предела) до {MOST_DOCUMENTS}.")
    if max(len(options.onec_release), len(options.paid_stage), len(options.service_item)) > LONGEST_OPTION:
        raise ConfigurationError(f"Выпуск 1С, стадия «оплачен» и услуга для строк: не длиннее {LONGEST_OPTION} знаков.")


def _check_wire(options: NodeOptions) -> None:
    if not options.vat_rates:
        raise ConfigurationError("Отметьте хотя бы одну ставку НДС: иначе ни один счёт с налогом не уйдёт.")
    if options.schema_version and options.schema_version not in BARE_VERSIONS:
        raise ConfigurationError(f"ВерсияСхемы: одна из {', '.join(sorted(BARE_VERSIONS))} или ничего.")
    if options.encoding is Encoding.UTF8 and switches(options.client).utf8_needs_mark:
        raise ConfigurationError(
            "Эта программа 1С не смотрит на заголовки ответа и UTF-8 без метки не разберёт. Выберите windows-1251 или "
            "UTF-8 с меткой (utf-8-sig)."
        )


def set_options(bridge: Bridge, name: str, **changes: object) -> NodeRow:
    """Change options of a node; what is due is settled anew, what was delivered is not sent again (decision 11)."""
    with bridge.db.write() as uow:
        node = _must(uow, name)
        options = dataclasses.replace(node.options, **changes)  # type: ignore[arg-type]  # names are checked by the CLI
        check_options(options, node.options)
        uow.nodes.set_options(node.id, options)
        auditing.note(uow, bridge, "node.set", name, auditing.differences(node.options, options))
        uow.nodes.update(node.id, settled_to=0)
        node = _must(uow, name)
    settle(bridge, node.id)
    return node


def set_password(bridge: Bridge, name: str, password: str) -> None:
    """Replace the password of a node."""
    with bridge.db.write() as uow:
        node = _must(uow, name)
        _check_password(password)
        uow.nodes.update(node.id, password_hash=secrets.hash_password(password))
        uow.sessions.expire(node.id)  # cookies given for the old password
        auditing.note(uow, bridge, "node.password", name, {"password": ("", auditing.CHANGED)})


def unsettled(bridge: Bridge) -> list[int]:
    """Return nodes where a change of options has not reached every invoice yet."""
    with bridge.db.read() as uow:
        return [node.id for node in uow.nodes.all() if node.settled_to is not None]


def settle(bridge: Bridge, node_id: int) -> None:
    """Settle every invoice at the node by its options as they are now; the command and a worker may share the work."""
    while settle_some(bridge, node_id):
        pass


def settle_some(bridge: Bridge, node_id: int) -> bool:
    """Settle the next ``SLICE`` invoices; tell whether there are more.

    A slice is one transaction, so that exchanges and the worker never wait long, and how far it came is kept with it:
    whoever is killed leaves the rest to the next.
    """
    with bridge.db.write() as uow:
        node = uow.nodes.by_id(node_id)
        if node is None:
            return False
        uow.portals.lock(node.portal_id)
        node = uow.nodes.by_id(node_id)  # as it is under the lock
        if node is None or node.settled_to is None:
            return False
        found = uow.invoices.to_settle(node.id, node.portal_id, node.options.from_date, node.settled_to, limit=SLICE)
        for invoice in found:
            consign(uow, node, invoice, bridge.clock())
        uow.nodes.update(node.id, settled_to=found[-1].id if found else None)
        return bool(found)


def remove(bridge: Bridge, name: str) -> None:
    """Take a node out of service; its history stays."""
    with bridge.db.write() as uow:
        uow.nodes.remove(_must(uow, name), bridge.clock())
        auditing.note(uow, bridge, "node.remove", name)


def all_nodes(bridge: Bridge) -> list[NodeRow]:
    """Return every node by name."""
    with bridge.db.read() as uow:
        return uow.nodes.all()


def by_name(bridge: Bridge, name: str) -> NodeRow:
    """Return one node. Raises ``NotFound``."""
    with bridge.db.read() as uow:
        return _must(uow, name)


def same(
    bridge: Bridge, name: str, portal: PortalRow, login: str, password: str, options: NodeOptions
) -> NodeRow | None:
    """Return the node that was already added with exactly these: a form that was sent twice is no second node."""
    with bridge.db.read() as uow:
        node = uow.nodes.by_name(name)
    if node is None or (node.portal_id, node.login, node.options) != (portal.id, login, options):
        return None
    return node if secrets.password_fits(password, node.password_hash) else None


def _must(uow: UnitOfWork, name: str) -> NodeRow:
    node = uow.nodes.by_name(name)
    if node is None:
        raise NotFound(f"Узла «{name}» нет. Список: commerceml-bridge node list.")
    return node
