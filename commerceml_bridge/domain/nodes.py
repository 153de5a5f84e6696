"""What a node (узел обмена) wants: the options of one 1C base. Defaults follow ``decisions.md``.

``--client`` sets number, VAT and policy switches only and never the wire form (decision 1).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from commerceml_bridge.domain.documents import Encoding
from commerceml_bridge.domain.policy import Policy
from commerceml_bridge.domain.selection import OnLeave, Selection
from commerceml_bridge.domain.spelling import ContactTypes, ExtraRequisite, InvoiceField, ServiceMark, Spelling


class ClientFamily(StrEnum):
    """Client families of ``1c-clients.md`` §0; ``AUTO``: not told, the strictest rules of all apply."""

    AUTO = "auto"
    UT10 = "ut10"
    UT11 = "ut11"
    UNF = "unf"
    BP3 = "bp3"
    BITRIX = "bitrix"


class ZeroVat(StrEnum):
    """What the coefficient 0 of an old invoice's row means: there it stands for «0 %» and «Без НДС» alike."""

    NONE = "none"
    """«Без НДС»: what a firm without VAT has in every invoice, and 0 % is for exporters"""
    ZERO = "zero"
    """0 %"""
    HOLD = "hold"
    """neither: the invoice waits for a person"""


class UnmappedGoods(StrEnum):
    """What becomes of a line that is none of 1C's items."""

    SEND = "send"
    """it goes out under its own id; 1C finds or makes an item as it is set up to"""
    HOLD = "hold"
    """the invoice waits until every line is mapped"""
    SERVICE = "service"
    """it becomes the node's own named item"""


TODAYS_VAT_RATES = frozenset({"0", "5", "7", "10", "20", "22"})
"""Sent as bare integers by default: they are today's law (decision 18)."""


@dataclass(frozen=True)
class NodeOptions:
    """Everything a node may choose."""

    from_date: dt.date
    """invoices dated earlier never go (decision 14)"""
    client: ClientFamily = ClientFamily.AUTO
    onec_release: str = ""
    """release of the configuration, as its people read it: what its VAT rates were chosen for"""
    prefix: str = ""
    encoding: Encoding = Encoding.CP1251
    schema_version: str = ""
    """``ВерсияСхемы`` of the bare form, whatever the request names (1c-clients §3.1); "": the request's, else 2.05"""
    currency_names: dict[str, str] = field(default_factory=dict)
    """ISO code → name in this base (decision 6)"""
    vat_rates: frozenset[str] = TODAYS_VAT_RATES
    old_zero_vat: ZeroVat = ZeroVat.NONE
    """how VAT_RATE 0 of old invoices is read"""
    document_cap: int = 500
    """documents in one answer; 0: no cap"""
    number_digits: int = 6
    """significant digits a number may have (decision 16)"""
    unseen_days: int = 3
    """days after which a confirmed document 1C never returned is a problem; 0: never (decision 13)"""
    hold_bad_inn: bool = False
    """hold invoices whose buyer has a wrong ИНН or КПП instead of sending them without it"""
    onec_party_ids: bool = False
    """send 1C's own id of the counterparty where its files have named it (``services.buyer_ids``)"""
    paid_stage: str = ""
    """stage that means "paid" for smart invoices; "": the success stage of the invoice's own category"""
    policy: Policy = field(default_factory=Policy)
    """what is done in Bitrix24 when 1C says something"""
    burst_changes: int = 200
    """invoices one file or poll may change before a person is asked; 0: any number"""
    burst_unpaid: int = 10
    """invoices one file or poll may take the payment back from before a person is asked"""
    selection: Selection = field(default_factory=Selection)
    """which invoices go; all by default"""
    on_leave: OnLeave = OnLeave.LEAVE
    """what becomes of a delivered document whose invoice leaves the selection"""
    catalog: bool = True
    """read catalogue files into the index of items; else they are kept unread"""
    match_names: bool = False
    """whether the exact name of an item tells it, after external code and article"""
    unmapped: UnmappedGoods = UnmappedGoods.SEND
    service_item: str = ""
    """id, article or name of the item for unmapped lines (``UnmappedGoods.SERVICE``)"""
    contact_types: ContactTypes = ContactTypes.FORM
    service_mark: ServiceMark = ServiceMark.CAPITAL
    delivery_row: str = ""
    """name of the row of an invoice that is its delivery; "": none is"""
    send_stage: bool = False
    """say the stage of the invoice (decision 15: not by default)"""
    send_paid: bool = False
    """say whether the stage of the invoice means paid (decision 15: not by default)"""
    extra_requisites: tuple[ExtraRequisite, ...] = ()
    """requisites the operator adds to every document"""
    extra_may_overwrite: bool = False
    """the operator wants extra requisites that fill a field of the order in 1C"""

    @property
    def spelling(self) -> Spelling:
        """Return what a dialect has to know."""
        return Spelling(self.contact_types, self.service_mark)

    @property
    def tells_stage(self) -> bool:
        """Tell whether documents say where the invoice stands, which changes without a new revision."""
        named = any(one.field is InvoiceField.STAGE for one in self.extra_requisites)
        return self.send_stage or self.send_paid or named
