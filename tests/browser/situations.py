"""Ten invoices, each somewhere else on its way, brought there by the simulators over the live server.

Nothing is written into tables but age: that a node has been silent for three days cannot be waited for.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from decimal import Decimal

import sqlalchemy as sa

from commerceml_bridge.db import tables
from commerceml_bridge.simulators.onec import OneCClient
from commerceml_bridge.simulators.portal import FaultKind, PortalServer
from commerceml_bridge.simulators.portal.rows import Row
from commerceml_bridge.simulators.portal.seed import inn
from tests.stand import PASSWORD, Stand

LOGIN = "anna"
NUMBERS = {
    "not fetched": "210",
    "held": "202",
    "waiting": "203",
    "refused by 1C": "204",
    "acknowledged but unseen": "205",
    "unposted": "206",
    "partly paid": "207",
    "paid but parked": "208",
    "conflict": "209",
    "1C silent": "211",
}
SAID = {
    "not fetched": ("waiting", "Ждёт обмена"),
    "held": ("held", "Удержан"),
    "waiting": ("waiting", "последний раз приходила"),
    "refused by 1C": ("refused", "не принимает этот счёт"),
    "acknowledged but unseen": ("unseen", "документ ещё не вернула"),
    "unposted": ("unposted", "не проведён"),
    "partly paid": ("partly-paid", "Оплачен частично: 5\xa0000,00"),
    "paid but parked": ("parked", "Битрикс24 не принял запись"),
    "conflict": ("conflict", "Базы 1С противоречат друг другу"),
    "1C silent": ("silent", "1С молчит"),
}
"""What the page answers: the code and words of the sentence in Russian."""


@dataclass
class Wire:
    """What really went over the sockets, as the simulators saw it."""

    served: dict[str, list[bytes]] = field(default_factory=dict)
    """whole answers to query by the number of an invoice in them, each once"""
    posted: dict[str, list[bytes]] = field(default_factory=dict)
    """whole files 1C sent by the number of an invoice in them"""


class Scene:
    """A portal with a seller for each 1C base; every base takes the invoices of its own seller."""

    def __init__(self, stand: Stand, server: PortalServer) -> None:
        self.stand = stand
        self.portal = server.portal
        self.server = server
        self.wire = Wire()
        self.buyer = self.portal.add_company("Уралдеталь", inn=inn("667105432"), RQ_COMPANY_NAME="ООО «Уралдеталь»")
        names = ("Торговля", "Отказы", "Тихая", "Левая и Правая")
        self.sellers = {name: self.portal.add_my_company(name, inn=inn("770912345")) for name in names}
        self.ids: dict[str, int] = {}

    def bill(self, situation: str, seller: str = "Торговля", *, buyer: bool = True) -> None:
        """Add an invoice of one line."""
        self.ids[situation] = self.portal.add_smart_invoice(
            account_number=NUMBERS[situation],
            begindate=self.portal.today() - dt.timedelta(days=2),
            company_id=self.buyer if buyer else 0,
            mycompanyId=self.sellers[seller],
            rows=(Row("Монтаж кондиционера", 12200, 1, 22, True, True),),
        )

    def client(self, node: str) -> OneCClient:
        """УНФ with subordinate documents: the family that tells everything."""
        return self.stand.client("unf", node, subordinate=True)

    def load(self, client: OneCClient, *, send_success: bool = True) -> None:
        """Load and keep what was on the wire."""
        body = client.load(send_success=send_success).body
        for number in NUMBERS.values():
            served = self.wire.served.setdefault(number, [])
            if f"<Номер>{number}</Номер>".encode("windows-1251") in body and body not in served:
                served.append(body)

    def upload(self, client: OneCClient) -> None:
        """Upload and keep what was on the wire."""
        report = client.upload()
        for body in report.bodies.values():
            for number in client.base.orders:
                if f"<Номер>{number}</Номер>".encode() in body:
                    self.wire.posted.setdefault(number, []).append(body)


def play(stand: Stand, server: PortalServer) -> Scene:
    """Set everything up and let it happen."""
    scene = Scene(stand, server)
    _set_up(scene)
    for situation in ("held", "unposted", "partly paid", "paid but parked"):
        scene.bill(situation, buyer=situation != "held")
    scene.bill("refused by 1C", "Отказы")
    scene.bill("1C silent", "Тихая")
    scene.bill("conflict", "Левая и Правая")
    stand.start()
    assert not stand.sync().failed
    _conflict(scene)
    trade = scene.client("trade")
    scene.load(trade)
    trade.base.unpost(NUMBERS["unposted"])
    trade.base.pay(NUMBERS["partly paid"], amount=Decimal(5000))
    trade.base.pay(NUMBERS["paid but parked"])
    scene.upload(trade)
    server.faults.add(FaultKind.REST, times=100, methods=("crm.item.update",), code="ACCESS_DENIED", status=403)
    stand.sync()
    server.faults.clear()
    scene.bill("acknowledged but unseen")
    stand.sync()
    scene.load(trade)
    for _ in range(4):
        scene.load(scene.client("broken"), send_success=False)
    scene.bill("waiting")
    stand.sync()
    _age(stand)
    scene.bill("not fetched")
    return scene


def _set_up(scene: Scene) -> None:
    stand = scene.stand

    def of(seller: str) -> tuple[str, ...]:
        return ("--seller", str(scene.sellers[seller]), "--yes")

    stand.set_up(client="unf", node="trade", options=of("Торговля"))
    nodes = {"broken": "Отказы", "quiet": "Тихая", "left": "Левая и Правая", "right": "Левая и Правая"}
    for node, seller in nodes.items():
        stand.add_node(node, client="unf", options=of(seller))
    stand.command("operator", "add", LOGIN, "--password-stdin", stdin=PASSWORD)


def _conflict(scene: Scene) -> None:
    """One base is told that the invoice was paid, the other that it was cancelled."""
    left, right = scene.client("left"), scene.client("right")
    scene.load(left)
    scene.load(right)
    left.base.pay(NUMBERS["conflict"])
    right.base.cancel(NUMBERS["conflict"])
    scene.upload(right)
    scene.upload(left)


def _age(stand: Stand) -> None:
    """Let the quiet node be three days old without a visit."""
    with stand.bridge.db.write() as uow:
        long_ago = stand.bridge.clock() - dt.timedelta(days=3)
        uow.connection.execute(sa.update(tables.node).where(tables.node.c.name == "quiet").values(created_at=long_ago))


def states(stand: Stand) -> str:
    """Everything known of the invoices, for the message of a test that fails."""
    with stand.bridge.db.read() as uow:
        rows = uow.connection.execute(sa.select(tables.job.c.kind, tables.job.c.state, tables.job.c.error)).all()
    return json.dumps([tuple(row) for row in rows], ensure_ascii=False)
