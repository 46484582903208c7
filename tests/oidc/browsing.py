"""What a browser does to sign in at a provider, a step at a time: each can be tampered with."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from fastapi.testclient import TestClient


@dataclass(frozen=True)
class Browser:
    """Somebody before the app and before its provider."""

    app: TestClient
    provider: httpx.Client

    def known_as(self, subject: str, **claims: object) -> None:
        """Have the provider know somebody so; claims of the protocol replace the right ones."""
        self.provider.put(f"/users/{subject}", json=claims).raise_for_status()

    def begin(self, after: str = "/") -> str:
        """Press the button; returns where one is sent."""
        answer = self.app.get("/sign-in/provider", params={"next": after})
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def agree(self, there: str, subject: str, action: str = "authorize") -> str:
        """Say at the provider who one is; returns the path one is sent back to."""
        form = {"sub": subject, "action": action}
        answer = self.provider.post(there, data=form)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["location"])
        return f"{back.path}?{back.query}"

    def come_back(self, back: str) -> str:
        """Bring the answer; returns where one lands."""
        answer = self.app.get(back)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def sign_in(self, subject: str, after: str = "/") -> str:
        """All of it."""
        return self.come_back(self.agree(self.begin(after), subject))

    def who(self) -> str | None:
        """The e-mail of who is signed in here."""
        answer = self.app.get("/api/v1/session")
        return str(answer.json()["email"]) if answer.status_code == 200 else None


def why(landed: str) -> str:
    """Why one landed at the door again; empty anywhere else."""
    return parse_qs(urlsplit(landed).query).get("problem", [""])[0]


def with_query(url: str, **changed: str) -> str:
    """The URL with parameters changed."""
    split = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(split.query).items()}
    return split._replace(query=urlencode({**query, **changed})).geturl()
