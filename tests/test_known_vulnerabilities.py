"""A known vulnerability fails the audit; no network fails nothing."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.known_vulnerabilities import audit

ANSWER = {
    "vulns": [
        {
            "id": "PYSEC-2019-217",
            "aliases": ["CVE-2019-10906"],
            "summary": "A sandbox escape",
            "details": "str.format_map",
            "modified": "2021-08-27T03:22:05Z",
            "affected": [
                {
                    "package": {"name": "jinja2", "ecosystem": "PyPI"},
                    "ranges": [
                        {
                            "type": "ECOSYSTEM",
                            "events": [{"introduced": "0"}, {"fixed": "2.10.1"}],
                        }
                    ],
                }
            ],
        }
    ]
}


class _Osv(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        is_old = (asked["package"]["name"], asked["version"]) == ("jinja2", "2.10")
        body = json.dumps(ANSWER if is_old else {}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def osv() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Osv)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("version", "found"),
    [("2.10", ["jinja2 2.10: PYSEC-2019-217, mended in 2.10.1"]), ("3.1.6", [])],
)
def test_what_is_known_against_a_version_is_found(
    osv: str, tmp_path: Path, version: str, found: list[str]
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"# a lock\njinja2=={version}\nmarkupsafe==3.0.3\n")
    assert audit((lock,), "-s", "osv", "--osv-url", osv) == found


def test_when_nobody_answers_nothing_is_said(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("jinja2==2.10\n")
    assert audit((lock,), "-s", "osv", "--osv-url", "http://127.0.0.1:9/v1/query") is None
