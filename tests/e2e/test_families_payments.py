"""What each 1C family says of a payment, through the live server, and what the ledger makes of it.

One installation per family: every case is an invoice of its own. What a family cannot show stays as it was, which is
why the tables differ (facts: 1c-clients §4.1–§4.2 and addendum 4, 10).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from commerceml_bridge.simulators.onec import OneCBase
from commerceml_bridge.simulators.portal import PortalServer
from commerceml_bridge.simulators.portal.seed import seed_many
from tests.stand import Stand

CASES = ("full", "partial", "two", "overpaid", "refund", "cancelled", "deleted", "unposted", "status")
#         оплачен  часть            две части, переплата, возврат, отмена, удалён, распроведён, статус
SAID: dict[str, tuple[str, ...]] = {
    "ut10": ("paid", "-", "paid", "paid", "paid", "-", "deleted", "unposted", "-"),
    "ut11": ("paid", "partly-paid", "paid", "paid", "paid", "cancelled", "-", "-", "-"),
    "unf16": ("paid", "-", "paid", "paid", "paid", "-", "deleted", "unposted", "-"),
    "unf": ("paid", "-", "paid", "paid", "withdrawn", "cancelled", "deleted", "unposted", "- Готов"),
    "unf-payments": (
        "paid",
        "partly-paid half",
        "paid",
        "paid +500.00",
        "withdrawn",
        "cancelled",
        "deleted",
        "unposted",
        "- Готов",
    ),
    "bitrix": ("paid", "partly-paid half", "paid", "paid +500.00", "paid", "cancelled", "deleted", "unposted", "-"),
}
STATUSES = {"Готов": ("READY", "Готов")}
FAMILIES = [
    pytest.param("ut10", "ut10", {}, "ut10", id="УТ 10.3"),
    pytest.param("ut11", "ut11", {}, "ut11", id="УТ 11"),
    pytest.param("unf16", "unf16", {}, "unf", id="УНФ 1.6"),
    pytest.param("unf", "unf", {"statuses": STATUSES}, "unf", id="УНФ"),
    pytest.param("unf-payments", "unf", {"subordinate": True, "statuses": STATUSES}, "unf", id="УНФ с оплатами"),
    pytest.param("bitrix", "bitrix", {}, "bitrix", id="модуль Битрикс"),
]


def happen(base: OneCBase, case: str, number: str) -> None:
    """Let the bookkeeper do the first half of a case."""
    total = base.orders[number].total
    actions: dict[str, Callable[[], object]] = {
        "full": lambda: base.pay(number),
        "partial": lambda: base.pay(number, amount=half(total)),
        "two": lambda: base.pay(number, amount=half(total)),
        "overpaid": lambda: base.pay(number, amount=total + 500),
        "refund": lambda: base.pay(number),
        "cancelled": lambda: base.cancel(number),
        "deleted": lambda: base.mark_deleted(number),
        "unposted": lambda: base.unpost(number),
        "status": lambda: base.set_status(number, "Готов"),
    }
    actions[case]()


def half(total: Decimal) -> Decimal:
    return (total / 2).quantize(Decimal("0.01"))


def happen_then(base: OneCBase, case: str, number: str) -> None:
    """Let the bookkeeper do the second half."""
    if case == "two":
        base.pay(number)
    elif case == "refund":
        base.refund(number)


def ledger(stand: Stand, number: str) -> str:
    """Return what the ledger says: standing, a sum that is not the total, a status of 1C."""
    with stand.bridge.db.read() as uow:
        invoice = next(one for one in uow.portals.sample(1, 100) if one.number == number)
        (row,) = uow.consignments.of_invoice(invoice.id)
    paid, words = row.paid_amount, [row.payment or "-"]
    if paid is not None and paid > invoice.total:
        words.append(f"+{paid - invoice.total}")
    elif paid == half(invoice.total):
        words.append("half")
    return " ".join([*words, row.onec_status]).strip()


@pytest.mark.parametrize(("name", "family", "options", "kind"), FAMILIES)
def test_the_ledger_says_what_the_family_can_show(
    stand: Stand, server: PortalServer, name: str, family: str, options: dict[str, Any], kind: str
) -> None:
    seed_many(server.portal, len(CASES))
    stand.set_up(client=kind)
    stand.start()
    assert not stand.sync().failed
    client = stand.client(family, **options)
    client.load()
    numbers = dict(zip(CASES, sorted(client.base.orders), strict=True))
    for case, number in numbers.items():
        happen(client.base, case, number)
    client.upload()
    assert not stand.sync().failed
    for case, number in numbers.items():
        happen_then(client.base, case, number)
    client.upload()
    client.upload()  # nothing new: nothing is said twice
    assert not stand.sync().failed

    assert [ledger(stand, number) for number in numbers.values()] == list(SAID[name])
    paid = {case for case, said in zip(CASES, SAID[name], strict=True) if said.startswith("paid") or case == "refund"}
    for case, number in numbers.items():
        moved = server.portal.stages_of(int(number)).count("DT31_5:P")
        assert moved == (1 if case in paid else 0), case
        said = server.portal.comments_of(int(number))
        assert len(said) == len(set(said)), said
    stated = [one for one in server.portal.comments_of(int(numbers["two"])) if "оплата" in one]
    assert len(stated) == (2 if "partly-paid half" in SAID[name] else 1)
