"""A call's life: its recording, what was heard, and how far it is."""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.tables.columns import Imported, Json, Row, document, instant, made_at, one_of, points_to

STATES = ("empty", "waiting", "hearing", "understanding", "ready", "failed", "cancelled", "held")
CONSENTS = ("unknown", "consented", "refused", "not_needed")


class Call(Imported, table=True):
    """A conversation of a rep with a buyer.

    `known` is what was known before listening, as a meeting file says it: participants, agenda,
    competitors, vocabulary, language, call type. `failure` says in one line what went wrong and
    what to do next, `failure_kind` the class of the error. `version` grows with every change.

    `consent` is whether people agreed to the recording, `consent_basis` why it is lawful all the
    same, or how they said so. A call is `held` when it may not be worked on. What a retention rule
    deleted of it says when.
    """

    __tablename__ = "call"
    __table_args__ = (
        UniqueConstraint("origin", "ref"),
        one_of("state", *STATES),
        one_of("consent", *CONSENTS),
        CheckConstraint("consent <> 'not_needed' OR consent_basis IS NOT NULL", name="basis"),
        CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failure"),
        CheckConstraint("speakers BETWEEN 1 AND 20", name="speakers"),
        Index("ix_call_recent", "started_at", "id"),
        Index("ix_call_rep_recent", "rep_id", "started_at"),
        Index(
            "ix_call_deal_ready", "deal_id", "started_at", postgresql_where=text("state = 'ready'")
        ),
        Index(
            "ix_call_deal_private",
            "deal_id",
            "started_at",
            postgresql_where=text("state = 'ready' AND is_private"),
        ),
    )

    title: str = Field(max_length=300)
    rep_id: UUID = points_to("user.id", on_delete="RESTRICT")
    deal_id: UUID | None = points_to("deal.id", on_delete="SET NULL", default=None)
    account_id: UUID | None = points_to("account.id", on_delete="SET NULL", default=None)
    meeting_id: UUID | None = points_to("meeting.id", on_delete="SET NULL", default=None)
    playbook_id: UUID | None = points_to("playbook.id", on_delete="SET NULL", default=None)
    started_at: AwareDatetime = instant()
    known: Json = document()
    speakers: int | None = None
    is_private: bool = False
    state: str = "empty"
    failure: str | None = None
    failure_kind: str | None = Field(default=None, max_length=40)
    job_id: int | None = Field(default=None, sa_type=BigInteger)
    attempts: int = 0
    created_by_id: UUID | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")
    updated_at: AwareDatetime = made_at()
    version: int = 1
    consent: str = Field(default="unknown", sa_column_kwargs={"server_default": "unknown"})
    consent_basis: str | None = Field(default=None, max_length=300)
    consent_by_id: UUID | None = Field(default=None, foreign_key="user.id", ondelete="SET NULL")
    consent_at: AwareDatetime | None = instant(default=None)
    recording_deleted_at: AwareDatetime | None = instant(default=None)
    transcript_deleted_at: AwareDatetime | None = instant(default=None)
    analysis_deleted_at: AwareDatetime | None = instant(default=None)
    notes_deleted_at: AwareDatetime | None = instant(default=None)


class Recording(Row, table=True):
    """The file of a call, kept by its content: two calls may share one file.

    `key` is where the store keeps it; `playable_key` and `peaks_key` are what browsers get, made
    once. `origin_name` is the name it was uploaded under, shown and never used as a path.
    """

    __tablename__ = "recording"
    __table_args__ = (
        UniqueConstraint("call_id"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint("size >= 0", name="size"),
    )

    call_id: UUID = Field(foreign_key="call.id", ondelete="CASCADE")
    sha256: str = Field(max_length=64, index=True)
    size: int = Field(sa_type=BigInteger)
    origin_name: str = Field(max_length=300)
    media_type: str = Field(default="application/octet-stream", max_length=100)
    duration_s: float | None = None
    key: str = Field(max_length=300)
    playable_key: str | None = Field(default=None, max_length=300)
    playable_type: str | None = Field(default=None, max_length=100)
    peaks_key: str | None = Field(default=None, max_length=300)
    unplayable: str | None = None
    """Why no playable copy could be made."""


class Progress(SQLModel, table=True):
    """How far a call is, apart from the call so that telling it locks nothing.

    `fraction` is of the whole way, 0 to 1; `left_s` is what is thought to be left.
    """

    __tablename__ = "progress"
    __table_args__ = (CheckConstraint("fraction BETWEEN 0 AND 1", name="fraction"),)

    call_id: UUID = Field(primary_key=True, foreign_key="call.id", ondelete="CASCADE")
    stage: str = Field(max_length=40)
    fraction: float = 0.0
    left_s: float | None = None
    started_at: AwareDatetime = made_at()
    updated_at: AwareDatetime = made_at()


class StageResult(SQLModel, table=True):
    """What a stage of hearing made, kept so that a worker's death does not cost it again."""

    __tablename__ = "stage_result"

    call_id: UUID = Field(primary_key=True, foreign_key="call.id", ondelete="CASCADE")
    stage: str = Field(primary_key=True, max_length=40)
    sha256: str = Field(max_length=64)
    result: Json = document()
    created_at: AwareDatetime = made_at()


class Hearing(SQLModel, table=True):
    """All that the models made of a call, as `analyzer.codec` writes it."""

    __tablename__ = "hearing"

    call_id: UUID = Field(primary_key=True, foreign_key="call.id", ondelete="CASCADE")
    hearing: Json = document()
    language: str = Field(max_length=8)
    duration_s: float
    source: str = Field(default="recording", max_length=40)
    """`recording`, or the kind of file a transcript came from: vtt, srt, json, txt."""
    sha256: str | None = Field(default=None, max_length=64, index=True)
    """Of that file, which is not kept: the same one is known again."""
    created_at: AwareDatetime = made_at()


class Report(SQLModel, table=True):
    """What was understood of a call, by the contract's keys; facts and findings have their rows.

    `kept` is all of it but the transcript, to write files from; `report` is what others read.
    """

    __tablename__ = "report"

    call_id: UUID = Field(primary_key=True, foreign_key="call.id", ondelete="CASCADE")
    report: Json = document()
    kept: Json | None = Field(default=None, sa_type=JSON)
    """Not JSONB, which would lose the order that metrics are shown in."""
    language: str = Field(max_length=8)
    playbook_id: UUID | None = Field(default=None, foreign_key="playbook.id", ondelete="SET NULL")
    corrections: int = 0
    """How many corrections were applied on top of what was heard."""
    understood_at: AwareDatetime = made_at()


class CallFacts(SQLModel, table=True):
    """The numbers of a call, flat, for lists and KPIs; None is not known, 0 is none.

    Seconds end in `_s`, shares lie between 0 and 1; formulas are those of docs/metrics.md. Counts
    of what was said are None where no words were heard, and 0 is never said of what is found by
    phrases in a language that has none. What objections are about is read from `moment`.
    """

    __tablename__ = "call_facts"
    __table_args__ = (one_of("source", "stereo", "diarized", "corrected"),)

    call_id: UUID = Field(primary_key=True, foreign_key="call.id", ondelete="CASCADE")
    duration_s: float
    language: str = Field(max_length=8)
    call_type: str | None = Field(default=None, max_length=100, index=True)
    people: int
    sellers: int
    buyers: int
    buyer_names: list[str] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": text("'[]'")}
    )
    """Of those on the buyer's side whose names are known."""
    source: str = Field(max_length=20)
    """Where the boundaries between speakers come from, as metrics say it."""
    has_reckoned_times: bool = False
    """Whether a transcript did not say when each one speaks: numbers of time then tell little."""
    talk_ratio: float | None = None
    talk_share_of_call: float | None = None
    silence_share: float | None = None
    overlap_share: float | None = None
    longest_monologue_s: float | None = None
    longest_customer_story_s: float | None = None
    switches_per_min: float | None = None
    patience_s: float | None = None
    overlapping_replies: int | None = None
    wait_after_question_s: float | None = None
    words_per_min: float | None = None
    buyer_words_per_min: float | None = None
    open_question_share: float | None = None
    fillers_per_min: float | None = None
    seller_speech_s: float | None = None
    buyer_speech_s: float | None = None
    seller_questions: int | None = None
    buyer_questions: int | None = None
    objections: int | None = None
    prices: int | None = None
    first_price_s: float | None = None
    competitors: int | None = None
    """How many rivals were named, however often."""
    first_competitor_s: float | None = None
    decisions: int | None = None
    commitments: int | None = None
    positives: int | None = None
    negatives: int | None = None
    next_steps: int | None = None
    next_steps_dated: int | None = None
    next_steps_seller: int | None = None
    """Those that the seller's side is to do."""
    next_steps_buyer: int | None = None
    agenda_items: int = 0
    agenda_covered: int = 0
    agenda_touched: int = 0
    agenda_coverage: float | None = None
    """The part of the planned items that was covered, None without an agenda."""


class NextStep(Row, table=True):
    """Something promised on a call, with whose it is and when it is due, as far as was said.

    `owner` is a name, None when a voice without one promised it; `owner_speaker` is that voice,
    None when it is somebody who was only spoken of. `followed_at` is when, after a call of a deal,
    something was done for the deal: an activity, or a recorded call that is not private. It
    follows from other rows, and the database keeps it so (see the migration).
    """

    __tablename__ = "next_step"
    __table_args__ = (
        one_of("owner_side", "seller", "buyer"),
        Index("ix_next_step_due", "due_on", "call_id"),
    )

    call_id: UUID = points_to("call.id")
    text: str
    owner: str | None = Field(default=None, max_length=200)
    owner_speaker: str | None = Field(default=None, max_length=40)
    owner_side: str | None = Field(default=None, max_length=10)
    due_on: date | None = None
    utterance: int
    quote: str
    start_s: float
    end_s: float
    followed_at: AwareDatetime | None = instant(default=None)
