"""A unit of work: one transaction and the drawers of queries that run in it. Services get this, never a connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.exc import InterfaceError, OperationalError, StatementError

from commerceml_bridge.db.adoption import Adoption
from commerceml_bridge.db.alerts import Alerts
from commerceml_bridge.db.audit import Audit
from commerceml_bridge.db.books import Books
from commerceml_bridge.db.browse import Browse
from commerceml_bridge.db.bursts import Bursts
from commerceml_bridge.db.buyers import Buyers
from commerceml_bridge.db.catalog import Catalog
from commerceml_bridge.db.choices import Choices
from commerceml_bridge.db.connecting import Connecting
from commerceml_bridge.db.consignments import Consignments
from commerceml_bridge.db.deliveries import Deliveries
from commerceml_bridge.db.invoices import Invoices
from commerceml_bridge.db.jobs import Jobs
from commerceml_bridge.db.journal import Journal
from commerceml_bridge.db.ledger import Ledger
from commerceml_bridge.db.limits import Limits
from commerceml_bridge.db.notifiers import Notifiers
from commerceml_bridge.db.numbers import Numbers
from commerceml_bridge.db.parties import Nodes, Operators, Portals
from commerceml_bridge.db.reconciliations import Reconciliations
from commerceml_bridge.db.recordings import Recordings
from commerceml_bridge.db.rehearsal import Rehearsal
from commerceml_bridge.db.retention import Retention
from commerceml_bridge.db.returned import Returned
from commerceml_bridge.db.search import Search
from commerceml_bridge.db.sessions import Sessions
from commerceml_bridge.db.staleness import Staleness
from commerceml_bridge.db.statements import Statements
from commerceml_bridge.db.status import Status
from commerceml_bridge.db.taking_back import TakingBack
from commerceml_bridge.db.turns import Turns
from commerceml_bridge.db.uploads import Uploads


class UnitOfWork:
    """Queries grouped by what they are about; all of them share one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what the block did if it raises; the rest of the transaction stays.

        A value the database does not take comes out as ``ValueError``: it is the fault of what was to be stored.
        """
        try:
            with self.connection.begin_nested():
                yield
        except (OperationalError, InterfaceError):
            raise
        except StatementError as error:
            raise ValueError(f"the database refused a value: {type(error.orig).__name__}") from error

    @cached_property
    def portals(self) -> Portals:
        """Portals."""
        return Portals(self.connection)

    @cached_property
    def nodes(self) -> Nodes:
        """Exchange nodes."""
        return Nodes(self.connection)

    @cached_property
    def notifiers(self) -> Notifiers:
        """Calls to 1C bases."""
        return Notifiers(self.connection)

    @cached_property
    def operators(self) -> Operators:
        """People who may see the pages."""
        return Operators(self.connection)

    @cached_property
    def invoices(self) -> Invoices:
        """Invoices and their revisions."""
        return Invoices(self.connection)

    @cached_property
    def consignments(self) -> Consignments:
        """Invoices at nodes, and what was rendered for them."""
        return Consignments(self.connection)

    @cached_property
    def numbers(self) -> Numbers:
        """Numbers of documents."""
        return Numbers(self.connection)

    @cached_property
    def search(self) -> Search:
        """Words invoices are found by."""
        return Search(self.connection)

    @cached_property
    def adoption(self) -> Adoption:
        """Documents typed into 1C by hand and the invoices they may be."""
        return Adoption(self.connection)

    @cached_property
    def buyers(self) -> Buyers:
        """Buyers of the CRM and counterparties of 1C."""
        return Buyers(self.connection)

    @cached_property
    def sessions(self) -> Sessions:
        """Exchange sessions."""
        return Sessions(self.connection)

    @cached_property
    def deliveries(self) -> Deliveries:
        """Query answers and their acknowledgement."""
        return Deliveries(self.connection)

    @cached_property
    def connecting(self) -> Connecting:
        """How far nodes have come."""
        return Connecting(self.connection)

    @cached_property
    def taking_back(self) -> TakingBack:
        """Exchanges that are taken back."""
        return TakingBack(self.connection)

    @cached_property
    def uploads(self) -> Uploads:
        """Files 1C posts."""
        return Uploads(self.connection)

    @cached_property
    def rehearsal(self) -> Rehearsal:
        """What a transaction that will be undone has done."""
        return Rehearsal(self.connection)

    @cached_property
    def retention(self) -> Retention:
        """Erasing bodies that were kept long enough."""
        return Retention(self.connection)

    @cached_property
    def catalog(self) -> Catalog:
        """Items of 1C."""
        return Catalog(self.connection)

    @cached_property
    def choices(self) -> Choices:
        """What operators chose for lines of invoices."""
        return Choices(self.connection)

    @cached_property
    def returned(self) -> Returned:
        """Documents 1C returned."""
        return Returned(self.connection)

    @cached_property
    def ledger(self) -> Ledger:
        """Payment facts."""
        return Ledger(self.connection)

    @cached_property
    def bursts(self) -> Bursts:
        """What one file or poll sets off."""
        return Bursts(self.connection)

    @cached_property
    def jobs(self) -> Jobs:
        """The outbox."""
        return Jobs(self.connection)

    @cached_property
    def staleness(self) -> Staleness:
        """Invoices to be read again."""
        return Staleness(self.connection)

    @cached_property
    def turns(self) -> Turns:
        """Whose turn it is to read a portal."""
        return Turns(self.connection)

    @cached_property
    def limits(self) -> Limits:
        """How fast portals may be asked."""
        return Limits(self.connection)

    @cached_property
    def journal(self) -> Journal:
        """Requests of 1C and events of invoices."""
        return Journal(self.connection)

    @cached_property
    def alerts(self) -> Alerts:
        """Health of nodes and portals, and alerts."""
        return Alerts(self.connection)

    @cached_property
    def audit(self) -> Audit:
        """The log of changes to settings and people."""
        return Audit(self.connection)

    @cached_property
    def browse(self) -> Browse:
        """What the pages read."""
        return Browse(self.connection)

    @cached_property
    def status(self) -> Status:
        """Counts."""
        return Status(self.connection)

    @cached_property
    def recordings(self) -> Recordings:
        """Sessions to be recorded."""
        return Recordings(self.connection)

    @cached_property
    def books(self) -> Books:
        """1C bases asked over OData."""
        return Books(self.connection)

    @cached_property
    def statements(self) -> Statements:
        """Bank statements."""
        return Statements(self.connection)

    @cached_property
    def reconciliations(self) -> Reconciliations:
        """Invoices beside what 1C and Bitrix24 know of them."""
        return Reconciliations(self.connection)
