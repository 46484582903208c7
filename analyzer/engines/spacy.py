"""Grammar by spaCy: lemmas, parts of speech and names, with the weights the lock file installs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from importlib.metadata import version
from itertools import accumulate
from typing import TYPE_CHECKING

from analyzer.engines.weights import GRAMMAR, REPAIR
from analyzer.errors import EngineMissing
from analyzer.reading import Entity, Sentence, Token

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.pipeline import TrainablePipe
    from spacy.tokens import Doc

_LABELS: Mapping[str, str] = {
    "PERSON": "person",
    "PER": "person",
    "ORG": "company",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "PRODUCT": "product",
    "MISC": "other",
}


class SpacyReader:
    """Reads the languages of `GRAMMAR`, one sentence a document: marks close them, not a parser.

    Raises EngineMissing when the weights of a call's language are absent or altered.
    """

    def __init__(self) -> None:
        self._loaded: dict[str, Language] = {}

    @cached_property
    def name(self) -> str:
        """The library and its version; weights go with the language."""
        return f"spacy {version('spacy')}"

    def read(self, sentences: Sequence[Sentence], language: str) -> tuple[Sentence, ...]:
        """The same sentences with tokens and entities; unchanged in a language without weights."""
        if language not in GRAMMAR:
            return tuple(sentences)
        model = self._model(language)
        docs = list(model.pipe((one.text for one in sentences), disable=["ner"]))
        # Finding names takes longer than all the rest, and few sentences have any.
        names: TrainablePipe = model.get_pipe("ner")
        list(names.pipe([doc for doc in docs if _may_name(doc)]))
        return tuple(_read(sentence, doc) for sentence, doc in zip(sentences, docs, strict=True))

    def _model(self, language: str) -> "Language":
        """The weights of a language, loaded when a call first needs them."""
        if language not in self._loaded:
            try:
                import spacy
            except ImportError as error:
                raise EngineMissing(f"the package spacy is not installed; {REPAIR}") from error
            self._loaded[language] = spacy.load(GRAMMAR[language].find(), exclude=["parser"])
        return self._loaded[language]


def _may_name(doc: "Doc") -> bool:
    """Whether a word other than the first is capital, or the first is taken for a name."""
    return any(token.is_title and len(token) > 1 for token in doc[1:]) or (
        len(doc) > 0 and doc[0].pos_ == "PROPN"
    )


def _read(sentence: Sentence, doc: "Doc") -> Sentence:
    places = tuple(_places(sentence, doc))
    tokens = tuple(
        Token(token.text, token.lemma_, token.pos_ or "X", place)
        for token, place in zip(doc, places, strict=True)
        if not token.is_space
    )
    entities = tuple(
        Entity(_LABELS[name.label_], name.text, places[name.start], places[name.end - 1])
        for name in doc.ents
        if name.label_ in _LABELS
    )
    return replace(sentence, tokens=tokens, entities=entities)


def _places(sentence: Sentence, doc: "Doc") -> Iterator[int]:
    """The spoken word each token lies in; words are joined by single spaces in the text."""
    starts = list(accumulate((len(word.text) + 1 for word in sentence.words), initial=0))
    place = 0
    for token in doc:
        while place + 1 < len(sentence.words) and token.idx >= starts[place + 1]:
            place += 1
        yield place
