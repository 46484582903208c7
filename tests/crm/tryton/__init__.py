"""A real Tryton for the tests: its own environment, its own process, a fresh database each time."""
