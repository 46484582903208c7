import json
import re
import tomllib
from copy import deepcopy
from functools import reduce
from operator import getitem
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import playbook_file
from analyzer.errors import BadPlaybook
from analyzer.playbook import (
    AgendaTemplate,
    CallTypeRule,
    Competitor,
    Condition,
    Criterion,
    Playbook,
    Scorecard,
    TipRule,
    Tracker,
)
from analyzer.playbook_checks import misfits
from analyzer.playbook_file import load_playbook, standard_playbook
from analyzer.recording import AgendaItem, Side

FULL = """
products = ["Rotago"]
competitors = ["Kestrel", {name = "Optima", aliases = ["Optima Suite"]}]

[weights]
compliance = 2

[[agendas]]
id = "first"
call_types = ["visit"]
items = ["Introductions", {id = "pain", title = "Pain", minutes = 5, side = "buyer"}]

[[trackers]]
id = "gdpr"
name = {en = "Data protection", fr = "Données personnelles"}
phrases.en = ["data protection|privacy", "where * data is"]
examples = ["Where is our data kept?"]
side = "buyer"

[[tips]]
id = "own-tip"
area = "compliance"
is_strength = false
conditions = [{measure = "talk_ratio", above = 0.5, below = 1}]
evidence = ["monologue"]
finding.en = "You spoke {talk_ratio}% of the time."
try_next.fr = "Posez une question."
weight = 2
call_types = ["visit"]

[[scorecards]]
id = "fit"
name.en = "Fit"
[[scorecards.criteria]]
id = "size"
question.en = "How large are they?"
moments = ["decision:maker"]
phrases.en = ["_ employees"]

[[call_types]]
id = "visit"
name.en = "Visit"
titles.en = ["site visit"]
"""

OWN = Playbook(
    agendas=(
        AgendaTemplate(
            "first",
            (
                AgendaItem("a1", "Introductions"),
                AgendaItem("pain", "Pain", side=Side.BUYER, minutes=5.0),
            ),
            ("visit",),
        ),
    ),
    trackers=(
        Tracker(
            "gdpr",
            {"en": "Data protection", "fr": "Données personnelles"},
            {"en": ("data protection|privacy", "where * data is")},
            ("Where is our data kept?",),
            Side.BUYER,
        ),
    ),
    competitors=(Competitor("Kestrel"), Competitor("Optima", ("Optima Suite",))),
    products=("Rotago",),
    tips=(
        TipRule(
            "own-tip",
            "compliance",
            False,
            (Condition("talk_ratio", 0.5, 1.0),),
            ("monologue",),
            {"en": "You spoke {talk_ratio}% of the time."},
            {"fr": "Posez une question."},
            2.0,
            ("visit",),
        ),
    ),
    scorecards=(
        Scorecard(
            "fit",
            {"en": "Fit"},
            (
                Criterion(
                    "size",
                    {"en": "How large are they?"},
                    ("decision:maker",),
                    {"en": ("_ employees",)},
                ),
            ),
        ),
    ),
    call_types=(CallTypeRule("visit", {"en": "Visit"}, {"en": ("site visit",)}),),
    weights={"compliance": 2.0},
)


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Load a text as a playbook over an empty standard one."""
    monkeypatch.setattr(playbook_file, "standard_playbook", Playbook)

    def load_text(text, name="team.toml"):
        (tmp_path / name).write_text(text, "utf-8")
        return load_playbook(tmp_path / name)

    return load_text


def test_a_full_playbook_is_read(load):
    assert load(FULL) == OWN


def test_json_says_the_same(load):
    assert load(json.dumps(tomllib.loads(FULL)), "team.json") == OWN


@pytest.mark.parametrize(("text", "name"), [("", "e.toml"), ("{}", "e.json"), ("# x", "e.toml")])
def test_everything_may_be_left_out(load, text, name):
    assert load(text, name) == Playbook()


def test_the_standard_playbook_is_right_and_read_once():
    assert [str(misfit) for misfit in misfits(standard_playbook(), Playbook())] == []
    assert standard_playbook() is standard_playbook()
    assert standard_playbook().tips


def test_a_playbook_is_laid_over_the_standard_one(tmp_path):
    first, *_ = standard_playbook().tips
    (tmp_path / "team.toml").write_text(f'products = ["Rotago"]\ndisabled = ["{first.id}"]\n')
    both = load_playbook(tmp_path / "team.toml")
    assert both.tips == standard_playbook().tips[1:]
    assert both.products == ("Rotago",)


BAD = [
    case.partition("\n")[::2]
    for case in Path(__file__).with_name("bad_playbooks.txt").read_text("utf-8").split("=== ")[1:]
]


@pytest.mark.parametrize(("message", "text"), BAD, ids=[message for message, _ in BAD])
def test_what_is_wrong_is_said_with_its_file_line_and_key(load, message, text):
    with pytest.raises(BadPlaybook) as caught:
        load(text)
    assert str(caught.value).startswith(f"team.toml, {message}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{\n "tips": [],\n "trackers": [\n  {"id": 3}\n ]\n}',
            ", line 4: trackers.0.id: input sh",
        ),
        (
            '{\n "tips": [],\n "trackers": {}\n}',
            ", line 3: trackers: input should be a valid array",
        ),
        ('{\n "tipps": 1}', ", line 2: tipps: there is no such key; did you mean 'tips'?"),
        ('{"tips": [],\n "tips": []}', ": the key 'tips' stands twice in one table"),
        ('{"weights": {"a": NaN}}', ": NaN is no number"),
        ('{"tips": ', ": Expecting value: line 1 column 10"),
        ("[]", ": expected keys such as tips and competitors"),
        ("[" * 100_000, ": holds text that is none, or too many brackets inside brackets"),
        ('{"products": ["\\ud800"]}', ": holds text that is none"),
    ],
)
def test_what_is_wrong_in_json_is_said_too(load, text, message):
    with pytest.raises(BadPlaybook) as caught:
        load(text, "team.json")
    assert str(caught.value).startswith(f"team.json{message}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("depth", [300, 600, 900, 3000])
def test_brackets_in_brackets_are_refused_wherever_they_stand(load, depth):
    deep = "[" * depth + "]" * depth
    with pytest.raises(BadPlaybook, match=r"^team\.toml: .*too many brackets"):
        load(f"\nproducts = {deep}")
    with pytest.raises(BadPlaybook, match=r"^team\.json: .*too many brackets"):
        load(f'{{\n"products": {deep}}}', "team.json")


def places(value, place=()):
    """Every place inside a parsed value."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in parts:
        yield (*place, key)
        if isinstance(part, dict | list):
            yield from places(part, (*place, key))


PARSED = tomllib.loads(FULL)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(), part, max_size=3),
)


def refusal(text):
    """What is said of a playbook, nothing where it is taken."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "team.json"
        path.write_text(text, "utf-8")
        try:
            load_playbook(path)
        except BadPlaybook as error:
            return str(error)
        return ""


@given(st.sampled_from(list(places(PARSED))), ANYTHING)
def test_whatever_stands_somewhere_is_taken_or_refused_with_its_line(place, anything):
    table = deepcopy(PARSED)
    *parents, key = place
    reduce(getitem, parents, table)[key] = anything
    assert re.match(r"$|team\.json(, line \d+|): ", refusal(json.dumps(table, indent=1)))


def test_broken_toml_names_its_line(load):
    with pytest.raises(BadPlaybook, match=r"^team\.toml: .*line 2"):
        load("products = []\ntips = \n")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadPlaybook, match=r"^none\.toml: cannot be read"):
        load_playbook(tmp_path / "none.toml")
