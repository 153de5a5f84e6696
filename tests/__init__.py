"""Tests of commerceml_bridge."""
