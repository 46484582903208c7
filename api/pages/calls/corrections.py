"""Putting a call right where it is read: names, sides, words; and taking it back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Form, Path, Request, Response
from sqlmodel import Session

from analyzer.errors import BadCorrection
from analyzer.formats.quoting import Scribe
from analyzer.formats.wording import wording
from analyzer.report import CallReport
from analyzer.speech import Word
from api.dependencies import SessionDep
from api.pages.calls.transcript import find_paragraph, shown_word, words_of
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import go, show
from api.pages.routing import page_router
from models.corrections import correct, redo, undo
from models.errors import Missing
from models.reports import load_report
from models.rights import change_call, find_call
from models.tables import Call
from models.tables.columns import Json

router = page_router("corrections")
_CALL = "/calls/{call_id:uuid}"
_Speaker = Annotated[str, Path(max_length=40)]
_Number = Annotated[int, Path(ge=1, lt=2**63)]
_Label = Annotated[str, Form(max_length=40)]
_Name = Annotated[str, Form(max_length=200)]
_Side = Annotated[Literal["seller", "buyer", "unknown"], Form()]
_Text = Annotated[str, Form(max_length=10_000)]
_Second = Annotated[float, Form(ge=0, le=1_000_000, allow_inf_nan=False)]
_BLANKS = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class SpeakerChoice:
    """Somebody words can belong to."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class WordsPage:
    """One paragraph to be put right; `wrong` is why what was typed could not be kept."""

    call_id: UUID
    index: int
    name: str
    speaker: str
    to: str
    start_s: float
    end_s: float
    time: str
    text: str
    speakers: tuple[SpeakerChoice, ...]
    wrong: str = ""


@router.get(f"{_CALL}/words/{{index:int}}")
def show_words(
    request: Request, call_id: UUID, index: int, reader: ReaderDep, session: SessionDep
) -> Response:
    """The form for one paragraph, in its place where there are scripts."""
    find_call(session, reader.user, call_id)
    page = words_page(session, reader, call_id, index)
    return show(request, reader, "call_words.html", page)


@router.post(f"{_CALL}/words/{{index:int}}")
def fix_words(  # noqa: PLR0913, PLR0917 (one parameter a field)
    request: Request,
    call_id: UUID,
    index: int,
    reader: ReaderDep,
    session: SessionDep,
    speaker: _Label,
    start_s: _Second,
    end_s: _Second,
    to: _Label = "",
    text: _Text = "",
) -> Response:
    """Keep other words, or give them to somebody else; both if both were changed."""
    call = change_call(session, reader.user, call_id)
    report = load_report(session, call_id)
    said = words_of(report, speaker, start_s, end_s)
    asked = [*_fixed(said, text, speaker), *_given(said, to, speaker)]
    try:
        rows = [correct(session, reader.user, call, kind, what) for kind, what in asked]
    except BadCorrection as error:
        why = reader.words.reason(str(error))
        page = _again(_page(report, reader, call_id, index), to, text, why)
        return show(request, reader, "call_words.html", page, 422)
    path = f"/calls/{call_id}"
    if not rows:
        return go(request, path, reader.words("Nothing was changed."))
    return _done(request, reader, call, rows[-1].id, reader.words("The words were corrected."))


@router.post(f"{_CALL}/speakers/{{speaker}}/name")
def name_speaker(
    request: Request,
    call_id: UUID,
    speaker: _Speaker,
    name: _Name,
    reader: ReaderDep,
    session: SessionDep,
) -> Response:
    """Call a speaker by another name."""
    call = change_call(session, reader.user, call_id)
    row = correct(session, reader.user, call, "name_speaker", {"speaker": speaker, "name": name})
    said = reader.words("Now called %(name)s.", name=" ".join(name.split()))
    return _done(request, reader, call, row.id, said)


@router.post(f"{_CALL}/speakers/{{speaker}}/side")
def set_side(
    request: Request,
    call_id: UUID,
    speaker: _Speaker,
    side: _Side,
    reader: ReaderDep,
    session: SessionDep,
) -> Response:
    """Say who sells and who buys."""
    call = change_call(session, reader.user, call_id)
    row = correct(session, reader.user, call, "set_side", {"speaker": speaker, "side": side})
    return _done(request, reader, call, row.id, reader.words("The side was changed."))


@router.post(f"{_CALL}/speakers/{{speaker}}/merge")
def merge_speakers(
    request: Request,
    call_id: UUID,
    speaker: _Speaker,
    into: _Label,
    reader: ReaderDep,
    session: SessionDep,
) -> Response:
    """Make two speakers one."""
    call = change_call(session, reader.user, call_id)
    what: Json = {"from": speaker, "into": into}
    row = correct(session, reader.user, call, "merge_speakers", what)
    return _done(request, reader, call, row.id, reader.words("The two speakers were merged."))


@router.post(f"{_CALL}/sides/swap")
def swap_sides(request: Request, call_id: UUID, reader: ReaderDep, session: SessionDep) -> Response:
    """Whoever was told to sell buys, and the other way round."""
    call = change_call(session, reader.user, call_id)
    row = correct(session, reader.user, call, "swap_sides", {})
    return _done(request, reader, call, row.id, reader.words("The sides were swapped."))


@router.post(f"{_CALL}/corrections/{{number}}/undo")
def undo_here(
    request: Request, call_id: UUID, number: _Number, reader: ReaderDep, session: SessionDep
) -> Response:
    """Take a correction back."""
    call = change_call(session, reader.user, call_id)
    undo(session, reader.user, call, number)
    return go(request, f"/calls/{call_id}", reader.words("Taken back."))


@router.post(f"{_CALL}/corrections/{{number}}/redo")
def redo_here(
    request: Request, call_id: UUID, number: _Number, reader: ReaderDep, session: SessionDep
) -> Response:
    """Put a correction that was taken back in force again."""
    call = change_call(session, reader.user, call_id)
    redo(session, call, number)
    return _done(request, reader, call, number, reader.words("In force again."))


def words_page(session: Session, reader: Reader, call_id: UUID, index: int) -> WordsPage:
    """One paragraph as it is. Raises Missing when the call has no such one any more."""
    return _page(load_report(session, call_id), reader, call_id, index)


def _page(report: CallReport, reader: Reader, call_id: UUID, index: int) -> WordsPage:
    scribe = Scribe(report, wording(reader.words.language))
    found = find_paragraph(report, scribe, index)
    if found is None:
        raise Missing("these words are not where they were; read the call again")
    block, paragraph = found
    speakers = tuple(SpeakerChoice(one.id, scribe.name(one.id)) for one in report.speakers)
    start_s, end_s = paragraph.start_s, paragraph.end_s + 0.001  # a word may have no length
    return WordsPage(
        call_id=call_id,
        index=index,
        name=block.name,
        speaker=block.speaker,
        to=block.speaker,
        start_s=start_s,
        end_s=end_s,
        time=paragraph.time,
        text=paragraph.text,
        speakers=speakers,
    )


def _again(page: WordsPage, to: str, text: str, wrong: str) -> WordsPage:
    """The form with what was typed."""
    kept = {name: getattr(page, name) for name in WordsPage.__dataclass_fields__}
    return WordsPage(**{**kept, "to": to or page.to, "text": text, "wrong": wrong})


def _fixed(said: Sequence[Word], text: str, speaker: str) -> list[tuple[str, Json]]:
    """The correction from the first word that changed to the last, so that others stay as timed.

    What is only put in goes with the word beside it.
    """
    before, after = [shown_word(word) for word in said], _BLANKS.split(text.strip())
    after = [one for one in after if one]
    if not before or before == after:
        return []
    most = min(len(before), len(after))
    start = next((n for n in range(most) if before[n] != after[n]), most)
    left = next((n for n in range(most - start) if before[-1 - n] != after[-1 - n]), most - start)
    end = len(before) - left
    if start == end:  # nothing goes: the words beside it stand for it
        start, left = max(start - 1, 0), left if start else left - 1
        end = len(before) - left
    texts = " ".join(after[start : len(after) - left])
    return [("fix_words", {**_stretch(said[start:end]), "speaker": speaker, "text": texts})]


def _given(said: Sequence[Word], to: str, speaker: str) -> list[tuple[str, Json]]:
    if to in {"", speaker} or not said:
        return []
    return [("give_words", {**_stretch(said), "speaker": to, "from": speaker})]


def _stretch(words: Sequence[Word]) -> Json:
    """From the first of some words to the last, however short that is."""
    end_s = max(word.span.end for word in words) + 0.001
    return {"start": min(word.span.start for word in words), "end": end_s}


def _done(request: Request, reader: Reader, call: Call, number: int | None, said: str) -> Response:
    back = f"/calls/{call.id}/corrections/{number}/undo"
    return go(request, f"/calls/{call.id}", f"{said} {reader.words('Updating the call…')}", back)
