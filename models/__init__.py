"""What is kept: tables, queries, KPIs and files (none yet: the library needs no database)."""
