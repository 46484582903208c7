"""Loading the demo data and taking it back, as jobs: it takes longer than a request may."""

from datetime import date
from pathlib import Path
from uuid import UUID

import procrastinate
from sqlmodel import Session

from api.workshop import Workshop
from models.demo import (
    NEEDED_FIRST,
    add_demo_call,
    import_demo,
    remove_demo_calls,
    remove_demo_sales,
)
from models.demo_dates import check_folder

_PACKED = Path(__file__).parent / "demo_files"
"""Where a wheel has it; a checkout has it among its fixtures."""
_FIXTURES = Path(__file__).parent.parent / "fixtures"


def demo_folder() -> Path:
    """Where the demo data lies. Raises BadInput when it is not there."""
    return check_folder(_PACKED if _PACKED.is_dir() else _FIXTURES)


def register(app: procrastinate.App, workshop: Workshop) -> None:
    """Give a queue's app the jobs of the demo."""

    @app.task(name="load_demo", queue="housekeeping")
    def load_demo(user_id: str, today: str) -> None:
        load(workshop, UUID(user_id), date.fromisoformat(today))

    @app.task(name="remove_demo", queue="housekeeping")
    def remove_demo() -> None:
        remove(workshop)


def load(workshop: Workshop, user_id: UUID, today: date) -> None:
    """Load all of it, what calls need first, so that they are heard meanwhile."""
    folder = demo_folder()
    sales = folder / "sales"
    workshop.keep(lambda session: import_demo(session, sales, NEEDED_FIRST, today))
    for call in sorted(path.parent for path in (folder / "calls").glob("*/meeting.json")):

        def add(session: Session, call: Path = call) -> None:
            add_demo_call(session, workshop.files, call, user_id, today)

        workshop.keep(add)
    rest = sorted({path.stem for path in sales.glob("*.csv")} - set(NEEDED_FIRST))
    workshop.keep(lambda session: import_demo(session, sales, rest, today))


def remove(workshop: Workshop) -> None:
    """Take all of it back: calls first, since sales rows may be away for longer."""
    workshop.keep(lambda session: remove_demo_calls(session, workshop.files))
    workshop.keep(remove_demo_sales)
