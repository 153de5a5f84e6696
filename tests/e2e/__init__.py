"""Live server, live simulators, both databases."""
