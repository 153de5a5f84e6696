"""Small directories: currencies, units, VAT rates, payer types, payment systems.

Follows facts: bitrix24-rest §5, §3.2 (dictionaries of old invoices).
"""

from __future__ import annotations

from typing import Any

from commerceml_bridge.simulators.portal import goods
from commerceml_bridge.simulators.portal.answers import Answer, Call
from commerceml_bridge.simulators.portal.registry import rest_method
from commerceml_bridge.simulators.portal.values import moment_text


@rest_method("crm.currency.list", "crm")
def currency_list(call: Call) -> Answer:
    """List currencies; ``total`` is 0, as seen in the documentation."""
    shared = {"AMOUNT_CNT": "1", "LID": "ru", "FORMAT_STRING": "# #", "DEC_POINT": ".", "THOUSANDS_SEP": "&nbsp;"}
    changed = moment_text(call.portal.now(), call.portal.zone)
    rows = [
        {"CURRENCY": code, "AMOUNT": rate, "SORT": str(100 * position), "BASE": base, "FULL_NAME": name}
        | {**shared, "DECIMALS": "2", "DATE_UPDATE": changed}
        for position, (code, rate, base, name) in enumerate(goods.CURRENCIES, 1)
    ]
    return Answer(rows, total=0)


@rest_method("crm.currency.base.get", "crm")
def base_currency(_call: Call) -> Answer:
    """Return the portal's base currency."""
    return Answer(next(code for code, _, base, _ in goods.CURRENCIES if base == "Y"))


@rest_method("crm.measure.list", "crm")
def old_measure_list(_call: Call) -> Answer:
    """List units, old style."""
    rows = [
        {"ID": str(number), "CODE": str(code), "MEASURE_TITLE": title, "SYMBOL_RUS": symbol, "SYMBOL_INTL": intl}
        | {"SYMBOL_LETTER_INTL": letters, "IS_DEFAULT": "Y" if code == 796 else "N"}
        for number, code, title, symbol, intl, letters in goods.MEASURES
    ]
    return Answer(rows, total=len(rows))


@rest_method("catalog.measure.list", "catalog")
def measure_list(_call: Call) -> Answer:
    """List units, new style."""
    rows = [
        {"id": number, "code": code, "measureTitle": title, "symbol": symbol, "symbolIntl": intl}
        | {"symbolLetterIntl": letters, "isDefault": "Y" if code == 796 else "N"}
        for number, code, title, symbol, intl, letters in goods.MEASURES
    ]
    return Answer({"measures": rows}, total=len(rows))


@rest_method("crm.vat.list", "crm")
def old_vat_list(_call: Call) -> Answer:
    """List VAT rates, old style; "no VAT" has a null rate."""
    rows: list[dict[str, str | None]] = [
        {
            "ID": str(number),
            "ACTIVE": "Y",
            "C_SORT": str(100 * number),
            "NAME": name,
            "RATE": None if rate is None else f"{rate:.2f}",
        }
        for number, name, rate in goods.VATS
    ]
    return Answer(rows, total=len(rows))


@rest_method("catalog.vat.list", "catalog")
def vat_list(_call: Call) -> Answer:
    """List VAT rates, new style."""
    rows: list[dict[str, Any]] = [
        {"id": number, "name": name, "rate": rate, "active": "Y", "sort": 100 * number}
        for number, name, rate in goods.VATS
    ]
    return Answer({"vats": rows}, total=len(rows))


@rest_method("crm.persontype.list", "crm")
def person_types(_call: Call) -> Answer:
    """List payer types: company and person."""
    rows = [{"ID": "1", "NAME": "CRM_COMPANY"}, {"ID": "2", "NAME": "CRM_CONTACT"}]
    return Answer(rows, total=len(rows))


@rest_method("crm.paysystem.list", "crm")
def pay_systems(_call: Call) -> Answer:
    """List payment systems of old invoices."""
    rows = [
        {"ID": "1", "NAME": "Банковский перевод (организация)", "ACTIVE": "Y", "SORT": "100", "PERSON_TYPE_ID": "1"},
        {"ID": "2", "NAME": "Банковский перевод (физлицо)", "ACTIVE": "Y", "SORT": "200", "PERSON_TYPE_ID": "2"},
    ]
    return Answer(rows, total=len(rows))
