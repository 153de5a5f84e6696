"""Bank statements: counted once, certain ones applied, the rest decided by a person, everything kept."""

from __future__ import annotations

from decimal import Decimal

import pytest

from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.errors import BadInput, NotFound, StatementInvalid
from commerceml_bridge.services import auditing, nodes, statements
from tests.integration.bank import file, payment
from tests.integration.office import Office


@pytest.fixture
def node(office: Office) -> NodeRow:
    """A node that has delivered invoices 101 and 102 of 1200.00 each."""
    made = office.node("buh")
    office.bill("101")
    office.bill("102")
    office.exchange(made)
    return made


def load(office: Office, node: NodeRow, *documents: str) -> statements.LoadReport:
    return statements.load(office.bridge, node, "kl_to_1c.txt", file(*documents))


def facts(office: Office, node: NodeRow, number: str) -> list[tuple[str, str, Decimal | None]]:
    """What the ledger has been told by statements of an invoice."""
    consignment = office.consignment(node, office.bill(number))
    with office.bridge.db.read() as uow:
        rows = uow.ledger.of([consignment.id])[consignment.id]
    return [(row.source, row.kind, row.amount) for row in rows if row.holds]


def only(office: Office, node: NodeRow, state: str = statements.PROPOSED) -> statements.Item:
    (item,) = statements.items(office.bridge, node.id, states=(state,))
    return item


def test_a_certain_payment_reaches_the_ledger(office: Office, node: NodeRow) -> None:
    report = load(office, node, payment("7", "1200.00", "Оплата по счету № 101 от 05.03.2026"))
    assert (report.applied, report.proposed, report.unmatched, report.repeated) == (1, 0, 0, 0)
    assert facts(office, node, "101") == [("statement", "payment", Decimal("1200.00"))]
    row = office.consignment(node, office.bill("101"))
    assert (row.payment, row.paid_amount) == ("paid", Decimal("1200.00"))
    assert office.jobs() == ["pending"]


def test_two_partial_payments_add_up(office: Office, node: NodeRow) -> None:
    load(office, node, payment("7", "500.00", "счет 101"))
    row = office.consignment(node, office.bill("101"))
    assert (row.payment, row.paid_amount) == ("partly-paid", Decimal("500.00"))
    load(office, node, payment("8", "700.00", "счет 101"))
    assert office.consignment(node, office.bill("101")).payment == "paid"


def test_one_payment_for_two_invoices_is_shared(office: Office, node: NodeRow) -> None:
    assert load(office, node, payment("7", "2400.00", "счета 101 и 102")).applied == 1
    assert facts(office, node, "101") == facts(office, node, "102") == [("statement", "payment", Decimal("1200.00"))]


def test_the_same_file_and_the_same_document_in_another_count_once(office: Office, node: NodeRow) -> None:
    one = payment("7", "500.00", "счет 101")
    load(office, node, one)
    assert load(office, node, one).repeated == 1
    again = load(office, node, one, payment("8", "100.00", "счет 101"), one)
    assert (again.applied, again.repeated) == (1, 2)
    assert office.consignment(node, office.bill("101")).paid_amount == Decimal("600.00")
    assert [one.repeated for one in statements.files(office.bridge, node.id)] == [2, 1, 0]


def test_an_uncertain_payment_waits_and_says_why(office: Office, node: NodeRow) -> None:
    report = load(office, node, payment("7", "1300.00", "счет 101"))
    assert (report.applied, report.proposed) == (0, 1)
    item = only(office, node)
    assert "больше остатка" in item.document.reason
    assert [(one.invoice_number, one.amount) for one in item.shares] == [("101", Decimal("1300.00"))]
    assert facts(office, node, "101") == []


def test_yes_applies_it_and_is_remembered_with_who_said_so(office: Office, node: NodeRow) -> None:
    load(office, node, payment("7", "1300.00", "счет 101"))
    with auditing.acting("anna"):
        statements.accept(office.bridge, only(office, node).document.id, reason="звонили")
    assert facts(office, node, "101") == [("statement", "payment", Decimal("1300.00"))]
    done = only(office, node, statements.APPLIED).document
    assert (done.decided_by, "звонили" in done.reason) == ("anna", True)
    with pytest.raises(BadInput, match="уже разобран"):
        statements.accept(office.bridge, done.id)


def test_no_leaves_the_ledger_alone(office: Office, node: NodeRow) -> None:
    load(office, node, payment("7", "1300.00", "счет 101"))
    statements.decline(office.bridge, only(office, node).document.id)
    assert facts(office, node, "101") == []
    assert load(office, node, payment("7", "1300.00", "счет 101")).repeated == 1


def test_of_two_that_fit_one_must_be_chosen(office: Office, node: NodeRow) -> None:
    load(office, node, payment("7", "1200.00", "за товар"))
    item = only(office, node)
    assert len(item.shares) == 2
    with pytest.raises(BadInput, match="выберите один"):
        statements.accept(office.bridge, item.document.id)
    with pytest.raises(BadInput, match="предложенных нет"):
        statements.accept(office.bridge, item.document.id, [999])
    chosen = next(one for one in item.shares if one.invoice_number == "102")
    statements.accept(office.bridge, item.document.id, [chosen.id])
    assert facts(office, node, "101") == []
    assert facts(office, node, "102") == [("statement", "payment", Decimal("1200.00"))]


def test_a_payment_before_its_invoice_is_found_when_the_file_comes_again(office: Office, node: NodeRow) -> None:
    one = payment("7", "1200.00", "счет 103")
    assert load(office, node, one).unmatched == 1
    office.bill("103")
    office.exchange(node)
    assert load(office, node, one).applied == 1
    assert office.consignment(node, office.bill("103")).payment == "paid"


def test_a_refund_waits_and_is_taken_off_once_confirmed(office: Office, node: NodeRow) -> None:
    load(office, node, payment("7", "1200.00", "счет 101"))
    report = load(office, node, payment("70", "1200.00", "Возврат по счету 101", outgoing=True))
    assert (report.applied, report.proposed) == (0, 1)
    statements.accept(office.bridge, only(office, node).document.id)
    assert ("statement", "refund", Decimal("1200.00")) in facts(office, node, "101")


def test_a_statement_that_would_change_too_much_waits_for_a_person(office: Office, node: NodeRow) -> None:
    nodes.set_options(office.bridge, "buh", burst_changes=1)
    careful = nodes.by_name(office.bridge, "buh")
    load(office, careful, payment("7", "1200.00", "счет 101"), payment("8", "1200.00", "счет 102"))
    assert office.consignment(node, office.bill("101")).payment == "paid", "the facts are recorded all the same"
    assert office.jobs() == ["held", "held"]


def test_what_we_pay_to_others_is_nobodys_business_here(office: Office, node: NodeRow) -> None:
    assert load(office, node, payment("70", "5.00", "Оплата по счету 101", inn="1", outgoing=True)).ignored == 1


def test_a_broken_file_is_refused_with_its_line_and_kept(office: Office, node: NodeRow) -> None:
    with pytest.raises(StatementInvalid) as caught:
        statements.load(office.bridge, node, "x.txt", b"%PDF-1.4")
    assert caught.value.line == 1
    (kept,) = statements.files(office.bridge, node.id)
    assert (kept.state, kept.error) == ("refused", caught.value.message)
    with office.bridge.db.read() as uow:
        assert uow.statements.body(kept.id) == b"%PDF-1.4"


def test_one_unreadable_document_spares_the_others(office: Office, node: NodeRow) -> None:
    report = load(office, node, payment("6", "сто", "счет 101"), payment("7", "1200.00", "счет 101"))
    assert report.applied == 1
    assert [line for line, _ in report.problems] == [7]


def test_an_invoice_of_another_node_is_not_touched(office: Office, node: NodeRow) -> None:
    other = office.node("other")
    assert load(office, other, payment("7", "1200.00", "счет 101")).unmatched == 1


def test_a_payment_nobody_knows_is_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        statements.accept(office.bridge, 1)
