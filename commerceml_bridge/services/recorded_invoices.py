"""Invoices of a recording without people and firms: the redacted invoice renders to the redacted document.

Changes texts only. Ид made of names and ИНН change with them; which became which is told to the redactor, so that
files of 1C that quote them stay consistent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from commerceml_bridge.commerceml.redaction import Redactor
from commerceml_bridge.domain import identity, snapshots
from commerceml_bridge.domain.documents import OutgoingDocument
from commerceml_bridge.domain.invoices import Address, BankAccount, Invoice, Party
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.domain.numbering import WireNumber
from commerceml_bridge.domain.rendering import MIXED_VAT, render
from commerceml_bridge.errors import CannotRender


def redact_snapshots(texts: Sequence[str], redactor: Redactor, options: NodeOptions) -> list[str]:
    """Return the snapshots redacted, in the same order, and plant their Ид in the redactor."""
    invoices = [snapshots.from_json(text) for text in texts]
    for invoice in invoices:
        if not invoice.rows:  # its title becomes the name of the one line
            redactor.plant_title(invoice.title)
    redacted = [_invoice(invoice, redactor) for invoice in invoices]
    for old, new in zip(invoices, redacted, strict=True):
        _plant(old, new, redactor, options)
    return [snapshots.to_json(invoice) for invoice in redacted]


def redact_options(options: NodeOptions, redactor: Redactor) -> NodeOptions:
    """Hide what an operator typed for documents the way the documents hide it, so that a replay makes the same."""
    extras = tuple(replace(one, constant=redactor.value(one.constant)) for one in options.extra_requisites)
    return replace(options, extra_requisites=extras, delivery_row=redactor.leaf(options.delivery_row))


def _invoice(invoice: Invoice, redactor: Redactor) -> Invoice:
    return replace(
        invoice,
        title=redactor.value(invoice.title),
        comment=redactor.comment(invoice.comment),
        responsible_id=0,
        buyer=_party(invoice.buyer, redactor),
        seller=_party(invoice.seller, redactor),
        rows=tuple(replace(row, name=redactor.leaf(row.name)) for row in invoice.rows),
    )


def _party(party: Party | None, redactor: Redactor) -> Party | None:
    if party is None:
        return None
    names = ("name", "full_name", "last_name", "first_name", "second_name", "contact_person")
    numbers = ("inn", "kpp", "ogrn", "okpo")
    return replace(
        party,
        **{name: redactor.value(getattr(party, name)) for name in (*names, *numbers)},  # type: ignore[arg-type]  # texts
        addresses=tuple(_address(address, redactor) for address in party.addresses),
        bank_account=None if party.bank_account is None else _account(party.bank_account, redactor),
        other_accounts=tuple(_account(one, redactor) for one in party.other_accounts),
        phones=tuple(redactor.value(phone) for phone in party.phones),
        emails=tuple(redactor.value(email) for email in party.emails),
    )


def _address(address: Address, redactor: Redactor) -> Address:
    names = ("country", "postal_code", "province", "region", "city", "street", "apartment")
    parts = {name: redactor.value(getattr(address, name)) for name in names}
    return replace(address, **parts)  # type: ignore[arg-type]  # all of them are texts


def _account(account: BankAccount, redactor: Redactor) -> BankAccount:
    return replace(
        account,
        account=redactor.value(account.account),
        correspondent_account=redactor.value(account.correspondent_account),
    )


def _plant(old: Invoice, new: Invoice, redactor: Redactor, options: NodeOptions) -> None:
    before = _document(old, redactor.portal_code, options)
    after = _document(new, redactor.new_portal_code, options)
    if before is None or after is None:
        return
    for one, other in zip(_ids(before), _ids(after), strict=True):
        redactor.plant_id(one, other)


def _document(invoice: Invoice, portal_code: str, options: NodeOptions) -> OutgoingDocument | None:
    number = WireNumber(invoice.number or "1", is_substitute=False)
    try:
        return render(
            invoice, portal_code=portal_code, number=number, version=1, options=options, released=(MIXED_VAT,)
        )
    except CannotRender:
        return None  # it was not delivered in this state either


def _ids(document: OutgoingDocument) -> list[str]:
    own = [document.id, document.counterparty.id, *(line.id for line in document.lines)]
    return [one for one in own if identity.onec_goods_id(one) is None]
