"""The fields of invoices, their rows, deals and the stage history.

Follows facts: bitrix24-rest §1.1, §2.1, §3.2, §1.4 (stage history). Only data; no behaviour.
"""

from __future__ import annotations

from decimal import Decimal

from commerceml_bridge.simulators.portal.fields import Field, Schema, schema, strings

ZERO = Decimal(0)
_UTM = ("utmSource", "utmMedium", "utmCampaign", "utmContent", "utmTerm")

ITEM_HEAD = [
    Field("id", "integer", read_only=True, title="ID"),
    Field("xmlId", default="", title="Внешний код"),
    Field("title", default="", title="Тема"),
    Field("createdBy", "user", 1, read_only=True),
    Field("updatedBy", "user", 1, read_only=True),
    Field("movedBy", "user", 1, read_only=True),
    Field("createdTime", "datetime", read_only=True),
    Field("updatedTime", "datetime", read_only=True),
    Field("movedTime", "datetime", read_only=True),
]

SMART_INVOICE: Schema = schema(
    [
        *ITEM_HEAD,
        Field("categoryId", "crm_category", title="Воронка"),
        Field("opened", "boolean", "Y", required=True),
        Field("stageId", "crm_status", "", title="Стадия"),
        Field("previousStageId", "crm_status", "", read_only=True),
        Field("begindate", "date", title="Дата выставления"),
        Field("closedate", "date", title="Срок оплаты"),
        Field("companyId", "crm_company", 0, extra={"settings": {"parentEntityTypeId": 4}}),
        Field("contactId", "crm_contact", 0, extra={"isDeprecated": True}),
        Field("opportunity", "double", ZERO, title="Сумма"),
        Field("isManualOpportunity", "boolean", "N"),
        Field("taxValue", "double", ZERO),
        Field("currencyId", "crm_currency", "RUB"),
        Field("opportunityAccount", "double", ZERO, read_only=True),
        Field("taxValueAccount", "double", ZERO, read_only=True),
        Field("accountCurrencyId", "crm_currency", "RUB", read_only=True),
        Field("mycompanyId", "crm_company", 0, extra={"settings": {"isMyCompany": True, "parentEntityTypeId": 4}}),
        Field("sourceId", "crm_status", "", extra={"statusType": "SOURCE"}),
        Field("sourceDescription", "text", ""),
        Field("webformId", "integer", 0),
        Field("assignedById", "user", 1),
        Field("lastActivityBy", "user", 1, read_only=True),
        Field("lastActivityTime", "datetime", read_only=True),
        Field("comments", "text", ""),
        Field("accountNumber", default="", title="Номер"),
        Field("locationId", "location", ""),
        Field("isRecurring", "boolean", "N"),
        Field("parentId2", "crm_entity", extra={"settings": {"parentEntityTypeId": 2}}),
        Field("parentId7", "crm_entity", extra={"settings": {"parentEntityTypeId": 7}}),
        *strings(*_UTM),
        Field("observers", "user", (), multiple=True),
        Field("contactIds", "crm_contact", (), multiple=True),
    ]
)

PRODUCT_ROW: Schema = schema(
    [
        Field("id", "integer", read_only=True, title="ID"),
        Field("ownerId", "integer", required=True, immutable=True),
        Field("ownerType", default="SI", required=True, immutable=True),
        Field("productId", "integer", 0, required=True),
        Field("productName", default=""),
        Field("price", "double", ZERO),
        Field("priceAccount", "double", ZERO, read_only=True),
        Field("priceExclusive", "double", ZERO, read_only=True),
        Field("priceNetto", "double", ZERO, read_only=True),
        Field("priceBrutto", "double", ZERO, read_only=True),
        Field("quantity", "double", Decimal(1)),
        Field("discountTypeId", "integer", 2),
        Field("discountRate", "double", ZERO),
        Field("discountSum", "double", ZERO),
        Field("taxRate", "double"),
        Field("taxIncluded", "char", "Y"),
        Field("customized", "char", "Y"),
        Field("measureCode", "integer", 796),
        Field("measureName", default="шт"),
        Field("sort", "integer", 10),
        Field("xmlId", default=""),
        Field("type", "integer", 1, read_only=True),
        Field("storeId", "integer", read_only=True),
    ]
)

OLD_INVOICE: Schema = schema(
    [
        Field("ID", "integer", read_only=True),
        Field("ACCOUNT_NUMBER", required=True),
        Field("ORDER_TOPIC", default="", required=True),
        Field("STATUS_ID", "crm_status", "N", extra={"statusType": "INVOICE_STATUS"}),
        Field("DATE_INSERT", "datetime"),
        Field("DATE_BILL", "date"),
        Field("DATE_PAY_BEFORE", "date"),
        Field("PAY_VOUCHER_NUM", default=""),
        Field("PAY_VOUCHER_DATE", "date"),
        Field("DATE_MARKED", "date"),
        Field("REASON_MARKED", default=""),
        Field("PERSON_TYPE_ID", "integer", 0, required=True),
        Field("PAY_SYSTEM_ID", "integer", 0, required=True),
        Field("RESPONSIBLE_ID", "user", 1),
        Field("COMMENTS", default=""),
        Field("USER_DESCRIPTION", default=""),
        Field("XML_ID", default=""),
        Field("UF_COMPANY_ID", "integer", 0),
        Field("UF_CONTACT_ID", "integer", 0),
        Field("UF_MYCOMPANY_ID", "integer", 0),
        Field("UF_DEAL_ID", "integer", 0),
        Field("UF_QUOTE_ID", "integer", 0),
        Field("IS_RECURRING", "char", "N"),
        Field("PR_LOCATION", "integer"),
        Field("CURRENCY", default="RUB", read_only=True),
        Field("PRICE", "double", ZERO, read_only=True),
        Field("TAX_VALUE", "double", ZERO, read_only=True),
        Field("PAYED", "char", "N", read_only=True),
        Field("DATE_PAYED", "datetime", read_only=True),
        Field("DATE_STATUS", "datetime", read_only=True),
        Field("DATE_UPDATE", "datetime", read_only=True),
        Field("EMP_PAYED_ID", "user", read_only=True),
        Field("EMP_STATUS_ID", "user", read_only=True),
        Field("CREATED_BY", "user", 1, read_only=True),
        Field("LID", default="s1", read_only=True),
        Field("RESPONSIBLE_NAME", default="Анна", read_only=True),
        Field("RESPONSIBLE_LAST_NAME", default="Орлова", read_only=True),
        Field("RESPONSIBLE_SECOND_NAME", default="", read_only=True),
        Field("RESPONSIBLE_EMAIL", default="orlova@portal.example", read_only=True),
        Field("RESPONSIBLE_LOGIN", default="orlova", read_only=True),
        Field("RESPONSIBLE_WORK_POSITION", default="", read_only=True),
        Field("RESPONSIBLE_PERSONAL_PHOTO", read_only=True),
    ]
)

OLD_ROW: Schema = schema(
    [
        Field("ID", "integer", 0),
        Field("PRODUCT_ID", "integer", 0),
        Field("PRODUCT_NAME", default=""),
        Field("QUANTITY", "double", Decimal(1), places=4),
        Field("PRICE", "double", ZERO),
        Field("DISCOUNT_PRICE", "double", ZERO),
        Field("VAT_RATE", "double", ZERO, places=4),
        Field("VAT_INCLUDED", "char", "Y"),
        Field("MEASURE_CODE", "integer", 796),
        Field("MEASURE_NAME", default="шт"),
        Field("MODULE", default="catalog", read_only=True),
        Field("CATALOG_XML_ID", default="", read_only=True),
        Field("PRODUCT_XML_ID", default="", read_only=True),
    ]
)

DEAL: Schema = schema(
    [
        *ITEM_HEAD,
        Field("categoryId", "crm_category", 0),
        Field("stageId", "crm_status", "NEW"),
        Field("companyId", "crm_company", 0),
        Field("contactId", "crm_contact", 0),
        Field("opportunity", "double", ZERO),
        Field("currencyId", "crm_currency", "RUB"),
        Field("assignedById", "user", 1),
    ]
)

STAGE_HISTORY: Schema = schema(
    [
        Field("ID", "integer"),
        Field("TYPE_ID", "integer"),
        Field("OWNER_ID", "integer"),
        Field("CREATED_TIME", "datetime"),
        Field("CATEGORY_ID", "integer"),
        Field("STAGE_SEMANTIC_ID"),
        Field("STAGE_ID"),
    ]
)
