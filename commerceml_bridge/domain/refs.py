"""What an invoice is made of beside itself: the CRM objects whose change may change its document."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class RefKind(StrEnum):
    """A kind of CRM object."""

    COMPANY = "company"
    CONTACT = "contact"
    REQUISITE = "requisite"
    PRODUCT = "product"


@dataclass(frozen=True)
class Ref:
    """One CRM object."""

    kind: RefKind
    id: int


@dataclass(frozen=True)
class RefChange:
    """An object that changed, and when by the portal's clock; ``None``: it is not known when."""

    ref: Ref
    at: dt.datetime | None
