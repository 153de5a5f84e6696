"""What fits no journey still comes out of the reader, so that a person can see it."""

from __future__ import annotations

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
