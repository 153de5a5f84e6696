"""Live doubles of both sides and a self-check client; they spell their own literals (decision 25)."""
