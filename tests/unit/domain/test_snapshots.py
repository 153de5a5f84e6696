import dataclasses
import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from commerceml_bridge.domain.invoices import BankAccount, Invoice, InvoiceKey, InvoiceKind, StageSemantics
from commerceml_bridge.domain.snapshots import accounting_hash, content_hash, from_json, to_json
from tests.unit.domain.samples import BUYER, SELLER, invoice, invoices, row

PLAIN = invoice(row("10.00", "3"), row("7", "1", None, row_id=2, name="Стол"))


@given(invoices)
def test_what_is_written_is_read_back_exactly(one: Invoice) -> None:
    assert from_json(to_json(one)) == one
    assert to_json(from_json(to_json(one))) == to_json(one)


def test_the_spelling_is_canonical() -> None:
    text = to_json(invoice(row("1E+1", "2.500"), total="25.0"))
    data = json.loads(text)
    assert list(data) == sorted(data)
    assert data["rows"][0]["price"] == "10"
    assert data["rows"][0]["quantity"] == "2.5"
    assert data["total"] == "25"
    assert data["date"] == "2026-03-05"
    assert data["updated_at"] == "2026-03-05T09:30:00+00:00"
    assert "Стул" in text


def test_a_snapshot_of_another_release_is_readable() -> None:
    data = json.loads(to_json(PLAIN))
    del data["deal_id"]
    data["something_new"] = 1
    assert from_json(json.dumps(data)) == PLAIN


def without(name: str) -> dict[str, Any]:
    data = json.loads(to_json(PLAIN))
    del data[name]
    return data  # type: ignore[no-any-return] # json gives Any


@pytest.mark.parametrize(
    "broken",
    [
        "[]",
        "{",
        json.dumps(without("number")),
        json.dumps(without("number") | {"number": 5}),
        json.dumps(without("total") | {"total": "ten"}),
        json.dumps(without("date") | {"date": "5 March"}),
        json.dumps(without("stage_semantics") | {"stage_semantics": "perhaps"}),
    ],
)
def test_what_is_no_invoice_is_a_value_error(broken: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_json(broken)


def change(**changes: Any) -> Invoice:
    return dataclasses.replace(PLAIN, **changes)


def change_row(**changes: Any) -> Invoice:
    return change(rows=(dataclasses.replace(PLAIN.rows[0], **changes), PLAIN.rows[1]))


def change_buyer(**changes: Any) -> Invoice:
    return change(buyer=dataclasses.replace(BUYER, **changes))


GUID = "6b1f0a3e-9a35-11e9-8c1d-0050569a4f9f"

#  what changed, the changed invoice, does 1C see it, is it a change to an accountant
CHANGES = [
    ("number", change(number="102"), True, True),
    ("date", change(date=dt.date(2026, 3, 6)), True, True),
    ("total", change(total=Decimal("37.01")), True, True),
    ("currency", change(currency="USD"), True, True),
    ("quantity", change_row(quantity=Decimal(4)), True, True),
    ("price", change_row(price=Decimal("10.01")), True, True),
    ("VAT of a line", change_row(vat_rate=Decimal(10)), True, True),
    ("20 % becomes без НДС", change_row(vat_rate=None), True, True),
    (
        "0 % instead of без НДС",
        change(rows=(PLAIN.rows[0], dataclasses.replace(PLAIN.rows[1], vat_rate=Decimal(0)))),
        1,
        1,
    ),
    ("name of a line", change_row(name="Табурет"), True, True),
    ("unit", change_row(unit_code="166"), True, True),
    ("product", change_row(product_id=56), True, True),
    ("1C's id of the product", change_row(product_xml_id=GUID), True, False),
    ("a line less", change(rows=PLAIN.rows[:1]), True, True),
    ("ИНН", change_buyer(inn="7736050003"), True, True),
    ("КПП", change_buyer(kpp="770801001"), True, True),
    ("another buyer", change_buyer(entity_id=8), True, True),
    ("a contact, not a company", change_buyer(entity="contact"), True, True),
    ("no buyer", change(buyer=None), True, True),
    ("another seller", change(seller=dataclasses.replace(SELLER, entity_id=2)), True, True),
    ("buyer's name", change_buyer(name="Ромашка плюс"), True, False),
    ("buyer's phone", change_buyer(phones=()), True, False),
    ("buyer's account", change_buyer(bank_account=None), True, False),
    ("buyer's other accounts", change_buyer(other_accounts=(BankAccount("1"),)), True, False),
    ("comment", change(comment="Срочно"), True, False),
    ("pay before", change(pay_before=dt.date(2026, 4, 1)), True, False),
    ("article", change_row(article="A-1"), True, False),
    ("order of lines", change(rows=PLAIN.rows[::-1]), True, False),
    ("the portal's VAT total", change(tax=Decimal("0.01")), True, False),
    ("row id", change_row(row_id=99), False, False),
    ("per-unit discount, informative", change_row(discount=Decimal(1)), False, False),
    ("how the price was typed", change_row(vat_included=False), False, False),
    ("scale of a price", change_row(price=Decimal("10")), False, False),
    ("scale of the total", change(total=Decimal("37.000")), False, False),
    ("stage", change(stage_id="P", stage_semantics=StageSemantics.SUCCESS), False, False),
    ("time of change", change(updated_at=dt.datetime(2027, 1, 1, tzinfo=dt.UTC)), False, False),
    ("responsible", change(responsible_id=5), False, False),
    ("deal", change(deal_id=5), False, False),
    ("category", change(category_id=9), False, False),
    ("recurring", change(is_recurring_template=True), False, False),
    ("seller's name", change(seller=dataclasses.replace(SELLER, name="Мы и Ко")), False, False),
    ("which requisite", change_buyer(requisite_id=71), False, False),
]


@pytest.mark.parametrize(("what", "changed", "seen", "accounting"), CHANGES, ids=[one[0] for one in CHANGES])
def test_what_counts_as_a_change(what: str, changed: Invoice, seen: bool, accounting: bool) -> None:
    assert (content_hash(changed) != content_hash(PLAIN)) == seen, what
    assert (accounting_hash(changed) != accounting_hash(PLAIN)) == accounting, what


def test_the_tax_of_an_invoice_without_rows_is_accounting() -> None:
    one = invoice(total="120", tax=Decimal(20))
    assert accounting_hash(one) != accounting_hash(dataclasses.replace(one, tax=Decimal(0)))


def test_the_key_alone_tells_two_copies_apart_in_content_only() -> None:
    copy = change(key=InvoiceKey(InvoiceKind.OLD, 101))
    assert content_hash(copy) != content_hash(PLAIN)
    assert accounting_hash(copy) == accounting_hash(PLAIN)


def test_hashes_are_sha256_hex_and_stable() -> None:
    assert len(content_hash(PLAIN)) == len(accounting_hash(PLAIN)) == 64
    assert accounting_hash(from_json(to_json(PLAIN))) == accounting_hash(PLAIN)
    assert content_hash(from_json(to_json(PLAIN))) == content_hash(PLAIN)


def test_an_invoice_without_other_accounts_has_the_hash_of_before_there_were_any() -> None:
    before = "56885ed8a7f70dc00bf943500a8c34f34d79d847570eea080f587d9668c8bd6c"
    assert content_hash(invoice(row("1000", "2"))) == before
