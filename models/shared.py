"""What is said in a clip, and nothing of what is said around it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import cast, func
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH
from sqlmodel import Session, select

from models.tables import Clip, Report
from models.tables.columns import Json

_TOUCHED = "$.utterances[*] ? (@.start < $end && @.end > $start)"


@dataclass(frozen=True, slots=True)
class SharedLine:
    """What one voice says in a clip; seconds from the clip's start.

    `voice` tells those without a name apart, counted from 1 as they are heard in the clip.
    """

    voice: int
    speaker: str | None
    start_s: float
    end_s: float
    text: str


def shared_lines(session: Session, clip: Clip) -> list[SharedLine]:
    """The words whose middle lies in the clip, in lines; none while the call has no report."""
    stretch = {"start": clip.start_s, "end": clip.end_s}
    heard = func.jsonb_path_query_array(
        Report.report, cast(_TOUCHED, JSONPATH), cast(stretch, JSONB)
    )
    names = func.jsonb_path_query_array(Report.report, cast("$.speakers[*]", JSONPATH))
    found = session.execute(
        select(heard, names).where(Report.call_id == clip.call_id)
    ).one_or_none()
    if found is None:
        return []
    utterances, speakers = found
    return list(_lines(utterances, {one["id"]: one["name"] for one in speakers}, clip))


def _lines(
    utterances: list[Json], names: Mapping[str, str | None], clip: Clip
) -> Iterator[SharedLine]:
    voices: dict[str, int] = {}
    for said in utterances:
        words = [one for one in said["words"] if _is_inside(one, clip)]
        if not words:
            continue
        speaker = said["speaker"]
        yield SharedLine(
            voices.setdefault(speaker, len(voices) + 1),
            names.get(speaker),
            _on_clip(words[0]["start"], clip),
            _on_clip(max(one["end"] for one in words), clip),
            " ".join(one["text"] for one in words),
        )


def _is_inside(word: Json, clip: Clip) -> bool:
    middle: float = (word["start"] + word["end"]) / 2
    return clip.start_s <= middle < clip.end_s


def _on_clip(at_s: float, clip: Clip) -> float:
    """A second of the call as one of the clip, within it."""
    return round(min(max(at_s, clip.start_s), clip.end_s) - clip.start_s, 3)
