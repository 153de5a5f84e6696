"""Ид on the wire: portal-scoped, stable, at most 40 characters (decision 17).

An Ид never depends on a name, so renaming a client or an item makes no second one in 1C (the reference server's ids do,
reference-server §2.5). Portal codes are ASCII slugs of at most 16 characters; that is checked where portals are added.
"""

from __future__ import annotations

import hashlib
import re

from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind, InvoiceRow, Party

_KIND_MARKS = {InvoiceKind.SMART: "si", InvoiceKind.OLD: "inv"}
_KINDS = {mark: kind for kind, mark in _KIND_MARKS.items()}
_ENTITY_MARKS = {"company": "co", "contact": "ct"}

_INVOICE_ID = re.compile(r"(?P<portal>[A-Za-z0-9_-]{1,16})-(?P<kind>si|inv)-(?P<id>[1-9][0-9]{0,18})")
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_NO_REFERENCE = "00000000-0000-0000-0000-000000000000"


def invoice_id(portal_code: str, key: InvoiceKey) -> str:
    """Return ``<portal>-si-101`` for a smart invoice, ``<portal>-inv-12`` for an old one."""
    return f"{portal_code}-{_KIND_MARKS[key.kind]}-{key.id}"


def parse_invoice_id(text: str) -> tuple[str, InvoiceKey] | None:
    """Return (portal code, key) if the text is an Ид of ours, else ``None``."""
    found = _INVOICE_ID.fullmatch(text.strip())
    if found is None:
        return None
    return found["portal"], InvoiceKey(_KINDS[found["kind"]], int(found["id"]))


def party_id(portal_code: str, party: Party) -> str:
    """Return ``<portal>-co-7`` for a company, ``<portal>-ct-3`` for a contact.

    Another firm under the same card has ``<portal>-co-7-62``: БП looks a counterparty up by this id before its ИНН
    (facts: 1c-clients §3.3), so that one id must not mean two. A payer known by the invoice's own fields only (no CRM
    object) is told by a digest of ИНН, КПП and name.
    """
    mark = _ENTITY_MARKS.get(party.entity)
    if mark and party.entity_id > 0:
        return "-".join(filter(None, (portal_code, mark, str(party.entity_id), party.apart)))
    return f"{portal_code}-x-{_digest(party.inn, party.kpp, party.full_name or party.name)}"


def other_person(inn: str, kpp: str) -> str:
    """Return what tells a legal person known by its numbers only from the one its CRM card is."""
    return _digest(inn, kpp)[:8]


def goods_id(portal_code: str, row: InvoiceRow) -> str:
    """Return 1C's own id if the catalogue knows it, else ``<portal>-p-<product>`` or ``<portal>-t-<digest>``.

    Free text is told by its name (case and spaces aside) and unit, so that the same words are one item in 1C.
    """
    return onec_goods_id(row.product_xml_id) or f"{portal_code}-{goods_key(row)}"


def goods_key(row: InvoiceRow) -> str:
    """Return what tells the goods of a line within its portal: ``p-<product>`` or ``t-<digest>``."""
    if row.product_id > 0:
        return f"p-{row.product_id}"
    return f"t-{_digest(row.name, row.unit_code or row.unit_name)}"


def named_goods_id(name: str) -> str:
    """Return the Ид of an item a node names for lines of its own: the same name is one item in 1C."""
    return f"service-{_digest(name)}"


def onec_goods_id(xml_id: str) -> str | None:
    """Return the GUID or ``GUID#GUID`` (item and characteristic) an external code consists of, else ``None``.

    ``X#X`` is ``X`` (reference-server §2.3); the zero GUID is 1C's empty reference and names nothing.
    """
    parts = xml_id.strip().split("#")
    if len(parts) > 2 or not all(_GUID.fullmatch(part) and part != _NO_REFERENCE for part in parts):
        return None
    return "#".join(dict.fromkeys(parts))


def _digest(*texts: str) -> str:
    words = "|".join(" ".join(text.split()).casefold() for text in texts)
    return hashlib.sha256(words.encode()).hexdigest()[:12]
