"""Tests of the simulators and of the self-check."""
