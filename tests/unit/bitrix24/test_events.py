"""What an event means, in both spellings; nothing that comes from outside makes it raise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commerceml_bridge.bitrix24.events import Does, Event, parse, token_of
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind
from commerceml_bridge.domain.refs import Ref, RefKind


def form(event: str, **fields: object) -> dict[str, str]:
    return {"event": event, **{f"data[FIELDS][{name}]": str(value) for name, value in fields.items()}}


def nested(event: str, **fields: object) -> dict[str, Any]:
    return {"event": event, "data": {"FIELDS": fields}}


SMART = InvoiceKey(InvoiceKind.SMART, 24)
OLD = InvoiceKey(InvoiceKind.OLD, 24)
CASES = [
    ("ONCRMDYNAMICITEMADD", {"ID": 24, "ENTITY_TYPE_ID": 31}, Does.CHANGED, SMART, None),
    ("ONCRMDYNAMICITEMUPDATE", {"ID": 24, "ENTITY_TYPE_ID": 31}, Does.CHANGED, SMART, None),
    ("ONCRMDYNAMICITEMUPDATE_31", {"ID": 24}, Does.CHANGED, SMART, None),
    ("oncrmdynamicitemdelete", {"ID": 24, "ENTITY_TYPE_ID": 31}, Does.DELETED, SMART, None),
    ("ONCRMDYNAMICITEMUPDATE", {"ID": 24, "ENTITY_TYPE_ID": 128}, Does.NOTHING, None, None),
    ("ONCRMDYNAMICITEMUPDATE_128", {"ID": 24}, Does.NOTHING, None, None),
    ("ONCRMDYNAMICITEMUPDATE_31", {"ID": 24, "ENTITY_TYPE_ID": 128}, Does.NOTHING, None, None),
    ("ONCRMDYNAMICITEMUPDATE", {"ID": 24}, Does.CHANGED, SMART, None),
    ("ONCRMINVOICEADD", {"ID": 24}, Does.CHANGED, OLD, None),
    ("ONCRMINVOICESETSTATUS", {"ID": 24}, Does.CHANGED, OLD, None),
    ("ONCRMINVOICEDELETE", {"ID": 24}, Does.DELETED, OLD, None),
    ("ONCRMINVOICEDELETE", {"ID": 0}, Does.NOTHING, None, None),
    ("ONCRMCOMPANYUPDATE", {"ID": 7}, Does.AROUND, None, Ref(RefKind.COMPANY, 7)),
    ("ONCRMCONTACTUPDATE", {"ID": 7}, Does.AROUND, None, Ref(RefKind.CONTACT, 7)),
    ("ONCRMREQUISITEUPDATE", {"ID": 7}, Does.AROUND, None, Ref(RefKind.REQUISITE, 7)),
    ("ONCRMREQUISITEADD", {"ID": 7}, Does.LOOK, None, None),
    ("ONCRMBANKDETAILUPDATE", {"ID": 7}, Does.LOOK, None, None),
    ("ONCRMADDRESSREGISTER", {"TYPE_ID": 6, "ENTITY_ID": 9}, Does.AROUND, None, Ref(RefKind.REQUISITE, 9)),
    (
        "ONCRMADDRESSREGISTER",
        {"ENTITY_TYPE_ID": 4, "ENTITY_ID": 9},
        Does.AROUND,
        None,
        Ref(RefKind.COMPANY, 9),
    ),
    ("ONCRMPRODUCTUPDATE", {"ID": 5}, Does.AROUND, None, Ref(RefKind.PRODUCT, 5)),
    ("ONCRMDEALUPDATE", {"ID": 5}, Does.NOTHING, None, None),
    ("", {}, Does.NOTHING, None, None),
]


@pytest.mark.parametrize(("name", "fields", "does", "key", "ref"), CASES)
@pytest.mark.parametrize("spelling", [form, nested])
def test_an_event_is_understood_in_both_spellings(
    name: str, fields: dict[str, object], does: Does, key: InvoiceKey | None, ref: Ref | None, spelling: Any
) -> None:
    event = parse(spelling(name, **fields))
    assert (event.does, event.key, event.ref) == (does, key, ref)
    assert bool(event.why) == (does is Does.NOTHING)


def test_only_a_change_of_an_existing_invoice_may_be_our_own() -> None:
    assert parse(form("ONCRMDYNAMICITEMUPDATE_31", ID=1)).is_change
    assert not parse(form("ONCRMDYNAMICITEMADD_31", ID=1)).is_change
    assert not parse(form("ONCRMDYNAMICITEMDELETE_31", ID=1)).is_change


def test_the_token_is_found_in_both_spellings() -> None:
    assert token_of({"auth[application_token]": "t"}) == "t"
    assert token_of({"auth": {"application_token": "t"}}) == "t"
    assert token_of({"auth": "t"}) == ""
    assert token_of({"auth": {"application_token": {"a": "t"}}}) == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(["event", "data", "auth", "data[FIELDS][ID]", "data[FIELDS][ENTITY_TYPE_ID]"]), JSON
    )
)
def test_nothing_from_outside_makes_it_raise(body: dict[str, Any]) -> None:
    assert isinstance(parse(body), Event)
    assert isinstance(token_of(body), str)
