"""The accountant's side of a БП base: payment statuses and movements of money (facts §1).

Stands over the orders a ``bp3`` client has loaded and follows the base's own events: posting a payment recomputes the
status of an invoice that is unpaid or partly paid; «Оплачен» and «Отменен» are terminal; un-posting touches nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from commerceml_bridge.simulators.odata.values import EMPTY, Big, Composite, EnumValue, Ref, Row
from commerceml_bridge.simulators.onec.base import Event, OneCBase
from commerceml_bridge.simulators.onec.model import Order, Payment, new_guid

INVOICE = "Document_СчетНаОплатуПокупателю"
STATUS = "InformationRegister_СтатусыДокументов"
MONEY = "AccumulationRegister_ОплатаСчетов"
MONEY_ROWS = "AccumulationRegister_ОплатаСчетов_RecordType"
RECEIPT = "Document_ПоступлениеНаРасчетныйСчет"
ORGANIZATION = "Catalog_Организации"
PAID, PARTLY, UNPAID, CANCELLED = "Оплачен", "ОплаченЧастично", "НеОплачен", "Отменен"
UT_ORDER, UNF_ORDER = "Document_ЗаказКлиента", "Document_ЗаказПокупателя"
ORDER_STATES = "InformationRegister_СостоянияЗаказовКлиентов"
ORDER_MONEY = "AccumulationRegister_ОплатаСчетовИЗаказов_RecordType"
RECORDERS = {
    "bank": RECEIPT,
    "cash": "Document_ПриходныйКассовыйОрдер",
    "card": "Document_ОплатаПлатежнойКартой",
}
"""Set-offs and letters of credit never move money here (§1.3)."""
_KOPECK = Decimal("0.01")


class Books:
    """What the interface shows of a base. ``base`` may be filled by a ``bp3`` client of the exchange."""

    def __init__(
        self, base: OneCBase | None = None, organization: str = "ООО «Продавец»", inn: str = "7707083893"
    ) -> None:
        self.base = base or OneCBase()
        self.organization = Ref(ORGANIZATION, new_guid())
        self._organization = (organization, inn)
        self.statuses: dict[str, str] = {}
        """by reference of the invoice; no record: not paid"""
        self.movement_currencies: dict[str, str] = {}
        """by payment: the currency its movements name, where it is not the invoice's"""
        self._currencies = {name: new_guid() for name in (*self.base.currencies, "USD", "EUR")}
        self._seen: set[str] = set()
        self.base.subscribe(self._follow)

    # --- what a person does in 1C beside what the base itself offers ---

    def set_status(self, number: str, status: str) -> None:
        """Choose a payment status by hand: any value goes."""
        self.statuses[self.base.orders[number].guid] = status

    def forget_status(self, number: str) -> None:
        """Remove the record."""
        self.statuses.pop(self.base.orders[number].guid, None)

    def edit_payment(self, number: str, index: int, amount: Decimal) -> None:
        """Correct the sum of a payment and post it again."""
        order = self.base.orders[number]
        order.payments[index].amount = amount
        self.base.written(order, Event.PAID)

    def pay_in(self, number: str, amount: Decimal, currency: str) -> Payment:
        """Post a payment whose movements name another currency."""
        payment = self.base.pay(number, amount=amount)
        self.movement_currencies[payment.guid] = currency
        return payment

    def _follow(self, order: Order, event: Event) -> None:
        if order.cancelled:
            self.statuses[order.guid] = CANCELLED
        elif event is Event.SHIPPED:
            self.statuses.setdefault(order.guid, UNPAID)
        elif event is Event.PAID and self.statuses.get(order.guid, UNPAID) in (UNPAID, PARTLY):
            paid = sum((one.amount for one in order.posted_payments if one.kind in RECORDERS), Decimal(0))
            self.statuses[order.guid] = PAID if paid >= order.total else PARTLY if paid > 0 else UNPAID

    # --- tables ---

    def table(self, entity: str) -> list[Row] | None:
        """Return the rows of an entity set, ``None`` if a БП base has no such set."""
        tables = {
            INVOICE: self._invoices,
            STATUS: self._status_rows,
            MONEY_ROWS: self._movements,
            MONEY: self._movements,
            RECEIPT: self._receipts,
            ORGANIZATION: self._organizations,
            ORDER_STATES: self._order_states,
            ORDER_MONEY: self._order_money,
        }
        make = tables.get(entity)
        return list(make()) if make else None

    def resolve(self, ref: Ref) -> Row | None:
        """Return the invoice a reference points to."""
        order = self.base.by_site_id(ref.guid) if ref.entity in (INVOICE, UT_ORDER) else None
        return self._invoice(order) if order else None

    def _invoices(self) -> Iterator[Row]:
        return map(self._invoice, self.base.documents)

    def _invoice(self, order: Order) -> Row:
        return {
            "Ref_Key": order.guid,
            "DataVersion": f"AAAA{len(order.payments):04d}",
            "DeletionMark": order.deletion_mark,
            "Number": order.number_1c.ljust(11),
            "Date": order.date_1c,
            "Posted": order.posted,
            "СуммаДокумента": order.total,
            "ВалютаДокумента_Key": Ref("Catalog_Валюты", self._currency(order.currency)),
            "Организация_Key": self.organization,
            "Контрагент_Key": Ref("Catalog_Контрагенты", order.counterparty.guid),
            "Комментарий": order.comment,
        }

    def _status_rows(self) -> Iterator[Row]:
        for guid, status in self.statuses.items():
            yield {
                "Организация_Key": self.organization,
                "Документ": Composite(Ref(INVOICE, guid)),
                "Статус": EnumValue("СтатусОплатыСчета", status),
                "ДополнительныйСтатус": EnumValue("СтатусыОтгрузки", self._shipment(guid)),
            }
        yield {
            "Организация_Key": self.organization,
            "Документ": Composite(Ref("Document_СчетНаОплатуПоставщика", "5" * 8 + EMPTY[8:])),
            "Статус": EnumValue("СтатусОплатыСчета", PAID),
            "ДополнительныйСтатус": EnumValue("СтатусыОтгрузки", "НеОтгружен"),
        }

    def _shipment(self, guid: str) -> str:
        order = self.base.by_site_id(guid)
        return "Отгружен" if order and order.shipped else "НеОтгружен"

    def _movements(self) -> Iterator[Row]:
        for order in self.base.documents:
            for payment in order.posted_payments:
                if payment.kind in RECORDERS:
                    yield from self._of_payment(order, payment)

    def _of_payment(self, order: Order, payment: Payment) -> Iterator[Row]:
        """One movement for every VAT rate of the invoice (§1.3)."""
        currency = self.movement_currencies.get(payment.guid, order.currency)
        for number, (rate, amount) in enumerate(_by_rate(order, payment.amount), 1):
            yield {
                "Recorder": Composite(Ref(RECORDERS[payment.kind], payment.guid)),
                "Period": payment.date,
                "LineNumber": Big(number),
                "Active": True,
                "Организация_Key": self.organization,
                "СчетНаОплату": Composite(Ref(INVOICE, order.guid)),
                "СтавкаНДС": rate,
                "Сумма": amount,
                "СуммаНДС": Decimal("0.00"),
                "Валюта_Key": Ref("Catalog_Валюты", self._currency(currency)),
            }

    def _order_states(self) -> Iterator[Row]:
        """УТ 11: one row for every posted order (§4)."""
        for order in self.base.documents:
            if order.posted:
                yield {
                    "Заказ": Composite(Ref(UT_ORDER, order.guid)),
                    "СуммаОплаты": order.paid,
                    "СуммаДолга": order.debt,
                }

    def _order_money(self) -> Iterator[Row]:
        """УНФ: the order's own obligation, and advances and payments of money (§4)."""
        for order in self.base.documents:
            own = Ref(UNF_ORDER, order.guid)
            yield self._turnover(own, own, order.date_1c, order.total, Decimal(0))
            for payment in order.posted_payments:
                recorder = Ref("Document_ПоступлениеНаСчет", payment.guid)
                yield self._turnover(own, recorder, payment.date, Decimal(0), payment.amount)

    def _turnover(self, order: Ref, recorder: Ref, at: dt.datetime, owed: Decimal, paid: Decimal) -> Row:
        return {
            "Recorder": Composite(recorder),
            "Period": at,
            "LineNumber": Big(1),
            "Active": True,
            "СчетНаОплату": Composite(order),
            "Сумма": owed,
            "СуммаАванса": paid,
            "СуммаОплаты": Decimal(0),
        }

    def _receipts(self) -> Iterator[Row]:
        for order in self.base.documents:
            for payment in order.payments:
                if payment.kind == "bank":
                    yield {
                        "Ref_Key": payment.guid,
                        "Number": payment.number.ljust(11),
                        "Date": payment.date,
                        "Posted": payment.posted,
                        "DeletionMark": False,
                        "СуммаДокумента": payment.amount,
                        "НомерВходящегоДокумента": payment.number[-3:].lstrip("0"),
                        "ДатаВходящегоДокумента": payment.date,
                        "НазначениеПлатежа": f"Оплата по счету № {order.number}",
                    }

    def _organizations(self) -> Iterator[Row]:
        name, inn = self._organization
        yield {"Ref_Key": self.organization.guid, "Description": name, "ИНН": inn, "КПП": "", "Префикс": ""}

    def _currency(self, name: str) -> str:
        return self._currencies.setdefault(name, new_guid())


def _by_rate(order: Order, amount: Decimal) -> list[tuple[str, Decimal]]:
    """Share a payment among the VAT rates of the lines, the rest to the last."""
    shares: dict[str, Decimal] = {}
    for line in order.lines:
        shares[line.vat_rate] = shares.get(line.vat_rate, Decimal(0)) + line.amount
    whole = sum(shares.values(), Decimal(0))
    if len(shares) < 2 or not whole:
        return [(next(iter(shares), "БезНДС"), amount)]
    parts = [(rate, (amount * share / whole).quantize(_KOPECK, ROUND_HALF_UP)) for rate, share in shares.items()]
    rest = amount - sum((part for _, part in parts[:-1]), Decimal(0))
    return [*parts[:-1], (parts[-1][0], rest)]
