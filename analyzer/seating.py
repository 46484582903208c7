"""Who sits where: the reading of a call that fits all the evidence best, and by how much."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from analyzer.recording import Side
from analyzer.speech import SpeakerId

UNINVITED = 3.0
"""What it takes to believe in a seller, or a buyer, who is not among those listed."""
SIGN = {Side.SELLER: 1, Side.BUYER: -1}
_FORBIDDEN = -1e6

_Allows = Callable[[int | None, Side], bool]
"""Whether a speaker may take a seat (None: one of nobody listed) and be on a side."""


@dataclass(frozen=True, slots=True)
class Seating:
    """The evidence as numbers, roughly log odds.

    `seats` are the sides of those listed; `weights` say, for each speaker, how much speaks for
    each seat, and `leans` how much speaks for the selling side, or below 0 for the buying side.
    `brief` speakers say too little to be told from the seats that are left.
    """

    seats: tuple[Side, ...]
    weights: Mapping[SpeakerId, tuple[float, ...]]
    leans: Mapping[SpeakerId, float]
    brief: frozenset[SpeakerId] = frozenset()

    def seller_margin(self, speaker: SpeakerId) -> float:
        """How much better the call reads with the speaker selling than buying."""
        sells = self._best(speaker, lambda _, side: side == Side.SELLER)
        return sells - self._best(speaker, lambda _, side: side == Side.BUYER)

    def seat_margin(self, speaker: SpeakerId, place: int) -> float:
        """How much better the call reads with the speaker in that seat than anywhere else."""
        there = self._best(speaker, lambda seat, _: seat == place)
        return there - self._best(speaker, lambda seat, _: seat != place)

    def _best(self, speaker: SpeakerId, allows: _Allows) -> float:
        """The weight of the best reading in which `allows` holds for the speaker."""
        chairs = self._chairs()
        table: list[list[float]] = [
            [
                max(
                    self._weight(one, seat, side)
                    if chair_side in (side, Side.UNKNOWN) and (one != speaker or allows(seat, side))
                    else _FORBIDDEN
                    for side in SIGN
                )
                for seat, chair_side in chairs
            ]
            for one in self.weights
        ]
        from scipy.optimize import linear_sum_assignment  # takes long to load

        rows, columns = linear_sum_assignment(table, maximize=True)
        return sum((table[r][c] for r, c in zip(rows, columns, strict=True)), start=0.0)

    def _chairs(self) -> tuple[tuple[int | None, Side], ...]:
        """Every seat, and enough chairs on either side for those who are not listed.

        One too few for everybody to be on one side: a call has a seller and a buyer.
        """
        spare = max(1, len(self.weights) - len(self.brief) - 1) + len(self.brief)
        return (*enumerate(self.seats), *((None, side) for side in SIGN for _ in range(spare)))

    def _weight(self, speaker: SpeakerId, seat: int | None, side: Side) -> float:
        lean = SIGN[side] * self.leans[speaker]
        if seat is not None:
            return self.weights[speaker][seat] + lean
        is_strange = side in self.seats and speaker not in self.brief
        return lean - (UNINVITED if is_strange else 0.0)
