"""Read by ``gunicorn wsgi:app``: the same server as ``commerceml-bridge serve``, for those who run gunicorn themselves.

Without the worker class gunicorn would answer a request it cannot parse with an HTML page, which 1C must never see.
"""

worker_class = "commerceml_bridge.exchange.gunicorn_worker.ExchangeWorker"
logger_class = "commerceml_bridge.exchange.server.MaskingLogger"
threads = 32
timeout = 180
keepalive = 1800
limit_request_line = 8190
control_socket_disable = True
