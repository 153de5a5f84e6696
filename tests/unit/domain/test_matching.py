import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerceml_bridge.domain.identity import parse_invoice_id
from commerceml_bridge.domain.matching import Candidate, LookupKeys, Match, MatchedBy, NoMatch, keys, match
from commerceml_bridge.domain.returned import Operation, ReturnedDocument

GUID = "6b1f0a3e-9a35-11e9-8c1d-0050569a4f9f"
OTHER = "7b1f0a3e-9a35-11e9-8c1d-0050569a4f9f"
MARCH_5 = dt.date(2026, 3, 5)
MARCH_6 = dt.date(2026, 3, 6)

FIRST = Candidate(1, "acme-si-101", "101", MARCH_5)
SECOND = Candidate(2, "acme-si-102", "102", MARCH_5)
KNOWN = Candidate(3, "acme-inv-9", "СЧ-9", MARCH_5, onec_id=GUID)
FRESH = Candidate(3, "acme-inv-9", "СЧ-9", MARCH_5)
TOLD = dataclasses.replace(FIRST, onec_id=GUID)
TOLD_OURS = dataclasses.replace(FIRST, onec_id="acme-si-101")
TWIN = Candidate(4, "acme-inv-101", "101", MARCH_6)
TOLD_TWIN = dataclasses.replace(TWIN, onec_id=GUID)
NODE = [FIRST, SECOND, KNOWN]
NINE = dt.time(9, 5)


def order(**fields: Any) -> ReturnedDocument:
    return ReturnedDocument(**({"operation": Operation.ORDER, "operation_name": "Заказ товара"} | fields))


def payment(**fields: Any) -> ReturnedDocument:
    return order(operation=Operation.PAYMENT, operation_name="Выплата безналичных денег", **fields)


#  what 1C returned, the document, candidates → invoice, decided by, flagged
FOUND = [
    ("own Ид (Bitrix module)", order(id="acme-si-101"), NODE, 1, "own-id", False),
    ("own Ид beats a foreign number", order(id="acme-si-101", number="102", date=MARCH_5), NODE, 1, "own-id", False),
    ("number and date (УТ, УНФ)", order(id=OTHER, number="101", date=MARCH_5), NODE, 1, "number-date", False),
    ("padded number", order(id=OTHER, number="101        ", date=MARCH_5), NODE, 1, "number-date", False),
    ("other case", order(id=OTHER, number="сч-9", date=MARCH_5, time=NINE), [FIRST, FRESH], 3, "number-date", False),
    ("the same 1C id again", order(id=GUID, number="СЧ-9", date=MARCH_5), NODE, 3, "number-date", False),
    ("1C id, no number", order(id=GUID), NODE, 3, "onec-id", False),
    ("1C id, number rewritten in 1C", order(id=GUID, number="55", date=MARCH_5), NODE, 3, "onec-id", False),
    ("1C id wins over a number of another date", order(id=GUID, number="101", date=MARCH_6), NODE, 3, "onec-id", False),
    ("number alone, no date", order(id=OTHER, number="101"), NODE, 1, "number", True),
    ("number alone, other date", order(id=OTHER, number="101", date=MARCH_6), NODE, 1, "number", True),
    ("twins told by date", order(id=OTHER, number="101", date=MARCH_6), [FIRST, TWIN], 4, "number-date", False),
    ("twins told by 1C id", order(id=GUID, number="101"), [FIRST, TOLD_TWIN], 4, "onec-id", False),
    ("Ид that repeats the number", order(id="101", number="101", date=MARCH_5), [TOLD], 1, "number-date", False),
    ("GUID after an own Ид", order(id=GUID, number="101", date=MARCH_5), [TOLD_OURS], 1, "number-date", False),
    ("payment by our Ид", payment(id=OTHER, number="7", basis="acme-si-102"), NODE, 2, "basis", False),
    ("payment by 1C's Ид", payment(id=OTHER, basis=GUID), NODE, 3, "basis", False),
    ("other operation", order(operation=Operation.OTHER, number="102", date=MARCH_5), NODE, 2, "number-date", False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "document", "candidates", "invoice", "by", "flagged"), FOUND, ids=[one[0] for one in FOUND]
)
def test_which_invoice_a_document_means(
    what: str, document: ReturnedDocument, candidates: list[Candidate], invoice: int, by: str, flagged: bool
) -> None:
    assert match(document, candidates) == Match(invoice, MatchedBy(by), flagged), what


#  what 1C returned, the document, candidates → code
LOST = [
    ("unknown number", order(id=OTHER, number="777", date=MARCH_5), NODE, "unknown"),
    ("nothing to go by", order(), NODE, "no-keys"),
    ("another portal's Ид", order(id="other-si-101", number="101", date=MARCH_5), NODE, "foreign-id"),
    ("a second 1C id for one number", order(id=OTHER, number="СЧ-9", date=MARCH_5), NODE, "second-1c-id"),
    ("a second 1C id, number alone", order(id=OTHER, number="СЧ-9"), NODE, "second-1c-id"),
    ("one number twice, no date", order(id=OTHER, number="101"), [FIRST, TWIN], "ambiguous"),
    ("one number twice, a third date", order(number="101", date=dt.date(2026, 3, 7)), [FIRST, TWIN], "ambiguous"),
    ("number and 1C id disagree", order(id=GUID, number="101", date=MARCH_5), NODE, "ambiguous"),
    ("payment without basis is not matched by its own number", payment(number="101", date=MARCH_5), NODE, "no-keys"),
    ("payment of an unknown order", payment(number="101", date=MARCH_5, basis="acme-si-5"), NODE, "unknown"),
    ("no invoices at all", order(number="101", date=MARCH_5), [], "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "document", "candidates", "code"), LOST, ids=[one[0] for one in LOST])
def test_a_document_that_is_not_sure_is_left_out_with_a_reason(
    what: str, document: ReturnedDocument, candidates: list[Candidate], code: str
) -> None:
    found = match(document, candidates)
    assert isinstance(found, NoMatch), what
    assert found.code == code
    assert found.reason.endswith(".")


def test_a_subordinate_payment_belongs_to_its_order_unless_it_names_another() -> None:
    parent = Match(1, MatchedBy.NUMBER, flagged=True)
    assert match(payment(number="102"), NODE, parent=parent) == Match(1, MatchedBy.BASIS, flagged=True)
    assert match(payment(basis=OTHER), NODE, parent=parent) == Match(1, MatchedBy.BASIS, flagged=True)
    assert match(payment(basis="acme-si-102"), NODE, parent=parent) == Match(2, MatchedBy.BASIS)


def test_the_keys_of_a_document_say_what_to_look_up() -> None:
    assert keys(order(id=GUID, number=" Сч-9 ")) == LookupKeys(
        own_ids=frozenset(), numbers=frozenset({"Сч-9", "сч-9", "СЧ-9"}), onec_ids=frozenset({GUID})
    )
    assert keys(order(id="acme-si-1")).own_ids == {"acme-si-1"}
    assert keys(payment(id=OTHER, number="5", basis=GUID)) == LookupKeys(onec_ids=frozenset({GUID}))
    assert keys(order(children=(payment(basis="acme-si-2"),))).own_ids == {"acme-si-2"}
    assert keys(order(number="1")) | keys(order(number="2")) == LookupKeys(numbers=frozenset({"1", "2"}))


IDS = st.sampled_from(["", GUID, OTHER, "acme-si-101", "acme-si-102", "101"])
NUMBERS = st.sampled_from(["", "101", "102", "сч-9", "СЧ-9"])
DATES = st.sampled_from([MARCH_5, MARCH_6])
DOCUMENTS = st.builds(
    ReturnedDocument,
    operation=st.sampled_from(Operation),
    operation_name=st.just(""),
    id=IDS,
    number=NUMBERS,
    date=st.none() | DATES,
    basis=IDS,
)
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        invoice_id=st.integers(1, 9),
        own_id=st.sampled_from(["acme-si-101", "acme-si-102", "acme-si-103"]),
        number=NUMBERS.filter(bool),
        date=DATES,
        onec_id=st.none() | IDS,
    ),
    max_size=5,
    unique_by=(lambda one: one.invoice_id, lambda one: one.own_id),
)


@given(DOCUMENTS, CANDIDATES)
def test_candidates_outside_the_keys_never_decide(document: ReturnedDocument, candidates: list[Candidate]) -> None:
    wanted = keys(document)
    looked_up = [
        one
        for one in candidates
        if one.own_id in wanted.own_ids or one.number in wanted.numbers or one.onec_id in wanted.onec_ids
    ]
    assert match(document, looked_up) == match(document, candidates)


@given(DOCUMENTS, CANDIDATES)
def test_the_order_of_candidates_does_not_matter(document: ReturnedDocument, candidates: list[Candidate]) -> None:
    forwards, backwards = match(document, candidates), match(document, candidates[::-1])
    assert isinstance(forwards, NoMatch) == isinstance(backwards, NoMatch)
    if isinstance(forwards, Match):
        assert forwards == backwards


@given(DOCUMENTS, CANDIDATES)
def test_an_own_id_never_leads_to_another_invoice(document: ReturnedDocument, candidates: list[Candidate]) -> None:
    found = match(document, candidates)
    if document.operation is Operation.ORDER and parse_invoice_id(document.id) and isinstance(found, Match):
        (candidate,) = (one for one in candidates if one.invoice_id == found.invoice_id)
        assert candidate.own_id == document.id


def test_an_unknown_document_without_a_number_is_told_by_its_id() -> None:
    found = match(order(id=OTHER), NODE)
    assert isinstance(found, NoMatch)
    assert OTHER in found.reason
    assert "«»" not in found.reason
