"""What users are told elsewhere: worded once, written as Slack, Teams or an e-mail has it, sent."""

from api.telling.sending import register

__all__ = ["register"]
