"""Old invoices' rate 0: the portal does not tell «0 %» from «Без НДС» there, so the node says what it means."""

from __future__ import annotations

import pytest

from commerceml_bridge.domain.documents import NO_VAT
from commerceml_bridge.domain.invoices import Invoice, InvoiceKey, InvoiceKind
from commerceml_bridge.domain.nodes import ZeroVat
from tests.unit.domain.samples import invoice, row
from tests.unit.domain.test_rendering import document, refusal

OLD = InvoiceKey(InvoiceKind.OLD, 12)


def zero(kind: InvoiceKey = OLD) -> Invoice:
    return invoice(row("100", "1", "0"), key=kind)


@pytest.mark.parametrize(("policy", "rate"), [(ZeroVat.NONE, NO_VAT), (ZeroVat.ZERO, "0")])
def test_the_node_says_what_0_of_an_old_invoice_means(policy: ZeroVat, rate: str) -> None:
    made = document(zero(), old_zero_vat=policy)
    assert [made.tax.rate, *(line.tax.rate for line in made.lines)] == [rate, rate]


def test_without_a_policy_it_means_no_vat_and_a_smart_invoice_says_it_itself() -> None:
    assert document(zero()).tax.rate == NO_VAT
    assert document(zero(InvoiceKey(InvoiceKind.SMART, 12))).tax.rate == "0"


def test_a_node_may_hold_it_until_somebody_decides() -> None:
    assert refusal(zero(), old_zero_vat=ZeroVat.HOLD).code == "vat-zero"
    taxed = invoice(row("100", "1", "20"), key=OLD)
    assert document(taxed, old_zero_vat=ZeroVat.HOLD).tax.rate == "20"
