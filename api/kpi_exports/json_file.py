"""Answers as JSON, as the API gives them, with what each means in both languages."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from api.answer_views import AnswerView
from models.kpis import Answer

_ANSWERS = TypeAdapter(list[AnswerView])


def to_json(answers: Sequence[Answer], language: str = "en") -> bytes:
    """A list of answers; `language` changes nothing, since both are in it."""
    del language
    return _ANSWERS.dump_json([AnswerView.of(one) for one in answers], indent=2)
