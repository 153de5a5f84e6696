"""Bank statements for tests."""

from __future__ import annotations

OURS, THEIRS = "40702810900000000001", "40702810900000000777"
INN = "7707083893"


def payment(
    number: str,
    amount: str,
    purpose: str,
    *,
    inn: str = INN,
    date: str = "06.03.2026",
    outgoing: bool = False,
) -> str:
    """One document."""
    payer, payee = (OURS, THEIRS) if outgoing else (THEIRS, OURS)
    who = ("Плательщик", "Получатель") if not outgoing else ("Получатель", "Плательщик")
    booked = "ДатаСписано" if outgoing else "ДатаПоступило"
    return (
        f"СекцияДокумент=Платежное поручение\r\nНомер={number}\r\nДата={date}\r\nСумма={amount}\r\n{booked}={date}\r\n"
        f"ПлательщикСчет={payer}\r\nПолучательСчет={payee}\r\n{who[0]}1=ООО Ромашка\r\n{who[0]}ИНН={inn}\r\n"
        f"{who[1]}ИНН=5000000000\r\nНазначениеПлатежа={purpose}\r\nКонецДокумента\r\n"
    )


def file(*documents: str) -> bytes:
    """A whole file, windows-1251."""
    head = "1CClientBankExchange\r\nВерсияФормата=1.03\r\nКодировка=Windows\r\nДатаНачала=06.03.2026\r\n"
    head += f"ДатаКонца=06.03.2026\r\nРасчСчет={OURS}\r\n"
    return (head + "".join(documents) + "КонецФайла\r\n").encode("cp1251")
