"""Talktrack's own files, read back: a report, or a stored hearing."""

from analyzer.codec import hearing_from_json
from analyzer.errors import BadReport
from analyzer.transcripts.clock import instant_of
from analyzer.transcripts.entries import by_speaker, spoken_at
from analyzer.transcripts.tables import Table, number_at, tables, text_at
from analyzer.transcripts.written import Piece, Script, Unfit, WrittenCall


def is_hearing(file: Table) -> bool:
    """Whether a file is a stored hearing, of whatever version."""
    return str(file.get("schema")).startswith("talktrack/hearing/")


def hearing_call(file: Table) -> WrittenCall:
    """A stored hearing as it was. Raises Unfit when it is damaged."""
    try:
        return WrittenCall(hearing_from_json(file), {}, "json")
    except BadReport as error:
        raise Unfit(str(error)) from None


def report(file: Table) -> Script | None:
    """A report: what was said, by whom; it is understood anew."""
    if not str(file.get("schema")).startswith("talktrack/report/"):
        return None
    pieces: list[Piece] = []
    said = tables(file.get("utterances"))
    for n, (one, entry) in enumerate(zip(said, spoken_at(said, "utterances"), strict=True)):
        place = f"utterances.{n}"
        pieces += by_speaker(entry.words or [], place, text_at(one, "speaker"))
    names = {
        str(one.get("id")): name
        for one in tables(file.get("speakers"))
        if (name := text_at(one, "name"))
    }
    return Script(
        "json",
        "Talktrack report",
        tuple(pieces),
        text_at(file, "language"),
        text_at(file, "title"),
        instant_of(file.get("started_at")),
        number_at(file, "duration"),
        names,
    )
