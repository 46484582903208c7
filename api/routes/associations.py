"""What winning calls do here, for managers and admins."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query

from analyzer.formats.wording import wording
from api.association_views import WinningCallsView
from api.dependencies import ManagerDep, SessionDep
from api.fields import Text100
from api.kpi_questions import PeriodText, RulesDep, check_seen, read_period
from api.routing import signed_router
from models.associations import AssociationFilters, associations_of

router = signed_router("associations")


@router.get("/associations")
def read_associations(  # noqa: PLR0913, PLR0917 (one parameter a filter)
    session: SessionDep,
    user: ManagerDep,
    rules: RulesDep,
    period: PeriodText | None = None,
    call_type: Text100 | None = None,
    team_id: UUID | None = None,
    rep_id: UUID | None = None,
    language: Annotated[
        Literal["en", "fr"] | None, Query(description="Left out: one's own.")
    ] = None,
) -> WinningCallsView:
    """How calls of won deals differ from those of lost ones: associations, not causes.

    Of deals closed in a period, or of all; of all calls one may see. A rep or team whose figures
    one may not see is as good as none.
    """
    check_seen(session, user, [rep_id] if rep_id else (), [team_id] if team_id else ())
    days = read_period(period, rules) if period is not None else None
    filters = AssociationFilters(
        closed_from=days.start_on if days else None,
        closed_before=days.end_on if days else None,
        call_type=call_type,
        team_id=team_id,
        rep_id=rep_id,
    )
    found = associations_of(session, user, filters, zone=rules.zone)
    return WinningCallsView.of(found, wording(language or user.language))
