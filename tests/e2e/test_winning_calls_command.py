"""`talktrack winning-calls`: silence with its reasons, and what cannot be asked."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from api.cli import app
from models.database import session_scope
from models.tables import Call, CallFacts, Deal, User
from models.tables.columns import now

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str, engine: Engine) -> Run:
    monkeypatch.setenv("TALKTRACK_DATABASE_URL", database_url)
    monkeypatch.setenv("TALKTRACK_DATA_FOLDER", str(tmp_path / "talktrack"))
    _sell(engine, 12)

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["winning-calls", *words])
        return done.exit_code, done.output

    return run


def _sell(engine: Engine, deals: int) -> None:
    """Deals with a call each, half of them won."""
    with session_scope(engine) as session:
        rep = User(email="rita@seller.example", name="Rita")
        session.add(rep)
        session.flush()
        for n in range(deals):
            at = now() - timedelta(days=30 + n)
            outcome = "won" if n % 2 else "lost"
            deal = Deal(name="Deal", rep_id=rep.id, outcome=outcome, closed_at=now())
            session.add(deal)
            session.flush()
            call = Call(title="Call", rep_id=rep.id, deal_id=deal.id, started_at=at, state="ready")
            session.add(call)
            session.flush()
            facts = {"people": 2, "sellers": 1, "buyers": 1, "source": "stereo"}
            talk = {"duration_s": 600.0, "language": "en", "talk_ratio": 0.4 + n / 100}
            session.add(CallFacts(call_id=call.id, **talk, **facts))


def test_too_few_deals_are_told_instead_of_findings(run: Run) -> None:
    code, said = run()
    assert code == 0
    assert "12 closed deals" in said
    assert "100" in said
    code, french = run("--language", "fr")
    assert code == 0
    assert "affaires" in french


def test_the_same_is_had_as_json_and_by_period(run: Run) -> None:
    code, said = run("--format", "json")
    told = json.loads(said)
    assert (code, told["won"], told["lost"], told["found"]) == (0, 6, 6, [])
    assert {one["what"] for one in told["lacks"]} == {"deals", "won", "lost"}
    code, said = run("--period", "2001", "--format", "json")
    assert (code, json.loads(said)["calls"]) == (0, 0)


def test_a_period_that_is_none_is_refused(run: Run) -> None:
    code, said = run("--period", "soon")
    assert code == 2
    assert "period" in said
