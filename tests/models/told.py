"""People with channels, and the one message that is there."""

from collections.abc import Iterable
from uuid import uuid4

from sqlmodel import Session, select

from models.tables import Channel, ChannelMessage, Team, User
from models.tables.channels import CHANNEL_EVENTS


def user(session: Session, name: str, role: str = "rep", team: Team | None = None) -> User:
    made = User(email=f"{name}@talk.example", name=name.title(), role=role)
    made.team_id = team.id if team else None
    session.add(made)
    session.flush()
    return made


def new_team(session: Session) -> Team:
    team = Team(name=uuid4().hex, time_zone="Europe/Paris")
    session.add(team)
    session.flush()
    return team


def channel(
    session: Session, owner: User, events: Iterable[str] = CHANNEL_EVENTS, **more: object
) -> Channel:
    made = Channel(user_id=owner.id, kind="slack", name="Mine", address=b"sealed", events=[*events])
    for name, value in more.items():
        setattr(made, name, value)
    session.add(made)
    session.flush()
    return made


def one(session: Session) -> ChannelMessage:
    session.flush()
    message = session.exec(select(ChannelMessage)).one()
    session.refresh(message)
    return message
