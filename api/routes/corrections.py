"""Putting a call right: names, sides, words, tips; the report follows at once, and back again."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path, Request
from pydantic import Field, JsonValue

from api.dependencies import SessionDep, UserDep
from api.routing import signed_router
from api.versions import IfMatch, expect
from api.views import Given, Page, View
from models.corrections import correct, list_corrections, redo, undo
from models.rights import change_call, find_call
from models.tables.columns import Json

router = signed_router("corrections")
Kind = Literal[
    "name_speaker",
    "set_side",
    "swap_sides",
    "merge_speakers",
    "give_words",
    "fix_words",
    "dismiss_tip",
]
CorrectionId = Annotated[int, Path(ge=1, lt=2**63)]


class CorrectionGiven(Given):
    """One thing to put right; speakers are called as the report calls them."""

    kind: Kind
    what: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="name_speaker: speaker, name. set_side: speaker, side. swap_sides: nothing. "
        "merge_speakers: from, into. give_words: start, end, speaker (or `new`). fix_words: start, "
        "end, text. dismiss_tip: rule. Seconds on the recording's clock.",
        examples=[{"speaker": "S2", "name": "Jim Kowalski"}],
    )


class CorrectionView(View):
    """What was put right, by whom, and whether it is in force."""

    id: int
    kind: Kind
    what: dict[str, JsonValue] = Field(description="Speakers by the label they were heard under.")
    author_id: UUID | None
    created_at: datetime
    undone_at: datetime | None
    undone_by_id: UUID | None


@router.get("/calls/{call_id}/corrections")
def list_corrections_of(call_id: UUID, session: SessionDep, user: UserDep) -> Page[CorrectionView]:
    """Everything that was put right in a call, in order, undone ones too."""
    find_call(session, user, call_id)
    rows = list_corrections(session, call_id)
    return Page(items=[CorrectionView.model_validate(row) for row in rows])


@router.post("/calls/{call_id}/corrections", status_code=201)
def make_correction(
    call_id: UUID,
    given: CorrectionGiven,
    request: Request,
    session: SessionDep,
    user: UserDep,
    if_match: IfMatch = None,
) -> CorrectionView:
    """Put something right; the call is `understanding` until its report is made anew.

    Speakers and times are those of the report as it is: send the call's ETag, so that nobody
    corrects what has changed meanwhile.
    """
    call = change_call(session, user, call_id)
    expect(call, if_match)
    what: Json = dict(given.what)
    row = correct(session, user, call, given.kind, what)
    request.state.made_id = row.id
    return CorrectionView.model_validate(row)


@router.post("/calls/{call_id}/corrections/{correction_id}/undo")
def undo_correction(
    call_id: UUID, correction_id: CorrectionId, session: SessionDep, user: UserDep
) -> CorrectionView:
    """Take a correction back."""
    call = change_call(session, user, call_id)
    return CorrectionView.model_validate(undo(session, user, call, correction_id))


@router.post("/calls/{call_id}/corrections/{correction_id}/redo")
def redo_correction(
    call_id: UUID, correction_id: CorrectionId, session: SessionDep, user: UserDep
) -> CorrectionView:
    """Put a correction that was taken back in force again."""
    call = change_call(session, user, call_id)
    return CorrectionView.model_validate(redo(session, call, correction_id))
