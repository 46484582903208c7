"""What people ask of a large database, as the benchmark of serving asks it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select

from models.calls import CallFilters, list_calls
from models.meaning_space import QuestionReader
from models.reports import read_report_json
from models.rights import find_call, visible_calls
from models.search import NO_FILTERS, Asked, SearchFilters, search_meaning, search_words
from models.tables import Call, User
from tests.benchmarks.simulated_calls import END
from tests.benchmarks.simulated_talk import LANGUAGES, name, season_word

EVERYBODY = ("admin", "manager", "rep")
QUESTIONS = (
    "how long does the rollout take",
    "they find it too expensive",
    "who signs the contract in the end",
    "combien de temps dure le déploiement",
    "ils trouvent que c'est trop cher",
    "qui prend la décision finale",
    "what happens to our data when we leave",
    "est-ce compatible avec notre logiciel de paie",
)
PHRASES = ('"next week"', '"mise en place"', '"last year"', '"tout à fait"', '"of the contract"')
Run = Callable[[Session, User, int], object]


@dataclass(frozen=True, slots=True)
class Query:
    """Something people do again and again; `run` is told the how-many-eth time it is.

    `users` are the roles that do it, in turn.
    """

    kind: str
    what: str
    run: Run
    users: tuple[str, ...] = EVERYBODY


class Words:
    """Words by how often they are said in a language, counted in its newest calls."""

    def __init__(self, session: Session) -> None:
        self._shares = {
            language: [
                (row.times / row.utterances, str(row.word))
                for row in session.execute(text(_SHARES), {"language": language})
            ]
            for language in LANGUAGES
        }

    def near(self, share: float, count: int = 4) -> list[str]:
        """Words said in about this share of the utterances of their language, half of each."""
        return [
            word
            for of_language in self._shares.values()
            for _, word in sorted(of_language, key=lambda one: abs(one[0] - share))[: count // 2]
        ]

    def share(self, word: str) -> float:
        """The share of utterances in which a word is said."""
        every = (one for of_language in self._shares.values() for one in of_language)
        return max((share for share, one in every if one == word), default=0.0)


_SHARES = """
WITH newest AS (SELECT id FROM call ORDER BY started_at DESC LIMIT 200),
counted AS (
    SELECT words FROM utterance WHERE language = :language AND call_id IN (SELECT id FROM newest)
),
said AS (SELECT unnest(tsvector_to_array(words)) AS word FROM counted)
SELECT word, count(*) AS times, (SELECT count(*) FROM counted) AS utterances
FROM said WHERE word ~ '^[a-z]{3,}$' GROUP BY word HAVING count(*) > 9 ORDER BY word
"""


def list_queries() -> Iterator[Query]:
    """Lists and reports, without search."""
    yield Query("list", "first page", _page(CallFilters()))
    yield Query("list", "next page", _next_page)
    yield Query("list", "by type and language", _page(CallFilters(call_type="demo", language="fr")))
    yield Query("list", "one year", _page(CallFilters(since=_year_ago())))
    yield Query("list", "a deal's calls", _calls_of_deal)
    yield Query("report", "report", _report)


def word_queries(words: Words, newcomer: User) -> Iterator[Query]:
    """Searches by words: rare, common, together, narrowed, by whoever may see little or all."""
    common, usual, rather = words.near(0.2), words.near(0.03), words.near(0.003)
    yield _words("word said most often", common[:1])
    yield _words("common word", common)
    yield _words("usual word", usual)
    yield _words("rather rare word", rather)
    yield _words("rare word", [name(20_000 + 7 * n) for n in range(40)])
    yield _words("word nobody says", [f"zzyzx{n}" for n in range(9)])
    yield _words("word of a season long ago", [season_word(n) for n in range(4)])
    yield _words("two common words", _pairs(common, common))
    yield _words("a common and a usual word", _pairs(common, usual))
    yield _words("two usual words", _pairs(usual, usual))
    yield _words("two rather rare words", _pairs(rather, rather))
    yield _words("phrase", PHRASES)
    yield _words("phrase nobody says", [f'"{pair}"' for pair in _pairs(usual, common)])
    without = [f"{pair.replace(' ', ' or ')} -{rather[0]}" for pair in _pairs(common, usual)]
    yield _words("one or another, not a third", without)
    best = Asked(order="best")
    yield _words("common word, best first", common, asked=best)
    yield _words("rather rare word, best first", rather, asked=best)
    yield _words("common word, second page", common, pages=2)
    won = SearchFilters(outcomes=("won",), from_at=_year_ago())
    yield _words("common word, won deals of a year", common, won)
    yield _words("usual word, said by buyers", usual, SearchFilters(side="buyer"))
    yield _words("usual word, in objections", usual, SearchFilters(moment_kinds=("objection",)))
    narrow = SearchFilters(topics=("Price",), call_types=("demo",))
    yield _words("usual word, topic and call type", usual, narrow)
    few = SearchFilters(rep_ids=(newcomer.id,))
    yield replace(_words("common word, rep with 100 calls", common, few), users=("admin",))
    pairs = _pairs(usual, rather)
    yield replace(_words("two words, rep with 100 calls", pairs, few), users=("admin",))


def meaning_queries(embedder: QuestionReader, newcomer: User) -> Iterator[Query]:
    """Searches by meaning, the question read each time."""
    won = SearchFilters(outcomes=("won",), from_at=_year_ago())
    few = SearchFilters(rep_ids=(newcomer.id,))
    yield _meaning("question", embedder)
    yield _meaning("question, won deals of a year", embedder, won)
    yield _meaning("question, said by buyers", embedder, SearchFilters(side="buyer"))
    objections = SearchFilters(moment_kinds=("objection",))
    yield _meaning("question, in objections", embedder, objections)
    by_few = _meaning("question, rep with 100 calls", embedder, few)
    yield replace(by_few, users=("admin",))


def users_of(session: Session) -> Mapping[str, Sequence[User]]:
    """Who asks, by role; the newcomer has few calls."""
    everybody = session.exec(select(User).order_by(col(User.email))).all()
    found = {role: [one for one in everybody if one.role == role] for role in EVERYBODY}
    newcomer = [one for one in everybody if one.email == "rep0@seller.example"]
    return {**found, "newcomer": newcomer}


def _words(
    what: str,
    queries: Sequence[str],
    filters: SearchFilters = NO_FILTERS,
    asked: Asked = Asked(),  # noqa: B008 (a value that nothing changes)
    pages: int = 1,
) -> Query:
    def run(session: Session, user: User, n: int) -> object:
        page_asked, page = asked, None
        for _ in range(pages):
            query = queries[n % len(queries)]
            page = search_words(session, visible_calls(user), query, filters, page_asked)
            page_asked = replace(asked, cursor=page.next)
        return page

    return Query("words", what, run)


def _meaning(what: str, embedder: QuestionReader, filters: SearchFilters = NO_FILTERS) -> Query:
    def run(session: Session, user: User, n: int) -> object:
        question = f"{QUESTIONS[n % len(QUESTIONS)]} {n}"
        return search_meaning(session, visible_calls(user), question, embedder, filters)

    return Query("meaning", what, run)


def _page(filters: CallFilters) -> Run:
    return lambda session, user, _n: list_calls(session, user, filters, limit=50)


def _next_page(session: Session, user: User, n: int) -> object:
    """The page after one that ends somewhere in the last three years."""
    until = END - timedelta(days=17 * n % 1000)
    page = list_calls(session, user, CallFilters(until=until), limit=1)
    return list_calls(session, user, CallFilters(), limit=50, cursor=page.next)


def _calls_of_deal(session: Session, user: User, n: int) -> object:
    deals = select(Call.deal_id).where(visible_calls(user)).offset(n).limit(1)
    deal_id = session.exec(deals).one_or_none()
    return list_calls(session, user, CallFilters(deal_id=deal_id), limit=50)


def _report(session: Session, user: User, n: int) -> object:
    calls = select(Call.id).where(visible_calls(user)).order_by(col(Call.id)).offset(n).limit(1)
    call = find_call(session, user, session.exec(calls).one())
    return read_report_json(session, call.id)


def _pairs(firsts: Sequence[str], seconds: Sequence[str]) -> list[str]:
    """Two words of one language: half of each list is of the first, the rest of the other."""
    half = len(firsts) // 2
    return [
        f"{one} {other}"
        for some, others in ((firsts[:half], seconds[:half]), (firsts[half:], seconds[half:]))
        for one in some
        for other in others
        if one != other
    ]


def _year_ago() -> datetime:
    return END.replace(year=END.year - 1)
