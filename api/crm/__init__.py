"""CRMs: one port, a module per vendor, and what they share."""
