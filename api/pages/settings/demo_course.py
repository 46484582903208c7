"""How far the demo data is, in words; shown by the guide and by settings."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from api.pages.words import Words, marked
from models.demo import Demo, DemoCall, find_demo

_STATES = {
    "waiting": marked("Waiting to be analysed"),
    "hearing": marked("Being transcribed"),
    "understanding": marked("Being analysed"),
    "ready": marked("Analysed"),
    "failed": marked("Could not be analysed"),
    "cancelled": marked("Cancelled"),
    "held": marked("Left alone"),
    "empty": marked("Without a recording yet"),
}


@dataclass(frozen=True, slots=True)
class DemoCallRow:
    """A call of the demo: how far it is from 0 to 1, and what that means."""

    id: UUID
    title: str
    rep: str
    state: str
    told: str
    share: float
    is_moving: bool


@dataclass(frozen=True, slots=True)
class DemoCourse:
    """What there is of the demo data, and what is under way."""

    is_there: bool
    is_loading: bool
    is_removing: bool
    has_failed: bool
    is_moving: bool
    deals: int
    calls: tuple[DemoCallRow, ...]
    first_ready: UUID | None
    first_rep: UUID | None

    @property
    def ready(self) -> int:
        """How many calls were heard."""
        return sum(one.state == "ready" for one in self.calls)


def demo_course(session: Session, words: Words) -> DemoCourse:
    """How far it is now."""
    demo = find_demo(session)
    first = _first(demo, words)
    return DemoCourse(
        is_there=demo.is_there,
        is_loading=demo.task == "load_demo",
        is_removing=demo.task == "remove_demo",
        has_failed=demo.has_failed,
        is_moving=demo.is_moving,
        deals=demo.deals,
        calls=tuple(_row(one, words) for one in demo.calls),
        first_ready=first.id if first else None,
        first_rep=first.rep_id if first else None,
    )


def _first(demo: Demo, words: Words) -> DemoCall | None:
    """The call to begin with: one in the reader's language, if it is there by now."""
    ready = sorted(demo.ready, key=lambda one: one.language != words.language)
    return ready[0] if ready else None


def _row(call: DemoCall, words: Words) -> DemoCallRow:
    told = words(_STATES[call.state])
    if call.left_s is not None and call.state in {"hearing", "understanding"}:
        told = words("%(state)s, %(left)s left", state=told, left=words.length(call.left_s))
    share = 1.0 if call.state == "ready" else call.fraction
    is_moving = call.state in {"waiting", "hearing", "understanding"}
    return DemoCallRow(call.id, call.title, call.rep, call.state, told, share, is_moving)
