"""The fields of companies, contacts, requisites, bank details, requisite links and addresses.

Follows facts: bitrix24-rest §4.1–§4.4. Only data; no behaviour.
"""

from __future__ import annotations

from commerceml_bridge.simulators.portal.fields import Field, Schema, schema, strings

_LEGACY_ADDRESS = tuple(
    f"{prefix}{part}"
    for prefix in ("ADDRESS", "REG_ADDRESS")
    for part in ("", "_2", "_CITY", "_POSTAL_CODE", "_REGION", "_PROVINCE", "_COUNTRY", "_COUNTRY_CODE", "_LOC_ADDR_ID")
)
_TAIL = [
    Field("ASSIGNED_BY_ID", "user", 1),
    Field("CREATED_BY_ID", "user", 1, read_only=True),
    Field("MODIFY_BY_ID", "user", 1, read_only=True),
    Field("COMMENTS", default=""),
    Field("DATE_CREATE", "datetime", read_only=True),
    Field("DATE_MODIFY", "datetime", read_only=True),
    Field("OPENED", "char", "Y"),
    *strings("ORIGINATOR_ID", "ORIGIN_ID", "ORIGIN_VERSION"),
    *strings("UTM_SOURCE", "UTM_MEDIUM", "UTM_CAMPAIGN", "UTM_CONTENT", "UTM_TERM"),
    Field("LAST_ACTIVITY_BY", "user", 1, read_only=True),
    Field("LAST_ACTIVITY_TIME", "datetime", read_only=True),
]
_FLAGS = [Field(name, "char", "N", read_only=True) for name in ("HAS_PHONE", "HAS_EMAIL", "HAS_IMOL")]
MULTI_FIELDS = ("PHONE", "EMAIL", "WEB", "IM")

COMPANY: Schema = schema(
    [
        Field("ID", "integer", read_only=True),
        Field("COMPANY_TYPE", "crm_status", "CUSTOMER"),
        Field("TITLE", default="", required=True),
        *strings("LOGO", "LEAD_ID"),
        *_FLAGS,
        *strings("BANKING_DETAILS", "INDUSTRY", "EMPLOYEES"),
        Field("REVENUE", default="0"),
        Field("CURRENCY_ID", default="RUB"),
        Field("IS_MY_COMPANY", "char", "N"),
        *_TAIL,
        *strings(*_LEGACY_ADDRESS, "ADDRESS_LEGAL", "LAST_COMMUNICATION_TIME"),
    ]
)

CONTACT: Schema = schema(
    [
        Field("ID", "integer", read_only=True),
        *strings("POST", "HONORIFIC"),
        *strings("NAME", "SECOND_NAME", "LAST_NAME", default=""),
        *strings("PHOTO", "LEAD_ID", "SOURCE_ID", "SOURCE_DESCRIPTION"),
        Field("TYPE_ID", "crm_status", "CLIENT"),
        Field("COMPANY_ID", "crm_company"),
        Field("BIRTHDATE", "date"),
        Field("EXPORT", "char", "Y"),
        *_FLAGS,
        *_TAIL,
        *strings("FACE_ID", *_LEGACY_ADDRESS[:9]),
    ]
)

_REQUISITE_TEXTS = [
    "RQ_NAME",
    "RQ_FIRST_NAME",
    "RQ_LAST_NAME",
    "RQ_SECOND_NAME",
    "RQ_COMPANY_NAME",
    "RQ_COMPANY_FULL_NAME",
    "RQ_COMPANY_REG_DATE",
    "RQ_DIRECTOR",
    "RQ_ACCOUNTANT",
    "RQ_CEO_NAME",
    "RQ_CEO_WORK_POS",
    "RQ_CONTACT",
    "RQ_EMAIL",
    "RQ_PHONE",
    "RQ_FAX",
    "RQ_IDENT_DOC",
    "RQ_IDENT_DOC_SER",
    "RQ_IDENT_DOC_NUM",
    "RQ_IDENT_DOC_DATE",
    "RQ_IDENT_DOC_ISSUED_BY",
    "RQ_IDENT_DOC_DEP_CODE",
    "RQ_INN",
    "RQ_KPP",
    "RQ_IFNS",
    "RQ_OGRN",
    "RQ_OGRNIP",
    "RQ_OKPO",
    "RQ_OKTMO",
    "RQ_OKVED",
    "RQ_BASE_DOC",
]
_HEAD = [
    Field("DATE_CREATE", "datetime", read_only=True),
    Field("DATE_MODIFY", "datetime", read_only=True),
    Field("CREATED_BY_ID", "user", 1, read_only=True),
    Field("MODIFY_BY_ID", "user", read_only=True),
    Field("NAME", default=""),
    *strings("CODE", "XML_ID", "ORIGINATOR_ID"),
    Field("ACTIVE", "char", "Y"),
    Field("SORT", "integer", 500),
]

REQUISITE: Schema = schema(
    [
        Field("ID", "integer", read_only=True),
        Field("ENTITY_TYPE_ID", "integer", required=True, immutable=True),
        Field("ENTITY_ID", "integer", required=True, immutable=True),
        Field("PRESET_ID", "integer", required=True, immutable=True),
        *_HEAD,
        Field("ADDRESS_ONLY", "char", "N"),
        *strings(*_REQUISITE_TEXTS),
    ]
)

BANK_DETAIL: Schema = schema(
    [
        Field("ID", "integer", read_only=True),
        Field("ENTITY_ID", "integer", required=True, immutable=True),
        Field("COUNTRY_ID", "integer", 1),
        *_HEAD,
        *strings(
            "RQ_BANK_NAME",
            "RQ_BANK_CODE",
            "RQ_BANK_ADDR",
            "RQ_BANK_ROUTE_NUM",
            "RQ_BIK",
            "RQ_MFO",
            "RQ_ACC_NAME",
            "RQ_ACC_NUM",
            "RQ_ACC_TYPE",
            "RQ_IIK",
            "RQ_ACC_CURRENCY",
            "RQ_COR_ACC_NUM",
            "RQ_IBAN",
            "RQ_SWIFT",
            "RQ_BIC",
            "RQ_CODEB",
            "RQ_CODEG",
            "RQ_RIB",
            "RQ_AGENCY_NAME",
            "COMMENTS",
        ),
    ]
)

_REFERENCES = ("REQUISITE_ID", "BANK_DETAIL_ID", "MC_REQUISITE_ID", "MC_BANK_DETAIL_ID")
LINK: Schema = schema(
    [
        Field("ENTITY_TYPE_ID", "integer", required=True),
        Field("ENTITY_ID", "integer", required=True),
        *(Field(name, "integer", 0) for name in _REFERENCES),
    ]
)

ADDRESS: Schema = schema(
    [
        Field("TYPE_ID", "integer", 1, required=True),
        Field("ENTITY_TYPE_ID", "integer", required=True),
        Field("ENTITY_ID", "integer", required=True),
        *strings("ADDRESS_1", "ADDRESS_2", "CITY", "POSTAL_CODE", "REGION", "PROVINCE", "COUNTRY", "COUNTRY_CODE"),
        Field("LOC_ADDR_ID", "integer"),
        Field("ANCHOR_TYPE_ID", "integer"),
        Field("ANCHOR_ID", "integer"),
    ]
)
