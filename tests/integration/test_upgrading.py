"""A database of the first release becomes today's: nothing is lost or sent again, and silence still changes nothing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa

from commerceml_bridge.db import tables
from commerceml_bridge.db.database import Database
from commerceml_bridge.db.migrations import upgrade
from commerceml_bridge.db.rows import ConsignmentRow
from commerceml_bridge.domain import snapshots
from commerceml_bridge.services.turns import FETCHING, LEASE
from tests.integration.office import Office, file_of, returned
from tests.unit.domain import samples

NOW = dt.datetime(2026, 3, 5, 9, 0, tzinfo=dt.UTC)
OLD_HASH = "a" * 64
"""The first release's hash of the same content."""


def first_release(database_url: str) -> None:
    """A portal, a node, an operator, and invoice 101: delivered, confirmed, paid by the word of 1C."""
    database = Database(database_url)
    upgrade(database.engine, "0001")
    invoice = samples.invoice(samples.row("1200.00"), number="101")
    with database.engine.connect().execution_options(write=True) as connection, connection.begin():
        old = sa.MetaData()
        old.reflect(connection)

        def add(table: str, **values: object) -> None:
            connection.execute(sa.insert(old.tables[table]).values(id=1, **values))

        naive = NOW.replace(tzinfo=None) if database.engine.dialect.name == "sqlite" else NOW
        add("portal", name="p", code="p", host="127.0.0.1", webhook_sealed="", created_at=naive)
        add(
            "node",
            name="base",
            portal_id=1,
            login="base",
            password_hash="",
            from_date=dt.date(2020, 1, 1),
            options='{"vat_rates": ["0", "20"]}',
            created_at=naive,
        )
        add("operator", login="anna", password_hash="", created_at=naive)
        add(
            "invoice",
            portal_id=1,
            kind="smart",
            b24_id=101,
            number="101",
            date=invoice.date,
            total=120000,
            currency="RUB",
            updated_at=naive,
            fetched_at=naive,
            revision_id=1,
        )
        add(
            "revision",
            invoice_id=1,
            number=1,
            content_hash="b" * 64,
            accounting_hash=OLD_HASH,
            snapshot=snapshots.to_json(invoice),
            created_at=naive,
        )
        add(
            "consignment",
            node_id=1,
            invoice_id=1,
            number="101",
            digits=101,
            date=invoice.date,
            first_served_at=naive,
            served_hash=OLD_HASH,
            acknowledged_revision_id=1,
            acknowledged_hash=OLD_HASH,
            acknowledged_at=naive,
            formed_at="2026-03-05T10:00:00",
            payment="paid",
            payment_certain=True,
            payment_reason="1С сообщает: оплачен.",
            paid_amount=120000,
            voucher_number="ПП-7",
            voucher_date=dt.date(2026, 3, 5),
        )
    database.close()


def consignment(office: Office) -> ConsignmentRow:
    with office.bridge.db.read() as uow:
        found = uow.consignments.by_id(1)
    assert found is not None
    return found


def test_what_was_known_is_still_known(database_url: str) -> None:
    first_release(database_url)
    office = Office(database_url, portal=False)
    with office.bridge.db.read() as uow:
        node = uow.nodes.by_name("base")
        operator = uow.operators.by_login("anna")
        facts = uow.ledger.of([1])[1]
    assert node is not None
    assert node.options.vat_rates == frozenset({"0", "20"})
    assert operator is not None
    assert operator.role == "administrator", "nobody loses what they could do"
    assert [(row.entry.fact.kind, row.entry.fact.amount, row.entry.fact.number) for row in facts] == [
        ("paid-flag", Decimal("1200.00"), "ПП-7")
    ]
    office.bridge.db.close()


def test_nothing_that_1c_has_is_sent_again(database_url: str) -> None:
    first_release(database_url)
    office = Office(database_url, portal=False)
    with office.bridge.db.read() as uow:
        revision = uow.invoices.revision(1)
        node = uow.nodes.by_name("base")
    assert node is not None
    assert revision.accounting_hash not in ("", OLD_HASH)
    assert {consignment(office).served_hash, consignment(office).acknowledged_hash} == {revision.accounting_hash}
    assert office.exchange(node).numbers == []
    office.bridge.db.close()


def test_a_document_silent_about_payment_takes_nothing_back(database_url: str) -> None:
    first_release(database_url)
    office = Office(database_url, portal=False)
    with office.bridge.db.read() as uow:
        node = uow.nodes.by_name("base")
    assert node is not None
    assert office.post(node, file_of(returned("101"))).ok
    assert consignment(office).payment == "paid"
    office.bridge.db.close()


def test_turns_that_stood_among_the_jobs_are_taken_anew(database_url: str) -> None:
    database = Database(database_url)
    upgrade(database.engine, "0003")
    now = dt.datetime.now(dt.UTC)
    with database.engine.connect().execution_options(write=True) as connection, connection.begin():
        portal = {"id": 1, "name": "p", "code": "p", "host": "127.0.0.1", "webhook_sealed": "", "created_at": now}
        connection.execute(sa.insert(tables.portal), portal)
        later = {"portal_id": 1, "run_after": now + dt.timedelta(days=1), "created_at": now}
        connection.execute(sa.insert(tables.job), [{"kind": kind, **later} for kind in ("turn-fetch", "fetch")])
    upgrade(database.engine)
    with database.write() as uow:
        assert list(uow.connection.execute(sa.select(tables.job.c.kind)).scalars()) == ["fetch"]
        assert uow.turns.take(1, FETCHING, now=now, until=now + LEASE, at_once=False)
    database.close()
