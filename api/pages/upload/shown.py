"""The page of adding calls: what can be chosen, what is on its way, and what was broken off."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from sqlmodel import Session

from analyzer.transcripts import ENDINGS
from api.pages.frame import Reader
from api.pages.upload.deals import find_deals
from api.pages.upload.facts import LANGUAGES, Facts, needs_tick, reps_for
from api.pages.upload.guessing import Guess
from api.pages.upload.phrases import STAGES, STATES, spoken
from api.settings import Settings
from models.calls import CallRow, list_added
from models.rights import may_change
from models.tables import Upload
from models.uploads import broken_off

_DAY, _FORTNIGHT = timedelta(days=1), timedelta(days=14)
_MOST_CALLS, _MOST_UPLOADS = 50, 20
_UNDER_WAY = {"waiting", "hearing", "understanding"}


@dataclass(frozen=True, slots=True)
class Choices:
    """What the fields of a row offer: `(value, name)`; `reps` is empty where there is no choice."""

    deals: tuple[str, ...]
    languages: tuple[tuple[str, str], ...]
    reps: tuple[tuple[str, str], ...]
    needs_tick: bool = True
    """Whether nothing is sent before consent is declared."""


@dataclass(frozen=True, slots=True)
class Fields:
    """A row's fields: `key` tells them from those of other rows of the page."""

    key: str
    facts: Facts
    choices: Choices
    whys: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    is_transcript: bool = False
    name: str = ""

    @property
    def people(self) -> int:
        """How many people are told of."""
        return _count(self.facts.ours) + _count(self.facts.theirs)

    @property
    def items(self) -> int:
        """How many agenda items are told of."""
        return _count(self.facts.agenda)


@dataclass(frozen=True, slots=True)
class AddedCall:
    """A call on its way: the words of its state, and what can be done with it."""

    id: UUID
    title: str
    file: str
    rep: str
    deal: str
    state: str
    says: str
    fraction: float | None
    left: str
    failure: str
    can_change: bool

    @property
    def is_under_way(self) -> bool:
        """Whether it goes on by itself."""
        return self.state in _UNDER_WAY


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """An upload of which some came."""

    id: UUID
    name: str
    came: str
    share: float | None
    until: str


@dataclass(frozen=True, slots=True)
class AddedPage:
    """What was added: the part that is asked for again while something goes on."""

    calls: tuple[AddedCall, ...]
    broken_off: tuple[BrokenOff, ...]

    @property
    def is_live(self) -> bool:
        """Whether anything changes by itself."""
        return any(one.is_under_way for one in self.calls)


@dataclass(frozen=True, slots=True)
class Failed:
    """A file that was not taken, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class UploadPage:
    """Where calls are added."""

    added: AddedPage
    fields: Fields
    url_fields: Fields
    takes_url: bool
    url: str
    url_hosts: tuple[str, ...]
    most: int
    largest: str
    days: int
    endings: str
    spoken: dict[str, str]
    failed: tuple[Failed, ...]
    user_id: UUID


def upload_page(
    session: Session,
    reader: Reader,
    settings: Settings,
    *,
    typed: Fields | None = None,
    url: str = "",
    failed: tuple[Failed, ...] = (),
) -> UploadPage:
    """The page; `typed` is kept in the form that works without scripts."""
    words = reader.words
    empty = fields_for(session, reader, "all", Guess(Facts()))
    fields, url_fields = (empty, typed or empty) if url else (typed or empty, empty)
    return UploadPage(
        added=added_page(session, reader),
        fields=fields,
        url_fields=replace(url_fields, key="url"),
        takes_url=bool(settings.url_hosts),
        url=url,
        url_hosts=tuple(settings.url_hosts),
        most=settings.max_upload_mb * 1_000_000,
        largest=words.size(settings.max_upload_mb * 1e6),
        days=settings.upload_days,
        endings=",".join(("audio/*", "video/*", ".mkv", ".opus", ".amr", ".ics", *ENDINGS)),
        spoken=spoken(words),
        failed=failed,
        user_id=reader.user.id,
    )


def added_page(session: Session, reader: Reader) -> AddedPage:
    """What was added of late, in as many queries whatever it is."""
    now = reader.words.now
    since, failed_since = now - _DAY, now - _FORTNIGHT
    user, limit = reader.user, _MOST_CALLS
    calls = list_added(session, user, since=since, failed_since=failed_since, limit=limit)
    left = broken_off(session, user, limit=_MOST_UPLOADS)
    return AddedPage(
        tuple(_added(reader, row) for row in calls), tuple(_broken(reader, one) for one in left)
    )


def fields_for(
    session: Session, reader: Reader, key: str, guess: Guess, choices: Choices | None = None
) -> Fields:
    """The fields of a row with what was guessed for it."""
    return Fields(key, guess.facts, choices or choices_for(session, reader), guess.whys)


def choices_for(session: Session, reader: Reader) -> Choices:
    """What every row of a request offers, asked for once."""
    words = reader.words
    return Choices(
        tuple(one.label for one in find_deals(session, reader.user, words)),
        tuple((code, words(name)) for code, name in LANGUAGES),
        tuple((str(one.id), one.name) for one in reps_for(session, reader.user)),
        needs_tick(session, reader.user),
    )


def _added(reader: Reader, row: CallRow) -> AddedCall:
    call, words, progress = row.call, reader.words, row.progress
    is_at_work = call.state in {"hearing", "understanding"} and progress is not None
    stage = progress.stage if is_at_work and progress else call.state
    left_s = progress.left_s if is_at_work and progress else None
    return AddedCall(
        id=call.id,
        title=call.title,
        file=row.recording.origin_name if row.recording else "",
        rep="" if row.rep.id == reader.user.id else row.rep.name,
        deal=row.deal.name if row.deal else "",
        state=call.state,
        says=words(STAGES.get(stage) or STATES[call.state]),
        fraction=progress.fraction if is_at_work and progress else None,
        left=words("about %(time)s left", time=words.length(left_s)) if left_s else "",
        failure=words.reason(words(call.failure or "")),
        can_change=may_change(reader.user, call),
    )


def _broken(reader: Reader, upload: Upload) -> BrokenOff:
    words, size = reader.words, upload.size
    came = words.size(upload.received)
    if size is not None:
        came = words("%(part)s of %(whole)s", part=came, whole=words.size(size))
    share = upload.received / size if size else None
    return BrokenOff(upload.id, upload.origin_name, came, share, words.day(upload.expires_at))


def _count(lines: str) -> int:
    return sum(1 for line in lines.splitlines() if line.strip())
