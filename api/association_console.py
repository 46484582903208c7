"""What the command line tells of winning calls: sentences, or why there are none."""

from rich.markup import escape
from sqlalchemy import Engine
from sqlmodel import Session

from analyzer.formats.wording import wording
from api.association_views import WinningCallsView
from api.console import as_admin, deliver, out
from api.kpi_questions import read_period
from api.settings import Settings, rules_of
from models.associations import AssociationFilters, associations_of


def tell_winning_calls(
    engine: Engine,
    settings: Settings,
    *,
    period: str | None,
    call_type: str | None,
    language: str,
    form: str,
) -> None:
    """Tell what calls of won deals were like beside those of lost ones. Raises BadInput."""
    rules = rules_of(settings)
    days = read_period(period, rules) if period is not None else None
    filters = AssociationFilters(
        closed_from=days.start_on if days else None,
        closed_before=days.end_on if days else None,
        call_type=call_type,
    )
    with Session(engine) as session:
        found = associations_of(session, as_admin(), filters, zone=rules.zone)
    view = WinningCallsView.of(found, wording(language))
    if form == "json":
        deliver(f"{view.model_dump_json(indent=2)}\n".encode(), None, "")
        return
    for sentence in (*view.silence, *(one.told for one in view.found)):
        out.print(escape(sentence))
