"""The JSON of transcription services whose files have a shape of their own."""

from collections.abc import Mapping, Sequence

from analyzer.transcripts.clock import seconds_of
from analyzer.transcripts.entries import (
    WordEntry,
    by_speaker,
    pieces_of,
    spoken_at,
    words_at,
)
from analyzer.transcripts.tables import Table, number_at, table_at, tables, text_at
from analyzer.transcripts.written import Piece, Script


def deepgram(file: Table) -> Script | None:
    """results.channels[].alternatives[].words, or results.utterances where they were asked for."""
    channels = tables(table_at(file, "results", "channels"))
    if not channels:
        return None
    pieces: list[Piece] = []
    utterances = tables(table_at(file, "results", "utterances"))
    if utterances:
        for n, said in enumerate(utterances):
            own = pieces_of(
                spoken_at([said], f"results.utterances.{n}"), f"results.utterances.{n}", 1.0
            )
            pieces += _on_channel(own, table_at(said, "channel"), len(channels))
    else:
        for n, channel in enumerate(channels):
            place = f"results.channels.{n}.alternatives.0"
            best = table_at(channel, "alternatives", 0)
            words = words_at(table_at(best, "words") or [], f"{place}.words")
            own = list(by_speaker(words, place))
            if not words and (text := text_at(best, "transcript")):
                own = [Piece(text, place=place)]
            pieces += _on_channel(own, n, len(channels))
        pieces.sort(key=lambda piece: (piece.words[0].start if piece.words else 0.0) or 0.0)
    return Script(
        "json",
        "Deepgram",
        tuple(pieces),
        text_at(channels[0], "detected_language"),
        duration_s=number_at(table_at(file, "metadata"), "duration"),
    )


def _on_channel(pieces: Sequence[Piece], channel: object, count: int) -> list[Piece]:
    """Pieces of one channel: speakers are counted anew on each."""
    if count < 2:
        return list(pieces)
    return [
        Piece(
            one.text,
            f"Channel {channel}" + (f" {one.speaker}" if one.speaker not in (None, "0") else ""),
            one.start,
            one.end,
            one.words,
            one.place,
        )
        for one in pieces
    ]


def items_of_words(items: Sequence[Table], place: str) -> list[WordEntry]:
    """Words and punctuation marks as items with alternatives; a mark goes to the word before."""
    found: list[WordEntry] = []
    for n, item in enumerate(items):
        best = table_at(item, "alternatives", 0)
        best = best if isinstance(best, Mapping) else {}
        (word,) = words_at([{**item, **best}], f"{place}.{n}")
        if item.get("type") == "punctuation" and found:
            found[-1].text += word.text
        elif item.get("type") != "punctuation":
            found.append(word)
    return found


def amazon(file: Table) -> Script | None:
    """results.items, whose speakers stand in each or in results.speaker_labels."""
    items = tables(table_at(file, "results", "items"))
    if not items:
        return None
    speakers = {
        str(own.get("start_time")): part.get("speaker_label")
        for part in tables(table_at(file, "results", "speaker_labels", "segments"))
        for own in tables(part.get("items")) or [part]
    }
    told = [
        {**item, "speaker": item.get("speaker_label") or speakers.get(str(item.get("start_time")))}
        for item in items
    ]
    words = items_of_words(told, "results.items")
    language = text_at(table_at(file, "results"), "language_code") or text_at(file, "LanguageCode")
    return Script("json", "Amazon Transcribe", tuple(by_speaker(words, "results.items")), language)


def speechmatics(file: Table) -> Script | None:
    """Words and punctuation marks, each with its type and alternatives."""
    items = tables(table_at(file, "results"))
    if not items or not all("type" in item and "alternatives" in item for item in items):
        return None
    words = items_of_words(items, "results")
    language = text_at(table_at(file, "metadata", "transcription_config"), "language")
    return Script("json", "Speechmatics", tuple(by_speaker(words, "results")), language)


def google(file: Table) -> Script | None:
    """results[].alternatives[].words; the last one has them all where people are told apart."""
    results = tables(table_at(file, "results"))
    best = [table_at(result, "alternatives", 0) for result in results]
    if not best or not any(isinstance(one, Mapping) for one in best):
        return None
    told = [
        words_at(table_at(one, "words") or [], f"results.{n}.alternatives.0.words")
        for n, one in enumerate(best)
    ]
    if len(told) > 1 and len(told[-1]) >= sum(map(len, told[:-1])) > 0 and _has_tags(told[-1]):
        told = told[-1:]
    pieces: list[Piece] = []
    for n, (words, one) in enumerate(zip(told, best[-len(told) :], strict=True)):
        place = f"results.{n}"
        text = text_at(one, "transcript")
        own = (
            list(by_speaker(_untagged(words), place)) if words else [Piece(text or "", place=place)]
        )
        count = len({table_at(result, "channelTag") for result in results})
        pieces += _on_channel(own, table_at(results, n, "channelTag"), count)
    language = next((text_at(one, "languageCode", "language_code") for one in results), None)
    return Script("json", "Google Speech-to-Text", tuple(pieces), language)


def _has_tags(words: Sequence[WordEntry]) -> bool:
    return any(word.speaker not in (None, "0") for word in words)


def _untagged(words: Sequence[WordEntry]) -> list[WordEntry]:
    """The words, where the speaker 0 is nobody."""
    for word in words:
        word.speaker = None if word.speaker == "0" else word.speaker
    return list(words)


def rev(file: Table) -> Script | None:
    """monologues[].elements[]: words, and marks with the spaces between them."""
    monologues = tables(table_at(file, "monologues"))
    if not monologues:
        return None
    pieces: list[Piece] = []
    for n, monologue in enumerate(monologues):
        place = f"monologues.{n}"
        elements = tables(monologue.get("elements"))
        words: list[WordEntry] = []
        for word in words_at(elements, f"{place}.elements"):
            if word.kind == "punct" and words:
                words[-1].text += word.text.strip()
            elif word.kind != "punct":
                words.append(word)
        (said,) = spoken_at([{**monologue, "text": ""}], place)
        name = text_at(monologue.get("speaker_info"), "display_name")
        pieces += by_speaker(words, place, name or said.speaker)
    return Script("json", "Rev", tuple(pieces), text_at(file, "language"))


def azure(file: Table) -> Script | None:
    """recognizedPhrases[], with the best of several readings."""
    phrases = tables(table_at(file, "recognizedPhrases"))
    if not phrases:
        return None
    pieces = []
    for n, phrase in enumerate(phrases):
        place = f"recognizedPhrases.{n}"
        start = seconds_of(text_at(phrase, "offset") or "")
        length = seconds_of(text_at(phrase, "duration") or "")
        end = None if start is None or length is None else start + length
        text = text_at(table_at(phrase, "nBest", 0), "display", "lexical") or ""
        speaker = phrase.get("speaker", phrase.get("channel"))
        (told,) = spoken_at([{"text": text, "speaker": speaker}], place)
        pieces.append(Piece(text, told.speaker, start, end, (), place))
    return Script("json", "Azure Speech", tuple(pieces))
