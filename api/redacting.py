"""Jobs that strike out of calls what their team's rule says, and lay a tone over their sound."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import procrastinate
from sqlmodel import Session

from analyzer import BadRecording, Engines, Hearing
from analyzer.audio import SCRATCH
from analyzer.corrections import FixWords, apply_corrections
from analyzer.engines.decode import load_audio
from analyzer.engines.presidio import PresidioRecogniser
from analyzer.engines.tone import ENDING, write_toned
from analyzer.redaction import Finders, Wanted, find_in, find_in_text, mask, mask_text
from api.workshop import Workshop
from models import lifecycle
from models.files import StoredFile
from models.forgetting import drop_doomed
from models.known import load_meeting
from models.lifecycle import Attempt
from models.queue import defer
from models.redacting import (
    Sound,
    Struck,
    comments_of,
    fixes_of,
    sound_due,
    sound_failed,
    strike_out,
    strike_out_comments,
    swap_sound,
    take_calls_due,
    wanted_of,
)
from models.redaction_rules import rule_for, still_to_find
from models.stores import CHUNK
from models.tables import Call

AT_ONCE = 50
_PAUSE_S = 20
_PRIORITY = -1000


@dataclass(frozen=True, slots=True)
class Typed:
    """What people typed of a call, by id: words they put right, and comments."""

    fixes: Mapping[int, FixWords] = field(default_factory=dict)
    comments: Mapping[UUID, str] = field(default_factory=dict)


def register(
    app: procrastinate.App, workshop: Workshop, retry: procrastinate.BaseRetryStrategy
) -> None:
    """Give a queue's app these jobs."""

    @app.task(name="tone_call", queue="understand", retry=retry)
    def tone_call(call_id: str) -> None:
        lay_tone(workshop, UUID(call_id))

    @app.task(name="strike_out_comments", queue="understand", retry=retry)
    def look_again(call_id: str) -> None:
        look_through_comments(workshop, UUID(call_id))

    @app.task(name="strike_out_again", queue="housekeeping", retry=retry)
    def strike_out_again(team_id: str) -> None:
        whose = UUID(team_id) if team_id else None
        workshop.keep(lambda session: strike_out_some(session, whose))


def strike_out_some(session: Session, team_id: UUID | None, most: int = AT_ONCE) -> int:
    """Put some calls in the queue, and this again until none is left; returns how many."""
    calls = take_calls_due(session, most, team_id)
    for call in calls:
        lifecycle.understand(session, call, priority=_PRIORITY)
    if calls:
        whose = "" if team_id is None else str(team_id)
        defer(session, "strike_out_again", after_s=_PAUSE_S, team_id=whose)
    return len(calls)


def strike_out_heard(
    workshop: Workshop, call_id: UUID, hearing: Hearing, engines: Engines
) -> Struck | None:
    """What is left of what was heard, before any of it is kept; None when nothing is wanted."""
    with workshop.session() as session:
        call = session.get_one(Call, call_id)
        wanted = wanted_of(session, call, load_meeting(session, call))
        typed = Typed(fixes_of(session, call_id), comments_of(session, call_id))
    return None if wanted is None else look(hearing, wanted, typed, finders(engines))


def strike_out_kept(
    workshop: Workshop, attempt: Attempt, hearing: Hearing, engines: Engines
) -> Hearing:
    """What is left of what is kept of a call, from now on; the same where all was looked for."""
    with workshop.session() as session:
        call = session.get_one(Call, attempt.call_id)
        is_left = bool(still_to_find(session, call) or fixes_of(session, call.id))
    struck = strike_out_heard(workshop, call.id, hearing, engines) if is_left else None
    if struck is None:
        return hearing
    left = struck

    def save(session: Session) -> None:
        call = lifecycle.still_mine(session, attempt)
        strike_out(session, workshop.settings.seal(), call, left, hearing)

    workshop.keep(save)
    return left.hearing


def lay_tone(workshop: Workshop, call_id: UUID) -> None:
    """Put a recording with a tone in place of a call's, then delete the old files."""
    while True:
        due = workshop.keep(lambda session: sound_due(session, call_id))
        if due is None:
            break
        try:
            stored = _toned(workshop, due)
        except BadRecording:
            workshop.keep(lambda session: sound_failed(session, call_id))
            raise
        _swap(workshop, call_id, due, stored)
    drop_doomed(workshop.engine, workshop.files)


def look_through_comments(workshop: Workshop, call_id: UUID) -> None:
    """Strike out of a call's comments what its rule says, but for names of colleagues."""
    with workshop.session() as session:
        call = session.get(Call, call_id)
        if call is None:
            return
        rule = rule_for(session, call.rep_id)
        comments = comments_of(session, call_id)
        language = load_meeting(session, call).language or "en"
    wanted = Wanted([one for one in rule.kinds if one != "name"])
    if not wanted.kinds or not comments:
        return
    with workshop.engines.borrow() as engines:
        tools = finders(engines)
        left = {one: _left(text, language, wanted, tools) for one, text in comments.items()}
    changed = {one: text for one, text in left.items() if text is not None}
    workshop.keep(lambda session: strike_out_comments(session, call_id, changed))


@cache
def _recogniser() -> PresidioRecogniser:
    return PresidioRecogniser()


def finders(engines: Engines) -> Finders:
    """What is looked with."""
    return Finders(_recogniser(), engines.reader)


def look(hearing: Hearing, wanted: Wanted, typed: "Typed", tools: Finders) -> Struck:
    """What is left of a call without what is wanted."""
    left, masked = mask(hearing, find_in(hearing, wanted, tools))
    language = hearing.language
    for_comments = Wanted([one for one in wanted.kinds if one != "name"])
    comments = {n: _left(one, language, for_comments, tools) for n, one in typed.comments.items()}
    return Struck(
        left,
        masked,
        tuple(wanted.kinds),
        _fixes_left(left, wanted, typed.fixes, tools),
        {n: text for n, text in comments.items() if text is not None},
    )


def _fixes_left(
    hearing: Hearing, wanted: Wanted, fixes: Mapping[int, FixWords], tools: Finders
) -> dict[int, str]:
    """What is left of words that were put right, alone and where they stand."""
    left: dict[int, str] = {}
    for n, fix in fixes.items():
        placed = apply_corrections(hearing, [fix]).hearing
        masked, stretches = mask(placed, find_in(placed, wanted, tools))
        if not any(fix.span.overlap(one.span) > 0 for one in stretches):
            text = _left(fix.text, hearing.language, wanted, tools)
        else:
            text = " ".join(
                word.text
                for word, owner in zip(masked.words, masked.owners, strict=True)
                if owner == fix.speaker and fix.span.overlap(word.span) > 0
            )
        if text is not None and text != fix.text:
            left[n] = text
    return left


def _left(text: str, language: str, wanted: Wanted, tools: Finders) -> str | None:
    """What is left of a typed text, None when nothing is struck out."""
    findings = find_in_text(text, language, wanted, tools) if text.strip() else ()
    return mask_text(text, findings, language) if findings else None


def _toned(workshop: Workshop, sound: Sound) -> StoredFile:
    with (
        TemporaryDirectory(prefix=SCRATCH, ignore_cleanup_errors=True) as folder,
        workshop.files.fetch(sound.key) as path,
    ):
        audio = load_audio(path, Path(folder))
        target = Path(folder) / f"toned{ENDING}"
        write_toned(audio, sound.spans, target)
        return workshop.files.put(_chunks(target))


def _swap(workshop: Workshop, call_id: UUID, sound: Sound, stored: StoredFile) -> None:
    workshop.keep(lambda session: swap_sound(session, call_id, sound, stored))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
