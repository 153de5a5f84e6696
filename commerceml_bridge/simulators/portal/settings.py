"""What kind of portal is simulated: every switch in one value.

Follows facts: bitrix24-rest §1.4 (default stages), §3.3, §3.5 (kinds), §6.7 (statuses), §6.10 (scopes).
"""

from __future__ import annotations

from dataclasses import dataclass, field

SMART, OLD = "smart", "old"
SMART_INVOICE_TYPE, OLD_INVOICE_TYPE = 31, 5
DEAL_TYPE, CONTACT_TYPE, COMPANY_TYPE, REQUISITE_TYPE = 2, 3, 4, 8


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage or status: its code without prefix, name, order, "S"/"F"/None, and whether it is built in."""

    code: str
    name: str
    sort: int
    semantics: str | None = None
    system: bool = False


DEFAULT_STAGES = (
    Stage("N", "Новый", 100, system=True),
    Stage("S", "Отправлен клиенту", 110),
    Stage("P", "Оплачен", 130, "S", system=True),
    Stage("D", "Не оплачен", 140, "F", system=True),
)
DEFAULT_STATUSES = DEFAULT_STAGES
DEAL_STAGES = (
    Stage("NEW", "Новая", 10, system=True),
    Stage("EXECUTING", "В работе", 20),
    Stage("WON", "Сделка успешна", 30, "S", system=True),
    Stage("LOSE", "Сделка провалена", 40, "F", system=True),
)
ALL_SCOPES = frozenset({"crm", "catalog", "user", "user_basic", "user_brief"})


@dataclass(frozen=True, slots=True)
class Settings:
    """Switches of one portal.

    - ``kinds``: which invoices exist ("smart", "old"); ``category_id``: the one pipeline of smart invoices;
      ``stages`` and ``statuses`` of smart and old invoices; ``utc_offset``: the portal's zone in minutes.
    - ``auth_error_status``: 401 as servers answer or 403 as documented; ``integer_time_start``: ``time.start`` without
      a fraction; ``scopes`` of the webhook.
    - ``readable_invoices``: ids a restricted webhook owner may read (None: all); ``catalog_rights``: whether he may
      read ``catalog.*``; ``may_update``, ``may_change_stage``: what he may do with invoices; ``tariff_allows_update``;
      ``required_on_stage_change``: fields that must be filled then.
    - ``recurring``: whether ``isRecurring`` exists; ``dangling``: what a container as operand of ">" does, "unfiltered"
      or "error"; ``scramble_unordered``: lists without an order come in no useful order.
    """

    user_id: int = 1
    code: str = field(default="k3ymaster0simulat", repr=False)
    kinds: frozenset[str] = frozenset({SMART, OLD})
    category_id: int = 5
    stages: tuple[Stage, ...] = DEFAULT_STAGES
    statuses: tuple[Stage, ...] = DEFAULT_STATUSES
    deal_stages: tuple[Stage, ...] = DEAL_STAGES
    utc_offset: int = 180
    auth_error_status: int = 401
    integer_time_start: bool = True
    readable_invoices: frozenset[int] | None = None
    catalog_rights: bool = True
    scopes: frozenset[str] = ALL_SCOPES
    recurring: bool = True
    dangling: str = "unfiltered"
    scramble_unordered: bool = False
    may_change_stage: bool = True
    may_update: bool = True
    tariff_allows_update: bool = True
    required_on_stage_change: tuple[str, ...] = ()

    @property
    def stage_prefix(self) -> str:
        """``DT31_<category>``."""
        return f"DT31_{self.category_id}"

    @property
    def stage_directory(self) -> str:
        """``SMART_INVOICE_STAGE_<category>``."""
        return f"SMART_INVOICE_STAGE_{self.category_id}"

    def stage_id(self, code: str) -> str:
        """Return the full stage id of a code; a full id is returned as it is."""
        return code if ":" in code else f"{self.stage_prefix}:{code}"

    def stage(self, stage_id: str) -> Stage | None:
        """Return the stage with this full id, or None."""
        prefix, _, code = stage_id.partition(":")
        if prefix != self.stage_prefix:
            return None
        return next((stage for stage in self.stages if stage.code == code), None)

    def status(self, code: str) -> Stage | None:
        """Return the status of old invoices with this code, or None."""
        return next((status for status in self.statuses if status.code == code), None)
