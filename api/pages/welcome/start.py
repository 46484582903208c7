"""The guide for the first hour: demo data, a first call, sales data, and what comes of them."""

from dataclasses import dataclass

from fastapi import Request, Response
from sqlmodel import Session, col, select

from api.dependencies import SessionDep
from api.pages.frame import Reader, ReaderDep
from api.pages.rendering import show
from api.pages.routing import page_router
from api.pages.settings.demo_course import DemoCourse, demo_course
from models.demo import ORIGIN
from models.retention import Days, is_on, rules
from models.rights import visible_calls
from models.tables import Call, Deal

router = page_router("welcome")
_HERE = "/welcome/start"


@dataclass(frozen=True, slots=True)
class StartPage:
    """What was done already; `own_call` is the newest call that is none of the demo's."""

    demo: DemoCourse
    own_call: Call | None
    has_sales: bool
    is_kept_by_rule: bool
    """Whether the default rules of retention are in force."""
    here: str = _HERE


@router.get(_HERE)
def show_start(request: Request, reader: ReaderDep, session: SessionDep) -> Response:
    """The guide."""
    return show(request, reader, "welcome_start.html", start_page(session, reader))


def start_page(session: Session, reader: Reader) -> StartPage:
    """The guide as things are."""
    own = select(Call).where(Call.origin != ORIGIN, visible_calls(reader.user))
    sales = select(Deal.id).where(Deal.origin != ORIGIN)
    return StartPage(
        demo_course(session, reader.words),
        session.exec(own.order_by(col(Call.created_at).desc()).limit(1)).first(),
        session.exec(sales.limit(1)).first() is not None,
        is_on(session) and rules(session)[0].days == Days(),
    )
