"""A real app on a real database and real files; a client for each kind of user."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import Session

from api.app import create_app
from api.settings import Settings
from models.database import session_scope
from models.files import Files
from models.tables import Team, User
from models.tokens import add_token
from models.users import add_user

PREFIX = "/api/v1"


@dataclass(frozen=True)
class People:
    """Two teams: who is who."""

    rep: User
    peer: User
    manager: User
    stranger: User
    """A rep of another team."""
    boss: User
    """The manager of the other team."""
    admin: User


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        data_folder=tmp_path / "talktrack",
        database_url=SecretStr(database_url),
        secret_key=SecretStr("a key that only the tests know"),
    )


@pytest.fixture
def files(settings: Settings) -> Files:
    return Files(settings.files_place)


@pytest.fixture
def people(engine: Engine) -> People:
    with session_scope(engine) as session:
        ours, theirs = Team(name="EMEA"), Team(name="Americas")
        session.add_all([ours, theirs])
        session.flush()

        def made(name: str, role: str, team: Team | None) -> User:
            user = User(email=f"{name}@beacon.example", name=name.title(), role=role)
            user.team_id = team.id if team else None
            return add_user(session, user)

        return People(
            rep=made("rita", "rep", ours),
            peer=made("paul", "rep", ours),
            manager=made("mona", "manager", ours),
            stranger=made("sam", "rep", theirs),
            boss=made("bess", "manager", theirs),
            admin=made("ada", "admin", None),
        )


@pytest.fixture
def app_client(settings: Settings, engine: Engine, files: Files) -> Iterator[TestClient]:
    """Someone who did not sign in."""
    with TestClient(create_app(settings, engine, files), base_url="http://127.0.0.1") as client:
        client.base_url = client.base_url.join(PREFIX)
        yield client


@pytest.fixture
def signed(app_client: TestClient, engine: Engine) -> Callable[[User], TestClient]:
    """A client that sends a user's token."""

    def sign(user: User) -> TestClient:
        with Session(engine) as session:
            secret = add_token(session, user, "test").secret
            session.commit()
        client = TestClient(app_client.app, base_url=app_client.base_url)
        client.headers["authorization"] = f"Bearer {secret}"
        return client

    return sign


@pytest.fixture
def rep(signed: Callable[[User], TestClient], people: People) -> TestClient:
    return signed(people.rep)


@pytest.fixture
def peer(signed: Callable[[User], TestClient], people: People) -> TestClient:
    return signed(people.peer)


@pytest.fixture
def manager(signed: Callable[[User], TestClient], people: People) -> TestClient:
    return signed(people.manager)


@pytest.fixture
def stranger(signed: Callable[[User], TestClient], people: People) -> TestClient:
    return signed(people.stranger)


@pytest.fixture
def boss(signed: Callable[[User], TestClient], people: People) -> TestClient:
    return signed(people.boss)


@pytest.fixture
def admin(signed: Callable[[User], TestClient], people: People) -> TestClient:
    return signed(people.admin)
