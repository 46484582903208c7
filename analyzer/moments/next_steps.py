"""What was agreed: who does what by when, and every promise made on the way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from analyzer.conversation import Conversation, quote
from analyzer.dates import DayMention
from analyzer.moments.moment import Moment
from analyzer.moments.notes import FEW, content, is_stand_in, note_of
from analyzer.moments.promises import SHORT_WORDS, Act, Pledge, day_of, is_asking, pledge_of
from analyzer.reading import Sentence
from analyzer.speech import SpeakerId

REPLY_SENTENCES = 3
"""How much of what the other says next can be the answer."""
SAME_SHARE = 0.5
"""Two steps of one owner that share this much of their words are one, unless their days differ."""
BARE_WORDS = 4
"""A sentence with fewer words than this besides a day only tells the day."""


Remark = tuple[Sentence, ...]
"""What one speaker says before another takes over, whatever the listener murmurs."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that will be done, as said in `sentences` of one utterance.

    `accepted` is where others say yes to it.
    """

    act: Act
    sentences: tuple[Sentence, ...]
    owner: str
    text: str
    due: date | None = None
    accepted: tuple[Sentence, ...] = ()

    @property
    def is_promise(self) -> bool:
        """Whether who says it will do it."""
        return self.act in {"promise", "delivery", "request"}


def find_agreements(conversation: Conversation) -> Iterator[Moment]:
    """Next steps and commitments."""
    steps = agreed_steps(conversation)
    yield from _next_steps(steps, conversation)
    yield from _commitments(steps, conversation)


def _next_steps(steps: Sequence[Step], conversation: Conversation) -> Iterator[Moment]:
    """What was agreed, each once: said twice, it is where it was said first."""
    for step in _merged(steps):
        first = step.sentences[0]
        yield Moment(
            "next_step",
            first.speaker,
            conversation.side(first),
            quote(*step.sentences),
            owner=step.owner,
            due=step.due,
            text=step.text,
        )


def _commitments(steps: Sequence[Step], conversation: Conversation) -> Iterator[Moment]:
    """Promises, and every yes to a day that was proposed."""
    found: dict[int, tuple[Sentence, date | None]] = {}
    for step in steps:
        for sentence in step.sentences[-1:] if step.is_promise else step.accepted:
            found.setdefault(sentence.index, (sentence, step.due))
    for _, (sentence, due) in sorted(found.items()):
        yield Moment(
            "commitment",
            sentence.speaker,
            conversation.side(sentence),
            quote(sentence),
            owner=sentence.speaker,
            due=due,
        )


def remarks_of(conversation: Conversation) -> tuple[Remark, ...]:
    """The sentences of the call, each speaker's run together; murmurs are left out."""
    runs: list[list[Sentence]] = []
    for sentence in conversation.sentences:
        if sentence.is_backchannel:
            continue
        if runs and runs[-1][-1].speaker == sentence.speaker:
            runs[-1].append(sentence)
        else:
            runs.append([sentence])
    return tuple(tuple(run) for run in runs)


def verdict(reply: Sequence[Sentence], talk: Conversation) -> tuple[int, Sentence | None]:
    """1 for a yes, -1 for a no, 0 for neither, and the sentence that says so."""
    for sentence in reply:
        said = _verdict(sentence, talk)
        if said:
            return said, sentence
    return 0, None


def _verdict(sentence: Sentence, talk: Conversation) -> int:
    plain, finds = sentence.plain, talk.lexicon.finds
    if finds("step.settle", plain):
        return 1
    yes, no = finds("step.accept", plain), finds("step.refuse", plain)
    if no:
        return 1 if yes and yes.start() < no.start() else -1
    if yes:
        return 1
    return int(not is_asking(sentence, talk) and day_of(sentence, talk) is not None)


def agreed_steps(talk: Conversation) -> tuple[Step, ...]:
    """Every step in the order it was said."""
    remarks = remarks_of(talk)
    pledges = [_pledges(remark, talk) for remark in remarks]
    found: list[Step] = []
    for n, own in enumerate(pledges):
        later = remarks[n + 1 : n + 4]
        for pledge in own:
            is_last = pledge.sentence in remarks[n][-REPLY_SENTENCES:]
            step = _step(pledge, later if is_last else (), talk)
            if not step or (step.act == "proposal" and found and step.due == found[-1].due):
                continue
            found.append(step)
            if step.act == "request" or step.accepted:
                pledges[n + 1] = [one for one in pledges[n + 1] if not _says(one, step, talk)]
    return tuple(sorted(found, key=lambda step: step.sentences[0].index))


def _pledges(remark: Remark, talk: Conversation) -> list[Pledge]:
    """The pledges of a remark; what only adds a day to the one before is part of it."""
    found: list[Pledge] = []
    for n, sentence in enumerate(remark):
        following = remark[n + 1 : n + 2]
        is_asked = any(is_asking(one, talk) and len(one.words) <= SHORT_WORDS for one in following)
        if n and talk.lexicon.finds("step.unpromised", remark[n - 1].plain):
            continue  # a full stop too many: "I'm not promising. I'll read it."
        pledge = pledge_of(sentence, talk, is_asked)
        if n and pledge and pledge.act == "proposal" and _is_bare(pledge.day, sentence):
            pledge = _about(pledge, remark[n - 1], found, talk)
        is_next = bool(found) and sentence.index - found[-1].sentence.index <= 2
        if is_next and (added := _added(found[-1], pledge, sentence, talk)):
            found[-1] = added
        elif pledge:
            found.append(pledge)
    return found


def _about(pledge: Pledge, before: Sentence, found: Sequence[Pledge], talk: Conversation) -> Pledge:
    """A day asked for by itself belongs to the question before."""
    is_free = not found or found[-1].sentence != before
    is_near = before.utterance == pledge.sentence.utterance and is_asking(before, talk)
    return replace(pledge, sentence=before) if is_free and is_near else pledge


def _is_bare(day: DayMention | None, sentence: Sentence) -> bool:
    """Whether a sentence says little more than a day."""
    return day is not None and len(sentence.words) < day.last - day.first + 1 + BARE_WORDS


def _added(
    before: Pledge, pledge: Pledge | None, sentence: Sentence, talk: Conversation
) -> Pledge | None:
    """The pledge before with the day that a sentence adds; None when it does something else."""
    if before.act == "request":
        return None
    if pledge is None:
        day = day_of(sentence, talk)
        return _on(before, day) if _is_bare(day, sentence) and not _is_exact(before.day) else None
    if pledge.act == "delivery" or (pledge.act == "promise" and is_stand_in(pledge, talk)):
        act: Act = "promise" if before.act in {"offer", "proposal"} else before.act
        return replace(_on(before, pledge.day), act=act)
    return None


def _on(pledge: Pledge, day: DayMention | None) -> Pledge:
    return pledge if _is_exact(pledge.day) or day is None else replace(pledge, day=day)


def _is_exact(day: DayMention | None) -> bool:
    return day is not None and day.kind == "day"


def _step(pledge: Pledge, later: Sequence[Remark], talk: Conversation) -> Step | None:
    """What comes of a pledge, given the remarks after it."""
    reply = later[0][:REPLY_SENTENCES] if later else ()
    said, where = verdict(reply, talk)
    if pledge.act == "request":
        return _granted(pledge, reply, where, talk) if said > 0 else None
    is_dated = _is_exact(pledge.day) and pledge.act in {"plan", "offer"}
    wants_yes = pledge.act in {"plan", "offer", "proposal"}
    if wants_yes and (said < 0 or not (said or is_dated)):
        return None
    yes = (where,) if said > 0 and where else ()
    echoes = tuple(one[0] for one in later[1:] if talk.lexicon.finds("step.echo", one[0].plain))
    return Step(
        pledge.act,
        (pledge.sentence,),
        _owner(pledge, talk),
        note_of(pledge, talk),
        pledge.day.day if pledge.day else None,
        (*yes, *echoes) if wants_yes else (),
    )


def _granted(
    pledge: Pledge, reply: Sequence[Sentence], where: Sentence | None, talk: Conversation
) -> Step | None:
    """What was asked for and promised: a step of whoever says yes, or what they promise."""
    note = note_of(pledge, talk)
    if where is None or (is_stand_in(pledge, talk) and any(_promises(one, talk) for one in reply)):
        return None
    following = talk.sentences[pledge.sentence.index + 1]
    if len(note.split()) <= FEW and following.utterance == pledge.sentence.utterance:
        note = f"{note} ({following.text})"
    days = [day for one in reply if (day := day_of(one, talk)) and _is_exact(day)]
    day = next(iter(days), pledge.day)
    said = [one for one in reply if one.index >= where.index and one.utterance == where.utterance]
    said = said[: 2 if len(where.words) < BARE_WORDS else 1]
    return Step("request", tuple(said), where.speaker, note, day.day if day else None)


def _promises(sentence: Sentence, talk: Conversation) -> bool:
    pledge = pledge_of(sentence, talk, is_asked=False)
    return pledge is not None and pledge.act == "promise"


def _says(pledge: Pledge, step: Step, talk: Conversation) -> bool:
    """Whether a pledge of the reply is no more than its yes."""
    yes = (*step.accepted, step.sentences[0])[0]
    if not 0 <= pledge.sentence.index - yes.index < REPLY_SENTENCES:
        return False
    if step.act != "request":
        is_same = pledge.day is not None and pledge.day.day == step.due
        return is_same and pledge.act in {"proposal", "delivery"}
    if pledge.day and pledge.day.kind == "day" and pledge.day.day != step.due:
        return False
    phrases = talk.lexicon.cue("step.stand_in")
    if is_stand_in(pledge, talk) or any(
        p.search(pledge.sentence.plain, pledge.at) for p in phrases
    ):
        return True
    return bool(content(note_of(pledge, talk)) & content(step.text))


def _owner(pledge: Pledge, talk: Conversation) -> str:
    """The speaker, or the name of who was said to do it: a speaker's id where it is heard."""
    if pledge.someone is None:
        return pledge.sentence.speaker
    heard = {name.split()[0]: one for one, name in talk.names.items() if name}
    return heard.get(pledge.someone, SpeakerId(pledge.someone))


def _merged(steps: Sequence[Step]) -> list[Step]:
    """Each step once, with the day that was said for it later where there was none."""
    kept: list[Step] = []
    for step in steps:
        same = next((n for n, one in enumerate(kept) if _is_same(one, step)), None)
        if same is None:
            kept.append(step)
        elif kept[same].act == "offer" and step.is_promise:
            kept[same] = replace(step, due=step.due or kept[same].due)
        else:
            kept[same] = replace(kept[same], due=kept[same].due or step.due)
    return kept


def _is_same(one: Step, other: Step) -> bool:
    if one.owner != other.owner or (one.due and other.due and one.due != other.due):
        return False
    if not one.is_promise and not other.is_promise and one.due and other.due:
        return True
    said, again = content(one.text), content(other.text)
    least = min(len(said), len(again))
    if one.act == "offer" and other.is_promise:
        return bool(said & again)
    return least > 0 and len(said & again) / least >= SAME_SHARE
