"""What search by words keeps for each call beside its utterances."""

from uuid import UUID

from sqlalchemy import delete, text
from sqlmodel import Session, col

from models.tables import CallWords

_MOST = 20_000
"""Different words of one side of a call; nobody uses so many, and a row has room for them."""
_LONGEST = 40
"""Characters of a word."""
_GATHER = text(
    f"""
    INSERT INTO call_words (call_id, language, side, words)
    SELECT call_id, language, side, array_to_tsvector(array_agg(word))
    FROM (
        SELECT call_id, language, side, word,
            row_number() OVER (PARTITION BY call_id, language, side) AS n
        FROM (
            SELECT DISTINCT call_id, language, side, unnest(tsvector_to_array(words)) AS word
            FROM utterance WHERE call_id = ANY(:call_ids)
        ) AS used WHERE length(word) <= {_LONGEST}
    ) AS counted WHERE n <= {_MOST}
    GROUP BY call_id, language, side
    """  # noqa: S608 (two numbers of ours)
)


def gather_words(session: Session, *call_ids: UUID) -> None:
    """Tell anew which words calls use; to be done whenever their utterances were written.

    Words that many calls use are only found in calls of which this was told.
    """
    session.execute(delete(CallWords).where(col(CallWords.call_id).in_(call_ids)))
    session.execute(_GATHER, {"call_ids": list(call_ids)})
