"""Which invoices go to a node: a pure rule over facts of the invoice, with its reason in Russian.

An empty choice means "all". Stages are a white list over all pipelines: a stage named itself, or one that stands at or
behind a ``from`` stage of its own pipeline, as the reference server chooses (facts: reference-server §4). A pipeline no
stage of which is named stays home. Must not look at anything but the values it is given.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from commerceml_bridge.domain.invoices import InvoiceKind, StageSemantics


class OnLeave(StrEnum):
    """What becomes of a document in 1C when its invoice leaves the selection."""

    LEAVE = "leave"
    """it stays as it is; the page of the invoice says so"""
    CANCEL = "cancel"
    """it goes once more, marked as cancelled"""


@dataclass(frozen=True)
class Selection:
    """What a node chose; an empty field chooses everything."""

    kinds: frozenset[str] = frozenset()
    categories: frozenset[int] = frozenset()
    stages: frozenset[str] = frozenset()
    """exactly these"""
    from_stages: frozenset[str] = frozenset()
    """these and all later ones of the same pipeline"""
    sellers: frozenset[int] = frozenset()
    """own companies (``mycompanyId``); 0: invoices that name none"""
    currencies: frozenset[str] = frozenset()
    responsible: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.chosen())

    def __str__(self) -> str:
        return "; ".join(f"{name}: {', '.join(map(str, values))}" for name, values in self.chosen().items())

    def chosen(self) -> dict[str, list[int] | list[str]]:
        """Return the choices made, sorted; what chooses everything is left out."""
        every = {field.name: sorted(getattr(self, field.name)) for field in dataclasses.fields(self)}
        return {name: values for name, values in every.items() if values}


@dataclass(frozen=True)
class Place:
    """Where a stage stands: its pipeline (0: statuses of old invoices), its order there, its name and meaning."""

    category_id: int
    sort: int
    name: str
    semantics: str


@dataclass(frozen=True)
class InvoiceFacts:
    """What a selection looks at."""

    kind: str
    date: dt.date
    category_id: int
    stage_id: str
    stage_semantics: str
    seller_id: int
    currency: str
    responsible_id: int
    never: str = ""
    """why the invoice goes to no 1C at all"""


@dataclass(frozen=True)
class Outside:
    """Why an invoice is not in a selection. ``code`` names the field that decided."""

    code: str
    text: str


NEVER = "never"
DATE = "date"
STAGE = "stage"
_KINDS = {InvoiceKind.SMART.value: "новые (смарт-счета)", InvoiceKind.OLD.value: "старые"}


def why_not(
    facts: InvoiceFacts, selection: Selection, *, from_date: dt.date, places: Mapping[str, Place]
) -> Outside | None:
    """Say why an invoice is not in ``selection``; ``None`` if it is. ``places``: the stages of the portal by id."""
    if facts.never:
        return Outside(NEVER, facts.never)
    if facts.date < from_date:
        return Outside(DATE, f"Дата счёта {facts.date:%d.%m.%Y}: узел берёт счета с {from_date:%d.%m.%Y}.")
    if selection.kinds and facts.kind not in selection.kinds:
        return Outside("kind", f"Узел не берёт {_KINDS.get(facts.kind, facts.kind)} счета.")
    if selection.categories and facts.category_id not in selection.categories:
        return Outside("category", f"Узел не берёт счета воронки {facts.category_id}.")
    if not _stage_fits(facts.stage_id, selection, places):
        name = places[facts.stage_id].name if facts.stage_id in places else facts.stage_id
        return Outside(STAGE, f"Узел не берёт счета в стадии «{name}».")
    return _why_not_by_people(facts, selection)


def _why_not_by_people(facts: InvoiceFacts, selection: Selection) -> Outside | None:
    if selection.sellers and facts.seller_id not in selection.sellers:
        seller = f"моей компании {facts.seller_id}" if facts.seller_id else "без моей компании (продавца)"
        return Outside("seller", f"Узел не берёт счета {seller}.")
    if selection.currencies and facts.currency not in selection.currencies:
        return Outside("currency", f"Узел не берёт счета в валюте {facts.currency}.")
    if selection.responsible and facts.responsible_id not in selection.responsible:
        return Outside("responsible", f"Узел не берёт счета ответственного {facts.responsible_id}.")
    return None


def has_left(outside: Outside | None, facts: InvoiceFacts, *, delivered: bool) -> bool:
    """Tell whether an invoice is outside for good.

    Once delivered it stays in service although its date moved before ``--from``, and although it was paid: a success
    stage is where an invoice goes in the end, not a way out of the exchange.
    """
    if outside is None:
        return False
    if not delivered:
        return True
    paid = outside.code == STAGE and facts.stage_semantics == StageSemantics.SUCCESS.value
    return outside.code != DATE and not paid


def _stage_fits(stage_id: str, selection: Selection, places: Mapping[str, Place]) -> bool:
    if not selection.stages and not selection.from_stages:
        return True
    if stage_id in selection.stages or stage_id in selection.from_stages:
        return True
    own = places.get(stage_id)
    firsts = [places[first] for first in selection.from_stages if first in places]
    return own is not None and any(own.category_id == first.category_id and own.sort >= first.sort for first in firsts)
