"""Two hundred uploads at once, with sign-ins and deletions between, and what came of them."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
from sqlalchemy import Engine, text

from api.dependencies import COOKIE
from models.database import session_scope
from models.tables import User
from models.users import add_user
from tests.api.tus import begin, path, recording, send
from tests.faults.running import Place, until

UPLOADS, AT_ONCE = 200, 60
_DELETED_EACH, _SIGN_INS_EACH = 10, 8
_PASSWORD = "a password that only the tests know"  # noqa: S105


@dataclass(frozen=True)
class Rush:
    """What came of a rush; `lost` and `doubled` count recordings, `left` what was deleted."""

    uploads: int
    deletions: int
    sign_ins: int
    refused: int
    """Requests that were answered as if something was wrong."""
    lost: int
    doubled: int
    left: int

    def line(self) -> str:
        """As a sentence."""
        return (
            f"{self.uploads} uploads, {AT_ONCE} at a time, with {self.deletions} deletions and "
            f"{self.sign_ins} sign-ins between: {self.lost} lost, {self.doubled} doubled, "
            f"{self.left} left of what was deleted, {self.refused} refused."
        )


def rush(place: Place, url: str, engine: Engine) -> Rush:
    """Upload, delete and sign in, all at once; count what is there then."""
    with session_scope(engine) as session:
        email = f"rush{uuid4().hex[:8]}@beacon.example"
        add_user(session, User(email=email, name="Rush", role="rep"), _PASSWORD)
    contents = [recording(20_000 + number) for number in range(UPLOADS)]
    refused: list[int] = []

    def upload(number: int) -> str:
        content = contents[number]
        headers = {"authorization": f"Bearer {place.token}"}
        with httpx.Client(base_url=url, headers=headers, timeout=120) as client:
            where = path(begin(client, len(content)))
            answers = [
                send(client, where, 0, content[:15_000]),
                last := send(client, where, 15_000, content[15_000:]),
            ]
            call_id = last.headers.get("x-call-id", "")
            if number % _DELETED_EACH == 0:
                answers.append(client.delete(f"/calls/{call_id}"))
            refused.extend(one.status_code for one in answers if one.status_code != 204)
        if number % _SIGN_INS_EACH == 0:
            refused.extend(_sign_in(url, email))
        return call_id

    with ThreadPoolExecutor(AT_ONCE) as pool:
        call_ids = list(pool.map(upload, range(UPLOADS)))
    return _counted(place, engine, contents, call_ids, len(refused))


def _sign_in(url: str, email: str) -> list[int]:
    asked = {"email": email, "password": _PASSWORD}
    answer = httpx.post(f"{url}/session", json=asked, timeout=120)
    if answer.status_code != 200:
        return [answer.status_code]
    with httpx.Client(cookies={COOKIE: answer.cookies[COOKIE]}, timeout=120) as client:
        seen = client.get(f"{url}/session").status_code
    return [] if seen == 200 else [seen]


def _counted(
    place: Place, engine: Engine, contents: list[bytes], call_ids: list[str], refused: int
) -> Rush:
    hashes = [hashlib.sha256(one).hexdigest() for one in contents]
    gone = {one for number, one in enumerate(hashes) if number % _DELETED_EACH == 0}
    lost = doubled = left = 0

    def stored(sha256: str) -> Path:
        return place.files / "recordings" / sha256[:2] / sha256

    until(lambda: not any(stored(one).exists() for one in gone), 30.0)
    with engine.connect() as connection:
        for content, sha256 in zip(contents, hashes, strict=True):
            asked = text("SELECT count(*) FROM recording WHERE sha256 = :sha")
            count = int(connection.execute(asked, {"sha": sha256}).scalar_one())
            if sha256 in gone:
                left += count
                continue
            is_there = stored(sha256).exists() and stored(sha256).read_bytes() == content
            lost += count == 0 or not is_there
            doubled += max(0, count - 1)
    doubled += UPLOADS - len(set(call_ids))
    deletions = len(gone)
    return Rush(UPLOADS, deletions, -(-UPLOADS // _SIGN_INS_EACH), refused, lost, doubled, left)
