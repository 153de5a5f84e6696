"""What the operator sees: pages and their JSON twins, health, metrics, and the door Bitrix24 knocks at.

Reads through ``uow.browse``, acts through ``services``; never touches SQL, XML libraries or the exchange.
"""

from commerceml_bridge.web.factory import create_web_app

__all__ = ["create_web_app"]
