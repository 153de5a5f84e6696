"""What a portal has: invoice kinds in use, pipelines, stages with their meaning, catalogues.

Follows facts bitrix24-rest §1.4, §3.3, §3.5. One batch where the portal has one invoice pipeline, two otherwise.
Read again when an invoice stands in a stage that was not there (``with_stage``).
"""

from __future__ import annotations

from dataclasses import dataclass

from commerceml_bridge.bitrix24.batch import Batch, BatchResult
from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.lists import rows_of
from commerceml_bridge.bitrix24.values import Row, as_int, as_text
from commerceml_bridge.domain.invoices import InvoiceKind, StageSemantics
from commerceml_bridge.errors import PortalError, PortalNotFound, PortalRefused

SMART_TYPE = 31
"""entityTypeId of smart invoices"""
OLD_TYPE = 5
"""entityTypeId of old invoices, in requisite links"""
OLD_PAID = "P"
"""the success status of old invoices, hard-coded in the portal (§3.3)"""
_STAGES = "SMART_INVOICE_STAGE_"
_OLD_DECLINED = "D"
_DEFAULT_OLD_STATUSES: tuple[Row, ...] = (
    {"STATUS_ID": "N", "NAME": "Черновик", "SORT": "10"},
    {"STATUS_ID": "S", "NAME": "Отправлен клиенту", "SORT": "20"},
    {"STATUS_ID": "P", "NAME": "Оплачен", "SORT": "130"},
    {"STATUS_ID": "D", "NAME": "Не оплачен", "SORT": "140"},
)
"""for invoices left over in a portal that has switched old invoices, and with them their directory, off (§3.5)"""


@dataclass(frozen=True)
class Stage:
    """A stage of a smart pipeline (id ``DT31_<category>:<code>``) or a status of old invoices (category 0)."""

    id: str
    name: str
    semantics: StageSemantics
    category_id: int
    sort: int


@dataclass(frozen=True)
class Category:
    """A pipeline of smart invoices."""

    id: int
    name: str


@dataclass(frozen=True)
class Catalog:
    """A product catalogue; ``is_offers``: it holds variations of another one's products."""

    iblock_id: int
    is_offers: bool


@dataclass(frozen=True)
class PortalInfo:
    """The constants of a portal."""

    kinds: frozenset[InvoiceKind]
    categories: tuple[Category, ...]
    stages: tuple[Stage, ...]
    catalogs: tuple[Catalog, ...] = ()
    """empty without the scope or the right to see them"""

    def stage(self, stage_id: str) -> Stage | None:
        """Return the stage, ``None`` if it is unknown (made since, or deleted)."""
        return next((stage for stage in self.stages if stage.id == stage_id), None)

    def semantics(self, stage_id: str) -> StageSemantics:
        """Return what ``stage_id`` means. Raises ``PortalRefused`` if the portal has no such stage."""
        stage = self.stage(stage_id)
        if stage is None:
            raise PortalRefused(f"Стадии {stage_id} на портале нет.")
        return stage.semantics

    def success_stage(self, category_id: int) -> str:
        """Return the id of the stage that means "paid" in ``category_id`` (0: old invoices). Raises PortalRefused."""
        if category_id == 0:
            return OLD_PAID
        for stage in self.stages:
            if stage.category_id == category_id and stage.semantics is StageSemantics.SUCCESS:
                return stage.id
        raise PortalRefused(f"В воронке счетов {category_id} нет успешной стадии. Добавьте её в настройках CRM.")


def detect(client: BitrixClient) -> PortalInfo:
    """Ask the portal for its constants.

    Raises ``PortalAccessDenied`` if the webhook may not read the CRM, ``PortalUnavailable`` if it cannot be asked.
    """
    result = _first_batch(client)
    types = _try_rows(result, "types", "crm.status.entity.types")
    categories = _categories(result, types)
    stages = _smart_stages(client, categories, _try_rows(result, "stages", "crm.status.list"))
    stages += _old_statuses(_try_rows(result, "old_statuses", "crm.status.list"))
    kinds = _kinds(result, types)
    return PortalInfo(kinds, categories, tuple(stages), _catalogs(result))


def with_stage(client: BitrixClient, info: PortalInfo, stage_id: str) -> PortalInfo:
    """Return ``info``, read again if it does not know ``stage_id``."""
    return info if info.stage(stage_id) else detect(client)


def _first_batch(client: BitrixClient) -> BatchResult:
    batch = Batch(client)
    batch.add("types", "crm.status.entity.types")
    batch.add("categories", "crm.category.list", {"entityTypeId": SMART_TYPE})
    # A single index is the only thing a reference can reach (§6.5); `_smart_stages` checks what came of it.
    first = f"{_STAGES}$result[categories][categories][0][id]"
    batch.add("stages", "crm.status.list", {"filter": {"ENTITY_ID": first}, "order": {"SORT": "ASC"}})
    batch.add("old_statuses", "crm.status.list", {"filter": {"ENTITY_ID": "INVOICE_STATUS"}, "order": {"SORT": "ASC"}})
    batch.add("smart_probe", "crm.item.list", {"entityTypeId": SMART_TYPE, "select": ["id"], "start": -1})
    batch.add("old_probe", "crm.invoice.list", {"select": ["ID"], "order": {"ID": "DESC"}, "start": -1})
    batch.add("catalogs", "catalog.catalog.list", {"select": ["id", "iblockId", "productIblockId"]})
    return batch.run()


def _try_rows(result: BatchResult, key: str, method: str, wrapper: str = "") -> list[Row] | None:
    """Return the rows of a command, ``None`` if the portal refused it for good; passing errors are raised."""
    try:
        return rows_of(result.get(key), wrapper, method)
    except PortalError as error:
        if not error.permanent:
            raise
        return None


def _categories(result: BatchResult, types: list[Row] | None) -> tuple[Category, ...]:
    rows = _try_rows(result, "categories", "crm.category.list", "categories")
    if rows:
        return tuple(Category(as_int(row, "id"), as_text(row, "name")) for row in rows)
    named = [row for row in types or () if as_text(row, "ID").startswith(_STAGES)]
    return tuple(Category(int(as_text(row, "ID").removeprefix(_STAGES)), as_text(row, "NAME")) for row in named)


def _smart_stages(client: BitrixClient, categories: tuple[Category, ...], guess: list[Row] | None) -> list[Stage]:
    """Return the stages of all pipelines; ``guess``: what the reference to the first one brought."""
    if not categories:
        return []
    if guess and len(categories) == 1 and {as_text(row, "ENTITY_ID") for row in guess} == {_stages_of(categories[0])}:
        return _stages(guess, categories[0].id)
    batch = Batch(client)
    for category in categories:
        filter_ = {"ENTITY_ID": _stages_of(category)}
        batch.add(f"c{category.id}", "crm.status.list", {"filter": filter_, "order": {"SORT": "ASC"}})
    result = batch.run()
    found: list[Stage] = []
    for category in categories:
        found += _stages(rows_of(result.get(f"c{category.id}"), "", "crm.status.list"), category.id)
    return found


def _stages_of(category: Category) -> str:
    return f"{_STAGES}{category.id}"


def _stages(rows: list[Row], category_id: int) -> list[Stage]:
    meanings = {"S": StageSemantics.SUCCESS, "F": StageSemantics.FAILURE}
    return [
        Stage(
            as_text(row, "STATUS_ID"),
            as_text(row, "NAME"),
            meanings.get(as_text(row, "SEMANTICS"), StageSemantics.OPEN),
            category_id,
            as_int(row, "SORT"),
        )
        for row in rows
    ]


def _old_statuses(rows: list[Row] | None) -> list[Stage]:
    """Success is exactly ``P``; what sorts at or behind ``D`` is cancelled (§3.3)."""
    rows = rows or list(_DEFAULT_OLD_STATUSES)
    declined_from = next((as_int(row, "SORT") for row in rows if as_text(row, "STATUS_ID") == _OLD_DECLINED), None)
    return [
        Stage(as_text(row, "STATUS_ID"), as_text(row, "NAME"), _old_meaning(row, declined_from), 0, as_int(row, "SORT"))
        for row in rows
    ]


def _old_meaning(row: Row, declined_from: int | None) -> StageSemantics:
    if as_text(row, "STATUS_ID") == OLD_PAID:
        return StageSemantics.SUCCESS
    declined = as_text(row, "STATUS_ID") == _OLD_DECLINED or as_text(row, "SEMANTICS") == "F"
    behind = declined_from is not None and as_int(row, "SORT") >= declined_from
    return StageSemantics.FAILURE if declined or behind else StageSemantics.OPEN


def _kinds(result: BatchResult, types: list[Row] | None) -> frozenset[InvoiceKind]:
    """Follow §3.5: the directories first, then what the lists themselves answer; leftovers of old invoices count."""
    directories = {as_text(row, "ID") for row in types or ()}
    kinds = set()
    if any(name.startswith(_STAGES) for name in directories) or _smart_answers(result):
        kinds.add(InvoiceKind.SMART)
    if "INVOICE_STATUS" in directories or _try_rows(result, "old_probe", "crm.invoice.list"):
        kinds.add(InvoiceKind.OLD)
    return frozenset(kinds)


def _smart_answers(result: BatchResult) -> bool:
    """Tell whether smart invoices exist. Raises ``PortalAccessDenied`` if the webhook may not know."""
    try:
        result.get("smart_probe")
    except PortalNotFound:
        return False
    return True


def _catalogs(result: BatchResult) -> tuple[Catalog, ...]:
    rows = _try_rows(result, "catalogs", "catalog.catalog.list", "catalogs") or []
    return tuple(Catalog(as_int(row, "iblockId"), as_int(row, "productIblockId") > 0) for row in rows)
