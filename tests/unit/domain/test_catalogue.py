"""Items of 1C: keys they are compared by, and what two files together say of one."""

from __future__ import annotations

from commerceml_bridge.domain.catalogue import Facts, Item, article_key, item_id, name_key, only_base


def test_what_the_catalogue_says_wins_and_the_offer_fills_in() -> None:
    catalogue, offer = Facts(name="Болт", article=""), Facts(name="Болт (М6)", article="А-1", deleted=True)
    assert catalogue.merged(offer) == Facts(name="Болт", article="А-1", deleted=True)
    assert Facts(deleted=False).merged(offer).deleted is False


def test_facts_survive_storage() -> None:
    facts = Facts(name="Болт", is_service=False)
    assert Facts.from_json(facts.to_json()) == facts
    assert Facts.from_json("") == Facts()


def test_keys_forgive_case_and_blanks_and_nothing_else() -> None:
    assert article_key(" а-1 ") == article_key("А-1")
    assert name_key("Болт  М6 ") == name_key("болт м6")
    assert name_key("Болт М6") != name_key("Болт М-6")


def test_an_item_doubled_is_the_item() -> None:
    assert item_id(" a#a ") == item_id("a#") == "a"
    assert item_id("a#b") == "a#b"
    assert item_id("#") == ""


def test_characteristics_of_one_item_are_the_item() -> None:
    base, red, blue = (Item(one, "Болт") for one in ("a", "a#red", "a#blue"))
    assert only_base([base, red, blue]) == base
    assert only_base([red]) == red
    assert only_base([red, blue]) is None
    assert only_base([base, Item("b", "Болт")]) is None
    assert only_base([]) is None
