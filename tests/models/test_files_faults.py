"""Files when things go wrong: a bucket that fails, a disk that is full, a process that dies."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

import models.stores
from models.errors import StoreDown, StoreFull
from models.files import Files
from models.stores import Patience
from tests.models.buckets import Bucket, Line, bad_line, new_bucket, options, s3_server

ROOT = Path(__file__).parents[2]
_SOUND = np.arange(5 << 20, dtype=">u4").tobytes()  # 20 MiB, three parts
_SMALL = b"sound"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture
def bucket(endpoint: str) -> Bucket:
    return new_bucket(endpoint)


@pytest.fixture
def line(endpoint: str) -> Iterator[Line]:
    with bad_line(endpoint) as line:
        yield line


def fetched(files: Files, key: str) -> bytes:
    with files.fetch(key) as path:
        return path.read_bytes()


def spoilt(files: Files, key: str) -> list[Callable[[], object]]:
    """Everything that can be asked, of a bucket that holds `key` and the first part of "abc"."""
    return [
        files.check,
        lambda: files.put([_SOUND]),
        lambda: files.put_at("peaks/a", [_SMALL]),
        lambda: b"".join(files.read(key)),
        lambda: files.size(key),
        lambda: files.exists("recordings/none"),
        lambda: files.delete("recordings/none"),
        lambda: fetched(files, key),
        lambda: files.put_part("abc", len(_SMALL), _SMALL),
        lambda: files.received("abc"),
        lambda: files.assemble("abc"),
        lambda: files.drop_parts("abc"),
        lambda: files.stale_uploads(timedelta(0)),
        lambda: files.sweep(timedelta(0)),
    ]


@pytest.mark.parametrize(("status", "times"), [(500, 1), (503, 2)])
def test_a_bucket_that_fails_for_a_moment_is_asked_again(
    bucket: Bucket, line: Line, status: int, times: int
) -> None:
    files, line.status = bucket.files(line.address), status
    stored = files.put([_SMALL])
    files.put_part("abc", 0, _SMALL)
    for ask in spoilt(files, stored.key):
        line.failures = times
        ask()
        assert line.failures == 0
    assert sorted(bucket.keys()) == sorted(
        [
            stored.key,
            "peaks/a",
            *(f"recordings/{d[:2]}/{d}" for d in [_digest(_SOUND), _digest(_SMALL * 2)]),
        ]
    )


def test_a_bucket_that_goes_on_failing_is_down(bucket: Bucket, line: Line) -> None:
    patience = Patience(retries=1, retry_s=1.0, timeout_s=5.0)
    files = bucket.files(line.address, patience)
    stored = files.put([_SMALL])
    before = bucket.keys()
    line.failures = -1
    for ask in spoilt(files, stored.key):
        line.seen.clear()
        with pytest.raises(StoreDown, match="try again"):
            ask()
        assert 2 <= len(line.seen) <= 4
    line.failures = 0
    assert bucket.keys() == before
    assert b"".join(files.read(stored.key)) == _SMALL


def test_a_bucket_that_refuses_is_told_apart(bucket: Bucket, line: Line) -> None:
    files = bucket.files(line.address)
    line.failures, line.status = -1, 403
    with pytest.raises(StoreDown, match="check keys and rights"):
        files.put([_SMALL])
    assert len(line.seen) <= 2  # asking again does not help


def test_a_bucket_that_is_full_is_told_apart(bucket: Bucket, line: Line) -> None:
    files = bucket.files(line.address)
    line.failures, line.status = -1, 507
    with pytest.raises(StoreFull, match="no room"):
        files.put([_SOUND])
    line.failures = 0
    assert bucket.keys() == []
    assert bucket.half_uploads() == 0


def test_an_endpoint_where_nobody_listens_is_down() -> None:
    files = Files(
        "s3://calls",
        options=options("http://127.0.0.1:9"),
        patience=Patience(retries=1, retry_s=1.0, connect_s=1.0),
    )
    with pytest.raises(StoreDown, match="try again"):
        files.check()


def test_a_bucket_that_never_answers_is_down(bucket: Bucket, line: Line) -> None:
    files = bucket.files(line.address, Patience(retries=1, retry_s=1.0, timeout_s=0.2))
    line.delay_s = 3.0
    began = time.monotonic()
    with pytest.raises(StoreDown, match="try again"):
        files.check()
    assert time.monotonic() - began < 2.5


def test_slow_uploads_do_not_wait_for_each_other(bucket: Bucket, line: Line) -> None:
    files = bucket.files(line.address)
    line.delay_s = 0.1
    began = time.monotonic()
    files.put([_SMALL])
    alone = time.monotonic() - began
    began = time.monotonic()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: files.put([_SMALL, bytes([number])]), range(8)))
    assert time.monotonic() - began < 6 * alone
    assert len(bucket.keys()) == 9


def test_an_answer_that_breaks_off_is_asked_for_again(bucket: Bucket, line: Line) -> None:
    files = bucket.files(line.address)
    stored = files.put([_SOUND])
    line.cuts = 3
    assert b"".join(files.read(stored.key)) == _SOUND
    assert line.cuts == 0


def test_what_a_bucket_cannot_copy_is_sent_again(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.stores, "_LARGEST_COPY", 1 << 20)  # 5 GiB would take minutes
    files = bucket.files()
    stored = files.put([_SOUND])
    assert bucket.keys() == [stored.key]
    assert b"".join(files.read(stored.key)) == _SOUND


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MiB of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small file system takes root's rights")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_told_and_left_as_it_was(small_disk: Path) -> None:
    files = Files(str(small_disk / "files"))
    stored = files.put([_SMALL])
    files.put_part("abc", 0, _SOUND[: 6 << 20])
    for fill in (
        lambda: files.put(_SOUND[n : n + 65_536] for n in range(0, len(_SOUND), 65_536)),
        lambda: files.put_at("playable/a", [_SOUND]),
        lambda: files.put_part("abc", 6 << 20, _SOUND),
    ):
        with pytest.raises(StoreFull, match="free some"):
            fill()
    assert files.received("abc") == 6 << 20
    assert sum(1 for path in small_disk.rglob("*") if path.is_file()) == 2
    assert b"".join(files.read(stored.key)) == _SMALL
    assert files.put([_SOUND[: 8 << 20]]).size == 8 << 20


def test_no_room_for_a_bucket_s_copy_is_told(bucket: Bucket, small_disk: Path) -> None:
    url = f"s3://{bucket.name}/some/prefix"
    files = Files(url, options=options(bucket.endpoint), scratch=small_disk)
    stored = files.put([_SOUND])
    with pytest.raises(StoreFull, match="free some room"), files.fetch(stored.key):
        pass
    assert list(small_disk.iterdir()) == []
    small = files.put([_SMALL])
    assert fetched(files, small.key) == _SMALL


_LIMITED = """
import resource, signal, sys
from models.errors import StoreFull
from models.files import Files
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
try:
    Files(sys.argv[1]).put(bytes(65_536) for _ in range(400))
except StoreFull as full:
    print(full)
"""


def test_a_file_longer_than_the_system_allows_is_told(tmp_path: Path) -> None:
    told = _run(_LIMITED, str(tmp_path / "files"))
    assert "no room left" in told.stdout
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


_DYING = """
import os, signal, sys, json
from models.files import Files
def chunks():
    for _ in range(300):
        yield os.urandom(65_536)
    os.kill(os.getpid(), signal.SIGKILL)
files = Files(sys.argv[1], options=json.loads(sys.argv[2]))
files.put(chunks())
"""


def test_a_process_that_dies_while_it_keeps_leaves_nothing_to_be_seen(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    assert _run(_DYING, str(folder), "{}", check=False).returncode == -9
    left = [path for path in folder.rglob("*") if path.is_file()]
    assert [path.parent.name for path in left] == ["incoming"]
    files = Files(str(folder))
    assert files.sweep(timedelta(hours=1)) == 0
    assert files.sweep(timedelta(seconds=-2)) == 1
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_process_that_dies_leaves_nothing_to_be_seen_in_a_bucket(bucket: Bucket) -> None:
    url = f"s3://{bucket.name}/some/prefix"
    died = _run(_DYING, url, json.dumps(options(bucket.endpoint)), check=False)
    assert died.returncode == -9
    assert bucket.keys() == []


_DYING_JOIN = """
import os, signal, sys
from pathlib import Path
from threading import Thread
from models.files import Files
files = Files(sys.argv[1])
Thread(target=files.assemble, args=("abc",), daemon=True).start()
incoming = Path(sys.argv[1]) / "incoming"
while not any(path.stat().st_size > 1 << 20 for path in incoming.iterdir()):
    pass
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_joining_parts_can_be_done_again_after_a_crash(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    files = Files(str(folder))
    for number in range(3):
        files.put_part("abc", number * len(_SOUND), _SOUND)
    assert _run(_DYING_JOIN, str(folder), check=False).returncode == -9
    assert not list(folder.glob("recordings/*/*"))
    assert files.received("abc") == 3 * len(_SOUND)
    assert files.assemble("abc").sha256 == _digest(_SOUND * 3)


_MEASURED = """
import sys, json
from models.files import Files
def peak():
    # Not getrusage: its peak counts the process this one was started by.
    line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024
files = Files(sys.argv[1], options=json.loads(sys.argv[2]))
size = int(sys.argv[3]) << 20
files.put([b"warm"])
before = peak()
if sys.argv[4] == "parts":
    for first in range(0, size, 8 << 20):
        files.put_part("abc", first, bytes([first >> 23 & 255]) * (8 << 20))
    stored = files.assemble("abc", size)
else:
    stored = files.put(bytes([n & 255]) * 65_536 for n in range(size >> 16))
assert stored.size == size
assert sum(len(chunk) for chunk in files.read(stored.key)) == size
with files.fetch(stored.key) as path:
    assert path.stat().st_size == size
print(peak() - before)
"""


@pytest.mark.parametrize("way", ["stream", "parts"])
def test_a_large_file_takes_little_memory_in_a_folder(tmp_path: Path, way: str) -> None:
    assert int(_run(_MEASURED, str(tmp_path), "{}", "200", way).stdout) < 100


@pytest.mark.parametrize("way", ["stream", "parts"])
def test_a_large_file_takes_little_memory_in_a_bucket(bucket: Bucket, way: str) -> None:
    url = f"s3://{bucket.name}/some/prefix"
    # Smaller, as the endpoint reads all of a file for each range of it.
    grown = _run(_MEASURED, url, json.dumps(options(bucket.endpoint)), "48", way).stdout
    assert int(grown) < 44


def _run(script: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        check=check,
        capture_output=True,
        text=True,
        timeout=120,
    )


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
