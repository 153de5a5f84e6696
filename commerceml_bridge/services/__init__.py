"""One use case a module. Services get the database and the clock; they know neither HTTP nor XML libraries."""
