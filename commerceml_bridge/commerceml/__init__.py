"""CommerceML: domain documents to bytes and back. The only room that imports lxml and xmlschema."""
