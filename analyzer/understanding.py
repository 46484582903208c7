"""From who said what to what a manager wants to know: one stage after the other."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from analyzer.agenda import cover_agenda
from analyzer.call_type import CallType, tell_call_type
from analyzer.coaching import Evidence, coach
from analyzer.conversation import Conversation
from analyzer.corrections import NO_CORRECTIONS, Corrected, Correction, apply_corrections
from analyzer.known_speakers import Known
from analyzer.lexicon import load_lexicon
from analyzer.manner import sides_by_manner
from analyzer.meaning import meaning_of
from analyzer.metrics import Source, measure
from analyzer.moments import Moment, find_moments
from analyzer.playbook import Playbook
from analyzer.reading import Embedder, Reader, cut_sentences
from analyzer.recording import Meeting
from analyzer.report import CallReport, notices_of
from analyzer.scorecards import fill_scorecards
from analyzer.sides import tell_sides
from analyzer.speech import Hearing
from analyzer.summary import summarise
from analyzer.talk_metrics import measure_talk
from analyzer.topics import find_topics
from analyzer.transcript import assemble


@dataclass(frozen=True, slots=True)
class Readers:
    """What understanding needs of models; None does without."""

    reader: Reader | None = None
    embedder: Embedder | None = None


def understand_with(
    hearing: Hearing,
    meeting: Meeting,
    playbook: Playbook,
    readers: Readers,
    corrections: Sequence[Correction] = NO_CORRECTIONS,
) -> CallReport:
    """The report of a hearing with what a person put right."""
    corrected = apply_corrections(hearing, corrections)
    hearing, playbook = corrected.hearing, _without_tips(playbook, corrected.dismissed)
    talk = converse(hearing, meeting, playbook, readers, corrected.known)
    source = _source(corrected)
    report = CallReport(
        meeting=meeting,
        transcript=talk.transcript,
        speakers=talk.speakers,
        metrics=measure(talk.transcript, talk.speakers, source),
        channels=hearing.channels,
        engines=hearing.engines,
        notices=notices_of(hearing, talk.speakers),
    )
    return _with_findings(report, talk, source)


def converse(
    hearing: Hearing,
    meeting: Meeting,
    playbook: Playbook,
    readers: Readers,
    known: Sequence[Known] = (),
) -> Conversation:
    """The hearing as a conversation: who says which sentence, what it means, on which side."""
    transcript, lexicon = assemble(hearing), load_lexicon(hearing.language)
    sentences = cut_sentences(transcript, lexicon)
    if readers.reader:
        sentences = readers.reader.read(sentences, transcript.language)
    meaning = meaning_of(sentences, readers.embedder) if readers.embedder else None
    manner = sides_by_manner(sentences, meaning, lexicon)
    speakers = tell_sides(transcript, hearing, meeting, manner, known)
    return Conversation(transcript, sentences, speakers, meeting, playbook, lexicon, meaning)


def _without_tips(playbook: Playbook, dismissed: Collection[str]) -> Playbook:
    """The playbook without rules that a person wants no tip by on this call."""
    return replace(playbook, tips=tuple(rule for rule in playbook.tips if rule.id not in dismissed))


def _source(corrected: Corrected) -> Source:
    """Where it comes from who speaks when; a name or a side changes nothing in that."""
    if corrected.is_regrouped:
        return Source.CORRECTED
    return Source.STEREO if corrected.hearing.channels > 1 else Source.DIARIZED


def _with_findings(report: CallReport, talk: Conversation, source: Source) -> CallReport:
    moments = find_moments(talk)
    call_type = _call_type(talk, moments)
    talk = _planned(talk, call_type)
    coverage = cover_agenda(talk, moments)
    topics = find_topics(talk, coverage)
    metrics = {**report.metrics, **measure_talk(talk, moments, source)}
    return replace(
        report,
        meeting=talk.meeting,
        metrics=metrics,
        moments=moments,
        coverage=coverage,
        topics=topics,
        call_type=call_type,
        scorecards=fill_scorecards(talk, moments, call_type),
        summary=summarise(talk, moments, coverage, topics),
        coaching=coach(Evidence(talk, metrics, moments, coverage, call_type)),
        titles=talk.playbook.titles,
    )


def _call_type(talk: Conversation, moments: Sequence[Moment]) -> CallType:
    """The kind of call that the meeting names, else the kind it sounds like."""
    named = talk.meeting.call_type
    return CallType(named, talk.lexicon.why("named")) if named else tell_call_type(talk, moments)


def _planned(talk: Conversation, call_type: CallType) -> Conversation:
    """A call without an agenda gets the playbook's for its kind."""
    agenda = talk.meeting.agenda or talk.playbook.agenda_for(call_type.value)
    return replace(talk, meeting=replace(talk.meeting, agenda=agenda))
