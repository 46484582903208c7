"""What people type, as PostgreSQL looks for it: words, "phrases", -not and or.

Nobody says in which language they type, so each language that can be searched reads the query by
its own grammar, and only finds what was said in that language.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from models.errors import BadInput
from models.tables.findings import BARE, GLUE, GRAMMARS, SMALL

LONGEST = 1000
"""Characters of a query; who pastes more wants the search by meaning."""
MOST_TERMS = 50
_CONFIGS = {"en": "english", "fr": "french", "other": "simple"}
_TERM = re.compile(r'(-*)(?:"([^"]*)"?|([^\s"]+))')
_MARKS = str.maketrans(dict.fromkeys("“”„«»", '"'))
_APART = re.compile(f"[{re.escape(GLUE)}]+")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_BARE = str.maketrans(SMALL, BARE)
_ENDS_IN_E = re.compile(r"(?<=\w\w)ee?(s?)\b")
_LEXEME = re.compile(r"'((?:[^']|'')*)'")
_FOLLOWS = re.compile(r"<(?:-|\d+)>")
_LEXIZE = text(
    "SELECT translate(phraseto_tsquery(CAST(one.config AS regconfig), one.term)::text, "
    ":small, :bare) "
    "FROM unnest(CAST(:configs AS text[]), CAST(:terms AS text[])) "
    "WITH ORDINALITY AS one(config, term, n) ORDER BY n"
)


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase in small letters, wanted or not."""

    text: str
    is_wanted: bool = True


@dataclass(frozen=True, slots=True)
class Words:
    """A query in one language, as `tsquery` writes it.

    `anywhere` asks for the wanted words in any order and place: every call in which `said` is
    found has them. `is_word` when the two find the same calls. `lexemes` are the wanted ones.
    """

    said: str
    anywhere: str
    is_word: bool
    lexemes: frozenset[str]


def read_query(session: Session, query: str) -> Mapping[str, Words]:
    """The query by language, without those in which it only has words that everybody says.

    Raises BadInput when it is too long, or has nothing to look for.
    """
    if len(query) > LONGEST:
        raise BadInput(f"query: at most {LONGEST} characters; name fewer words")
    groups = [*_groups(query)]
    terms = list(dict.fromkeys(term for group in groups for term in group))
    if len(terms) > MOST_TERMS:
        raise BadInput(f"query: at most {MOST_TERMS} words and phrases; name fewer")
    found = {name: _words(groups, dict(lexed)) for name, lexed in _lexed(session, terms).items()}
    words = {name: one for name, one in found.items() if one is not None}
    if not words:
        raise BadInput("query: name a word to look for, and not only words to leave out")
    return words


def spread(typed: str) -> str:
    """Small letters, words apart, as utterances are indexed; accents stay."""
    small = unicodedata.normalize("NFC", typed).lower()
    return _APART.sub(" ", small).replace("œ", "oe").replace("æ", "ae")


def bare(typed: str) -> str:
    """The same text without the accents that the index leaves out."""
    return typed.translate(_BARE)


def _groups(query: str) -> Iterator[tuple[Term, ...]]:
    """Terms of which all are wanted together, one tuple for each side of an `or`."""
    plain = _UNSEEN.sub(" ", query).translate(_MARKS)
    group: list[Term] = []
    for minus, phrase, word in _TERM.findall(plain):
        if not minus and (word.lower() == "or" or word == "OU"):
            yield tuple(group)
            group = []
        elif term := " ".join(spread(phrase or word).split()):
            group.append(Term(term, not minus))
    yield tuple(group)


def _lexed(session: Session, terms: Sequence[Term]) -> dict[str, Iterator[tuple[Term, str]]]:
    """For each language the `tsquery` of each term; empty for words that everybody says."""
    asked = [(name, term, way) for name in GRAMMARS for term in terms for way in _ways(name, term)]
    if not asked:
        return {}
    rows = session.execute(
        _LEXIZE,
        {
            "configs": [_CONFIGS[name] for name, _, _ in asked],
            "terms": [way for _, _, way in asked],
            "small": SMALL,
            "bare": BARE,
        },
    ).scalars()
    found: dict[str, dict[Term, list[str]]] = {name: {} for name in GRAMMARS}
    for (name, term, _), lexed in zip(asked, rows, strict=True):
        found[name].setdefault(term, []).append(lexed)
    return {name: _alternatives(ways) for name, ways in found.items()}


def _alternatives(ways: Mapping[Term, Sequence[str]]) -> Iterator[tuple[Term, str]]:
    for term, lexed in ways.items():
        yield term, " | ".join(dict.fromkeys(f"( {one} )" for one in lexed if one))


def _ways(name: str, term: Term) -> tuple[str, ...]:
    """The term as it may have been written down: French endings need their accents to be known.

    "validée" and "validee" alike find "validé", "valider" and what was written "validee".
    """
    if name != "fr":
        return (term.text,)
    without = bare(term.text)
    with_accent = _ENDS_IN_E.sub(r"é\1", without)
    return tuple(dict.fromkeys((term.text, without, with_accent)))


def _words(groups: Sequence[Sequence[Term]], lexed: Mapping[Term, str]) -> Words | None:
    """The groups in one language, None when nothing is left to look for."""
    wanted: list[list[str]] = []
    unwanted: list[list[str]] = []
    for group in groups:
        has = [lexed[term] for term in group if term.is_wanted and lexed[term]]
        if has:
            wanted.append(has)
            unwanted.append([lexed[t] for t in group if not t.is_wanted and lexed[t]])
    if not wanted:
        return None
    anywhere = _any([_FOLLOWS.sub("&", _all(has)) for has in wanted])
    said = _any([_all([*has, *_not(no)]) for has, no in zip(wanted, unwanted, strict=True)])
    is_word = (
        all(len(has) == 1 for has in wanted)
        and not any(unwanted)
        and not any(mark in said for mark in ("<", "&"))
    )
    lexemes = frozenset(one.replace("''", "'") for one in _LEXEME.findall(anywhere))
    return Words(said, anywhere, is_word, lexemes)


def _not(terms: Sequence[str]) -> Iterator[str]:
    return (f"!( {term} )" for term in terms)


def _all(terms: Sequence[str]) -> str:
    return " & ".join(f"( {term} )" if not term.startswith("!") else term for term in terms)


def _any(groups: Sequence[str]) -> str:
    return " | ".join(f"( {group} )" for group in groups)
