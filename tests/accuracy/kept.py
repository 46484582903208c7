"""Grammar and vectors kept on disk between runs, by text and engine: figures come in seconds."""

import hashlib
import os
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from analyzer.reading import Embedder, Reader, Sentence, Vectors
from tests.benchmarks.measured import ROOT

KEPT = ROOT / ".cache" / "readers"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeptReader:
    """Reads each text once."""

    reader: Reader

    @property
    def name(self) -> str:
        """The reader's own."""
        return self.reader.name

    def read(self, sentences: Sequence[Sentence], language: str) -> tuple[Sentence, ...]:
        """The grammar as it was found, laid on these sentences."""
        texts = (language, *(one.text for one in sentences))
        found = _kept(self.name, texts, lambda: self.reader.read(sentences, language))
        return tuple(
            replace(one, tokens=old.tokens, entities=old.entities)
            for one, old in zip(sentences, found, strict=True)
        )


@dataclass(frozen=True, slots=True)
class KeptEmbedder:
    """Embeds each list of texts once."""

    embedder: Embedder

    @property
    def name(self) -> str:
        """The embedder's own."""
        return self.embedder.name

    def embed(self, texts: Sequence[str]) -> Vectors:
        """The rows as they were found."""
        return _kept(self.name, texts, lambda: self.embedder.embed(texts))


def _kept(name: str, texts: Sequence[str], make: Callable[[], T]) -> T:
    """What was made of the texts before, or now; whole or absent on disk."""
    key = hashlib.sha256("\0".join((name, *texts)).encode()).hexdigest()
    path = KEPT / key
    if path.is_file():
        kept: T = pickle.loads(path.read_bytes())  # noqa: S301 (this program's own cache)
        return kept
    made = make()
    KEPT.mkdir(parents=True, exist_ok=True)
    draft = Path(f"{path}.{os.getpid()}")
    draft.write_bytes(pickle.dumps(made))
    draft.replace(path)
    return made
