"""Numbers of what is said rather than of when: questions and filler words of the seller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analyzer.conversation import Conversation
from analyzer.metrics import Metric, Source, Unit, WhyHidden, talk_seconds
from analyzer.moments import Moment
from analyzer.recording import Side


def measure_talk(
    conversation: Conversation, moments: Sequence[Moment], source: Source
) -> Mapping[str, Metric]:
    """The seller's questions, how many of them are open, and filler words a minute, by slug."""
    sellers = [who for who, side in conversation.sides.items() if side == Side.SELLER]
    own = [one for one in moments if one.side == Side.SELLER]
    asked = [one for one in own if one.kind == "question"]
    known = [one.is_open for one in asked if one.is_open is not None]
    fillers = sum(one.kind == "filler" for one in own)
    talk_s = talk_seconds(conversation.transcript)
    minutes = sum(talk_s.get(who, 0.0) for who in sellers) / 60
    can_tell = bool(conversation.lexicon.hesitations)
    values = {
        "questions": (float(len(asked)), sum(known)),
        "open_question_share": (sum(known) / len(known) if known else None, len(known)),
        "fillers_per_min": (fillers / minutes if minutes and can_tell else None, fillers),
    }
    return {
        one.slug: one.metric(*values[one.slug], source, is_known=bool(sellers))
        for one in TALK_DEFINITIONS
    }


@dataclass(frozen=True, slots=True)
class TalkDefinition:
    """How a number of what is said is made; all are of the seller."""

    slug: str
    unit: Unit
    version: int
    formula: str
    needs: tuple[Side, ...] = (Side.SELLER,)

    def metric(self, value: float | None, n: int, source: Source, *, is_known: bool) -> Metric:
        """The number; hidden where nobody is known to sell, or there is nothing to count."""
        why: WhyHidden | None = None if value is not None else "nothing_to_measure"
        return Metric(
            self.slug,
            value if is_known else None,
            self.unit,
            self.version,
            self.formula,
            source,
            n=n,
            why_hidden=why if is_known else "no_seller",
        )


TALK_DEFINITIONS = (
    TalkDefinition(
        "questions",
        "count",
        1,
        "seller sentences that ask, by their mark or their words (n = open ones)",
    ),
    TalkDefinition(
        "open_question_share",
        "share",
        1,
        "open questions of the seller / questions of the seller (n = questions)",
    ),
    TalkDefinition(
        "fillers_per_min",
        "per_minute",
        1,
        "hesitations and filler words of the seller / minutes of seller talk time (n = fillers); "
        "recognisers drop many",
    ),
)
"""Every metric of what is said, in the order they are shown."""
