"""``gunicorn wsgi:app``: the application for any WSGI server; ``gunicorn.conf.py`` beside it adds the worker class."""

from commerceml_bridge.app import create_app

app = create_app()
