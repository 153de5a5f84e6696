"""The Python side of a portal: what the demo and the tests put in, change and look at.

Every method takes the lock and returns plain values (ids, dicts); REST methods work on the same store, so what is added
here is served there. Follows facts: bitrix24-rest §1–§5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from commerceml_bridge.simulators.portal import clients, goods, old, smart
from commerceml_bridge.simulators.portal.rows import Row
from commerceml_bridge.simulators.portal.settings import (
    COMPANY_TYPE,
    CONTACT_TYPE,
    REQUISITE_TYPE,
    SMART_INVOICE_TYPE,
)
from commerceml_bridge.simulators.portal.store import Store
from commerceml_bridge.simulators.portal.table import Record

Lines = Iterable[Row | Mapping[str, Any]]
Addresses = Mapping[int, Mapping[str, str]]


class Portal(Store):
    """A Bitrix24 portal in memory. Raises KeyError for ids that do not exist and RestError where REST would refuse."""

    # --- counterparties and goods -------------------------------------------------------------------------------------

    def add_company(
        self,
        title: str,
        *,
        inn: str = "",
        kpp: str = "",
        bank: Mapping[str, str] | None = None,
        addresses: Addresses | None = None,
        phone: str = "",
        email: str = "",
        **fields: Any,
    ) -> int:
        """Add a company and, if ``inn`` or any ``RQ_*`` field is given, its requisite; return the company's id.

        ``bank`` holds ``RQ_BIK`` and the like; ``addresses`` maps TYPE_ID (1 actual, 6 legal) to address fields; other
        upper-case keywords go to the company (``ORIGIN_ID``) or its requisite (``RQ_COMPANY_FULL_NAME``).
        """
        with self.lock:
            party = clients.add_party(self, COMPANY_TYPE, _party(fields, TITLE=title) | _reach(phone, email))
            requisite = _requisite(fields, inn, kpp) | {"ENTITY_TYPE_ID": COMPANY_TYPE, "ENTITY_ID": party["ID"]}
            self._add_details(requisite, bank, addresses)
            return int(party["ID"])

    def add_my_company(self, title: str, **fields: Any) -> int:
        """Add a seller: a company with IS_MY_COMPANY=Y; arguments as ``add_company``."""
        return self.add_company(title, IS_MY_COMPANY="Y", **fields)

    def add_contact(self, name: str, last_name: str = "", second_name: str = "", **fields: Any) -> int:
        """Add a contact; ``phone``, ``email``, ``inn``, ``bank``, ``addresses``, upper-case fields as for a company."""
        phone, email, inn = (fields.pop(key, "") for key in ("phone", "email", "inn"))
        bank, addresses = fields.pop("bank", None), fields.pop("addresses", None)
        with self.lock:
            names = _party(fields, NAME=name, LAST_NAME=last_name, SECOND_NAME=second_name)
            party = clients.add_party(self, CONTACT_TYPE, names | _reach(phone, email))
            requisite = _requisite({"PRESET_ID": 3, **fields}, inn, "") | {"ENTITY_TYPE_ID": CONTACT_TYPE}
            self._add_details(requisite | {"ENTITY_ID": party["ID"]}, bank, addresses)
            return int(party["ID"])

    def _add_details(
        self, requisite: dict[str, Any], bank: Mapping[str, str] | None, addresses: Addresses | None
    ) -> None:
        if not (bank or addresses or any(key.startswith("RQ_") for key in requisite)):
            return
        record = clients.add_requisite(self, requisite)
        if bank:
            clients.add_bank_detail(self, {**bank, "ENTITY_ID": record["ID"]})
        for type_id, address in (addresses or {}).items():
            owner = {"TYPE_ID": type_id, "ENTITY_TYPE_ID": REQUISITE_TYPE, "ENTITY_ID": record["ID"]}
            clients.put_address(self, {**address, **owner}, create=True)

    def update_company(self, company_id: int, **fields: Any) -> None:
        """Change fields of a company; no invoice is touched by it."""
        with self.lock:
            clients.update_party(self, COMPANY_TYPE, self.companies.records[company_id], fields)

    def add_product(self, name: str, xml_id: str = "", **fields: Any) -> int:
        """Add a catalogue product; without ``xml_id`` it is its own id, as for products made by hand (§2.3).

        Keywords: ``price``, ``measure_code``, ``vat_id``, ``type`` (7 service), ``parent_id`` (makes it an offer).
        """
        with self.lock:
            return goods.add_product(self, name, xml_id, **fields)

    def add_deal(self, title: str, **fields: Any) -> int:
        """Add a deal; keywords are its camelCase fields."""
        with self.lock:
            now = self.now()
            times = {"createdTime": now, "updatedTime": now, "movedTime": now}
            return int(self.deals.insert({"title": title, **times, **fields})["id"])

    # --- invoices -----------------------------------------------------------------------------------------------------

    def add_smart_invoice(
        self,
        *,
        account_number: str = "",
        begindate: date | str | None = None,
        company_id: int = 0,
        contact_id: int = 0,
        rows: Lines = (),
        currency: str = "RUB",
        stage: str = "",
        **fields: Any,
    ) -> int:
        """Add a smart invoice and return its id.

        ``stage`` is a code ("P") or a full id; other keywords are camelCase fields (``opportunity`` makes the amount
        manual unless ``isManualOpportunity`` is given; ``link=False`` leaves out the requisite link; ``id`` sets a
        higher id than any before).
        """
        link = fields.pop("link", True)
        if "opportunity" in fields:
            fields.setdefault("isManualOpportunity", "Y")
        raw = {
            "accountNumber": account_number,
            "companyId": company_id,
            "contactId": contact_id,
            "currencyId": currency,
            "stageId": self.settings.stage_id(stage) if stage else "",
            **fields,
        }
        if begindate:
            raw["begindate"] = begindate
        with self.lock:
            record = smart.add(self, raw, rows)
            payer = (COMPANY_TYPE, company_id) if company_id else (CONTACT_TYPE, contact_id)
            if link and payer[1]:
                clients.link_invoice(self, (SMART_INVOICE_TYPE, record["id"]), payer, record["mycompanyId"])
            return int(record["id"])

    def update_invoice(self, invoice_id: int, *, stage: str = "", rows: Lines | None = None, **fields: Any) -> None:
        """Change a smart invoice as ``crm.item.update`` would; ``rows`` replaces all its rows."""
        if stage:
            fields["stageId"] = self.settings.stage_id(stage)
        with self.lock:
            record = self._item(invoice_id)
            smart.update(self, record, fields)
            if rows is not None:
                smart.set_rows(self, record, rows)

    def touch(self, invoice_id: int) -> None:
        """Move ``updatedTime`` of a smart invoice without changing it."""
        with self.lock:
            smart.touch(self, self._item(invoice_id))

    def delete_invoice(self, invoice_id: int) -> None:
        """Delete a smart invoice."""
        with self.lock:
            if not smart.delete(self, invoice_id):
                raise KeyError(invoice_id)

    def smart_invoice(self, invoice_id: int) -> dict[str, Any]:
        """Return a smart invoice with typed values (dates, Decimals) and its ``rows``."""
        with self.lock:
            found = self._item(invoice_id).as_dict()
            return {**found, "rows": [row.as_dict() for row in smart.rows_of(self, invoice_id)]}

    def add_old_invoice(
        self,
        *,
        account_number: str = "",
        date_bill: date | str | None = None,
        company_id: int = 0,
        contact_id: int = 0,
        rows: Lines = (),
        currency: str = "RUB",
        status: str = "N",
        **fields: Any,
    ) -> int:
        """Add an old invoice and return its id; other keywords are its upper-case fields (``INVOICE_PROPERTIES``…)."""
        raw = {
            "ACCOUNT_NUMBER": account_number,
            "ORDER_TOPIC": f"Счет № {account_number}" if account_number else "Счет",
            "UF_COMPANY_ID": company_id,
            "UF_CONTACT_ID": contact_id,
            "CURRENCY": currency,
            "STATUS_ID": status,
            "PAY_SYSTEM_ID": 1,
            "PRODUCT_ROWS": list(rows),
            **fields,
        }
        if date_bill:
            raw["DATE_BILL"] = date_bill
        with self.lock:
            return int(old.add(self, raw)["ID"])

    def update_old_invoice(self, invoice_id: int, **fields: Any) -> None:
        """Change an old invoice as ``crm.invoice.update`` would."""
        with self.lock:
            old.update(self, self._old(invoice_id), fields)

    def delete_old_invoice(self, invoice_id: int) -> None:
        """Delete an old invoice."""
        with self.lock:
            if not old.delete(self, invoice_id):
                raise KeyError(invoice_id)

    def old_invoice(self, invoice_id: int) -> dict[str, Any]:
        """Return an old invoice with typed values, ``PRODUCT_ROWS`` and ``INVOICE_PROPERTIES``."""
        with self.lock:
            return self._old(invoice_id).as_dict()

    def comments_of(self, invoice_id: int) -> list[str]:
        """Return the timeline comments REST clients left on a smart invoice."""
        with self.lock:
            return [record["COMMENT"] for record in self.comments if record["ENTITY_ID"] == invoice_id]

    def stages_of(self, invoice_id: int) -> list[str]:
        """Return the stage ids a smart invoice went through, oldest first."""
        with self.lock:
            return [record["STAGE_ID"] for record in self.stage_history.where("OWNER_ID", (invoice_id,))]

    def _item(self, invoice_id: int) -> Record:
        return self.items.records[invoice_id]

    def _old(self, invoice_id: int) -> Record:
        return self.old_invoices.records[invoice_id]


def _party(fields: Mapping[str, Any], **names: str) -> dict[str, Any]:
    own = {key: value for key, value in fields.items() if not key.startswith("RQ_") and key != "PRESET_ID"}
    return {**names, **own}


def _reach(phone: str, email: str) -> dict[str, Any]:
    given = (("PHONE", phone), ("EMAIL", email))
    return {kind: [{"VALUE": value, "VALUE_TYPE": "WORK"}] for kind, value in given if value}


def _requisite(fields: Mapping[str, Any], inn: str, kpp: str) -> dict[str, Any]:
    preset = 2 if len(inn) == 12 else 1
    own = {key: value for key, value in fields.items() if key.startswith("RQ_")}
    codes = {key: value for key, value in (("RQ_INN", inn), ("RQ_KPP", kpp)) if value}
    return {"PRESET_ID": fields.get("PRESET_ID", preset), **codes, **own}
