"""What fits no journey still comes out of the reader, so that a person can see it."""

from __future__ import annotations

from decimal import Decimal

from commerceml_bridge.commerceml.reader import DocumentStream, read_documents
from commerceml_bridge.domain.returned import Operation, ReturnedDocument


def stream(inner: str) -> tuple[DocumentStream, list[ReturnedDocument]]:
    text = f'<КоммерческаяИнформация ВерсияСхемы="3.1">\n{inner}\n</КоммерческаяИнформация>'
    reading = read_documents([text.encode()])
    documents = []
    for item in reading:
        assert isinstance(item.document, ReturnedDocument)
        documents.append(item.document)
    return reading, documents


def document(operation: str, more: str = "") -> str:
    return f"<Документ><Ид>1</Ид><Номер>A-1</Номер><ХозОперация>{operation}</ХозОперация>{more}</Документ>"


def test_an_unknown_operation_is_kept_under_its_own_name() -> None:
    for inner in (document("Списание лунного грунта"), f"<Контейнер>{document('Списание лунного грунта')}</Контейнер>"):
        _, (one,) = stream(inner)
        assert (one.operation, one.operation_name) == (Operation.OTHER, "Списание лунного грунта")


def test_payments_and_shipments_without_their_order_come_one_by_one() -> None:
    payment = document("Выплата безналичных денег", "<Основание>7</Основание><Сумма>5.00</Сумма>")
    shipment = document("Отпуск товара", "<Основание>7</Основание>")
    _, found = stream(f"<Контейнер>{payment}{payment}</Контейнер><Контейнер>{shipment}</Контейнер>")
    assert [one.operation for one in found] == [Operation.PAYMENT, Operation.PAYMENT, Operation.SHIPMENT]
    assert {one.basis for one in found} == {"7"}


def test_a_document_without_counterparty_and_lines_is_one() -> None:
    _, (one,) = stream(document("Заказ товара"))
    assert (one.number, one.counterparty, one.lines, one.amount) == ("A-1", None, (), None)


def test_an_empty_container_gives_no_document_but_is_told() -> None:
    reading, found = stream(
        f"<Контейнер/>\n<Контейнер>{document('Заказ товара')}</Контейнер>\n<Контейнер> </Контейнер>"
    )
    assert len(found) == 1
    assert reading.empty_containers == [2, 4]


def test_an_unknown_operation_beside_its_order_or_below_it_comes_by_itself() -> None:
    order, other = document("Заказ товара"), document("Возврат товара", "<Основание>1</Основание>")
    below = document("Счет-фактура").replace("Документ>", "ПодчиненныйДокумент>")
    nested = document("Заказ товара", f"<ПодчиненныеДокументы>{below}</ПодчиненныеДокументы>")
    for inner, name in ((f"<Контейнер>{order}{other}</Контейнер>", "Возврат товара"), (nested, "Счет-фактура")):
        _, found = stream(inner)
        assert [one.operation_name for one in found] == ["Заказ товара", name]
        assert found[0].children == ()


def test_a_repeated_group_is_read_to_the_end_and_an_empty_one_hides_nothing() -> None:
    def group(name: str, value: str) -> str:
        pair = f"<Наименование>{name}</Наименование><Значение>{value}</Значение>"
        return f"<ЗначенияРеквизитов><ЗначениеРеквизита>{pair}</ЗначениеРеквизита></ЗначенияРеквизитов>"

    more = "<ЗначенияРеквизитов/>" + group("Проведен", "false") + group("Отменен", "true") + "<Сумма/><Сумма>5</Сумма>"
    _, (one,) = stream(document("Заказ товара", more))
    assert (one.posted, one.cancelled, one.amount) == (False, True, Decimal(5))


def test_what_stands_under_the_root_is_told_whether_it_is_read_or_not() -> None:
    far = "<Чеки><Чек/></Чеки>" * 3 + document("Заказ товара", f"<Комментарий>{'x' * 100_000}</Комментарий>")
    reading, found = stream(far + f"<Документы>{document('Заказ товара')}</Документы>")
    assert len(found) == 1
    assert reading.branches == ("Чеки", "Документ", "Документы")
