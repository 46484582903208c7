"""The book: frames of all rows, each with its own zone and everything it may be grouped by."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.kpis.independent.cells import Column, Columns, Frame, Rows, looked_up, table

_FACTS = (
    "duration_s talk_ratio agenda_coverage seller_questions next_steps next_steps_dated"
    " longest_monologue_s competitors objections"
)
_DEAL_NAMES = {"closed_at": "closed", "rep_id": "rep", "created_at": "opened"}
TABLES: Mapping[str, Columns] = {
    "reps": Columns(("id", "team", "time_zone", "role", "is_active"), days=("hired_at",)),
    "accounts": Columns(("id", "region"), days=("became_customer_at", "churned_at")),
    "subscriptions": Columns(
        ("account_id", "currency"), days=("started_at", "ended_at"), numbers=("mrr",)
    ),
    "deals": Columns(
        ("id", "account_id", "rep_id", "region", "channel", "product", "currency", "referred_by"),
        ("outcome", "kind"),
        ("created_at", "first_contact_at", "quote_sent_at", "proposal_sent_at", "closed_at"),
        numbers=("amount", "cost"),
        named=_DEAL_NAMES,
    ),
    "leads": Columns(
        ("id", "source", "region", "rep_id", "email", "converted_customer_id", "deal_id"),
        ("response_sentiment",),
        ("created_at", "mql_at", "sql_at", "first_response_at", "followed_up_at"),
        named={"source": "channel", "created_at": "at", "rep_id": "rep"},
    ),
    "stage_history": Columns(
        ("deal_id", "stage", "rep_id"),
        instants=("entered_at",),
        numbers=("seq",),
        named={"rep_id": "rep"},
    ),
    "meetings": Columns(
        ("deal_id", "rep_id", "kind"),
        ("held",),
        ("scheduled_at",),
        named={"scheduled_at": "at", "rep_id": "rep"},
    ),
    "invitations": Columns(
        ("deal_id", "rep_id"),
        ("response",),
        ("sent_at", "responded_at"),
        named={"sent_at": "at", "rep_id": "rep"},
    ),
    "activities": Columns(
        ("rep_id", "deal_id", "lead_id"),
        ("kind",),
        ("at",),
        days=("day",),
        named={"rep_id": "rep"},
    ),
    "surveys": Columns(("account_id",), ("kind",), ("at",), numbers=("score",)),
    "spend": Columns(("month", "channel", "currency"), ("kind",), numbers=("amount",)),
    "targets": Columns(
        ("rep_id", "team", "month", "kpi", "currency"), numbers=("quota",), named={"rep_id": "rep"}
    ),
    "fx_rates": Columns(("month", "currency"), numbers=("eur_per_unit",)),
    "figures": Columns(
        ("month", "currency", "channel", "region", "account_id"), ("kind",), numbers=("value",)
    ),
    "calls": Columns(
        ("id", "deal_id", "rep_id", "meeting_id", "call_type"),
        instants=("started_at",),
        numbers=tuple(_FACTS.split()),
        named={"started_at": "at", "rep_id": "rep"},
    ),
    "next_steps": Columns(("call_id",), ("owner_side",), days=("due_on",)),
}
"""By file, and what no file has: `figures` (a cost's `value` is money in major units), recorded
`calls` that are ready, and the `next_steps` promised on them. A missing column is all empty."""

_OF_THE_DEAL = ["region", "channel", "product", "is_new"]


@dataclass(frozen=True, slots=True)
class Book:
    """All rows; `zone` is that of rows without a rep who has a team."""

    frames: Mapping[str, Frame]
    zone: str
    maturity_days: int = 7
    follow_up_days: int = 7

    @classmethod
    def read(
        cls, folder: Path, zones: Mapping[str, str], zone: str = "UTC", **more: Rows
    ) -> "Book":
        """The book of a folder of CSV files and of more rows; `zones` are those of teams."""
        tables = {path.stem: _rows(path) for path in sorted(folder.glob("*.csv"))}
        return cls.of({**tables, **more}, zones, zone)

    @classmethod
    def of(cls, tables: Mapping[str, Rows], zones: Mapping[str, str], zone: str = "UTC") -> "Book":
        """The book of rows with the columns of the CSV files; what is not there is empty."""
        reps = table(tables.get("reps", ()), TABLES["reps"], {}, zone)
        homes = {
            rep.id: zones.get(rep.team, zone) if rep.team else zone for rep in reps.itertuples()
        }
        clocks = {rep.id: rep.time_zone or homes[rep.id] for rep in reps.itertuples()}
        frames = {
            name: table(_whole_days(name, tables.get(name, ())), columns, clocks, zone)
            for name, columns in TABLES.items()
        }
        frames["reps"]["rep"] = frames["reps"]["id"]
        teams = dict(zip(reps["id"], reps["team"], strict=True))
        for name in ("deals", "leads", "stage_history", "meetings", "invitations", "activities"):
            _add_home(frames[name], teams, homes, zone)
        _add_home(frames["calls"], teams, homes, zone)
        _join(frames)
        return cls(frames, zone)

    def __getitem__(self, name: str) -> Frame:
        return self.frames[name]


def _rows(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _whole_days(name: str, rows: Rows) -> Rows:
    """Activities of which only the day is known have it in `day` as well."""
    if name != "activities":
        return rows
    days = (str(row["at"]).strip() for row in rows)
    return [
        {**row, "day": at if len(at) == 10 else None} for row, at in zip(rows, days, strict=True)
    ]


def _add_home(frame: Frame, teams: Mapping[str, str], homes: Mapping[str, str], usual: str) -> None:
    frame["team"] = frame["rep"].map(teams).astype(object)
    frame["zone"] = frame["rep"].map(homes).astype(object).fillna(usual)


def _join(frames: Mapping[str, Frame]) -> None:
    """Give each row what it has from the deal, lead or account it belongs to."""
    deals, leads = frames["deals"], frames["leads"]
    deals["kind"] = deals["kind"].fillna("new")
    deals["is_new"] = deals["kind"].map(lambda kind: "new" if kind == "new" else "existing")
    deals["closed"] = deals["closed"].fillna(_last_entries(frames))
    leads["is_new"], leads["product"] = "new", None
    leads["email"] = [_address(cell) for cell in leads["email"]]
    by_deal, by_lead = deals.set_index("id"), leads.set_index("id")
    for name in ("stage_history", "meetings", "invitations", "activities", "calls"):
        for group in _OF_THE_DEAL:
            frames[name][group] = frames[name]["deal_id"].map(by_deal[group]).astype(object)
    activities = frames["activities"]
    of_leads = activities["deal_id"].isna()
    for group in _OF_THE_DEAL:
        from_lead = activities["lead_id"].map(by_lead[group]).astype(object)
        activities[group] = activities[group].mask(of_leads, from_lead)
    regions = frames["accounts"].set_index("id")["region"]
    for name in ("subscriptions", "surveys"):
        frames[name]["region"] = frames[name]["account_id"].map(regions).astype(object)
    frames["surveys"]["zone"] = None


def _address(cell: str | None) -> str | None:
    """The e-mail address in small letters, None when it is none."""
    return cell.lower() if cell and re.fullmatch(r"[^@\s]+@[^@\s]+", cell) else None


def _last_entries(frames: Mapping[str, Frame]) -> Column:
    """When each deal that is over entered its last stage."""
    deals, changes = frames["deals"], frames["stage_history"]
    last = changes.sort_values("seq").drop_duplicates("deal_id", keep="last")
    entered = looked_up(deals["id"], last.set_index("deal_id")["entered_at"])
    return entered.where(deals["outcome"].isin(["won", "lost"]))
