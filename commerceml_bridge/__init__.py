"""commerceml_bridge: Bitrix24 invoices into 1C and payments back, with no programming on the 1C side.

A server that an unmodified 1C node «Обмен с сайтом» connects to as if it were a shop. The layers and their
rules are in ``docs/architecture.md``; ``app.py`` is where everything is put together.
"""
