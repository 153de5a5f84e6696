"""Each family's double takes every golden document of the forms it understands, over its real reading code."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from commerceml_bridge.domain.documents import NO_VAT as SENT_WITHOUT_VAT
from commerceml_bridge.domain.documents import Encoding, Form
from commerceml_bridge.simulators.onec import FAMILIES, connect
from commerceml_bridge.simulators.onec.model import NO_VAT
from tests.simulators.onec_site import Reply, envelope, running
from tests.unit.commerceml.goldens import SITUATIONS, rendered

FIXTURES = Path(__file__).parents[2] / "fixtures" / "commerceml"
CHARSETS = {Encoding.CP1251: "windows-1251", Encoding.UTF8: "utf-8", Encoding.UTF8_BOM: "utf-8"}
STOCK = tuple(family for family in FAMILIES if family != "bitrix")
FORMS_OF = {**dict.fromkeys(STOCK, (Form.BARE, Form.SUBORDINATE)), "bitrix": (Form.CONTAINER,)}
BEFORE_2025 = frozenset({"ut10", "unf", "unf16"})
"""doubles of releases that do not know 5, 7 and 22 % and silently take such a line as untaxed (commerceml §2.9)"""
INHERITS = frozenset({"ut11"})
"""gives untaxed lines and rates it does not know the rate of the document, hence the hold of mixed rates"""
FOLDERS = {Form.BARE: "2.05", Form.SUBORDINATE: "2.10", Form.CONTAINER: "3.1"}


@pytest.mark.parametrize(("family", "form"), [(family, form) for family, forms in FORMS_OF.items() for form in forms])
@pytest.mark.parametrize("name", SITUATIONS)
def test_a_family_takes_a_golden_document_and_books_its_sum(name: str, family: str, form: Form) -> None:
    document, encoding = rendered(name, form)
    body = (FIXTURES / FOLDERS[form] / "outgoing" / f"{name}.xml").read_bytes()
    with running() as site:
        kind = f"application/xml; charset={CHARSETS[encoding]}"
        site.answers["query"] = [Reply(body=body, content_type=kind), Reply(envelope(), content_type=kind)]
        one = connect(family, address=site.address, login="l", password="p")
        report = one.load()
    assert (report.created, report.skipped, report.success_sent) == (1, 0, True), report.messages
    (order,) = one.base.orders.values()
    assert order.total == document.amount
    assert [(line.quantity, line.amount) for line in order.lines] == [
        (line.quantity, line.amount) for line in document.lines
    ]
    assert order.counterparty.inn == document.counterparty.inn
    assert sum((line.amount for line in order.lines), Decimal(0)) == document.amount
    assert order.counterparty.legal or not document.counterparty.is_company
    assert order.counterparty.accounts == [one.account for one in document.counterparty.accounts]
    if family not in INHERITS:
        assert [line.vat_rate for line in order.lines] == [_known(line.tax.rate, family) for line in document.lines]


def _known(rate: str, family: str) -> str:
    """What the double's release makes of a rate."""
    if rate in ("5", "7", "22") and family in BEFORE_2025:
        return NO_VAT
    return NO_VAT if rate == SENT_WITHOUT_VAT else rate
