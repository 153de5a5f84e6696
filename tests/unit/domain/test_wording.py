"""Words people search by."""

from __future__ import annotations

import dataclasses

from commerceml_bridge.domain import wording
from tests.unit.domain import samples


def test_words_are_folded_once_each_and_without_punctuation() -> None:
    assert wording.words("ООО «Ёлка-плюс», ооо ЁЛКА  №7") == ["ооо", "елка", "плюс", "7"]
    assert wording.words(" -- ") == []
    assert wording.words("x" * 100) == ["x" * wording.LONGEST]


def test_an_invoice_is_found_by_its_buyer_and_its_lines() -> None:
    row = dataclasses.replace(samples.row("10.00"), name="Кабель ВВГ 3х2,5", article="KB-325")
    found = wording.words_of(samples.invoice(row))
    assert {"кабель", "ввг", "3х2", "5", "kb", "325"} <= set(found)
    assert len(found) == len(set(found))


def test_a_huge_invoice_keeps_the_words_of_its_buyer() -> None:
    rows = [dataclasses.replace(samples.row("1.00"), name=f"товар{n}") for n in range(1000)]
    invoice = samples.invoice(*rows)
    found = wording.words_of(invoice)
    assert len(found) == wording.MOST
    assert invoice.buyer is not None
    assert set(wording.words(invoice.buyer.name)) <= set(found)
