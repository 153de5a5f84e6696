"""``python -m commerceml_bridge`` is the command line."""

from commerceml_bridge.cli import main

main()
