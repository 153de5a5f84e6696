"""Measures the product as it is deployed: live gunicorn, real database, a scripted 1C. See ``README.md``."""
