"""What is imported around deals, to be read by managers and admins: one route a kind.

Targets, which are also set by hand, have routes of their own.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from pydantic import AwareDatetime

from api import sales_views as views
from api.dependencies import DEFAULT_LIMIT, CursorQuery, LimitQuery, ManagerDep, SessionDep
from api.routing import signed_router
from api.views import Page
from models import sales
from models.sales import Period, SalesKind, list_rows

router = signed_router("sales")

BY_INSTANT: Mapping[type[Page[Any]], SalesKind] = MappingProxyType(
    {
        Page[views.LeadView]: sales.LEADS,
        Page[views.MeetingView]: sales.MEETINGS,
        Page[views.InvitationView]: sales.INVITATIONS,
        Page[views.ActivityView]: sales.ACTIVITIES,
        Page[views.OfferView]: sales.OFFERS,
        Page[views.SurveyView]: sales.SURVEYS,
    }
)
BY_DAY: Mapping[type[Page[Any]], SalesKind] = MappingProxyType(
    {
        Page[views.SubscriptionView]: sales.SUBSCRIPTIONS,
        Page[views.SpendView]: sales.SPEND,
        Page[views.FxRateView]: sales.FX_RATES,
        Page[views.FigureView]: sales.FIGURES,
    }
)


def _serve_by_instant(page: type[Page[Any]], kind: SalesKind) -> None:
    def list_kind(
        session: SessionDep,
        user: ManagerDep,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
        limit: LimitQuery = DEFAULT_LIMIT,
        cursor: CursorQuery = None,
    ) -> Any:
        found = list_rows(session, user, kind, Period(since, until), limit=limit, cursor=cursor)
        return page.model_validate({"items": found.items, "next": found.next})

    _add(page, kind, list_kind)


def _serve_by_day(page: type[Page[Any]], kind: SalesKind) -> None:
    def list_kind(
        session: SessionDep,
        user: ManagerDep,
        since: date | None = None,
        until: date | None = None,
        limit: LimitQuery = DEFAULT_LIMIT,
        cursor: CursorQuery = None,
    ) -> Any:
        found = list_rows(session, user, kind, Period(since, until), limit=limit, cursor=cursor)
        return page.model_validate({"items": found.items, "next": found.next})

    _add(page, kind, list_kind)


def _add(page: type[Page[Any]], kind: SalesKind, list_kind: Any) -> None:
    router.add_api_route(
        f"/sales/{kind.name}",
        list_kind,
        methods=["GET"],
        name=f"list_{kind.name}",
        response_model=page,
        description=f"By `{kind.when}`, the latest first, from `since` to before `until`. "
        "A manager sees what is the team's, an admin everything; rows come in by import.",
    )


for _page, _kind in BY_INSTANT.items():
    _serve_by_instant(_page, _kind)
for _page, _kind in BY_DAY.items():
    _serve_by_day(_page, _kind)
