"""What is kept: tables, queries, files."""
