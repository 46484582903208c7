"""The trackers of a playbook, changed one by one in its text; the rest stays as it was written."""

from models.playbook_entries import drop_entry, put_entry
from models.tables.columns import Json


def put_tracker(text: str, tracker: Json) -> str:
    """The text with a tracker added, or in place of the one with its id.

    Raises Conflict when the text is written in a way that cannot be changed piece by piece.
    """
    return put_entry(text, "trackers", tracker)


def drop_tracker(text: str, tracker_id: str) -> str:
    """The text without a tracker; a standard one is disabled. Raises Missing or Conflict."""
    return drop_entry(text, "trackers", tracker_id)
