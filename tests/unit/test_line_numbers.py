import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.line_numbers import json_lines, line_of, toml_lines

TOML = '''# a comment with [brackets] = "and quotes"
title = "one" # another
dotted.key = 1.5
at = 2026-09-03T10:00:00Z
"quoted # key" = 'literal # text'
"esc\\"aped".'a b' = true

[table]
list = [
  "a", # of ] three
  'b',
  ["c",
   "d"],
]
inline = {x = 1, y.z = ["e", {deep = 2}]}

[table.sub]
long = """
first ] line
"quoted" [ \\""" """
after = \'\'\'
''quotes'\'\'\'
last = 07:32:00

[[tips]]
id = "one"
finding.en = "x"
[tips.try_next]
en = "y"
[[tips.conditions]]
measure = "m"
[[tips.conditions]]
measure = "n"

[[tips]]
id = "two"
[[tips.conditions]]
measure = "o"
[new.deep."in side"]
key = 1
'''

TOML_LINES = {
    ("title",): 2,
    ("dotted",): 3,
    ("dotted", "key"): 3,
    ("at",): 4,
    ("quoted # key",): 5,
    ('esc"aped', "a b"): 6,
    ("table",): 8,
    ("table", "list"): 9,
    ("table", "list", 0): 10,
    ("table", "list", 1): 11,
    ("table", "list", 2): 12,
    ("table", "list", 2, 1): 13,
    ("table", "inline"): 15,
    ("table", "inline", "y", "z", 1, "deep"): 15,
    ("table", "sub"): 17,
    ("table", "sub", "long"): 18,
    ("table", "sub", "after"): 21,
    ("table", "sub", "last"): 23,
    ("tips",): 25,
    ("tips", 0): 25,
    ("tips", 0, "finding", "en"): 27,
    ("tips", 0, "try_next"): 28,
    ("tips", 0, "try_next", "en"): 29,
    ("tips", 0, "conditions", 0, "measure"): 31,
    ("tips", 0, "conditions", 1, "measure"): 33,
    ("tips", 1): 35,
    ("tips", 1, "id"): 36,
    ("tips", 1, "conditions", 0): 37,
    ("tips", 1, "conditions", 0, "measure"): 38,
    ("new", "deep"): 39,
    ("new", "deep", "in side", "key"): 40,
}

JSON = """{
 "a": 1, "b": -1.5e3,
 "c": {
   "d": [ {"e": null},
     {"e": "x, ] } : \\" \\\\"},
     [true,
      false]
   ], "": "empty"
 },
 "last \\u00e9": "2026-09-03T10:00:00Z"
}
"""

JSON_LINES = {
    ("a",): 2,
    ("b",): 2,
    ("c",): 3,
    ("c", "d"): 4,
    ("c", "d", 0, "e"): 4,
    ("c", "d", 1): 5,
    ("c", "d", 1, "e"): 5,
    ("c", "d", 2): 6,
    ("c", "d", 2, 1): 7,
    ("c", ""): 8,
    ("last é",): 10,
}


def places(value, place=()):
    """Every place inside a parsed value."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in parts:
        yield (*place, key)
        if isinstance(part, dict | list):
            yield from places(part, (*place, key))


@pytest.mark.parametrize(("place", "line"), TOML_LINES.items(), ids=str)
def test_the_line_of_a_toml_key_is_known(place, line):
    assert toml_lines(TOML)[place] == line


@pytest.mark.parametrize(("place", "line"), JSON_LINES.items(), ids=str)
def test_the_line_of_a_json_key_is_known(place, line):
    assert json_lines(JSON)[place] == line


def test_windows_line_ends_count_once():
    assert toml_lines('a = """\r\nx"""\r\nb = 1\r\n') == {("a",): 1, ("b",): 3}


def test_every_place_of_a_text_and_no_other_is_noted():
    assert sorted(toml_lines(TOML), key=str) == sorted(places(tomllib.loads(TOML)), key=str)
    assert sorted(json_lines(JSON), key=str) == sorted(places(json.loads(JSON)), key=str)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
)


@given(st.lists(_VALUES) | st.dictionaries(st.text(), _VALUES), st.booleans())
def test_json_of_any_shape_has_a_line_for_each_place(value, ascii_only):
    text = json.dumps(value, indent=1, ensure_ascii=ascii_only)
    lines = json_lines(text)
    assert set(lines) == set(places(value))
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


def test_a_missing_key_stands_where_its_table_does():
    lines = toml_lines(TOML)
    assert line_of(lines, ("tips", 1, "conditions", 0, "above")) == 37
    assert line_of(lines, ("tips", 1, "area")) == 35
    assert line_of(lines, ("nowhere",)) == 1


@pytest.mark.parametrize("text", ["", "# nothing\n", "\n\n"])
def test_an_empty_file_has_no_lines(text):
    assert toml_lines(text) == {}
