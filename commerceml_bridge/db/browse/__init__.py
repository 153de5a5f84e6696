"""What the operator's pages read: functions taking a connection, returning frozen records; they never write.

Long lists are paged by keyset (a cursor names the last row shown), so that page 10,000 costs what page 1 costs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from commerceml_bridge.db.browse import (
    bodies,
    finding,
    flow,
    gauges,
    histories,
    invoices,
    parties,
    payments,
    problems,
    sessions,
)
from commerceml_bridge.db.browse.exchange_records import Body, Given, Session, SessionFilter, Step, Upload
from commerceml_bridge.db.browse.facets import Facet
from commerceml_bridge.db.browse.party_records import (
    Contact,
    Gauge,
    Node,
    NodeName,
    Portal,
    Problem,
    ProblemFilter,
    ProblemGroup,
)
from commerceml_bridge.db.browse.payments import PaymentFact
from commerceml_bridge.db.browse.records import Invoice, InvoiceFilter, InvoiceHistory, Returned, Slice
from commerceml_bridge.db.buyers import Buyers, ListedBuyer, OnecParty
from commerceml_bridge.db.query import Drawer


class Browse(Drawer):
    """The pages' drawer of a unit of work."""

    def invoices(self, wanted: InvoiceFilter, *, cursor: str = "", limit: int = 50) -> Slice[Invoice]:
        """List invoices, newest date first, each with its state at every node."""
        return invoices.listed(self.connection, wanted, cursor=cursor, limit=limit)

    def invoice(self, invoice_id: int) -> InvoiceHistory | None:
        """Return one invoice with its whole history."""
        return histories.of_invoice(self.connection, invoice_id)

    def ledger(self, invoice_id: int) -> tuple[PaymentFact, ...]:
        """Return every payment fact of an invoice, newest first."""
        return payments.of_invoice(self.connection, invoice_id)

    def sessions(self, wanted: SessionFilter, *, cursor: str = "", limit: int = 50) -> Slice[Session]:
        """List exchange sessions, newest first."""
        return sessions.listed(self.connection, wanted, cursor=cursor, limit=limit)

    def session_facets(self, wanted: SessionFilter) -> tuple[Facet, ...]:
        """Return how many of the sessions that fit have which node, result, kind and family."""
        return sessions.facets(self.connection, wanted)

    def session(self, session_id: int) -> Session | None:
        """Return one session."""
        return sessions.one(self.connection, session_id)

    def steps(self, session_id: int | None, *, cursor: str = "", limit: int = 200) -> Slice[Step]:
        """List the steps of a session in order; with ``None`` requests without a session, newest first."""
        return sessions.steps(self.connection, session_id, cursor=cursor, limit=limit)

    def uploads_of(self, session_id: int) -> tuple[Upload, ...]:
        """Return the files 1C posted in a session."""
        return sessions.uploads(self.connection, session_id)

    def given_in(self, session_id: int, *, limit: int = 200) -> tuple[Given, ...]:
        """Return the invoices that went out in a session, at most ``limit``."""
        return sessions.given(self.connection, session_id, limit)

    def returned_in(self, session_id: int, *, limit: int = 200) -> tuple[Returned, ...]:
        """Return what 1C sent back in a session, at most ``limit`` documents."""
        return histories.returned_in(self.connection, session_id, limit)

    def returned_page(self, session_id: int, *, cursor: str = "", limit: int = 500) -> Slice[Returned]:
        """Return what 1C sent back in a session, from the cursor on."""
        return histories.returned_page(self.connection, session_id, cursor, limit)

    def returned_by_id(self, returned_id: int) -> Returned | None:
        """Return one document 1C sent back."""
        return histories.returned_by_id(self.connection, returned_id)

    def problems(self, wanted: ProblemFilter | None = None, *, per_group: int = 20) -> tuple[ProblemGroup, ...]:
        """Return everything that needs a person and fits, grouped by cause."""
        return problems.grouped(self.connection, wanted or ProblemFilter(), per_group=per_group)

    def every_problem(self, wanted: ProblemFilter) -> Iterator[Problem]:
        """Yield everything that needs a person and fits, ungrouped."""
        return problems.every(self.connection, wanted)

    def problem_count(self) -> int:
        """Count everything that needs a person."""
        return problems.total(self.connection)

    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names of nodes in service and of portals, to choose from."""
        return parties.names(self.connection)

    def portals(self) -> tuple[Portal, ...]:
        """Return every portal by name."""
        return parties.portals(self.connection)

    def nodes(self) -> tuple[Node, ...]:
        """Return every node in service by name."""
        return parties.nodes(self.connection)

    def contacts_of(self, invoice_id: int) -> dict[int, Contact]:
        """Return when 1C last came for the nodes that know an invoice."""
        return parties.contacts_of(self.connection, invoice_id)

    def node_names(self) -> tuple[NodeName, ...]:
        """Return nodes in service by name, nothing counted."""
        return parties.node_names(self.connection)

    def found(self, text: str, *, invoices: int, parties: int) -> finding.Found:
        """Return the newest invoices that fit a text, and their counterparties."""
        return finding.by_text(self.connection, text, invoices=invoices, parties=parties)

    def found_session(self, text: str) -> finding.FoundSession | None:
        """Return the session whose id was typed."""
        return finding.session_by_id(self.connection, text)

    def flow(self, starts: Sequence[dt.datetime]) -> dict[int, flow.Flow]:
        """Return what went through every node on the days that begin at ``starts``."""
        return flow.of_nodes(self.connection, starts)

    def node(self, node_id: int) -> Node | None:
        """Return one node, a removed one too."""
        return parties.node_by_id(self.connection, node_id)

    def body(self, kind: str, body_id: int) -> Body | None:
        """Return what is known of a stored body."""
        return bodies.find_body(self.connection, kind, body_id)

    def buyers(self, *, doubles_only: bool = False, limit: int = 1000) -> list[ListedBuyer]:
        """List buyers, those first who share ИНН and КПП."""
        return Buyers(self.connection).listed(doubles_only=doubles_only, limit=limit)

    def onec_parties(self) -> dict[str, int]:
        """Return by node how many counterparties its 1C has told of."""
        return Buyers(self.connection).onec_counts()

    def onec_parties_of(self, invoice_id: int) -> list[OnecParty]:
        """Return 1C's counterparties that are an invoice's buyer by ИНН and КПП."""
        return Buyers(self.connection).onec_of_invoice(invoice_id)

    def strangers(self, *, cursor: str = "", limit: int = 100) -> Slice[Returned]:
        """List documents of 1C that are no invoice's, newest first."""
        return histories.strangers(self.connection, cursor=cursor, limit=limit)

    def read_body(self, kind: str, body_id: int) -> Iterator[bytes]:
        """Yield a stored body piece by piece; the unit of work must stay open meanwhile."""
        return bodies.read_body(self.connection, kind, body_id)

    def gauges(self) -> tuple[Gauge, ...]:
        """Return the counts for /metrics."""
        return gauges.measured(self.connection)
