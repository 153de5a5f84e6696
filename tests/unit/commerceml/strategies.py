"""Random ``OutgoingDocument``s within the contract of ``domain.documents``: any text, right lengths of the codes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import strategies as st

from commerceml_bridge.domain.documents import (
    NO_VAT,
    AddressField,
    Counterparty,
    DocumentAccount,
    DocumentAddress,
    DocumentLine,
    OutgoingDocument,
    Tax,
    Unit,
)

_FIELD_TYPES = (
    "Почтовый индекс",
    "Страна",
    "Регион",
    "Район",
    "Населенный пункт",
    "Город",
    "Улица",
    "Дом",
    "Корпус",
    "Квартира",
)
any_text = st.text(max_size=40)
"""all of Unicode: controls, lone surrogates, markup"""
long_text = st.builds(lambda piece, times: (piece or "я") * times, st.text(max_size=12), st.integers(1, 400))
visible = st.builds(lambda head, tail: f"{head}{tail}", st.sampled_from("АЯёzQ7«"), st.one_of(any_text, long_text))
"""never empty once cleaned"""
identifier = st.from_regex(r"[a-z][a-z0-9-]{0,38}", fullmatch=True)
amounts = st.decimals(min_value=0, max_value=Decimal("99999999.99"), places=2)
rates = st.sampled_from(["0", "5", "7", "10", "20", "22", NO_VAT])
taxes = st.builds(Tax, rate=rates, amount=amounts)


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


units = st.builds(
    Unit,
    code=st.one_of(st.just(""), digits(3)),
    name=visible,
    full_name=any_text,
    international=st.sampled_from(["", "PCE", "KG"]),
)
lines = st.builds(
    DocumentLine,
    id=identifier,
    name=visible,
    unit=units,
    price=amounts,
    quantity=st.decimals(min_value=Decimal("0.0001"), max_value=100000, places=4),
    amount=amounts,
    tax=taxes,
    is_service=st.booleans(),
    article=any_text,
)
addresses = st.builds(
    DocumentAddress,
    text=visible,
    fields=st.lists(st.builds(AddressField, type=st.sampled_from(_FIELD_TYPES), value=any_text), max_size=12).map(
        tuple
    ),
)
accounts = st.builds(
    DocumentAccount,
    account=digits(20),
    bank=any_text,
    bik=digits(9),
    correspondent_account=st.one_of(st.just(""), digits(20)),
)
contacts = st.lists(st.one_of(any_text, long_text), max_size=3).map(tuple)
parties = st.builds(
    Counterparty,
    id=identifier,
    name=visible,
    full_name=st.one_of(any_text, visible),
    is_company=st.booleans(),
    inn=st.one_of(st.just(""), digits(10), digits(12)),
    kpp=st.one_of(st.just(""), digits(9)),
    okpo=st.one_of(st.just(""), digits(8)),
    last_name=any_text,
    first_name=any_text,
    second_name=any_text,
    legal_address=st.one_of(st.none(), addresses),
    actual_address=st.one_of(st.none(), addresses),
    accounts=st.lists(accounts, max_size=3).map(tuple),
    phones=contacts,
    emails=contacts,
)
documents = st.builds(
    OutgoingDocument,
    id=identifier,
    number=identifier,
    date=st.dates(min_value=dt.date(1990, 1, 1)),
    time=st.times().map(lambda moment: moment.replace(microsecond=0)),
    currency=st.sampled_from(["RUB", "USD", "KZT"]),
    amount=amounts,
    counterparty=parties,
    lines=st.lists(lines, min_size=1, max_size=3).map(tuple),
    tax=taxes,
    version=st.integers(0, 10**6),
    pay_before=st.one_of(st.none(), st.dates(min_value=dt.date(1990, 1, 1))),
    comment=st.one_of(any_text, long_text),
    # names differ, as those of a document do: a reader keeps one value a name
    requisites=st.lists(st.tuples(any_text, st.one_of(any_text, long_text)), max_size=4).map(
        lambda pairs: tuple((f"{number}-{name}", value) for number, (name, value) in enumerate(pairs))
    ),
)
