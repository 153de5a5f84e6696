"""Every difference between the wire forms and the schema versions, as named switches with the reason beside each.

The writer asks the dialect and never the form; no other module compares forms, versions or families of 1C.
The *reading* side has no switches: the three dialects of 1C (flat order, order with subordinate documents, containers)
are told apart by structure alone, because ``ВерсияСхемы`` and namespaces lie in genuine files (commerceml §1, §4).
The spellings that reading tolerates on top of what we write stand at the end of this module.
Facts: commerceml §1.1, §2.3, §4, §6.5, §7; reference-server §2; 1c-clients §3; decisions 1, 4, 5.
"""

from __future__ import annotations

from dataclasses import dataclass

from commerceml_bridge.commerceml import vocabulary as v
from commerceml_bridge.domain.documents import Form
from commerceml_bridge.domain.returned import Operation
from commerceml_bridge.domain.spelling import ContactTypes, ServiceMark, Spelling


@dataclass(frozen=True)
class Dialect:
    """How one query answer is spelt."""

    form: Form
    schema_version: str
    """printed as ``ВерсияСхемы``. УНФ (shop) complains of one that does not begin with ``2.``; the Bitrix module of one
    that is not 3.x, so the form decides and the request may only choose within 2.05–2.10 (1c-clients §3.1)"""
    in_container: bool
    """``Контейнер`` around each ``Документ``: understood by the Bitrix module only, which in turn overlooks a bare
    ``Документ``; everybody else finds *no* documents in containers and confirms them (1c-clients §3.1)"""
    prints_revision: bool
    """``НомерВерсии``: without it the Bitrix module reads a document once and its changes never (1c-clients addendum
    9); unknown to 2.05–2.10, so only in containers"""
    unit_is_structure: bool
    """the Bitrix module reads ``Единица``{``Код``, ``НаименованиеПолное``} + ``Коэффициент``; all others
    ``БазоваяЕдиница`` with attributes and a plain ``Единица`` (reference-server §2.3, 1c-clients §3.4)"""
    mail_type: str
    """``Почта`` is in every enumeration 2.05–2.10; ``Электронная почта`` only in 3 and what the reference server
    sends there (commerceml §2.3)"""
    phone_type: str
    """«Телефон рабочий» with the space: valid in every version; УТ 11 removes spaces before comparing. The spelling
    «ТелефонРабочий» of the reference server's 2.05 form is outside every enumeration (commerceml §2.3, §6.6)"""
    service_kind: str
    """``ВидНоменклатуры`` of a service: «Услуга», as the reference server sends for deliveries, or «услуга», the very
    letters БП compares with (1c-clients §3.4)"""
    service_type: str
    """``ТипНоменклатуры`` of a service: «Услуга» for everybody (1c-clients §3.4)"""
    module_okpo: bool
    """``КодПоОКПО`` beside ``ОКПО``: the Bitrix module's own name for it; unknown to 2.x (reference-server §2.5)"""


BARE_VERSIONS = frozenset({"2.05", "2.06", "2.07", "2.08", "2.09", "2.10"})
"""versions whose official schema accepts our bare form (commerceml §6.5), so that echoing them is no lie"""
_DEFAULT_VERSION = "2.05"
"""the reference server's default when the client names none (1c-clients §3.1)"""


def dialect_for(form: Form, version: str | None, chosen: Spelling | None = None) -> Dialect:
    """Return the spelling for a wire form, the ``version`` argument of the request, if any, and a node's choices.

    ``version`` matters for the bare form only: 2.05–2.10 are echoed, anything else prints 2.05. Subordinate documents
    are always 2.10, containers always 3.1. Never raises: which form a request means is decided before (decision 1).
    """
    if form is Form.CONTAINER:
        printed = "3.1"
    elif form is Form.SUBORDINATE:
        printed = "2.10"
    else:
        printed = version if version in BARE_VERSIONS else _DEFAULT_VERSION
    chosen = chosen or Spelling()
    of_module = form is Form.CONTAINER
    phone, mail = CONTACT_TYPES.get(chosen.contact_types) or _CONTACT_TYPES_OF_FORM[form]
    return Dialect(
        form=form,
        schema_version=printed,
        in_container=of_module,
        prints_revision=of_module,
        unit_is_structure=of_module,
        mail_type=mail,
        phone_type=phone,
        service_kind=SERVICE_KINDS[chosen.service_mark],
        service_type=v.ITEM_SERVICE,
        module_okpo=of_module,
    )


_CONTACT_TYPES_OF_FORM = {
    Form.BARE: (v.CONTACT_PHONE, v.CONTACT_MAIL),
    Form.SUBORDINATE: (v.CONTACT_PHONE, v.CONTACT_MAIL),
    Form.CONTAINER: (v.CONTACT_PHONE, v.CONTACT_MAIL_OF_MODULE),
}
CONTACT_TYPES: dict[ContactTypes, tuple[str, str]] = {
    ContactTypes.JOINED: (v.CONTACT_PHONE_JOINED, v.CONTACT_MAIL),
    ContactTypes.LONG: (v.CONTACT_PHONE, v.CONTACT_MAIL_OF_MODULE),
    ContactTypes.JOINED_LONG: (v.CONTACT_PHONE_JOINED, v.CONTACT_MAIL_JOINED),
}
"""phone and mail where a node chose them. The bare form stays valid under no official schema with any of these
(commerceml §6.6), so they are findings of the node's own choice, as another name of the currency is (decision 6)"""
CHOSEN_CONTACT_TYPES = frozenset(word for pair in CONTACT_TYPES.values() for word in pair)
SERVICE_KINDS = {ServiceMark.CAPITAL: v.ITEM_SERVICE, ServiceMark.LOWER: v.ITEM_SERVICE_LOWER}
"""«Услуга» with a capital in *both* requisites: УТ 10.3, УТ 11 and УНФ read ``ТипНоменклатуры`` = «Услуга», БП reads
``ВидНоменклатуры`` = «услуга», the Bitrix module both. The capital in both is what the reference server itself sends
for deliveries to all of them, so БП's comparison must not depend on it (1c-clients §3.4, reference-server §2.4)."""

RESERVED_REQUISITES = frozenset(
    {
        v.REQUISITE_CANCELLED,
        v.REQUISITE_ORDER_PAID,
        v.REQUISITE_FINAL,
        v.REQUISITE_STATUS,
        v.REQUISITE_STATUS_ID,
        v.REQUISITE_DELETION_MARK,
        v.REQUISITE_POSTED,
        v.REQUISITE_PAID,
        v.REQUISITE_SHIPPED,
        v.REQUISITE_NUMBER_1C,
        v.REQUISITE_DATE_1C,
        v.REQUISITE_PAYMENT_NUMBER,
        v.REQUISITE_PAYMENT_DATE,
        v.REQUISITE_SHIPMENT_DATE,
        *v.REQUISITES_RETURN_FLAG,
        *v.REQUISITES_OF_PAYMENT_AND_SHIPMENT,
    }
)
"""names that move the state of an order, a payment or a shipment in 1C or mean 1C's own facts when they come back:
no operator's requisite may have one (1c-clients §3.5, §4.1; reference-server §2.6, §3.5)"""

# --- reading --------------------------------------------------------------------------------------------------------

OPERATIONS: dict[str, Operation] = {
    v.OPERATION_ORDER.casefold(): Operation.ORDER,
    # the misnomer is the format's: a customer's payment is «Выплата» (commerceml §2.3)
    v.OPERATION_CASH_PAYMENT.casefold(): Operation.PAYMENT,
    v.OPERATION_BANK_PAYMENT.casefold(): Operation.PAYMENT,
    v.OPERATION_CARD_PAYMENT.casefold(): Operation.PAYMENT,
    v.OPERATION_CASH_REFUND.casefold(): Operation.REFUND,
    v.OPERATION_BANK_REFUND.casefold(): Operation.REFUND,
    v.OPERATION_SHIPMENT.casefold(): Operation.SHIPMENT,
}
"""keys are casefolded: clients themselves compare ``ХозОперация`` without regard to case (1c-clients §3.2)"""

TRUE_WORDS = frozenset({"true", "1", "да", "истина"})
"""``true`` is what 1C writes; УТ 10.3 also takes «Да» for itself (1c-clients §3.5), so a copy may return it"""
FALSE_WORDS = frozenset({"false", "0", "нет", "ложь"})
PRICE_ELEMENTS = (v.UNIT_PRICE, v.PRICE)
"""``ЦенаЗаЕдиницу`` in 2.x, ``Цена`` in 3.1 (commerceml §1.1, reference-server §3.5)"""
PARTY_NAME_ELEMENTS = (v.NAME, v.OFFICIAL_NAME, v.FULL_NAME)
"""a counterparty returned in a container may have an empty ``Наименование`` (commerceml §4C)"""
