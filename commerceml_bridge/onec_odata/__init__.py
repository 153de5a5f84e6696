"""The standard OData interface of 1C, read only: what the accountant's base says of the payment of our invoices.

Specification: facts 1c-odata-payments. Only GET is ever sent. Knows no database and no Bitrix24.
"""
