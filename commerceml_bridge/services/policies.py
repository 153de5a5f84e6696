"""The policy of a node: shown, changed row by row, checked against what the portal really has."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from commerceml_bridge.bitrix24.policy_check import existing
from commerceml_bridge.db.ledger import StatusSeen
from commerceml_bridge.domain.policy import Existing, Policy, Rule, Situation, check
from commerceml_bridge.errors import NotFound
from commerceml_bridge.services import auditing, nodes, portals
from commerceml_bridge.services.bridge import Bridge


def choices(bridge: Bridge, node_name: str, *, impatient: bool = False) -> Existing:
    """Return what the portal of a node has that a policy may name. Raises ``NotFound`` and ``PortalError``."""
    node = nodes.by_name(bridge, node_name)
    connection = portals.connect(bridge, portals.by_name(bridge, node.portal_name), impatient=impatient)
    return existing(connection.client, connection.info)


def statuses(bridge: Bridge, node_id: int) -> list[StatusSeen]:
    """Return the statuses 1C has told of a node's orders: what rows of the policy may be made for."""
    with bridge.db.read() as uow:
        return uow.ledger.statuses(node_id)


def set_rule(bridge: Bridge, node_name: str, rule: Rule) -> Policy:
    """Replace a row. Raises ``ConfigurationError`` for what the portal does not have, ``PortalError``, ``NotFound``."""
    check(rule, choices(bridge, node_name))
    return _change(bridge, node_name, lambda policy: policy.with_rule(rule))


def reset(bridge: Bridge, node_name: str, situation: Situation | None, status: str = "") -> Policy:
    """Return a row, or all of them, to the default. Raises ``NotFound``."""
    if situation is None:
        return _change(bridge, node_name, lambda _policy: Policy())
    return _change(bridge, node_name, lambda policy: policy.without(situation, status))


def _change(bridge: Bridge, node_name: str, change: Callable[[Policy], Policy]) -> Policy:
    with bridge.db.write() as uow:
        node = uow.nodes.by_name(node_name)
        if node is None:
            raise NotFound(f"Узла «{node_name}» нет. Список: commerceml-bridge node list.")
        policy = change(node.options.policy)
        before = {_name(one): _text(one) for one in node.options.policy.changed}
        after = {_name(one): _text(one) for one in policy.changed}
        uow.nodes.set_options(node.id, dataclasses.replace(node.options, policy=policy))
        changed = {name: (before.get(name, ""), after.get(name, "")) for name in before | after}
        told = {name: pair for name, pair in changed.items() if pair[0] != pair[1]}
        auditing.note(uow, bridge, "node.policy", node_name, told)
        return policy


def _name(rule: Rule) -> str:
    return f"{rule.situation} {rule.status}".strip()


def _text(rule: Rule) -> str:
    return "; ".join(f"{name}: {value}" for name, value in actions(rule)) or "ничего"


def actions(rule: Rule) -> list[tuple[str, str]]:
    """Return what a row does, as (name, value) in Russian."""
    told = [("стадия", rule.stage), ("стадия сделки", rule.deal_stage)]
    told += [(f"поле {name}", value) for name, value in rule.fields.items()]
    told += [("и из стадии отказа", "да" if rule.out_of_failure else "")]
    told += [("и от молчания 1С", "да" if rule.by_silence else "")]
    told += [("комментарий", "да" if rule.comment else ""), ("уведомление", "да" if rule.notify else "")]
    return [(name, value) for name, value in told if value]
