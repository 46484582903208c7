"""Words and ids on their way to Salesforce: marks, titles, and what may stand in a path."""

import re
import unicodedata

from api.crm import soql
from api.crm.errors import CrmGone
from api.crm.port import NoteRef
from api.crm.salesforce_errors import NAME

_TITLE_AT_MOST = 255
_DEAL = "006"
"""How ids of deals begin."""


def carries(text: str, mark: str) -> bool:
    """Whether a text holds a mark, and not a longer one that begins the same."""
    return re.search(rf"(?<![\w-]){re.escape(mark)}(?![\w-])", text) is not None


def title_of(title: str, mark: str) -> str:
    """A title in one line, cut so that the mark at its end stays whole."""
    line = " ".join(plain(title).split())
    cut = _cut(line, _TITLE_AT_MOST)
    if not mark or carries(cut, mark):
        return cut
    end = f" · {mark}"
    return f"{_cut(line, _TITLE_AT_MOST - len(end)).rstrip()}{end}"


def plain(text: str) -> str:
    """A text without signs that nobody sees and Salesforce does not take."""
    return "".join(
        sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cs"}
    )


def made_first(ref: NoteRef) -> tuple[bool, str]:
    """Sorts by when notes were made; those that do not say come last."""
    return ref.made_at is None, "" if ref.made_at is None else ref.made_at.isoformat()


def checked_deal(deal_id: str) -> str:
    """The id of a deal. Raises CrmGone when it is none, so it cannot be there."""
    if not (soql.is_record(deal_id) and deal_id.startswith(_DEAL)):
        raise CrmGone(f"{NAME}: there is no such deal; choose another")
    return deal_id


def checked_record(record_id: str) -> str:
    """The id of a record, to stand in a path. Raises CrmGone when it is none."""
    if not soql.is_record(record_id):
        raise CrmGone(f"{NAME}: there is no such record any more")
    return record_id


def _cut(text: str, most: int) -> str:
    """The start of a text; an emoji counts as two, as Salesforce counts."""
    return text.encode("utf-16-le", "ignore")[: 2 * most].decode("utf-16-le", "ignore")
