"""The demo data: loaded by a click, and taken back as easily."""

from dataclasses import dataclass

from fastapi import Request, Response

from api.demo import demo_folder
from api.dependencies import SessionDep
from api.pages.frame import own_path
from api.pages.rendering import go, show
from api.pages.routing import page_router
from api.pages.settings.demo_course import DemoCourse, demo_course
from api.pages.settings.shared import AdminReaderDep, NextForm
from models.demo import ask_for_demo, ask_to_remove_demo

router = page_router("demo")
_HERE = "/settings/demo"


@dataclass(frozen=True, slots=True)
class DemoPage:
    """What there is of it."""

    demo: DemoCourse
    here: str = _HERE


@router.get(_HERE)
def show_demo(request: Request, reader: AdminReaderDep, session: SessionDep) -> Response:
    """What there is of it, and how to have it or not."""
    page = DemoPage(demo_course(session, reader.words))
    return show(request, reader, "settings_demo.html", page)


@router.post(_HERE)
def load_demo(
    request: Request, reader: AdminReaderDep, session: SessionDep, next: NextForm = _HERE
) -> Response:
    """Have it loaded."""
    demo_folder()
    ask_for_demo(session, reader.user, reader.words.today)
    said = reader.words("The demo data is on its way; its calls are heard here, as yours will be.")
    return go(request, own_path(next), said)


@router.post(f"{_HERE}/remove")
def remove_demo(
    request: Request, reader: AdminReaderDep, session: SessionDep, next: NextForm = _HERE
) -> Response:
    """Have all of it taken back."""
    ask_to_remove_demo(session)
    return go(request, own_path(next), reader.words("The demo data is being taken away."))
