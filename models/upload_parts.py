"""The parts of an upload that comes in pieces, as they lie in the store: which bytes are there."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from models.errors import BadInput
from models.stores import Kept

_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes `offset` to before `end` of an upload."""

    key: str
    offset: int
    end: int

    @classmethod
    def of(cls, kept: Kept) -> Self:
        """Read an object's place in the upload from its key."""
        offset = int(kept.key.rpartition("/")[2])
        return cls(kept.key, offset, offset + kept.size)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is read of a part: its bytes `start` to before `end`."""

    key: str
    start: int
    end: int


def part_name(offset: int) -> str:
    """A part's name, which sorts by offset. Raises BadInput."""
    if not 0 <= offset < 10**_DIGITS:
        raise BadInput(f"a part of an upload cannot begin at byte {offset}; count from 0")
    return f"{offset:0{_DIGITS}d}"


def walk(parts: Iterable[Part]) -> tuple[Stretch, ...]:
    """The stretches that together are the upload from byte 0 to its first gap, in order.

    Parts may overlap; each byte is taken once.
    """
    stretches: list[Stretch] = []
    position = 0
    for part in sorted(parts, key=lambda one: one.offset):
        if part.offset > position:
            break
        if part.end > position:
            stretches.append(Stretch(part.key, position - part.offset, part.end - part.offset))
            position = part.end
    return tuple(stretches)


def length(stretches: Iterable[Stretch]) -> int:
    """Bytes in all of them."""
    return sum(one.end - one.start for one in stretches)
