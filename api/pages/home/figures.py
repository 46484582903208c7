"""What takes longer to count than the rest of a home page: three KPIs, and deals at risk."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from analyzer.formats.wording import Wording
from api.kpi_exports.columns import name_of
from api.kpi_exports.shown import between, reason, told
from api.kpi_exports.words import export_words
from api.kpi_questions import read_period, rules_for
from api.pages.deals.phrases import sign_name
from api.pages.frame import Reader
from api.pages.words import Words
from api.settings import Settings
from models.kpis import Answer
from models.kpis.answering import Line
from models.kpis.asking import Asking
from models.kpis.change import Change, change_of
from models.kpis.dashboards import AnsweredTile, answer_tile, choice_of
from models.kpis.frame import Ground
from models.risks import Looking, RiskFilters, RiskKind, RiskyDeal, list_risks
from models.tables.columns import now

_TILES = 3
_DEALS = 6
PERIOD = "last_90_days"
_GRAVE: tuple[RiskKind, ...] = ("no_next_step", "silent", "price_objection")
"""That a deal has a single contact is so of most that were just opened."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A KPI with its interval and what changed; `why` there is no value, where there is none."""

    slug: str
    name: str
    value: str
    among: str
    n: int | None
    change: str
    direction: str
    why: str


@dataclass(frozen=True, slots=True)
class DealAtRisk:
    """An open deal, and what may be going wrong."""

    id: UUID
    name: str
    rep_name: str | None
    risks: tuple[str, ...]
    quote: str | None
    quote_path: str | None
    clock: str | None


def headline(session: Session, reader: Reader, settings: Settings) -> tuple[Figure, ...]:
    """The first KPIs of the reader's dashboard that can be told."""
    rules = rules_for(session, reader.user, settings)
    asking = Asking(read_period(PERIOD, rules))
    tiles = choice_of(session, reader.user).tiles[:_TILES]
    ground = Ground(session, reader.user, rules)
    found = [answer_tile(ground, one, asking) for one in tiles]
    t = export_words(reader.words.language)
    return tuple(figure for one in found if (figure := _figure(one, t, reader.words)))


def deals_at_risk(session: Session, reader: Reader, settings: Settings) -> tuple[DealAtRisk, ...]:
    """Open deals of the team in which something may be going wrong."""
    looking = Looking(
        reader.user, now(), settings.silent_days, settings.follow_up_days, settings.time_zone
    )
    found = list_risks(session, looking, RiskFilters(kinds=_GRAVE), limit=_DEALS).items
    return tuple(_deal(one, reader.words) for one in found)


def _figure(tile: AnsweredTile, t: Wording, words: Words) -> Figure | None:
    answer = tile.answer
    if answer is None or not answer.lines:
        return None
    line = answer.lines[0]
    change = change_of(answer.unit, line.measured, line.before)
    return Figure(
        slug=answer.kpi.slug,
        name=name_of(answer, t),
        value=_value(line, answer, t),
        among=between(line.measured.interval, answer, t),
        n=line.measured.n,
        change=_change(change, words),
        direction=_direction(change, answer),
        why=reason(line.measured, t),
    )


def _value(line: Line, answer: Answer, t: Wording) -> str:
    return "\N{EN DASH}" if line.measured.value is None else told(line.measured, answer, t)


def _change(change: Change | None, words: Words) -> str:
    """By how much it changed, with its sign."""
    if change is None:
        return ""
    sign = "+" if change.value > 0 else "\N{MINUS SIGN}" if change.value < 0 else "±"
    if change.kind == "relative":
        return sign + words.percent(abs(change.value))
    return words("%(count)s points", count=sign + words.number(100 * abs(change.value)))


def _direction(change: Change | None, answer: Answer) -> str:
    """Whether a change is for the better (up) or the worse (down), where one can say."""
    if change is None or change.value == 0 or answer.kpi.better == "neither":
        return ""
    return "up" if (change.value > 0) == (answer.kpi.better == "higher") else "down"


def _deal(found: RiskyDeal, words: Words) -> DealAtRisk:
    deal = found.row.deal
    objected = [risk for risk in found.risks if risk.kind == "price_objection"]
    heard = [one for risk in objected for one in risk.evidence if one.quote and one.call_id]
    first = heard[0] if heard else None
    at_s = first.start_s or 0.0 if first else 0.0
    return DealAtRisk(
        deal.id,
        deal.name,
        found.row.rep_name,
        tuple(sign_name(words, one) for one in found.risks),
        first.quote if first else None,
        f"/calls/{first.call_id}?at={at_s:.2f}" if first else None,
        words.clock(at_s) if first else None,
    )
