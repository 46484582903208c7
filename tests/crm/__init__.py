"""CRMs: what is asked of them, on servers that behave as they do."""
