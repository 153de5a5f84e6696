"""Whatever is written is valid by our own schema and reads back as what was meant."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commerceml_bridge.commerceml.dialects import dialect_for
from commerceml_bridge.commerceml.reader import read_documents
from commerceml_bridge.commerceml.validation import validate_outgoing
from commerceml_bridge.commerceml.writer import render_document
from commerceml_bridge.domain.documents import Encoding, Form, OutgoingDocument
from commerceml_bridge.domain.returned import Operation, ReturnedDocument
from tests.unit.commerceml.samples import answer, awkward_invoice, invoice, mixed_rates_invoice, person_invoice
from tests.unit.commerceml.strategies import documents

_SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@_SETTINGS
@given(document=documents, form=st.sampled_from(Form), encoding=st.sampled_from(Encoding))
def test_any_document_within_the_contract_is_valid_by_our_own_schema(
    document: OutgoingDocument, form: Form, encoding: Encoding
) -> None:
    body = render_document(document, dialect_for(form, None), encoding)
    assert validate_outgoing(body, form, encoding) == []


@_SETTINGS
@given(document=documents, form=st.sampled_from(Form), encoding=st.sampled_from(Encoding))
def test_any_document_reads_back_as_what_was_meant(document: OutgoingDocument, form: Form, encoding: Encoding) -> None:
    (item,) = read_documents([answer([document], form, None, encoding)])
    back = item.document
    assert isinstance(back, ReturnedDocument)
    assert back.warnings == ()
    assert (back.operation, back.id, back.number, back.currency) == (
        Operation.ORDER,
        document.id,
        document.number,
        document.currency,
    )
    assert (back.date, back.time, back.pay_date) == (document.date, document.time, document.pay_before)
    assert (back.amount, back.vat, back.in_container) == (document.amount, document.tax.amount, form is Form.CONTAINER)
    assert [(line.id, line.price, line.quantity, line.amount, line.vat_rate) for line in back.lines] == [
        (line.id, line.price, line.quantity, line.amount, line.tax.rate) for line in document.lines
    ]
    assert back.counterparty is not None
    assert (back.counterparty.inn, back.counterparty.kpp) == (document.counterparty.inn, document.counterparty.kpp)


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("encoding", Encoding)
def test_an_answer_of_several_documents_reads_back_in_order(form: Form, encoding: Encoding) -> None:
    sent = [invoice(), person_invoice(), awkward_invoice(), mixed_rates_invoice()]
    stream = read_documents([answer(sent, form, None, encoding)])
    back = [item.document for item in stream]
    assert [document.number for document in back] == [document.number for document in sent]
    assert isinstance(back[2], ReturnedDocument)
    assert back[2].counterparty is not None
    assert back[2].counterparty.name == "АО «Ünïcode» 😀"
    assert back[2].comment == "Первая\nвторая\nтретья ☃"
    assert back[2].lines[0].name == 'Труба 1/2" <чёрная> & муфта ⌀ 20 мм'
    assert back[2].lines[0].quantity == Decimal("2.5")
    assert stream.header is not None
    assert stream.header.formed_at == dt.datetime.combine(dt.date(2026, 3, 5), dt.time(9, 5, 7))
