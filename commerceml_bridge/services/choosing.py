"""A selection as people type it: names and ids → ``Selection``; what there is to choose; how many invoices it means.

Ids need no portal; names are looked up in what the bridge keeps of it, and asked for where that does not suffice.
Counting uses stored invoices, and Bitrix24 itself for a node that is new.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from commerceml_bridge.bitrix24 import choices
from commerceml_bridge.db.rows import NodeRow, PortalRow
from commerceml_bridge.domain import selection as rule
from commerceml_bridge.domain.invoices import InvoiceKind
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.domain.selection import OnLeave, Selection
from commerceml_bridge.errors import ConfigurationError, PortalError
from commerceml_bridge.services import portals, selecting
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.info import info_json

ALL = frozenset({"", "all", "все", "всё"})
"""What clears one choice."""
_SLICE = 2000
T = TypeVar("T")
Options = list[tuple[str, str]]
"""(id, name)"""


@dataclass(frozen=True)
class Wanted:
    """What a person typed for each field, ids or names; a field not mentioned is not there."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.fields)


@dataclass(frozen=True)
class Count:
    """How many stored invoices a selection means at a node."""

    stored: int
    inside: int
    fresh: int
    """of those inside: not delivered yet"""
    leaving: int
    """delivered, and outside from now on"""
    outside: Mapping[str, int]
    """how many are outside for which reason (its code)"""

    def text(self, on_leave: OnLeave) -> str:
        """Say it in Russian."""
        said = f"В мосте счетов портала: {self.stored}, в отборе: {self.inside}, из них ещё не переданы: {self.fresh}."
        if self.leaving:
            fate = "будут отменены в 1С" if on_leave is OnLeave.CANCEL else "останутся в 1С как есть"
            said += f" Уже передано и больше не в отборе: {self.leaving} — {fate}."
        return said


def resolve(bridge: Bridge, portal: PortalRow, wanted: Wanted, current: Selection) -> Selection:
    """Return ``current`` with the fields a person typed. Raises ``ConfigurationError`` for a name nobody knows."""
    readers: dict[str, Callable[[str], Iterable[int | str]]] = {
        "kinds": _kind,
        "currencies": _currency,
        "categories": lambda text: _ids(text, lambda: _kept(bridge, portal, "categories"), "Воронки"),
        "stages": lambda text: _stages(text, _kept(bridge, portal, "stages")),
        "from_stages": lambda text: _stages(text, _kept(bridge, portal, "stages")),
        "sellers": lambda text: _ids(text, lambda: _asked(bridge, portal, choices.own_companies), "Моей компании"),
        "responsible": lambda text: _ids(text, lambda: _asked(bridge, portal, choices.people), "Сотрудника"),
    }
    changes = {}
    for name, texts in wanted.fields.items():
        meant = [text.strip() for text in texts]
        cleared = any(text.lower() in ALL for text in meant)
        changes[name] = frozenset() if cleared else frozenset(one for text in meant for one in readers[name](text))
    return dataclasses.replace(current, **changes)  # type: ignore[arg-type]  # the readers give what each field holds


def _kind(text: str) -> Iterable[str]:
    names = {"smart": InvoiceKind.SMART, "новые": InvoiceKind.SMART, "old": InvoiceKind.OLD, "старые": InvoiceKind.OLD}
    if text.lower() not in names:
        raise ConfigurationError(f"Вида счетов «{text}» нет. Есть: smart (новые), old (старые).")
    return [names[text.lower()].value]


def _currency(text: str) -> Iterable[str]:
    if len(text) != 3 or not text.isascii() or not text.isalpha():
        raise ConfigurationError(f"Валюта «{text}»: нужен код из трёх латинских букв, например RUB.")
    return [text.upper()]


def _ids(text: str, known: Callable[[], Options], what: str) -> Iterable[int]:
    if text.isdecimal():
        return [int(text)]
    return [int(one) for one in _named(text, known(), what)]


def _stages(text: str, known: Options) -> Iterable[str]:
    ids = {stage_id for stage_id, _name in known}
    return [text] if text in ids else _named(text, known, "Стадии")


def _named(text: str, known: Options, what: str) -> list[str]:
    """Return every id under this name: stages of several pipelines may share one."""
    found = [one for one, name in known if name.casefold() == text.casefold()]
    if not found:
        there = "; ".join(f"{name} ({one})" for one, name in known) or "ничего не видно"
        raise ConfigurationError(f"{what} «{text}» на портале нет. Есть: {there}.")
    return found


def _kept(bridge: Bridge, portal: PortalRow, name: str) -> Options:
    """Return stages or pipelines as last detected; a portal never fetched is asked now."""
    known = json.loads(portal.info or "{}")
    if name not in known:
        known = json.loads(info_json(portals.connect(bridge, portal).info))
    return [(str(one), str(called)) for one, called in known[name]]


def _asked(bridge: Bridge, portal: PortalRow, what: Callable[..., choices.Named]) -> Options:
    return [(str(number), name) for number, name in what(portals.client_for(bridge, portal))]


# --- counting ---------------------------------------------------------------------------------------------------------


def count_stored(bridge: Bridge, portal: PortalRow, options: NodeOptions, node: NodeRow | None = None) -> Count:
    """Count what ``options`` mean for the invoices the bridge has; ``node``: where some were delivered already."""
    places = selecting.places(portal.info)
    stored = inside = fresh = leaving = after = 0
    reasons: Counter[str] = Counter()
    while True:
        with bridge.db.read() as uow:
            rows = uow.invoices.after(portal.id, after, limit=_SLICE)
            delivered = uow.consignments.delivered(node.id, [row.id for row in rows]) if node else set()
        if not rows:
            return Count(stored, inside, fresh, leaving, dict(reasons))
        after = rows[-1].id
        for row in rows:
            stored += 1
            facts = selecting.facts_of(row)
            outside = rule.why_not(facts, options.selection, from_date=options.from_date, places=places)
            there = row.id in delivered
            inside += outside is None
            fresh += outside is None and not there
            leaving += there and rule.has_left(outside, facts, delivered=True)
            if outside is not None:
                reasons[outside.code] += 1


def count_in_portal(bridge: Bridge, portal: PortalRow, options: NodeOptions, *, impatient: bool = False) -> str:
    """Ask Bitrix24 how many invoices ``options`` mean; return the sentence for people (decision 14)."""
    since = options.from_date
    connection = portals.connect(bridge, portal, impatient=impatient)
    number, exact = choices.count_selected(connection.client, connection.info, since, options.selection)
    about = "" if exact else " (старые посчитаны без продавца, валюты и ответственного)"
    by = " по отбору" if options.selection else ""
    return f"Счетов{by} с датой от {since:%d.%m.%Y} в Битрикс24{about}: {number}."


def say_count(bridge: Bridge, portal: PortalRow, options: NodeOptions, node: NodeRow | None = None) -> str:
    """Say how many invoices ``options`` mean: of those fetched; for a new node, and until all are, in Bitrix24 as well.

    Somebody waits: a portal that does not answer at once is told of instead.
    """
    count = count_stored(bridge, portal, options, node)
    here = count.text(options.on_leave)
    if node is not None and count.stored and portal.fetched_at is not None:
        return here
    try:
        there = count_in_portal(bridge, portal, options, impatient=True)
    except PortalError as error:
        there = f"Сколько счетов это значит, узнать не удалось: {error.message}"
    return f"{there} {here}" if count.stored else there


# --- for forms ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Offer:
    """What can be chosen for one field of a selection: (id, name)."""

    field: str
    options: tuple[tuple[str, str], ...]
    chosen: frozenset[str]


def offers(bridge: Bridge, portal: PortalRow, current: Selection) -> list[Offer]:
    """Return what a form may offer for every field; what is chosen and not there any more is offered too.

    Somebody waits: a portal that does not answer at once leaves what the bridge has seen.
    """
    with bridge.db.read() as uow:
        used = {name: uow.invoices.values_of(portal.id, name) for name in ("seller_id", "responsible_id", "currency")}
    kept = json.loads(portal.info or "{}")
    if "stages" not in kept:
        kept = _now(lambda: json.loads(info_json(portals.connect(bridge, portal, impatient=True).info))) or kept
    stages: Options = [(str(one), str(name)) for one, name in kept.get("stages", [])]
    there: dict[str, Options] = {
        "kinds": [("smart", "новые"), ("old", "старые")],
        "categories": [(str(one), str(name)) for one, name in kept.get("categories", [])],
        "stages": stages,
        "from_stages": stages,
        "sellers": _people(bridge, portal, choices.own_companies) or _bare(used["seller_id"]),
        "currencies": _bare(used["currency"]),
        "responsible": _people(bridge, portal, choices.people) or _bare(used["responsible_id"]),
    }
    return [_offer(name, options, frozenset(map(str, getattr(current, name)))) for name, options in there.items()]


def _offer(name: str, options: Options, chosen: frozenset[str]) -> Offer:
    gone = sorted(chosen - {one for one, _name in options})
    return Offer(name, (*options, *((one, "") for one in gone)), chosen)


def _people(bridge: Bridge, portal: PortalRow, what: Callable[..., choices.Named]) -> Options:
    def ask() -> Options:
        return [(str(number), name) for number, name in what(portals.impatient_client(bridge, portal))]

    return _now(ask) or []


def _now(look: Callable[[], T]) -> T | None:
    try:
        return look()
    except PortalError:
        return None


# --- what there is to choose ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """One field of a selection: what is chosen and what the portal has, as people read it."""

    title: str
    chosen: str
    there: str


def choices_of(bridge: Bridge, node: NodeRow) -> list[Choice]:
    """Return every field of a node's selection beside what there is on its portal."""
    with bridge.db.read() as uow:
        portal = uow.portals.by_id(node.portal_id)
        used = {name: uow.invoices.values_of(portal.id, name) for name in ("seller_id", "responsible_id", "currency")}
    chosen = node.options.selection
    stages = _try(lambda: _kept(bridge, portal, "stages"))
    categories = _try(lambda: _kept(bridge, portal, "categories"))
    sellers = _try(lambda: _asked(bridge, portal, choices.own_companies)) or _bare(used["seller_id"])
    people = _try(lambda: _asked(bridge, portal, choices.people)) or _bare(used["responsible_id"])
    kinds = [("smart", "новые"), ("old", "старые")]
    return [
        Choice("--kind", _shown(chosen.kinds, kinds), _listed(kinds)),
        Choice("--category", _shown(chosen.categories, categories), _listed(categories)),
        Choice("--stage", _shown(chosen.stages, stages), _listed(stages)),
        Choice("--from-stage", _shown(chosen.from_stages, stages), "та стадия и все следующие её воронки"),
        Choice("--seller", _shown(chosen.sellers, sellers), _listed(sellers)),
        Choice("--currency", _shown(chosen.currencies, []), ", ".join(str(one) for one in used["currency"])),
        Choice("--responsible", _shown(chosen.responsible, people), _listed(people)),
        Choice("--from", f"{node.options.from_date:%d.%m.%Y}", ""),
        Choice("--on-leave", node.options.on_leave.value, "leave (оставить в 1С), cancel (отменить в 1С)"),
    ]


def _try(look: Callable[[], Options]) -> Options:
    """Return what can be seen; a portal that does not answer leaves the ids."""
    try:
        return look()
    except PortalError:
        return []


def _bare(values: list[int | str]) -> Options:
    return [(str(one), "") for one in values]


def _shown(chosen: Iterable[int | str], known: Options) -> str:
    names = dict(known)
    texts = [f"{names[str(one)]} ({one})" if names.get(str(one)) else str(one) for one in sorted(chosen, key=str)]
    return ", ".join(texts) or "все"


def _listed(known: Options) -> str:
    return ", ".join(f"{name} ({one})" if name else one for one, name in known)
