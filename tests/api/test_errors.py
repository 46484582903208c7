"""Every error is a problem document, with the status that is meant for it."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from analyzer.errors import AnalyzerError
from api.errors import STATUS, Problem, status_of
from models.errors import StoreError


def kinds(root: type[Exception]) -> Iterator[type[Exception]]:
    for kind in root.__subclasses__():
        yield kind
        yield from kinds(kind)


@pytest.mark.parametrize("kind", [*kinds(AnalyzerError), *kinds(StoreError)])
def test_every_error_has_a_status(kind: type[Exception]) -> None:
    assert status_of(kind("what")) == next(STATUS[one] for one in kind.__mro__ if one in STATUS)
    assert 400 <= status_of(kind("what")) < 600


def test_what_nobody_foresaw_is_a_500() -> None:
    assert status_of(RuntimeError()) == 500


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("DELETE", "/health", 405), ("POST", "/session", 422)],
)
def test_what_is_not_there_is_a_problem_too(
    method: str, path: str, status: int, app_client: TestClient
) -> None:
    answer = app_client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert Problem.model_validate(answer.json()).status == status


def test_half_a_request_is_told(admin: TestClient) -> None:
    answer = admin.post(
        "/teams", content=b'{"name": ', headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
    assert "JSON" in answer.json()["detail"]
