"""Whatever people write is kept as it is and does nothing; what cannot be kept is refused.

Bodies are made from the OpenAPI description, so that a new field is tried by itself.
"""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Engine, text

from tests.api.world import PREFIX, World, described, new_world

Schema = Mapping[str, Any]
_BODIES = {"post", "put", "patch"}
_JSON = "application/json"
HOSTILE = (
    '\'); DROP TABLE "call"; --',
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "{{7*7}}${7*7}%s%n\\x41",
    "../../../../etc/passwd",
    '=HYPERLINK("http://a.invalid";"x")',
    "\u202eabc\u200b\ufeff👩‍👩‍👧 Z̸̢͎",
    "\r\nX-Injected: 1\r\n\r\n<b>",
)
REFUSED = ("a\x00b", "\ud800 alone", "\udfff\ud800")
_KNOWN: Mapping[str, Any] = {
    "time_zone": "Europe/Paris",
    "currency": "EUR",
    "language": "en",
    "url": "https://hooks.invalid/talktrack",
    "domain": "harbor.example",
    "start_s": 0.0,
    "end_s": 1.5,
    "what": {"speaker": "S2", "name": "Jim"},
    "phrases": {"en": ["by phone"]},
    "call_type": "discovery",
    "reply_to_id": None,
}
"""Fields with a grammar of their own."""
_PLAIN = "plain words"
_FEWEST = 25
"""So many texts at least come back in the answer."""
_Path = tuple[str | int, ...]


def _with_body() -> Iterator[tuple[str, str]]:
    for path, operations in described()["paths"].items():
        for method, told in operations.items():
            content = told.get("requestBody", {}).get("content", {})
            if method in _BODIES and _JSON in content and "session" not in path:
                yield method, path


def _schema_of(method: str, path: str) -> Schema:
    told = described()["paths"][path][method]
    schema: Schema = told["requestBody"]["content"][_JSON]["schema"]
    return schema


class _Body:
    """A body that keeps to a schema; knows where people may write what they like."""

    def __init__(self, world: World, schema: Schema) -> None:
        self._world = world
        self.texts: list[_Path] = []
        self.plain = self._make(schema, ())

    def with_text(self, where: _Path, words: str) -> Any:
        """The body, with one text changed."""
        copy = json.loads(json.dumps(self.plain))
        at = copy
        for key in where[:-1]:
            at = at[key]
        at[where[-1]] = words
        for key in ("email", "ref"):
            if isinstance(copy, dict) and isinstance(copy.get(key), str) and where != (key,):
                copy[key] = f"{uuid4().hex}@beacon.example"  # given once only
        return copy

    def _make(self, schema: Schema, where: _Path) -> Any:
        schema = self._resolve(schema)
        name = next((one for one in reversed(where) if isinstance(one, str)), "")
        if name in _KNOWN and not isinstance(where[-1], int):
            return _KNOWN[name]
        if "enum" in schema or "const" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        makers: dict[str, Callable[[], Any]] = {
            "array": lambda: self._items(schema, where),
            "string": lambda: self._string(schema, where, name),
            "boolean": lambda: False,
            "integer": lambda: int(schema.get("minimum", 1)),
            "number": lambda: schema.get("minimum", 0.5),
        }
        return makers.get(schema.get("type", "object"), lambda: self._object(schema, where))()

    def _resolve(self, schema: Schema) -> Schema:
        while True:
            options = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
            if options:
                schema = next(one for one in options if one.get("type") != "null")
            elif "$ref" in schema:
                name = schema["$ref"].rsplit("/", 1)[-1]
                schema = described()["components"]["schemas"][name]
            else:
                return schema

    def _object(self, schema: Schema, where: _Path) -> dict[str, Any]:
        told = schema.get("properties", {}).items()
        made = {name: self._make(one, (*where, name)) for name, one in told if name != "days"}
        if not told and schema.get("minProperties"):
            made = {"en": self._make(schema.get("additionalProperties", {}), (*where, "en"))}
        return {name: one for name, one in made.items() if one is not None}

    def _items(self, schema: Schema, where: _Path) -> list[Any]:
        one = self._make(schema.get("items", {}), (*where, 0))
        return [] if one is None else [one]

    def _string(self, schema: Schema, where: _Path, name: str) -> str | None:
        kind = schema.get("format")
        if kind == "uuid":
            return self._world.some(name)
        if kind in {"date-time", "date"}:
            at = datetime.now(UTC) + timedelta(days=1)
            return at.isoformat() if kind == "date-time" else at.date().isoformat()
        self.texts.append(where)
        if name == "email":
            return f"{uuid4().hex}@beacon.example"
        return str(next(iter(schema.get("examples", [_PLAIN[: schema.get("maxLength", 99)]]))))


@pytest.fixture(scope="module")
def world(new_database: Callable[[], Engine]) -> Iterator[World]:
    with new_world(new_database()) as world:
        yield world


def _path(world: World, path: str) -> str:
    for name in [part.strip("{}") for part in path.split("/") if part.startswith("{")]:
        path = path.replace(f"{{{name}}}", world.some(name) or "nothing")
    return path


def _ask(world: World, method: str, path: str, body: bytes, **headers: str) -> httpx.Response:
    told = {"content-type": _JSON, **{k.replace("_", "-"): v for k, v in headers.items()}}
    client = world.clients["admin"]
    return client.request(method.upper(), _path(world, path), content=body, headers=told)


def _is_json(answer: httpx.Response) -> bool:
    return bool(answer.content) and answer.headers["content-type"].startswith(_JSON)


def _at(told: Any, where: _Path) -> Any:
    for key in where:
        known = isinstance(told, dict) and key in told
        known = known or (isinstance(told, list) and isinstance(key, int) and key < len(told))
        if not known:
            return None
        told = told[key]
    return told


_KEPT: set[tuple[str, _Path]] = set()
"""Which texts were seen to come back."""


@pytest.mark.parametrize(("method", "path"), list(_with_body()))
def test_text_is_kept_as_it_is_and_does_nothing(world: World, method: str, path: str) -> None:
    body = _Body(world, _schema_of(method, path))
    for where in body.texts:
        for words in (*HOSTILE, *REFUSED):
            told = json.dumps(body.with_text(where, words)).encode()
            answer = _ask(world, method, path, told)
            assert answer.status_code < 500 or answer.status_code == 503, answer.text
            assert "x-injected" not in answer.headers
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json"
                continue
            kept = _at(answer.json(), where) if _is_json(answer) else None
            if isinstance(kept, str) and words in HOSTILE:
                assert kept.split() == words.split(), (where, kept)
                _KEPT.add((path, where))


def test_nothing_was_lost_and_texts_come_back(world: World) -> None:
    """After all of the above; the fields that matter most, one by one."""
    assert not _KEPT or len(_KEPT) >= _FEWEST  # none when this is asked for alone
    client = world.clients["admin"]
    with world.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM call")).scalar_one() >= 3
    for words in HOSTILE:
        plain = " ".join(words.split())
        call = client.post(f"{PREFIX}/calls", json={"title": words}).json()
        assert " ".join(call["title"].split()) == plain
        shown = client.get(f"{PREFIX}/calls/{call['id']}").json()
        assert shown["title"] == call["title"]
        found = client.get(f"{PREFIX}/calls", params={"title": words})
        assert found.status_code == 200
        comments = f"{PREFIX}/calls/{call['id']}/comments"
        said = client.post(comments, json={"text": words}).json()
        assert said["text"].split() == words.split()
        assert client.get(comments).json()["items"][0]["text"] == said["text"]
        account = client.post(f"{PREFIX}/accounts", json={"name": words}).json()
        assert account["name"].split() == words.split()
        searched = client.get(f"{PREFIX}/search", params={"q": words})
        assert searched.status_code in {200, 422}


_BOMB = gzip.compress(bytes(20_000_000))
_NONSENSE = (
    b"",
    b"{",
    b"\xff\xfe\x00",
    b"null",
    b"[]",
    b'"text"',
    b"1e999",
    b"[" * 50_000,
    b'{"a":' * 20_000,
    b"9" * 5_000,
    b"NaN",
)


@pytest.mark.parametrize(("method", "path"), list(_with_body()))
def test_a_body_that_is_none_is_refused(world: World, method: str, path: str) -> None:
    for body in _NONSENSE:
        answer = _ask(world, method, path, body)
        assert answer.status_code < 500, (body[:20], answer.text)
        if body:
            assert answer.status_code >= 400, (body[:20], answer.text)


@pytest.mark.parametrize(("method", "path"), list(_with_body()))
def test_a_body_of_another_type_is_refused(world: World, method: str, path: str) -> None:
    for kind, body in (
        ("text/plain", b'{"name": "a"}'),
        ("application/xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
        ("application/x-www-form-urlencoded", b"name=a&title=b"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=a", b"--a\r\nno end"),
        ("application/json; charset=nonsense", b"\xff"),
        ("nonsense", b"nonsense"),
        ("application/gzip", _BOMB),
    ):
        answer = _ask(world, method, path, body, content_type=kind)
        assert 400 <= answer.status_code < 500, (kind, answer.text)
    answer = _ask(world, method, path, _BOMB, content_encoding="gzip")
    assert 400 <= answer.status_code < 500, answer.text


@pytest.mark.parametrize(
    "name",
    [
        "../../outside.wav",
        "/etc/outside.wav",
        "..\\..\\outside.wav",
        "C:\\outside.wav",
        "a/../../outside.wav",
        "outside.wav\x00.txt",
        "%2e%2e%2foutside.wav",
        ".",
        "..",
        "CON",
        "~root",
        "$(reboot).wav",
        "x" * 5_000,
        "\u202evaw.exe",
    ],
)
def test_a_name_leads_nowhere(world: World, name: str) -> None:
    client = world.clients["rep"]
    head = b"RIFF\x24\xf0\xff\x7fWAVEfmt " + name.encode() * 3
    files = {"files": (name, head)}
    answer = client.post(f"{PREFIX}/recordings", files=files)
    assert answer.status_code in {201, 400, 422}, answer.text
    if answer.status_code == 201:
        call = answer.json()["items"][0]["call"]
        kept = call["recording"]["origin_name"]
        assert not set(kept) & set("/\\\0")
        key = f"{PREFIX}/calls/{call['id']}/files/recording"
        played = client.get(key)
        assert played.content == head
        assert "\n" not in played.headers["content-disposition"]
    with world.engine.connect() as connection:
        keys = connection.execute(text("SELECT key FROM recording")).scalars().all()
    assert not [key for key in keys if "outside" in key or ".." in key]
