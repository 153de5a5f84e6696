"""Online payments a site reports with an order (УНФ and БП with ``cmlVersion=2.10``; facts: 1c-clients §3.5).

Only subordinate documents ``Эквайринговая операция`` count.
"""

from __future__ import annotations

from collections.abc import Callable

from commerceml_bridge.simulators.onec.base import OneCBase
from commerceml_bridge.simulators.onec.model import Order, Payment
from commerceml_bridge.simulators.onec.site_documents import SiteDocument

ACQUIRING = "эквайринговая операция"


def settled_unless_denied(document: SiteDocument) -> bool:
    """УНФ: ``Оплачено`` ≠ false."""
    return (document.requisite("Оплачено") or "").lower() != "false"


def settled_if_said(document: SiteDocument) -> bool:
    """БП: needs ``Оплачено`` = true."""
    return (document.requisite("Оплачено") or "").lower() == "true"


def take(base: OneCBase, order: Order, document: SiteDocument, settled: Callable[[SiteDocument], bool]) -> None:
    """Enter the online payments of ``document`` that are not in the base yet."""
    known = {payment.site_number for payment in order.payments}
    for child in document.subordinate:
        number = child.number or ""
        if (child.operation or "").lower() != ACQUIRING or not settled(child) or number in known:
            continue
        order.payments.append(
            Payment(
                number=base.next_number("00ЭО-"),
                date=child.moment or base.now(),
                amount=child.amount or order.total,
                kind="card",
                site_number=number,
                method=child.requisite("Метод оплаты") or "",
            )
        )
