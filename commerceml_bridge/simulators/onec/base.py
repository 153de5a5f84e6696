"""An in-memory accounting base: what a bookkeeper can do to orders, and who is told about it.

Several clients may share one base, each with its own registration of changes (a node of the exchange plan). The base
must know nothing of files or requests (facts: 1c-clients §4.2 for what registers a change).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from enum import Enum

from commerceml_bridge.simulators.onec import numbering
from commerceml_bridge.simulators.onec.model import COMPLETED, Counterparty, Item, Line, Order, Payment, Shipment
from commerceml_bridge.simulators.onec.register import Register

CURRENCIES = {"RUB": "643", "USD": "840", "EUR": "978", "KZT": "398", "BYN": "933", "UAH": "980"}


class Event(Enum):
    """What happened to an order."""

    WRITTEN = "written"
    STATUS = "status"
    MARKED = "marked for deletion"
    UNPOSTED = "unposted"
    CANCELLED = "cancelled"
    PAID = "paid"
    PAYMENT_UNPOSTED = "payment unposted"
    REFUNDED = "refunded"
    SHIPPED = "shipped"


Listener = Callable[[Order, Event], None]


def local_now() -> dt.datetime:
    """The base's clock: local time without a zone and without microseconds."""
    return dt.datetime.now(dt.UTC).astimezone().replace(tzinfo=None, microsecond=0)


def _moment(date: dt.date | None, now: Callable[[], dt.datetime]) -> dt.datetime:
    if date is None:
        return now()
    return date if isinstance(date, dt.datetime) else dt.datetime.combine(date, dt.time())


class OneCBase:
    """Orders of a base by the site's number, and the actions of its users.

    ``currencies`` maps Наименование to Код; the first is the base currency. ``prefix`` is that of document numbers;
    None lets each family use its usual one. Every action takes the site's number (or the 1C number of an own order)
    and raises KeyError if there is no such order.
    """

    def __init__(
        self,
        *,
        currencies: dict[str, str] | None = None,
        prefix: str | None = None,
        now: Callable[[], dt.datetime] = local_now,
    ) -> None:
        self.currencies = dict(currencies or CURRENCIES)
        self.prefix = prefix
        self.now = now
        self.documents: list[Order] = []
        self.counterparties: Register[Counterparty] = Register()
        self.items: Register[Item] = Register()
        self.collisions: list[tuple[str, str, str]] = []
        """УНФ, БП: (site number before, site number now, 1C number) of every order two site numbers fell into."""
        self._by_key: dict[str, list[Order]] = {}
        self._by_number_1c: dict[tuple[str, int], Order] = {}
        self._by_site_id: dict[str, Order] = {}
        self._listeners: list[Listener] = []
        self._counter = 0

    @property
    def base_currency(self) -> str:
        """Name of the currency the accounts are kept in."""
        return next(iter(self.currencies))

    @property
    def orders(self) -> dict[str, Order]:
        """Every order by its site number (one born in 1C: by its 1C number); of duplicates the newest."""
        return {key: orders[-1] for key, orders in self._by_key.items() if orders}

    def duplicates(self, number: str) -> list[Order]:
        """All orders with this key, oldest first: more than one means 1C did not recognise a re-delivery."""
        return list(self._by_key.get(number, []))

    def by_number_1c(self, number_1c: str, year: int) -> Order | None:
        """1C numbers are unique within a year."""
        return self._by_number_1c.get((number_1c, year))

    def by_site_id(self, site_id: str) -> Order | None:
        """The order a site's Ид (or the order's own reference, if the site returns that) belongs to."""
        return self._by_site_id.get(site_id)

    def subscribe(self, listener: Listener) -> None:
        """Tell ``listener`` of every change from now on."""
        self._listeners.append(listener)

    def add(self, order: Order) -> None:
        """Write a new order."""
        self.documents.append(order)
        self._by_key.setdefault(order.number or order.number_1c, []).append(order)
        self._by_number_1c[order.number_1c, order.date_1c.year] = order
        self._by_site_id.update({key: order for key in (order.site_id, order.guid) if key})
        self.written(order)

    def written(self, order: Order, event: Event = Event.WRITTEN) -> None:
        """Announce a change of an order."""
        for listener in self._listeners:
            listener(order, event)

    def renumber(self, order: Order, site_number: str) -> None:
        """Another site number fell into the same 1C document."""
        if order.number == site_number:
            return
        self.collisions.append((order.number, site_number, order.number_1c))
        self._by_key[order.number or order.number_1c].remove(order)
        order.number = site_number
        self._by_key.setdefault(site_number, []).append(order)

    def next_number(self, prefix: str) -> str:
        """The base's next own document number."""
        self._counter += 1
        return numbering.own_number(self.prefix if self.prefix is not None else prefix, self._counter)

    def _order(self, number: str) -> Order:
        return self._by_key[number][-1]

    def pay(
        self,
        number: str,
        amount: Decimal | None = None,
        date: dt.date | None = None,
        document_number: str | None = None,
        kind: str = "bank",
    ) -> Payment:
        """Enter and post a payment; without ``amount`` all that is still owed. A plain date means midnight."""
        order = self._order(number)
        payment = Payment(
            number=document_number or self.next_number("00ПЛ-"),
            date=_moment(date, self.now),
            amount=order.debt if amount is None else Decimal(amount),
            kind=kind,
        )
        order.payments.append(payment)
        self.written(order, Event.PAID)
        return payment

    def unpay(self, number: str, document_number: str | None = None) -> list[Payment]:
        """Un-post the order's payments (or the one named)."""
        order = self._order(number)
        hit = [p for p in order.posted_payments if document_number in (None, p.number)]
        for payment in hit:
            payment.posted = False
        self.written(order, Event.PAYMENT_UNPOSTED)
        return hit

    def refund(self, number: str, amount: Decimal | None = None, date: dt.date | None = None) -> Payment:
        """Give money back; without ``amount`` all that was received."""
        order = self._order(number)
        refund = Payment(
            number=self.next_number("00ВЗ-"),
            date=_moment(date, self.now),
            amount=order.paid if amount is None else Decimal(amount),
        )
        order.refunds.append(refund)
        self.written(order, Event.REFUNDED)
        return refund

    def ship(self, number: str, date: dt.date | None = None, document_number: str | None = None) -> Shipment:
        """Ship the whole order."""
        order = self._order(number)
        shipment = Shipment(document_number or self.next_number("00РТ-"), _moment(date, self.now))
        order.shipments.append(shipment)
        self.written(order, Event.SHIPPED)
        return shipment

    def cancel(self, number: str) -> None:
        """Cancel the order: every line is cancelled (its sum becomes 0 in УТ), УНФ completes it as cancelled."""
        order = self._order(number)
        order.cancelled, order.status = True, COMPLETED
        self.written(order, Event.CANCELLED)

    def mark_deleted(self, number: str, marked: bool = True) -> None:
        """Set or remove the deletion mark; a marked document is not posted."""
        order = self._order(number)
        order.deletion_mark = marked
        order.posted = order.posted and not marked
        self.written(order, Event.MARKED if marked else Event.WRITTEN)

    def unpost(self, number: str) -> None:
        """Un-post the order."""
        self._order(number).posted = False
        self.written(self._order(number), Event.UNPOSTED)

    def post(self, number: str) -> None:
        """Post the order."""
        self._order(number).posted = True
        self.written(self._order(number))

    def set_status(self, number: str, status: str) -> None:
        """Give the order another status."""
        self._order(number).status = status
        self.written(self._order(number), Event.STATUS)

    def issue_invoice(self, number: str) -> None:
        """УНФ: enter a СчетНаОплату on the basis of the order; from then on re-delivery changes properties only."""
        self._order(number).invoiced = True
        self.written(self._order(number))

    def create_own_order(
        self,
        amount: Decimal,
        *,
        counterparty: Counterparty | None = None,
        name: str = "Консультация",
        date: dt.date | None = None,
    ) -> Order:
        """An order born in 1C: no site number, one untaxed service line; returned with its 1C number set."""
        party = counterparty or Counterparty("Розничный покупатель", legal=False)
        line = Line(Item(name, service=True), name, Decimal(1), Decimal(amount), Decimal(amount), service=True)
        moment = _moment(date, self.now)
        order = Order(
            "", self.next_number("00ЗК-"), moment.date(), moment, party, self.base_currency, [line], taxable=False
        )
        self.add(order)
        return order
