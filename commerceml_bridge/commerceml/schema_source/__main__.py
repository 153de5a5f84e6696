"""``make schemas``: write ``schemas/*.xsd`` anew."""

from commerceml_bridge.commerceml.schema_source.build import main

main()
