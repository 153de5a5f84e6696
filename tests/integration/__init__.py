"""Services on both databases, without HTTP."""
