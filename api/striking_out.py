"""What would be struck out of the calls there are, and having it done."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from analyzer.redaction import KINDS, Finders, Kind, Wanted, find_in
from models.hearings import load_hearing
from models.queue import defer
from models.redacting import calls_due, count_due
from models.redaction_rules import still_to_find

_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class DryRun:
    """How many calls a run would go through, and what is in the newest of them."""

    calls: int
    looked_at: int
    found: dict[Kind, int]


def try_out(session: Session, most: int = _LOOKED_AT) -> DryRun:
    """Look into the newest calls by rules alone; models are for jobs, and so are names."""
    counts = Counter[Kind]()
    looked = calls_due(session, most)
    for call in looked:
        kinds = [one for one in still_to_find(session, call) if one != "name"]
        hearing = load_hearing(session, call.id)
        if hearing is not None and kinds:
            places: set[tuple[Kind, int]] = set()
            for one in find_in(hearing, Wanted(kinds), Finders()):
                if not {(one.kind, place) for place in one.places} & places:
                    counts[one.kind] += 1
                places |= {(one.kind, place) for place in one.places}
    found = {one: counts[one] for one in KINDS if counts[one]}
    return DryRun(count_due(session), len(looked), found)


def strike_out_existing(session: Session, team_id: UUID | None = None) -> None:
    """Have the calls there are gone through, bit by bit, after all that somebody waits for."""
    defer(session, "strike_out_again", team_id="" if team_id is None else str(team_id))
