"""The files of figures: what customers say and pay, what selling costs and is to reach."""

from collections.abc import Mapping

from models.importing.cells import (
    currency,
    fraction,
    integer,
    money,
    one_of,
    positive,
    text,
)
from models.importing.shape import (
    Column,
    Flaw,
    Link,
    Need,
    Shape,
    id_column,
    link_column,
    never_before,
    rep_column,
)
from models.importing.times import (
    day,
    instant,
    month,
)
from models.tables import (
    Account,
    Figure,
    FxRate,
    Spend,
    Subscription,
    Survey,
    Target,
    Team,
)
from models.tables.ledger import CHANGES, FIGURES

_ACCOUNT = Link(Account, "account")
_TEAM = Link(Team, "team", by="name")
_CURRENCY = Column("currency", "currency", currency, "ISO 4217 code of the row's sums")


def _survey_score(row: Mapping[str, object]) -> Flaw | None:
    first, last = (0, 10) if row.get("kind") == "nps" else (1, 5)
    score = row.get("score")
    if isinstance(score, int) and first <= score <= last:
        return None
    return Flaw("score", f"is not from {first} to {last}", is_refused=True)


def _one_owner(row: Mapping[str, object]) -> Flaw | None:
    if row.get("rep_id") is None or row.get("team") is None:
        return None
    return Flaw("team", "is given beside a rep; a target is for one of them", is_refused=True)


def _one_measure(row: Mapping[str, object]) -> Flaw | None:
    """Costs are sums, everything else is a number; only outcomes may have got worse."""
    kind, value = str(row.get("kind")), row.get("value")
    needed, other = ("amount", "value") if "cost" in kind else ("value", "amount")
    if row.get(needed) is None:
        return Flaw(needed, f"is empty, and {kind} is told there", is_refused=True)
    if row.get(other) is not None:
        return Flaw(other, f"is no place for {kind}; it is told as {needed}", is_refused=True)
    if isinstance(value, float) and value < 0 and kind != "customer_outcome":
        return Flaw("value", f"is below 0, which {kind} cannot be", is_refused=True)
    return None


SURVEYS = Shape(
    "surveys",
    Survey,
    "Answers of customers.",
    (
        id_column("the answer's id, where there is one", Need.NOTHING),
        link_column("account_id", "account_id", _ACCOUNT, "who answered", Need.CELL),
        Column("kind", "kind", one_of("nps", "csat"), "nps or csat", Need.CELL),
        Column("score", "score", integer, "0 to 10 for nps, 1 to 5 for csat", Need.CELL),
        Column("at", "at", instant, "when", Need.CELL),
    ),
    key=("account_id", "kind", "at"),
    is_unique=False,
    checks=(_survey_score,),
)
SUBSCRIPTIONS = Shape(
    "subscriptions",
    Subscription,
    "What accounts pay a month, one row for each period of a price.",
    (
        id_column("the period's id, where there is one", Need.NOTHING),
        link_column("account_id", "account_id", _ACCOUNT, "who pays", Need.CELL),
        Column(
            "change", "change", one_of(*CHANGES), "what began it: " + ", ".join(CHANGES), Need.CELL
        ),
        Column("started_at", "started_on", day, "its first day", Need.CELL),
        Column("ended_at", "ended_on", day, "its end; empty while it runs"),
        Column("mrr", "mrr_minor", money, "what is paid a month", Need.CELL),
        Column("currency", "currency", currency, "ISO 4217 code", Need.CELL),
    ),
    key=("account_id", "started_at"),
    is_unique=False,
    checks=(never_before("started_at", "ended_at", "comes before its start", is_refused=True),),
)
SPEND = Shape(
    "spend",
    Spend,
    "What months of marketing and selling cost.",
    (
        id_column("the entry's id, where there is one", Need.NOTHING),
        Column("month", "month", month, "the month, such as 2026-03", Need.CELL),
        Column("kind", "kind", one_of("marketing", "sales"), "marketing or sales", Need.CELL),
        Column("campaign", "campaign", text, "what for"),
        Column("channel", "channel", text, "where; empty for sales"),
        Column("amount", "amount_minor", money, "what it cost", Need.CELL),
        Column("currency", "currency", currency, "ISO 4217 code", Need.CELL),
    ),
    key=("month", "kind", "campaign", "channel"),
    is_unique=False,
)
TARGETS = Shape(
    "targets",
    Target,
    "What a rep, a team or everybody is to reach in a month.",
    (
        rep_column("whose it is; empty with no team is everybody's"),
        link_column("team", "team_id", _TEAM, "name of the team whose it is"),
        Column("month", "month", month, "the month, such as 2026-03", Need.CELL),
        Column("kpi", "kpi", text, "the figure; sales_revenue when empty"),
        Column("quota", "amount_minor", money, "the sum to reach; empty is unknown, 0 is 0"),
        Column("value", "value", fraction, "the number to reach, where it is no sum"),
        _CURRENCY,
    ),
    key=("rep_id", "team", "month", "kpi"),
    conflict=("kpi", "rep_id", "team_id", "month"),
    checks=(_one_owner,),
    needs_one_of=("quota", "value"),
)
FX_RATES = Shape(
    "fx_rates",
    FxRate,
    "What a unit of a currency was worth in euros.",
    (
        Column("month", "month", month, "the month, such as 2026-03", Need.CELL),
        Column("currency", "currency", currency, "ISO 4217 code", Need.CELL),
        Column("eur_per_unit", "eur_per_unit", positive, "euros for one unit", Need.CELL),
    ),
    key=("month", "currency"),
    conflict=("month", "currency"),
)
FIGURES_OF_MONTHS = Shape(
    "figures",
    Figure,
    "Numbers of months that no CRM knows, and some KPIs need.",
    (
        id_column("the row's id, where there is one, as of each review", Need.NOTHING),
        Column("month", "month", month, "the month, such as 2026-03", Need.CELL),
        Column("kind", "kind", one_of(*FIGURES), ", ".join(FIGURES), Need.CELL),
        link_column("account_id", "account_id", _ACCOUNT, "the customer it is of"),
        Column("region", "region", text, "where"),
        Column("channel", "channel", text, "where it came from"),
        Column("value", "value", fraction, "the number, where it is no cost"),
        Column("amount", "amount_minor", money, "the sum, where it is a cost"),
        _CURRENCY,
    ),
    key=("month", "kind", "account_id", "region", "channel"),
    checks=(_one_measure,),
    needs_one_of=("value", "amount"),
    told_by=("value", "account_id", "region"),  # costs alone look like spend
)
