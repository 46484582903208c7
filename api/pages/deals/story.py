"""The time line of a deal as people read it: what belongs together told as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from api.pages.deals.phrases import ACTIVITIES, ANSWERS, OFFERS, meeting_name, stage_name
from api.pages.words import Words, marked
from models.timeline import Happening

_MOMENTS = {
    "objection": (marked("Objection"), "objection"),
    "pricing": (marked("Price"), "money"),
    "competitor": (marked("Competitor"), "rival"),
    "decision": (marked("Decision"), "check"),
    "commitment": (marked("Promise"), "step"),
}
_ACTIVITY_ICONS = {"call": "calls", "email": "comment", "follow_up": "step", "linkedin": "link"}
_ICONS = {
    "call": "calls",
    "stage": "deals",
    "meeting": "calendar",
    "offer": "money",
    "activity": "step",
    "invitation": "calendar",
    "comment": "comment",
    "note": "crm",
}


@dataclass(frozen=True, slots=True)
class Said:
    """Something said on a call, to play there."""

    kind: str
    icon: str
    clock: str
    at_s: float
    quote: str


@dataclass(slots=True)
class Telling:
    """A line of the story; `count` of several of the same kind that followed one another."""

    kind: str
    icon: str
    what: str
    at: datetime
    first_at: datetime
    detail: str = ""
    quote: str = ""
    path: str = ""
    call_id: UUID | None = None
    by: str | None = None
    is_whole_day: bool = False
    said: list[Said] = field(default_factory=list)
    count: int = 1

    def when(self, words: Words) -> str:
        """Its day and hour, or from which day to which."""
        first, last = words.day(self.first_at), words.day(self.at)
        if self.count > 1 and first != last:
            return f"{first} \N{EN DASH} {last}"
        return last if self.is_whole_day or self.count > 1 else words.moment(self.at)


def story_of(
    words: Words, happened: Sequence[Happening], names: Mapping[UUID, str]
) -> tuple[Telling, ...]:
    """The lines of what happened, which comes newest first; `names` are of users.

    What was said on a call stands under it; the same thing done several times is told once.
    """
    lines: list[Telling] = []
    said: dict[UUID, list[Said]] = {}
    for one in happened:
        if one.kind == "moment" and one.call_id is not None:
            said.setdefault(one.call_id, []).insert(0, _said(words, one))
            continue
        line = _line(words, one, names.get(one.rep_id) if one.rep_id else None)
        if one.kind == "call" and one.call_id is not None:
            line.said = said.pop(one.call_id, [])
        if lines and _is_more(lines[-1], line):
            lines[-1].count += 1
            lines[-1].first_at = line.at
        else:
            lines.append(line)
    return (*lines, *(_rest(words, happened, call_id, rest) for call_id, rest in said.items()))


def _said(words: Words, one: Happening) -> Said:
    name, icon = _MOMENTS.get(one.what or "", (one.what or "", "notice"))
    start_s = one.start_s or 0.0
    return Said(words(name), icon, words.clock(start_s), start_s, one.quote or "")


def _line(words: Words, one: Happening, by: str | None) -> Telling:
    what, detail = _told(words, one)
    icon = _ICONS[one.kind]
    if one.kind == "activity":
        icon = _ACTIVITY_ICONS.get(one.what or "", icon)
    line = Telling(one.kind, icon, what, one.at, one.at, detail, by=by)
    line.is_whole_day = bool(one.is_whole_day)
    if one.call_id is not None:
        line.call_id, line.path = one.call_id, f"/calls/{one.call_id}"
    if one.kind == "comment":
        line.quote = one.quote or ""
        if one.start_s is not None:
            line.path += f"?at={one.start_s:.2f}"
    return line


def _told(words: Words, one: Happening) -> tuple[str, str]:
    """What happened, and a word more about it."""
    match one.kind:
        case "stage":
            now, before = stage_name(words, one.what) or "", stage_name(words, one.before)
            detail = words("from %(stage)s", stage=before) if before else ""
            told = words("Stage: %(stage)s", stage=now), detail
        case "meeting":
            told = words("Meeting: %(kind)s", kind=meeting_name(words, one.what)), _held(words, one)
        case "offer":
            has_amount = one.amount_minor is not None and one.currency
            amount = words.money(one.amount_minor or 0, one.currency or "") if has_amount else ""
            told = words(OFFERS.get(one.what or "", one.what or "")), amount
        case "activity":
            told = words(ACTIVITIES.get(one.what or "", one.what or "")), ""
        case "invitation":
            answer = words(ANSWERS.get(one.what, one.what or ""))
            told = words("Invitation to %(who)s", who=one.quote or words("a buyer")), answer
        case "comment":
            told = words("Comment on %(title)s", title=one.what or ""), ""
        case "note":
            told = words("Note in %(crm)s", crm=one.what or "CRM"), one.quote or ""
        case _:
            told = one.what or words("Call"), ""
    return told


def _held(words: Words, one: Happening) -> str:
    if one.was_held is None:
        return words("to come") if one.at > words.now else words("not known whether it was held")
    return words("held") if one.was_held else words("not held")


def _is_more(line: Telling, other: Telling) -> bool:
    """Whether a line only repeats the one above it."""
    same = (line.kind, line.what, line.by) == (other.kind, other.what, other.by)
    return same and line.kind == "activity"


def _rest(words: Words, happened: Sequence[Happening], call_id: UUID, said: list[Said]) -> Telling:
    """What was said on a call that itself stands on the next page."""
    at = next(one.at for one in happened if one.kind == "moment" and one.call_id == call_id)
    line = Telling("call", _ICONS["call"], words("On this call"), at, at)
    line.call_id, line.path, line.said = call_id, f"/calls/{call_id}", said
    return line
