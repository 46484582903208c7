"""The fields of what a playbook consists of, part by part."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from analyzer.measures import MEASURES
from analyzer.moments import Kind as MomentKind
from analyzer.passages import PASSAGES
from analyzer.playbook_file import standard_playbook
from api.pages.words import marked
from models.playbook_entries import Part

Kind = Literal[
    "key", "text", "words", "long", "phrases", "lines", "list", "side", "types", "number", "flag",
    "hidden", "rows",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """Something to fill in; `known` names a list of suggestions, `fields` are those of a row.

    `words` and `long` are texts by language, `phrases` lines by language, `lines` a text a line,
    `list` texts with commas between them, `types` kinds of calls.
    """

    key: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    known: str = ""
    fields: tuple["Field", ...] = ()


@dataclass(frozen=True, slots=True)
class PartForm:
    """A part of a playbook: how it and one of its entries are called, and what to fill in."""

    name: str
    one: str
    means: str
    fields: tuple[Field, ...]
    named_by: str = ""
    """The field that a new entry's id is made of."""


_PHRASES_HINT = marked(
    "One a line. Words without marks; a|b is either word, _ any word, * up to three words, "
    "^ the start and $ the end of a sentence."
)
_TYPES = Field(
    "call_types",
    marked("Kinds of calls"),
    "types",
    marked("None chosen: all of them."),
)
_OWN_TYPES = Field(
    "call_types",
    marked("Kinds of calls"),
    "types",
    marked("None chosen: every kind that has no agenda of its own."),
)
_SIDE = Field("side", marked("Whose words count"), "side")
_ID = Field("id", marked("Short name"), "key", marked("It cannot change later."))
_NAME = Field("name", marked("Name"), "words")
_CONDITIONS = (
    Field("measure", marked("Measure"), known="measures"),
    Field("above", marked("Above"), "number"),
    Field("below", marked("Below"), "number"),
)

FORMS: Mapping[Part, PartForm] = {
    "agendas": PartForm(
        marked("Agendas"),
        marked("Agenda"),
        marked("The usual agenda of a kind of call, for calls that come without one."),
        (
            _ID,
            _OWN_TYPES,
            Field(
                "items",
                marked("Items"),
                "rows",
                fields=(
                    Field("id", "", "hidden"),
                    Field("title", marked("Title")),
                    Field("keywords", marked("Other words for it"), "list"),
                    Field("side", marked("Who speaks of it"), "side"),
                    Field("minutes", marked("Minutes"), "number"),
                ),
            ),
        ),
    ),
    "trackers": PartForm(
        marked("Trackers"),
        marked("Tracker"),
        marked("Something you want to hear of: found by phrases, or by what means the same."),
        (
            _NAME,
            _ID,
            Field("phrases", marked("Phrases"), "phrases", _PHRASES_HINT),
            Field(
                "examples",
                marked("Sentences that mean it"),
                "lines",
                marked("One a line, in any language; what means the same is found too."),
            ),
            _SIDE,
        ),
        named_by="name",
    ),
    "competitors": PartForm(
        marked("Competitors"),
        marked("Competitor"),
        marked("Who you sell against; calls are listened to for these names."),
        (
            Field("name", marked("Name")),
            Field("aliases", marked("Other names for it"), "lines", marked("One a line.")),
        ),
    ),
    "tips": PartForm(
        marked("Tips"),
        marked("Tip"),
        marked("When to praise and what to advise, with what is quoted for it."),
        (
            _ID,
            Field("is_strength", marked("It praises; otherwise it advises"), "flag"),
            Field("area", marked("What it coaches"), known="areas"),
            Field("conditions", marked("Given when all of this holds"), "rows", fields=_CONDITIONS),
            Field(
                "evidence",
                marked("What is quoted"),
                "list",
                marked("The first that there is, such as questions.open, closing."),
                known="passages",
            ),
            Field(
                "finding",
                marked("What was heard"),
                "long",
                marked("A measure in braces is filled in: {questions.open}."),
            ),
            Field("try_next", marked("What to try next"), "long", marked("Praise needs none.")),
            Field("weight", marked("How much it matters beside others; 1 as usual"), "number"),
            _TYPES,
        ),
    ),
    "scorecards": PartForm(
        marked("Scorecards"),
        marked("Scorecard"),
        marked("What a qualified deal has been asked."),
        (
            _NAME,
            _ID,
            _TYPES,
            Field(
                "criteria",
                marked("Questions"),
                "rows",
                fields=(
                    Field("question", marked("Question"), "words"),
                    Field("id", marked("Short name"), "text"),
                    Field("phrases", marked("Phrases that answer it"), "phrases", _PHRASES_HINT),
                    Field("moments", marked("Moments that answer it"), "list", known="moments"),
                    Field("side", marked("Whose words count"), "side"),
                ),
            ),
        ),
        named_by="name",
    ),
    "call_types": PartForm(
        marked("Kinds of calls"),
        marked("Kind of call"),
        marked("How a kind of call is told from the others."),
        (
            _NAME,
            _ID,
            Field("titles", marked("Phrases in the meeting title"), "phrases", _PHRASES_HINT),
            Field("phrases", marked("Phrases said on such calls"), "phrases"),
            Field("measures", marked("What such calls meet"), "rows", fields=_CONDITIONS),
        ),
        named_by="name",
    ),
}


def suggestions(name: str) -> tuple[str, ...]:
    """What a field may be filled with."""
    known: Mapping[str, tuple[str, ...]] = {
        "measures": tuple(MEASURES),
        "passages": tuple(PASSAGES),
        "areas": tuple(dict.fromkeys(rule.area for rule in standard_playbook().tips)),
        "moments": get_args(MomentKind),
    }
    return known[name]
