"""Redaction and recording."""
