"""Which bytes of an upload are there, whatever its parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import BadInput
from models.upload_parts import Part, length, part_name, walk

_SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 15)), max_size=12)


@given(_SPANS)
def test_the_walk_takes_each_byte_once_and_stops_at_the_first_gap(
    spans: list[tuple[int, int]],
) -> None:
    parts = [Part(str(number), at, at + size) for number, (at, size) in enumerate(spans)]
    covered = {byte for part in parts for byte in range(part.offset, part.end)}
    first_gap = next(byte for byte in range(100) if byte not in covered)
    taken = [
        parts[int(one.key)].offset + byte
        for one in walk(parts)
        for byte in range(one.start, one.end)
    ]
    assert taken == list(range(first_gap))
    assert length(walk(parts)) == first_gap


@given(st.lists(st.integers(0, 10**16 - 1), min_size=2, max_size=2))
def test_names_sort_as_their_offsets(offsets: list[int]) -> None:
    names = [part_name(offset) for offset in offsets]
    assert sorted(names) == [part_name(offset) for offset in sorted(offsets)]


@pytest.mark.parametrize("offset", [-1, 10**16, 1 << 64])
def test_an_offset_that_has_no_name_is_refused(offset: int) -> None:
    with pytest.raises(BadInput):
        part_name(offset)
