"""Tables, queries, jobs and migrations on SQLite and PostgreSQL alike. SQLAlchemy lives here and nowhere else."""
