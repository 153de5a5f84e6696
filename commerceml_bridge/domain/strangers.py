"""Documents of 1C that belong to no invoice: what is information, and what a person has to look at.

A full exchange brings all orders of the base, those typed into 1C included, and the Bitrix module brings payments and
shipments as documents of their own (facts: 1c-clients §4, §4.2; commerceml §4 C). None of that is an error, and nothing
is ever made of it in Bitrix24 (field-failures §2.1, ghost orders; decision 28). What *looks* like ours and is not at
this node, and what fits two invoices, still waits for a person.
"""

from __future__ import annotations

from dataclasses import dataclass

from commerceml_bridge.domain.identity import parse_invoice_id
from commerceml_bridge.domain.matching import NoMatch
from commerceml_bridge.domain.returned import Operation, ReturnedDocument

CREATED_IN_1C = "created-in-1c"
NOT_OUR_PAYMENT = "not-our-payment"
NOT_OUR_SHIPMENT = "not-our-shipment"
UNKNOWN_OPERATION = "unknown-operation"

_UNKNOWN = frozenset({"unknown", "no-keys"})
"""Codes of ``matching`` that mean "nothing of ours", as against "ours, but which?"."""


@dataclass(frozen=True)
class Stranger:
    """A document kept as information: why it has no effect, in Russian."""

    code: str
    reason: str


def unknown_operation(document: ReturnedDocument) -> Stranger | None:
    """Set aside a document whose ``ХозОперация`` nobody foresaw (a return of goods, a tax invoice, …).

    It bears the number of its order, so that matching would take it for the order itself. A document that names no
    operation at all is an order: edited files leave it out (commerceml §4).
    """
    if not document.is_unforeseen:
        return None
    return Stranger(
        UNKNOWN_OPERATION,
        f"Операция «{document.operation_name}»: о заказе и его оплате она ничего не говорит. Документ сохранён, "
        "других последствий нет.",
    )


def stranger(document: ReturnedDocument, found: NoMatch) -> Stranger | None:
    """Say what an unmatched document is; ``None`` if a person has to look at it."""
    if found.code not in _UNKNOWN or parse_invoice_id(document.basis.strip()):
        return None
    if document.operation is Operation.SHIPMENT:
        return Stranger(NOT_OUR_SHIPMENT, f"Отгрузка не по нашему счёту. {found.reason}")
    if document.operation in {Operation.PAYMENT, Operation.REFUND}:
        return Stranger(NOT_OUR_PAYMENT, f"Оплата не по нашему счёту. {found.reason}")
    named = document.number_1c.strip() or document.number.strip() or document.id.strip()
    return Stranger(
        CREATED_IN_1C,
        f"Документ «{named}» создан в 1С: такого счёта узлу не передавали. Он сохранён, в Битрикс24 ничего не создано.",
    )
