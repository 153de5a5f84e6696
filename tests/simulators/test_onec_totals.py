"""Each family computes from our XML the total and the VAT that the invoice has in Bitrix24, to the kopeck."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commerceml_bridge.commerceml.dialects import dialect_for
from commerceml_bridge.commerceml.writer import envelope, render_document
from commerceml_bridge.domain.documents import NO_VAT, Encoding, Form, OutgoingDocument
from commerceml_bridge.domain.invoices import InvoiceRow
from commerceml_bridge.domain.nodes import ClientFamily, NodeOptions
from commerceml_bridge.domain.numbering import WireNumber
from commerceml_bridge.domain.rendering import render
from commerceml_bridge.errors import CannotRender
from commerceml_bridge.simulators.onec import booking, vat, xdto
from commerceml_bridge.simulators.onec.site_documents import SiteDocument, from_xdto
from commerceml_bridge.simulators.onec.ut10_reader import Ut10Reader
from tests.unit.domain import samples

RATES = vat.Rates(vat.CONVERTER_RATES)
RESOLVERS = {
    ClientFamily.UT10: vat.rates_plain,
    ClientFamily.UT11: vat.rates_ut11,
    ClientFamily.UNF: vat.rates_unf,
    ClientFamily.BP3: vat.rates_converted,
    ClientFamily.BITRIX: vat.rates_plain,
}


def read(document: OutgoingDocument, family: ClientFamily) -> SiteDocument:
    """Return the document as the family's simulator reads it off the wire."""
    dialect = dialect_for(Form.CONTAINER if family is ClientFamily.BITRIX else Form.BARE, None)
    head, tail = envelope(dialect, Encoding.CP1251, dt.datetime(2026, 3, 6, tzinfo=dt.UTC))
    text = (head + render_document(document, dialect, Encoding.CP1251) + tail).decode("cp1251")
    if family is ClientFamily.UT10:
        return Ut10Reader().read(text)[0]
    root = xdto.parse(text)
    path = ("Контейнер", "Документ") if family is ClientFamily.BITRIX else ("Документ",)
    return from_xdto(root.all(*path)[0], inherit_empty=True)


def computed(document: OutgoingDocument, family: ClientFamily) -> tuple[Decimal, Decimal]:
    """Return total and VAT as the family recomputes them: sums from price × quantity, VAT from the rates it sees.

    УТ 11 keeps «Без НДС» as 0: it knows no other word for it (facts: 1c-clients §3.4).
    """
    site = read(document, family)
    amounts = [booking.amount_of(line) for line in site.lines]
    inside = vat.included(site)
    rates = RESOLVERS[family](site, RATES)
    taxes = [vat.vat_amount(amount, rate, inside=inside) for amount, rate in zip(amounts, rates, strict=True)]
    told = [line.tax.rate for line in document.lines]
    assert rates == (["0" if rate == NO_VAT else rate for rate in told] if family is ClientFamily.UT11 else told)
    return sum(amounts, Decimal(0)), sum(taxes, Decimal(0))


@pytest.mark.parametrize("family", RESOLVERS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(given_rows=st.lists(samples.rows, min_size=1, max_size=5))
def test_a_family_computes_our_total_and_vat(family: ClientFamily, given_rows: list[InvoiceRow]) -> None:
    one = samples.invoice(*given_rows)
    options = NodeOptions(from_date=dt.date(2020, 1, 1), client=family)
    try:
        made = render(one, portal_code="p", number=WireNumber("101", is_substitute=False), version=1, options=options)
    except CannotRender as refused:
        assert refused.code == "vat-mix"
        assert family is ClientFamily.UT11
        return
    assert made.amount == one.total
    assert computed(made, family) == (one.total, made.tax.amount)
