"""Sending files by the form that needs no scripts."""

from collections.abc import Mapping

from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models.tables import Call


def some_sound(seed: int = 1) -> bytes:
    return b"RIFF\x00\x00\x00\x00WAVE" + bytes([seed]) * 2000


def facts_told(**fields: str) -> dict[str, str]:
    return {"has_consent": "true", **fields}


def send(
    client: TestClient, files: Mapping[str, bytes | str], **fields: str
) -> tuple[int, str, str]:
    parts = [("files", (name, content)) for name, content in files.items()]
    answer = client.post("/upload", data=fields, files=parts)
    return answer.status_code, answer.headers.get("location", ""), answer.text


def calls_of(engine: Engine) -> list[Call]:
    with Session(engine) as session:
        return list(session.exec(select(Call).order_by(col(Call.title))).all())
