"""Redaction: rules, what there is to go through, and calls as they were."""

from typing import Annotated
from uuid import UUID

from fastapi import Header, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from analyzer.redaction.kinds import KINDS, Kind
from analyzer.transcript import assemble
from api.dependencies import AdminDep, FilesDep, SessionDep, SettingsDep, UserDep
from api.edge import READ
from api.ranges import stream_file
from api.routing import signed_router
from api.striking_out import DryRun, strike_out_existing, try_out
from api.views import Given
from models import redaction_rules as kept
from models.errors import Missing
from models.originals import find_original, read_words
from models.redacting import count_due, counts_struck
from models.rights import find_call

router = signed_router("redaction")


class RedactionRuleGiven(Given):
    """What is struck out of a team's calls; `team_id` null is for those without a rule."""

    team_id: UUID | None = None
    kinds: list[Kind] = Field(max_length=20, examples=[["card", "bank", "identity"]])
    originals: kept.Originals = Field(
        default="none", description="Who may still see what was said; none keeps it nowhere."
    )


class RedactionRuleView(BaseModel):
    """A rule; not `is_own` when a team follows everybody's, or that is the default."""

    team_id: UUID | None
    team: str | None
    is_own: bool
    kinds: list[Kind]
    originals: kept.Originals


class RedactionView(BaseModel):
    """The rules, how many calls they were not applied to yet, and what was struck out so far."""

    rules: list[RedactionRuleView]
    calls_due: int
    struck_out: dict[Kind, int]


class RedactionDryRunView(BaseModel):
    """What going through the calls there are would do."""

    calls: int
    looked_at: int = Field(description="So many of them, the newest, were read for this.")
    found: dict[Kind, int] = Field(description="In those; names are only looked for by the job.")

    @classmethod
    def of(cls, tried: DryRun) -> "RedactionDryRunView":
        """The view of a dry run."""
        return cls(calls=tried.calls, looked_at=tried.looked_at, found=tried.found)


class OriginalLine(BaseModel):
    """What somebody said, as it was heard."""

    start: float
    end: float
    speaker: str
    text: str


class OriginalView(BaseModel):
    """A call as it was before anything was struck out."""

    call_id: UUID
    has_recording: bool
    lines: list[OriginalLine]


@router.get("/redaction")
def read_redaction(session: SessionDep, _admin: AdminDep) -> RedactionView:
    """What is struck out of whose calls."""
    return _view(session)


@router.put("/redaction/rules")
def set_redaction_rule(
    given: RedactionRuleGiven, session: SessionDep, admin: AdminDep
) -> RedactionView:
    """Set everybody's rule, or a team's, for calls that are heard from now on."""
    kept.set_redaction(session, admin, given.team_id, given.kinds, given.originals)
    return _view(session)


@router.delete("/redaction/rules/{team_id}", status_code=204)
def drop_redaction_rule(team_id: UUID, session: SessionDep, admin: AdminDep) -> None:
    """Have a team follow everybody's rule again."""
    kept.drop_redaction(session, admin, team_id)


@router.get("/redaction/dry-run")
def redaction_dry_run(session: SessionDep, _admin: AdminDep) -> RedactionDryRunView:
    """What would be struck out of calls there are; nothing is changed."""
    return RedactionDryRunView.of(try_out(session))


@router.post("/redaction/runs", status_code=202)
def redact_existing(session: SessionDep, _admin: AdminDep) -> RedactionView:
    """Have the calls there are gone through, bit by bit; what is struck out does not come back."""
    strike_out_existing(session)
    return _view(session)


@router.get("/calls/{call_id}/original", tags=[READ])
def read_original(
    call_id: UUID, session: SessionDep, user: UserDep, settings: SettingsDep
) -> OriginalView:
    """What was said before anything was struck out, for whom the rule lets see it."""
    original = find_original(session, user, find_call(session, user, call_id))
    hearing = read_words(settings.seal(), original)
    lines = [
        OriginalLine(start=one.span.start, end=one.span.end, speaker=one.speaker, text=one.text)
        for one in assemble(hearing).utterances
    ]
    return OriginalView(call_id=call_id, has_recording=original.key is not None, lines=lines)


@router.get(
    "/calls/{call_id}/original/recording",
    tags=[READ],
    response_class=StreamingResponse,
    responses={200: {"content": {"application/octet-stream": {}}}, 206: {}, 416: {}},
)
def play_original(
    call_id: UUID,
    session: SessionDep,
    user: UserDep,
    files: FilesDep,
    range_: Annotated[str | None, Header(alias="Range")] = None,
) -> Response:
    """Stream the recording without any tone, for whom the rule lets hear it."""
    original = find_original(session, user, find_call(session, user, call_id))
    if original.key is None:
        raise Missing("the original recording is not kept, or was deleted")
    name = original.origin_name or "original"
    answer = stream_file(files, original.key, "application/octet-stream", name, range_)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _view(session: SessionDep) -> RedactionView:
    rules = [
        RedactionRuleView(
            team_id=one.team.id if one.team else None,
            team=one.team.name if one.team else None,
            is_own=one.is_own,
            kinds=list(one.rule.kinds),
            originals=one.rule.originals,
        )
        for one in kept.redaction_rules(session)
    ]
    struck = counts_struck(session)
    return RedactionView(
        rules=rules,
        calls_due=count_due(session),
        struck_out={one: struck[one] for one in KINDS if one in struck},
    )
