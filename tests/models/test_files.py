"""What holds of files wherever they are kept: the same tests in a folder and in a bucket."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from models.errors import BadInput, Conflict, Missing, StoreDown
from models.files import Files, derived_key, recording_key
from models.upload_parts import Stretch
from tests.models.buckets import new_bucket, options, s3_server

_PART = "uploads/abc/0000000000000000"
_SOUND = b"".join(number.to_bytes(4, "big") for number in range(800_000))[: 3 * (1 << 20) + 17]


@dataclass(frozen=True, slots=True)
class Place:
    """Files, and what really lies where they are."""

    files: Files
    keys: Callable[[], list[str]]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "bucket":
        bucket = new_bucket(request.getfixturevalue("endpoint"))
        return Place(bucket.files(), bucket.keys)
    root = tmp_path / "not" / "yet"
    return Place(
        Files(str(root)),
        lambda: sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()),
    )


def pieces(content: bytes, size: int = 65_536) -> Iterator[bytes]:
    for first in range(0, len(content), size):
        yield content[first : first + size]


def read(files: Files, key: str, *bounds: int | None) -> bytes:
    return b"".join(files.read(key, *bounds))  # type: ignore[arg-type]


class TestKeeping:
    def test_a_file_lies_under_its_content(self, place: Place) -> None:
        stored = place.files.put(pieces(_SOUND))
        digest = sha256(_SOUND).hexdigest()
        assert (stored.sha256, stored.size) == (digest, len(_SOUND))
        assert place.keys() == [stored.key] == [f"recordings/{digest[:2]}/{digest}"]
        assert read(place.files, stored.key) == _SOUND

    def test_the_same_content_is_kept_once(self, place: Place) -> None:
        first = place.files.put(pieces(_SOUND))
        second = place.files.put(pieces(_SOUND, 999_983))
        assert first == second
        assert place.keys() == [first.key]

    def test_a_cut_copy_of_a_file_is_mended(self, place: Place) -> None:
        stored = place.files.put([b"all of it"])
        place.files.put_at(stored.key, [b"all o"])
        place.files.put([b"all ", b"of it"])
        assert read(place.files, stored.key) == b"all of it"

    @pytest.mark.parametrize("chunks", [[], [b""]])
    def test_an_empty_file_is_a_file(self, place: Place, chunks: list[bytes]) -> None:
        stored = place.files.put(chunks)
        assert stored.size == 0
        assert read(place.files, stored.key) == b""

    @pytest.mark.parametrize("before", [b"", b"x", b"x" * (20 << 20)])
    def test_a_source_that_breaks_off_leaves_nothing(self, place: Place, before: bytes) -> None:
        def broken() -> Iterator[bytes]:
            yield before
            raise ConnectionResetError("the browser went away")

        with pytest.raises(ConnectionResetError, match="went away"):
            place.files.put(broken())
        with pytest.raises(ConnectionResetError, match="went away"):
            place.files.put_at("peaks/a", broken())
        assert place.keys() == []

    def test_text_is_no_content(self, place: Place) -> None:
        with pytest.raises(TypeError):
            place.files.put(["words"])  # type: ignore[list-item]
        with pytest.raises(TypeError):
            place.files.put_at("peaks/a", [1])  # type: ignore[list-item]
        assert place.keys() == []

    def test_what_is_put_at_a_key_replaces_what_lay_there(self, place: Place) -> None:
        key = derived_key("peaks", "ab" * 32, ".json")
        place.files.put_at(key, [b"a long first version"])
        assert place.files.put_at(key, [b"second"]) == 6
        assert read(place.files, key) == b"second"
        assert place.keys() == [key] == [f"peaks/ab/{'ab' * 32}.json"]

    def test_many_at_once_are_all_kept(self, place: Place) -> None:
        contents = [bytes([number % 7]) * 100_000 for number in range(28)]
        with ThreadPoolExecutor(14) as threads:
            stored = list(threads.map(lambda content: place.files.put([content]), contents))
        assert [one.sha256 for one in stored] == [sha256(c).hexdigest() for c in contents]
        assert place.keys() == sorted({one.key for one in stored})
        assert all(read(place.files, one.key) == c for one, c in zip(stored, contents, strict=True))

    def test_one_deletes_while_others_keep(self, place: Place) -> None:
        """Folders that become empty go, also while somebody is about to write there."""

        def keep_and_drop(number: int) -> bool:
            key = f"playable/aa/{number}.m4a"
            place.files.put_at(key, [b"sound"])
            kept = place.files.exists(key)
            place.files.delete(key)
            return kept

        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(keep_and_drop, range(64)))
        assert place.keys() == []


class TestReading:
    @pytest.mark.parametrize(
        ("start", "end"),
        [(0, 1), (0, None), (4, 7), (9, 10), (9, None), (0, 10), (3, 99), (10, 20), (50, None)],
    )
    def test_any_range_is_read(self, place: Place, start: int, end: int | None) -> None:
        stored = place.files.put([b"0123456789"])
        assert read(place.files, stored.key, start, end) == b"0123456789"[start:end]
        assert read(place.files, stored.key, start, end, 3) == b"0123456789"[start:end]
        assert read(place.files, stored.key, start, start) == b""

    def test_chunks_are_as_long_as_asked(self, place: Place) -> None:
        stored = place.files.put(pieces(_SOUND))
        assert {len(c) for c in place.files.read(stored.key)} == {1 << 20, 17}
        inner = list(place.files.read(stored.key, (1 << 20) - 5, (2 << 20) + 5, 500_000))
        assert b"".join(inner) == _SOUND[(1 << 20) - 5 : (2 << 20) + 5]

    @pytest.mark.parametrize("bounds", [(-1, None), (5, 4), (0, 5, 0), (0, -1)])
    def test_a_range_that_is_none_is_refused(
        self, place: Place, bounds: tuple[int | None, ...]
    ) -> None:
        stored = place.files.put([b"0123456789"])
        with pytest.raises(BadInput, match="cannot be read"):
            read(place.files, stored.key, *bounds)

    def test_what_is_not_there_is_missing_at_once(self, place: Place) -> None:
        key = recording_key("ab" * 32)
        assert not place.files.exists(key)
        with pytest.raises(Missing, match=key):
            place.files.read(key)
        with pytest.raises(Missing, match=key):
            place.files.size(key)
        with pytest.raises(Missing, match=key), place.files.fetch(key):
            pass

    def test_a_file_deleted_while_it_is_read_is_missing(self, place: Place) -> None:
        stored = place.files.put([b"0123456789"])
        chunks = place.files.read(stored.key, chunk=5)
        assert next(chunks) == b"01234"
        place.files.delete(stored.key)
        with pytest.raises(Missing, match="deleted"):
            next(chunks)

    def test_engines_get_a_path_to_the_whole_file(self, place: Place) -> None:
        stored = place.files.put(pieces(_SOUND))
        with place.files.fetch(stored.key) as path:
            assert path.read_bytes() == _SOUND
        assert path.exists() is (path.name == stored.sha256)  # only a copy goes

    def test_a_copy_goes_also_when_the_engine_fails(self, place: Place) -> None:
        stored = place.files.put([b"sound"])
        with pytest.raises(RuntimeError), place.files.fetch(stored.key) as path:
            raise RuntimeError
        assert path.exists() is (path.name == stored.sha256)
        assert place.files.exists(stored.key)


class TestRemoving:
    def test_a_deleted_file_is_gone(self, place: Place) -> None:
        stored = place.files.put([b"a secret"])
        place.files.delete(stored.key)
        assert not place.files.exists(stored.key)
        assert place.keys() == []
        place.files.delete(stored.key)

    def test_sweeping_takes_only_what_is_old_and_out_of_reach(self, place: Place) -> None:
        stored = place.files.put([b"sound"])
        place.files.put_part("one", 0, b"part")
        place.files.put_at("incoming/leftover", [b"half"])
        assert place.files.sweep(timedelta(hours=1)) == 0
        assert len(place.keys()) == 3
        assert place.files.sweep(timedelta(seconds=-2)) == 1
        assert place.keys() == sorted([stored.key, "uploads/one/0000000000000000"])

    def test_sweeping_where_nothing_ever_lay_is_fine(self, place: Place) -> None:
        assert place.files.sweep(timedelta(0)) == 0


class TestUploads:
    def test_parts_become_the_file(self, place: Place) -> None:
        size = 1_000_000
        for first in range(0, len(_SOUND), size):
            after = place.files.put_part("abc", first, _SOUND[first : first + size])
            assert place.files.received("abc") == after
        stored = place.files.assemble("abc", len(_SOUND))
        assert stored == place.files.put([_SOUND])
        assert read(place.files, stored.key) == _SOUND
        assert place.files.assemble("abc") == stored
        place.files.drop_parts("abc")
        assert place.keys() == [stored.key]
        assert place.files.received("abc") == 0

    def test_parts_may_come_in_any_order_and_overlap(self, place: Place) -> None:
        for first, last in [(6, 10), (2, 7), (0, 3), (1, 2)]:
            place.files.put_part("abc", first, b"0123456789"[first:last])
        assert place.files.received("abc") == 10
        assert read(place.files, place.files.assemble("abc").key) == b"0123456789"

    def test_after_a_gap_nothing_counts(self, place: Place) -> None:
        place.files.put_part("abc", 0, b"012")
        place.files.put_part("abc", 5, b"567")
        assert place.files.received("abc") == 3
        with pytest.raises(Conflict, match="3 bytes of 8; send it on from byte 3"):
            place.files.assemble("abc")

    @pytest.mark.parametrize("size", [0, 2, 4])
    def test_a_file_of_another_size_than_announced_is_not_made(
        self, place: Place, size: int
    ) -> None:
        place.files.put_part("abc", 0, b"012")
        with pytest.raises(Conflict, match=f"3 bytes of {size}"):
            place.files.assemble("abc", size)
        assert place.files.received("abc") == 3

    def test_an_upload_of_which_nothing_came_is_missing(self, place: Place) -> None:
        assert place.files.put_part("abc", 0, b"") == 0
        assert place.files.received("abc") == 0
        with pytest.raises(Missing, match="upload abc"):
            place.files.assemble("abc")
        place.files.drop_parts("abc")

    def test_of_two_writers_of_one_part_one_is_kept_whole(self, place: Place) -> None:
        contents = [bytes([number]) * 300_000 for number in range(8)]
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda content: place.files.put_part("abc", 0, content), contents))
        assert read(place.files, place.files.assemble("abc").key) in contents
        assert len(place.keys()) == 2

    def test_a_part_that_changes_while_it_is_joined_is_told(self, place: Place) -> None:
        place.files.put_part("abc", 0, b"0123456789")
        stretches = place.files._joined("abc", [Stretch(_PART, 0, 10)])
        place.files.put_part("abc", 0, b"01234")
        with pytest.raises(Conflict, match="meanwhile"):
            list(stretches)

    def test_an_upload_is_stale_when_its_last_part_is_old(self, place: Place) -> None:
        place.files.put_part("abc", 0, b"012")
        place.files.put_part("xyz", 0, b"012")
        assert place.files.stale_uploads(timedelta(hours=1)) == []
        assert sorted(place.files.stale_uploads(timedelta(seconds=-2))) == ["abc", "xyz"]

    @pytest.mark.parametrize("offset", [-1, 10**16])
    def test_a_part_cannot_begin_anywhere(self, place: Place, offset: int) -> None:
        with pytest.raises(BadInput, match=str(offset)):
            place.files.put_part("abc", offset, b"0")


_HOSTILE = ["", ".", "..", "../x", "a/../../x", "/etc/passwd", "a//b", "a/", "a\0b", "a\nb", "a\n"]
_HOSTILE += [".hidden", "a/.b", "a\\b", "a b", "é", "%2e%2e/x", "a#1", "~", "a" * 129, "a/" * 200]


@pytest.mark.parametrize("key", _HOSTILE)
def test_a_key_that_could_lead_elsewhere_is_refused(tmp_path: Path, key: str) -> None:
    files = Files(str(tmp_path / "files"))
    for use in (files.size, files.exists, files.delete, files.read, files.fetch, files.received):
        with pytest.raises(BadInput):
            use(key)
    with pytest.raises(BadInput):
        files.put_at(key, [b"x"])
    with pytest.raises(BadInput):
        files.put_part(key, 0, b"x")
    with pytest.raises(BadInput):
        files.assemble(key)
    assert list((tmp_path / "files").rglob("*")) == []


@pytest.mark.parametrize(
    "sha", ["", "ab", "AB" * 32, "ab" * 33, "../" + "a" * 61, "ab" * 32 + "\n"]
)
def test_a_recording_s_key_is_made_of_a_hash(sha: str) -> None:
    with pytest.raises(BadInput, match="SHA-256"):
        recording_key(sha)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "s3://",
        "ftp://host/folder",
        "https://host/folder",
        "memory:///",
        "file://otherhost/folder",
        "file://",
        "folder\0",
        "s3://[",
    ],
)
def test_a_place_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        Files(url)


def test_options_that_mean_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="acess_key_id"):
        Files("s3://bucket", options={"acess_key_id": "x"})
    with pytest.raises(BadInput, match="takes no options"):
        Files(str(tmp_path), options=options("http://127.0.0.1:1"))


def test_a_folder_is_named_by_path_or_url(tmp_path: Path) -> None:
    stored = Files((tmp_path / "two words").as_uri()).put([b"sound"])
    assert (tmp_path / "two words" / stored.key).read_bytes() == b"sound"
    assert (tmp_path / "two words").stat().st_mode & 0o077 == 0


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(StoreDown, match="files"):
        Files(str(tmp_path / "files"))


def test_a_folder_that_vanished_is_down_and_not_empty(tmp_path: Path) -> None:
    files = Files(str(tmp_path / "files"))
    files.check()
    (tmp_path / "files").rmdir()
    with pytest.raises(StoreDown):
        files.check()
    with pytest.raises(StoreDown):
        files.size(recording_key("ab" * 32))


def test_a_bucket_that_does_not_exist_is_down_and_not_empty(endpoint: str) -> None:
    files = Files("s3://nobodys-bucket", options=options(endpoint))
    with pytest.raises(StoreDown, match="no such bucket"):
        files.check()
    with pytest.raises(StoreDown, match="no such bucket"):
        files.size(recording_key("ab" * 32))
    with pytest.raises(StoreDown, match="no such bucket"):
        files.put([b"sound"])
