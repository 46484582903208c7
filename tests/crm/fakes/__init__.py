"""Servers on loopback that behave as CRMs do, with what goes wrong there."""
