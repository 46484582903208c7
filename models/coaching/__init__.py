"""What calls say of one rep: trends, strengths, promises, what changed after a tip.

It compares a rep with their own past and with the team's won calls, and with nobody else.
"""
