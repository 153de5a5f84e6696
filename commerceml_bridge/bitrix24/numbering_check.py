"""Would 1C keep the portal's invoice numbers? Part of ``portal check``; follows decision 16. Reads only."""

from __future__ import annotations

import re
from collections.abc import Sequence

from commerceml_bridge.bitrix24.batch import Batch
from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.findings import Finding
from commerceml_bridge.bitrix24.lists import rows_of
from commerceml_bridge.bitrix24.portal_info import SMART_TYPE, PortalInfo
from commerceml_bridge.bitrix24.values import as_text
from commerceml_bridge.domain.invoices import InvoiceKind

_NUMBER_LENGTH = 11
_NUMBER_DIGITS = 6


def numbering(client: BitrixClient, info: PortalInfo) -> list[Finding]:
    """Look at the latest numbers: would 1C's 11 characters and 6 digits hold them (decision 16)? Raises PortalError."""
    numbers = _latest_numbers(client, info)
    bad = unfit_numbers(numbers)
    if not bad:
        return [Finding(True, "Нумерация счетов", f"Номера последних счетов ({len(numbers)}) подходят 1С.")]
    return [
        Finding(
            False,
            "Нумерация счетов",
            f"1С не примет как есть {len(bad)} из {len(numbers)} последних номеров, например «{bad[0]}».",
            "Такой счёт получит в 1С другой номер (с 900001), и банк-клиент не найдёт счёт по номеру из платёжки.",
            "Настройте нумератор счетов в CRM: «Настройки» → «Нумераторы»: не длиннее 11 знаков, не больше 6 цифр, "
            "без месяца и года в номере, без повторов (например, {NUMBER} или СЧ-{NUMBER}).",
            stops=False,
        )
    ]


def unfit_numbers(numbers: Sequence[str]) -> list[str]:
    """Return the numbers decision 16 would replace: too long, too many digits, no digits, or the same digits again.

    Zeros in front count: УНФ and БП keep them and cut the end off (facts: 1c-odata-payments §2).
    """
    bad, taken = [], set()
    for number in numbers:
        written = "".join(re.findall(r"\d", number))
        digits = written.lstrip("0")
        if not digits or len(number) > _NUMBER_LENGTH or len(written) > _NUMBER_DIGITS or digits in taken:
            bad.append(number)
        taken.add(digits)
    return bad


def _latest_numbers(client: BitrixClient, info: PortalInfo) -> list[str]:
    batch = Batch(client)
    if InvoiceKind.SMART in info.kinds:
        params = {"entityTypeId": SMART_TYPE, "select": ["id", "accountNumber"], "order": {"id": "DESC"}, "start": -1}
        batch.add("smart", "crm.item.list", params)
    if InvoiceKind.OLD in info.kinds:
        batch.add("old", "crm.invoice.list", {"select": ["ID", "ACCOUNT_NUMBER"], "order": {"ID": "DESC"}, "start": -1})
    if not len(batch):
        return []
    result = batch.run()
    numbers = []
    if "smart" in batch.keys:
        numbers += [as_text(row, "accountNumber") for row in rows_of(result.get("smart"), "items", "crm.item.list")]
    if "old" in batch.keys:
        numbers += [as_text(row, "ACCOUNT_NUMBER") for row in rows_of(result.get("old"), "", "crm.invoice.list")]
    return numbers
