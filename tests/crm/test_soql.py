"""Queries for Salesforce mean what was meant, whatever is in them, to parsers not ours too."""

import inspect
import string
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simple_salesforce.format import format_soql

from api.crm import salesforce_queries as queries
from api.crm import soql
from api.crm.credentials import HeldGrant
from api.crm.errors import CrmError
from api.crm.port import CallNote, CrmTask, DealHint
from api.crm.salesforce import Salesforce, manners
from api.crm.wire import Wire
from tests.crm.fakes.salesforce import SalesforceFake
from tests.crm.fakes.salesforce_soql import Parser, SoqlError, unescaped
from tests.crm.soql_parser import SoqlParser, soql_parser

AT = datetime(2026, 11, 20, 10, 0, 0, 999_999, tzinfo=UTC)
MARK = "Ref TT-1"
DEAL = "0065g00000ABCdeAAH"
HOSTILE = (
    "O'Brien",
    "%",
    "_",
    "100%_\\",
    "\\",
    "\\\\'",
    "' OR Name != '",
    "'); SELECT Id FROM User --",
    "😀 日本語",
    "x" * 300,
    "a\nb\r\n\tc",
    "\x00\x07\x1f\x7f",
    "\u2028\ufeff",
    "\ud800",
    '"',
    "\\u0027",
)
words = st.one_of(
    st.sampled_from(HOSTILE), st.text(min_size=1, max_size=40), st.text("\\'\"%_ nu0", min_size=1)
)
SHOWN = ["Id", "Owner.Name", "Account.Website"]

Builder = Callable[[list[str]], str]
BUILDERS: dict[str, Builder] = {
    "deals": lambda texts: queries.deals(texts, SHOWN),
    "changed_deals": lambda texts: queries.changed_deals(AT, (AT, texts[0]), SHOWN, 200),
    "history": queries.history,
    "roles": lambda texts: queries.roles(texts, ["Contact.Email"]),
    "deals_by_people": lambda texts: queries.deals_by_people(
        queries.of_phones(texts, ["Phone", "MobilePhone"], "Contact."), ["Contact.Phone"], AT
    ),
    "deals_by_accounts": lambda texts: queries.deals_by_accounts(texts, AT),
    "contacts": lambda texts: queries.contacts(queries.of_mail_domain(texts[0]), ["Email"]),
    "accounts": lambda texts: queries.accounts(queries.of_company(texts), ["Name"]),
    "linked_notes": lambda texts: queries.linked_notes(texts[0]),
    "own_notes": lambda texts: queries.own_notes(texts[0], texts[-1]),
    "note_links": queries.note_links,
    "tasks": lambda texts: queries.tasks(texts[0], "Call"),
    "closed_status": lambda _: queries.closed_status(),
    "active_user": lambda texts: queries.active_user(texts[0]),
    "user": lambda texts: queries.user(texts[0]),
    "organisation": lambda _: queries.organisation(),
}
CONDITIONS: dict[str, Builder] = {
    "of_emails": queries.of_emails,
    "of_phones": lambda texts: queries.of_phones(texts, ["Phone"]),
    "of_mail_domain": lambda texts: queries.of_mail_domain(texts[0]),
    "of_website": lambda texts: queries.of_website(texts[0]),
    "of_company": queries.of_company,
}


@pytest.fixture(scope="module")
def parser() -> Iterator[SoqlParser]:
    with soql_parser() as parser:
        yield parser


def literals(condition: Any) -> Iterator[str]:
    """All values of a condition, as they were read."""
    if isinstance(condition, dict):
        value = condition.get("value")
        if value is not None:
            yield from value if isinstance(value, list) else [value]
        for part in ("left", "right"):
            yield from literals(condition.get(part))


def sent(text: str) -> str:
    """What of a text can be in Salesforce at all."""
    return "".join(
        "\ufffd" if "\ud800" <= sign <= "\udfff" else sign for sign in text if sign != "\0"
    )


def read_by_fake(condition: str) -> Callable[[dict[str, Any]], bool]:
    """What our fake takes a condition for."""
    query = queries.accounts(condition, ["Name"])
    return Parser(query, set(), lambda *_: None).query().test


@given(words)
def test_a_literal_means_exactly_its_text(text: str) -> None:
    literal = soql.quoted(text)
    assert unescaped(literal[1:-1], keep_wild=False) == sent(text)
    assert read_by_fake(f"Name = {literal}")({"Name": sent(text)})


@given(st.text(st.characters(min_codepoint=32, blacklist_categories=("Cs", "Cc"))))
def test_literals_are_written_as_another_client_writes_them(text: str) -> None:
    assert soql.quoted(text) == format_soql("{}", text)
    assert soql.like(text, before="%") == format_soql("'%{:like}'", text)


@given(words, words)
def test_a_pattern_matches_its_text_and_no_other(text: str, other: str) -> None:
    test = read_by_fake(f"Name LIKE {soql.like(text)}")
    assert test({"Name": sent(text)})
    if sent(text).casefold() != sent(other).casefold():
        assert not test({"Name": sent(other)}) or sent(text).lower() == sent(other).lower()


@settings(deadline=None, max_examples=150)
@given(name=st.sampled_from(sorted(BUILDERS)), texts=st.lists(words, min_size=1, max_size=4))
def test_a_real_parser_reads_each_query_with_whatever_words(
    parser: SoqlParser, name: str, texts: list[str]
) -> None:
    query = BUILDERS[name](texts)
    answer = parser.read(query)
    assert "error" not in answer, (query, answer)
    Parser(query, set(), lambda *_: None).query()
    plain = BUILDERS[name](["w" * len(text) for text in texts])
    read, expected = (
        list(literals(parser.read(one)["query"].get("where"))) for one in (query, plain)
    )
    assert len(read) == len(expected), "the words broke out of their literals"


@settings(deadline=None, max_examples=100)
@given(name=st.sampled_from(sorted(CONDITIONS)), texts=st.lists(words, min_size=1, max_size=4))
def test_a_real_parser_finds_each_word_in_one_literal(
    parser: SoqlParser, name: str, texts: list[str]
) -> None:
    answer = parser.read(queries.accounts(CONDITIONS[name](texts), ["Name"]))
    assert "error" not in answer, answer
    read = list(literals(answer["query"]["where"]))
    used = texts if name in {"of_emails", "of_phones", "of_company"} else texts[:1]
    for text in used:
        inner = soql.like(text)[1:-1] if "LIKE" in CONDITIONS[name](["word"]) else ""
        assert soql.quoted(text) in read or any(inner in one for one in read)


def test_no_query_is_left_out() -> None:
    made = {
        name
        for name, thing in vars(queries).items()
        if inspect.isfunction(thing)
        and thing.__module__ == queries.__name__
        and not name.startswith("_")
    }
    assert made - {"readable"} == set(BUILDERS) | set(CONDITIONS)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT Id FROM Account WHERE Name = 'O'Brien'",
        "SELECT Id FROM Account WHERE Name =",
        "SELECT Id FROM Account WHERE Name = 'a\nb'",
        "SELECT FROM Account",
        "DELETE FROM Account",
        "SELECT Id FROM Account WHERE Name IN ()",
        "SELECT Id FROM Account WHERE (Name = 'a'",
        "SELECT Id FROM Account LIMIT 1 WHERE Name = 'a'",
    ],
)
def test_what_is_no_query_is_refused_by_the_real_parser_and_by_the_fake(
    parser: SoqlParser, query: str
) -> None:
    assert "error" in parser.read(query)
    with pytest.raises(SoqlError):
        Parser(query, set(), lambda *_: None).query()


def test_a_real_parser_reads_all_that_the_adapter_asks(parser: SoqlParser) -> None:
    fake = SalesforceFake()
    fake.hidden.clear()
    with fake.serve() as url, _wire(fake, url) as wire:
        for options in ({}, {"note_as": "task"}):
            crm = Salesforce(wire, options)
            for text in HOSTILE:
                _ask_everything(fake, crm, text)
    assert len(fake.queries) > 100
    for query in fake.queries:
        assert "error" not in parser.read(query), query


def _wire(fake: SalesforceFake, url: str) -> Wire:
    grant, place = HeldGrant(fake.credentials()), url.removeprefix("http://")
    return Wire(manners(url, {}), grant, (place,), sleep=lambda _: None)


def _ask_everything(fake: SalesforceFake, crm: Salesforce, text: str) -> None:
    deal_id = fake.add_deal(text)
    note = CallNote(MARK, text, f"<p>{text}</p>", text, AT, text)
    hint = DealHint(AT, text, (text,), (text,), (text,), (text,))
    for ask in (
        lambda: crm.check(),
        lambda: crm.find_deals(hint),
        lambda: crm.changed_deals(AT, None),
        lambda: crm.create_note(deal_id, note),
        lambda: crm.list_notes(deal_id, text),
        lambda: crm.create_task(deal_id, CrmTask(text, text, text, None, text)),
        lambda: crm.list_tasks(deal_id, text),
    ):
        with suppress(CrmError):
            ask()


def test_instants_are_in_utc_and_whole_milliseconds() -> None:
    paris = timezone(timedelta(hours=2))
    assert (
        soql.instant(datetime(2026, 1, 1, 1, 0, 0, 1999, tzinfo=paris))
        == "2025-12-31T23:00:00.001Z"
    )


@given(st.lists(words, max_size=60), st.integers(1, 20))
def test_batches_hold_each_word_once_and_fit_into_a_url(texts: list[str], most: int) -> None:
    made = list(soql.batches(texts, most))
    assert [text for batch in made for text in batch] == list(dict.fromkeys(texts))
    assert all(0 < len(batch) <= most for batch in made)


def test_two_hundred_ids_fit_into_a_url_and_more_make_two() -> None:
    ids = [f"006{number:012d}AAA" for number in range(201)]
    assert [len(batch) for batch in soql.batches(ids)] == [200, 1]
    assert [len(batch) for batch in soql.batches(["😀" * 255, "😁" * 255, "x" * 255])] == [1, 2]


@given(st.text(string.printable))
def test_only_ids_and_names_pass_for_such(text: str) -> None:
    if soql.is_record(text):
        assert text.isalnum()
        assert len(text) in {15, 18}
    if soql.is_name(text):
        assert text.replace("_", "a").isalnum()
    assert soql.is_record(DEAL)
    assert not soql.is_record(f"{DEAL}\n")
