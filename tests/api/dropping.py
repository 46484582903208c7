"""A watched place, looked at as often as a test likes."""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, select

from api.watching import look_round
from api.workshop import Workshop
from models.tables import Call, ImportedFile

AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Drop:
    """What workers see of it."""

    workshop: Workshop

    def look(self) -> dict[str, str]:
        """Every file with its state, or what is wrong with it, after another round."""
        look_round(self.workshop, settle=AT_ONCE)
        with Session(self.workshop.engine) as session:
            rows = session.exec(select(ImportedFile).order_by(col(ImportedFile.created_at))).all()
            return {row.name: row.failure or row.state for row in rows}

    def take(self) -> dict[str, str]:
        """The same after two rounds: what is there is taken."""
        self.look()
        return self.look()

    def calls(self) -> list[Call]:
        """Every call, by title."""
        with Session(self.workshop.engine) as session:
            return list(session.exec(select(Call).order_by(col(Call.title))))
