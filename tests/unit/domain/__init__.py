"""Tests of the pure rooms: tables an accountant can read, and properties."""
