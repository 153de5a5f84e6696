import pytest

from commerceml_bridge.bitrix24.parties import COMPANY, CONTACT, Entity, addresses, party, party_kind
from commerceml_bridge.domain.invoices import Address, AddressKind, BankAccount, PartyKind
from tests.unit.bitrix24.answers import book

BUYER, SELLER, PERSON = Entity(COMPANY, 41), Entity(COMPANY, 2), Entity(CONTACT, 18)


def test_the_linked_requisite_and_bank_detail_are_taken() -> None:
    found = party(book(), BUYER, requisite_id=62, bank_detail_id=33, contact_id=17)
    assert found is not None
    assert (found.entity, found.entity_id, found.kind, found.requisite_id) == ("company", 41, PartyKind.LEGAL, 62)
    assert (found.name, found.apart) == ('ООО "Тёплый дом"', "62"), "another firm than the card's first requisite"
    assert found.full_name == 'Общество с ограниченной ответственностью "Тёплый дом"'
    assert (found.inn, found.kpp, found.ogrn, found.okpo) == ("7700000029", "770101001", "1027700000001", "12345678")
    assert found.phones == ("+7 495 000-11-22", "+7 495 000-11-23")
    assert found.emails == ("zakaz@teply-dom.example",)
    assert found.contact_person == "Кровлин Пётр Иванович"
    assert found.bank_account == BankAccount(
        "40702810000000000033", "АО Банк Печь", "044525000", "30101810400000000000"
    )


def test_without_a_link_the_lowest_sort_that_is_no_mere_address_is_taken() -> None:
    found = party(book(), BUYER, requisite_id=0, bank_detail_id=0)
    assert found is not None
    assert (found.requisite_id, found.inn, found.full_name) == (61, "7700000011", "ООО Старое")


@pytest.mark.parametrize("linked", [5, 60, 999])
def test_a_link_to_a_foreign_requisite_or_a_mere_address_is_not_followed(linked: int) -> None:
    found = party(book(), BUYER, requisite_id=linked, bank_detail_id=0)
    assert found is not None
    assert found.requisite_id == 61


def test_of_equal_sort_the_older_bank_detail_is_taken() -> None:
    found = party(book(), SELLER, requisite_id=5, bank_detail_id=0)
    assert found is not None
    assert found.bank_account is not None
    assert found.bank_account.account == "40802810000000000007"


def test_an_entrepreneur_shows_by_ogrnip() -> None:
    found = party(book(), SELLER, requisite_id=0, bank_detail_id=0)
    assert found is not None
    assert (found.kind, found.ogrn, found.full_name) == (PartyKind.ENTREPRENEUR, "304770000000001", "ИП Мастеров Н. Н.")
    assert (found.last_name, found.first_name, found.second_name) == ("Мастеров", "Никита", "Нилович")


def test_the_legal_and_the_actual_address_of_the_chosen_requisite_are_taken() -> None:
    found = party(book(), BUYER, requisite_id=62, bank_detail_id=0)
    assert found is not None
    assert found.addresses == (
        Address(AddressKind.LEGAL, "Россия", "101000", "Москва", "", "Москва", "ул. Печная, 4", "офис 12"),
        Address(
            AddressKind.ACTUAL, "Россия", "141400", "Московская обл", "Химкинский р-н", "Химки", "ш. Лесное, 1", ""
        ),
    )


def test_a_person_without_legal_data_keeps_names_and_the_registration_address() -> None:
    found = party(book(), PERSON, requisite_id=0, bank_detail_id=0)
    assert found is not None
    assert (found.entity, found.kind, found.name, found.requisite_id) == (
        "contact",
        PartyKind.PERSON,
        "Частная Анна",
        0,
    )
    assert (found.last_name, found.first_name, found.second_name) == ("Частная", "Анна", "")
    assert found.bank_account is None
    assert [(one.kind, one.street) for one in found.addresses] == [(AddressKind.LEGAL, "пр. Тихий, 8")]


def test_an_unreadable_company_is_none() -> None:
    assert party(book(), Entity(COMPANY, 404), requisite_id=0, bank_detail_id=0) is None


@pytest.mark.parametrize(
    ("entity_type", "fields", "kind"),
    [
        (COMPANY, {"RQ_INN": "7700000029"}, PartyKind.LEGAL),
        (COMPANY, {"RQ_KPP": "770101001"}, PartyKind.LEGAL),
        (COMPANY, {}, PartyKind.LEGAL),
        (COMPANY, {"RQ_INN": "770000000052"}, PartyKind.ENTREPRENEUR),
        (CONTACT, {"RQ_INN": "770000000052"}, PartyKind.PERSON),
        (CONTACT, {"RQ_INN": "770000000052", "RQ_OGRNIP": "304770000000001"}, PartyKind.ENTREPRENEUR),
        (CONTACT, {"RQ_INN": "7700000029"}, PartyKind.LEGAL),
        (CONTACT, {}, PartyKind.PERSON),
        (COMPANY, {"RQ_INN": "123456789"}, PartyKind.LEGAL),
    ],
)
def test_what_a_counterparty_is_follows_from_the_filled_fields(
    entity_type: int, fields: dict[str, str], kind: PartyKind
) -> None:
    assert party_kind(entity_type, fields) is kind


def test_a_company_prefers_its_legal_address_and_a_person_the_registration() -> None:
    rows = [{"TYPE_ID": "6", "ADDRESS_1": "юр"}, {"TYPE_ID": "4", "ADDRESS_1": "дом"}]
    assert [one.street for one in addresses(rows, PartyKind.LEGAL)] == ["юр"]
    assert [one.street for one in addresses(rows, PartyKind.PERSON)] == ["дом"]
    assert addresses([{"TYPE_ID": "8", "ADDRESS_1": "почта"}], PartyKind.LEGAL) == ()


def test_every_account_in_use_of_the_chosen_requisite_is_taken_in_the_order_of_the_cards() -> None:
    there = book()
    rows = there.bank_details[62]
    for number, sort, active, account in (
        (901, 5, "Y", "А"),
        (902, 1, "Y", "Б"),
        (903, 1, "N", "В"),
        (900, 1, "Y", "Г"),
    ):
        rows.append({"ID": str(number), "ENTITY_ID": "62", "SORT": str(sort), "ACTIVE": active, "RQ_ACC_NUM": account})
    rows.append({"ID": "999", "ENTITY_ID": "62", "SORT": "1", "ACTIVE": "Y", "RQ_ACC_NUM": ""})
    found = party(there, BUYER, requisite_id=62, bank_detail_id=901)
    assert found is not None
    assert found.bank_account == BankAccount("А")
    others = [one.account for one in found.other_accounts]
    assert others[:2] == ["Г", "Б"]
    assert "40702810000000000033" in others
    assert not {"А", "В", ""} & set(others)


#  what stands in the card, entity → what the counterparty is, ИНН, КПП
SPACED = [
    ("77 0000 0029", "770 101 001", COMPANY, PartyKind.LEGAL, "7700000029", "770101001"),
    ("7700 0000 29", "", CONTACT, PartyKind.LEGAL, "7700000029", ""),
    ("7707 0838\u00a09312", "", COMPANY, PartyKind.ENTREPRENEUR, "770708389312", ""),
]


@pytest.mark.parametrize(("inn", "kpp", "type_id", "kind", "bare_inn", "bare_kpp"), SPACED)
def test_spaces_in_a_tax_number_do_not_make_another_buyer_of_it(
    inn: str, kpp: str, type_id: int, kind: PartyKind, bare_inn: str, bare_kpp: str
) -> None:
    entity = Entity(type_id, 900)
    known = book()
    (known.companies if type_id == COMPANY else known.contacts)[900] = {"ID": "900", "TITLE": "Ромашка", "NAME": "Р"}
    known.requisites[entity] = [{"ID": "901", "SORT": "1", "RQ_INN": inn, "RQ_KPP": kpp}]
    found = party(known, entity, requisite_id=0, bank_detail_id=0)
    assert found is not None
    assert (found.kind, found.inn, found.kpp) == (kind, bare_inn, bare_kpp)


@pytest.mark.parametrize(("active", "chosen"), [("N", 902), ("Y", 901)])
def test_a_requisite_out_of_use_is_taken_only_if_the_invoice_names_it(active: str, chosen: int) -> None:
    known, entity = book(), Entity(COMPANY, 900)
    known.companies[900] = {"ID": "900", "TITLE": "Ромашка"}
    known.requisites[entity] = [
        {"ID": "901", "SORT": "1", "ACTIVE": active, "RQ_INN": "7700000029"},
        {"ID": "902", "SORT": "2", "ACTIVE": "Y", "RQ_INN": "7707083893"},
    ]
    known.bank_details[chosen] = [
        {"ID": "1", "SORT": "1", "ACTIVE": "N", "RQ_ACC_NUM": "40702810000000000001"},
        {"ID": "2", "SORT": "2", "ACTIVE": "Y", "RQ_ACC_NUM": "40702810000000000002"},
    ]
    found = party(known, entity, requisite_id=0, bank_detail_id=0)
    assert found is not None
    assert found.requisite_id == chosen
    assert found.bank_account is not None
    assert found.bank_account.account == "40702810000000000002"
    named = party(known, entity, requisite_id=901, bank_detail_id=0)
    assert named is not None
    assert named.requisite_id == 901


#  ИНН, КПП of the first requisite, of the linked one → the mark of another legal person
PERSONS = [
    (("7700000029", "770101001"), ("7707083893", "770701001"), "902"),
    (("7700000029", "770101001"), ("7700000029", "780501001"), "902"),
    (("7700000029", "770101001"), ("7700000029", ""), ""),
    (("7700000029", ""), ("77 0000 0029", "780501001"), ""),
    (("", ""), ("7707083893", "770701001"), ""),
    (("7700000029", "770101001"), ("", ""), ""),
]


@pytest.mark.parametrize(("first", "second", "mark"), PERSONS)
def test_another_firm_under_the_same_card_is_told_apart(
    first: tuple[str, str], second: tuple[str, str], mark: str
) -> None:
    known, entity = book(), Entity(COMPANY, 900)
    known.companies[900] = {"ID": "900", "TITLE": "Ромашка"}
    known.requisites[entity] = [
        {"ID": "902", "SORT": "1", "RQ_INN": second[0], "RQ_KPP": second[1], "RQ_COMPANY_NAME": "ООО Лютик"},
        {"ID": "901", "SORT": "5", "RQ_INN": first[0], "RQ_KPP": first[1]},
    ]
    own = party(known, entity, requisite_id=901, bank_detail_id=0)
    linked = party(known, entity, requisite_id=902, bank_detail_id=0)
    assert own is not None
    assert linked is not None
    assert (own.apart, linked.apart) == ("", mark)
    assert (own.name, linked.name) == ("Ромашка", "ООО Лютик" if mark else "Ромашка")
