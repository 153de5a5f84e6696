"""An old invoice whose rate 0 the node reads as «Без НДС» keeps the items its lines were mapped to."""

from __future__ import annotations

import dataclasses

from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind
from commerceml_bridge.services import fetching
from tests.integration.office import Office
from tests.integration.test_catalogue import catalog, guid, item, upload
from tests.unit.domain import samples


def test_a_mapped_line_keeps_its_item_when_its_rate_is_read_as_no_vat(office: Office) -> None:
    node = office.node()
    upload(office, node, catalog(item(1)))
    row = dataclasses.replace(samples.row("1200.00", "1", "0"), article="А-1")
    old = samples.invoice(row, number="12", key=InvoiceKey(InvoiceKind.OLD, 12), updated_at=office.clock())
    with office.bridge.db.write() as uow:
        fetching.store(uow, office.bridge, office.portal, uow.nodes.all(), old)
    text = office.exchange(node).text
    assert f"<Ид>{guid(1)}</Ид>" in text
    assert text.count("<Ставка>Без НДС</Ставка>") == 3
