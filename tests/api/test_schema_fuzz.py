"""Every operation of the API is asked all sorts of things; none may break, or say other than told.

Cases are made from the OpenAPI description: ones that keep to it and ones that do not.
"""

from collections.abc import Callable, Iterator
from uuid import uuid4

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import (
    CHECKS,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import Engine

from tests.api.world import PREFIX, World, described, new_world

_EXAMPLES = 4
_MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
_BASE = "http://127.0.0.1"
_DOCUMENTED = {503, 507}
_NOT_ASKED = {"DELETE /api/v1/users/{user_id}", "DELETE /api/v1/session"}
_CHECKS = [content_type_conformance, response_schema_conformance, status_code_conformance]


@schemathesis.serializer("application/offset+octet-stream")
def _as_it_is(_context: object, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def _operations() -> dict[str, APIOperation]:
    found = schemathesis.openapi.from_dict(described()).get_all_operations()
    return {one.label: one for one in (result.ok() for result in found)}


_OPERATIONS = _operations()
_ASKED = [one for one in _OPERATIONS if one not in _NOT_ASKED]
_ORDERED = sorted(_ASKED, key=lambda label: (label.startswith("DELETE"), -label.count("/")))
"""What deletes comes last, and what hangs on others before them."""


@pytest.fixture(scope="module")
def world(new_database: Callable[[], Engine]) -> Iterator[World]:
    with new_world(new_database()) as world:
        yield world


@pytest.mark.parametrize("role", ["rep", "admin"])
@pytest.mark.parametrize("label", _ORDERED)
def test_an_operation_answers_as_it_is_described(world: World, label: str, role: str) -> None:
    operation = _OPERATIONS[label]
    right, wrong = (operation.as_strategy(generation_mode=mode) for mode in _MODES)
    cases = st.one_of(right, right, wrong)

    @settings(
        max_examples=_EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=cases, is_real=st.sampled_from([True, True, True, False]))
    def ask(case: Case, is_real: bool) -> None:
        if is_real:
            _point(world, case)
        answer = _send(world, role, case)
        assert answer.status_code < 500 or answer.status_code in _DOCUMENTED, _told(case, answer)
        if answer.request.method != "HEAD":
            case.validate_response(answer, checks=_CHECKS)

    try:
        ask()
    except Unsatisfiable:
        pytest.skip("there is only one way to ask")
    signed = world.clients[role].get(f"{PREFIX}/session")
    assert signed.status_code == 200, "from here on nobody would be let in"


def _point(world: World, case: Case) -> None:
    """Have a case be about what is there."""
    places = [case.path_parameters, case.query, case.body]
    for told in (one for one in places if isinstance(one, dict)):
        for name in told:
            known = (
                world.some(str(name)) if name in world.ids or str(name).endswith("_id") else None
            )
            if known is not None:
                told[name] = known
    if "/uploads" in case.path:
        case.headers = {**(case.headers or {}), "Tus-Resumable": "1.0.0"}


def _send(world: World, role: str, case: Case) -> httpx.Response:
    client = world.clients[role]
    told = case.as_transport_kwargs(base_url=_BASE)
    told["cookies"] = {}
    told["headers"] = {
        name: value
        for name, value in (told.get("headers") or {}).items()
        if name.lower() not in {"authorization", "idempotency-key"}
    }
    prepared = requests.Request(**told).prepare()
    body = prepared.body
    headers = {k: v for k, v in prepared.headers.items() if k.lower() != "cookie"}
    if case.method == "POST":
        headers["idempotency-key"] = uuid4().hex
    content = body.encode() if isinstance(body, str) else body
    return client.request(prepared.method, prepared.url, headers=headers, content=content)


def _told(case: Case, answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.text[:200]}\n{case.as_curl_command()[:2000]}"


assert {one.__name__ for one in _CHECKS} <= set(CHECKS.get_all_names())
