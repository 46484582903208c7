import hashlib
import shutil
from pathlib import Path

import pytest

from analyzer.engines import weights
from analyzer.engines.weights import Weight, whisper_base
from analyzer.errors import EngineMissing, OutOfRoom

FIRST, SECOND = b"the first half, ", b"the second half"


def package(folder: Path, name: str, files: dict[str, bytes]) -> None:
    """An importable package with files."""
    for file, content in {"__init__.py": b"", **files}.items():
        path = folder / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that packages are imported from."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


@pytest.fixture
def cache(tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache, and a small Whisper in two packages."""
    rest = {f"data/{name}": name.encode() for name in ("config.json", "tokenizer.json")}
    package(site, "whisper_half_1", {"data/part1": FIRST})
    package(site, "whisper_half_2", {"data/part2": SECOND, **rest})
    parts = (("whisper_half_1", "data/part1"), ("whisper_half_2", "data/part2"))
    monkeypatch.setattr(weights, "_WHISPER_PARTS", parts)
    sums = {name: sha256(name.encode()) for name in ("config.json", "tokenizer.json")}
    monkeypatch.setattr(weights, "_WHISPER_REST", sums)
    monkeypatch.setattr(weights, "_WHISPER_SHA256", sha256(FIRST + SECOND))
    monkeypatch.setattr(weights, "user_cache_path", lambda name: tmp_path / "cache" / name)
    return tmp_path / "cache" / "talktrack"


def test_the_right_file_is_found(site: Path) -> None:
    package(site, "voice_net", {"net.bin": b"weights"})
    found = Weight("voice_net", "net.bin", sha256(b"weights")).find()
    assert found == site / "voice_net" / "net.bin"


@pytest.mark.parametrize("content", [b"", b"weights of another version"])
def test_an_altered_file_is_refused_with_the_command_that_repairs_it(
    site: Path, content: bytes
) -> None:
    package(site, "altered_net", {"net.bin": content})
    with pytest.raises(EngineMissing, match=r"net\.bin is damaged or altered; run `make install`"):
        Weight("altered_net", "net.bin", sha256(b"weights")).find()


@pytest.mark.parametrize("name", ["not_installed_net", "empty_net"])
def test_an_absent_file_is_missed_with_the_command_that_brings_it(site: Path, name: str) -> None:
    package(site, "empty_net", {})
    with pytest.raises(EngineMissing, match=rf"{name}: net\.bin is not installed; run `make"):
        Weight(name, "net.bin", "").find()


def test_an_altered_vocabulary_is_refused(cache: Path, site: Path) -> None:
    (site / "whisper_half_2" / "data" / "tokenizer.json").write_bytes(b"other words")
    with pytest.raises(EngineMissing, match="damaged or altered"):
        whisper_base()


def test_whisper_is_joined_from_its_packages(cache: Path) -> None:
    folder = whisper_base()
    assert folder.parent == cache
    assert (folder / "model.bin").read_bytes() == FIRST + SECOND
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "model.bin",
        "tokenizer.json",
    ]
    assert list(cache.iterdir()) == [folder]


def test_whisper_is_joined_once(cache: Path) -> None:
    before = (whisper_base() / "model.bin").stat()
    after = (whisper_base() / "model.bin").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert len(list(cache.iterdir())) == 1


def test_a_damaged_copy_is_made_again(cache: Path) -> None:
    (whisper_base() / "model.bin").write_bytes(FIRST)
    assert (whisper_base() / "model.bin").read_bytes() == FIRST + SECOND


def test_an_altered_half_leaves_nothing_behind(cache: Path, site: Path) -> None:
    (site / "whisper_half_2" / "data" / "part2").write_bytes(b"something else")
    with pytest.raises(EngineMissing, match="damaged or altered; run `make install`"):
        whisper_base()
    assert list(cache.iterdir()) == []


def test_a_missing_half_is_named(cache: Path, site: Path) -> None:
    (site / "whisper_half_2" / "data" / "part2").unlink()
    with pytest.raises(EngineMissing, match=r"whisper_half_2: data/part2 is not installed"):
        whisper_base()
    assert not cache.exists()


def test_a_copy_that_another_process_finished_first_is_kept(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That process may be reading it."""
    copy, others = shutil.copy, cache / f"whisper-base-{sha256(FIRST + SECOND)[:12]}"

    def copy_slowly(source: Path, target: Path) -> None:
        copy(source, target)
        shutil.copytree(target, others, dirs_exist_ok=True)
        (others / "open").touch()

    monkeypatch.setattr(shutil, "copy", copy_slowly)
    assert whisper_base() == others
    assert (others / "open").exists()


def test_a_cache_that_cannot_be_written_is_named(cache: Path) -> None:
    cache.parent.mkdir()
    cache.write_text("a file where the folder should be")
    with pytest.raises(OutOfRoom, match=r"cannot write .*whisper-base-.* make it writable"):
        whisper_base()
