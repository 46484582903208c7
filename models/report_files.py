"""A report as a file: in every format that the library writes, without the sound."""

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from sqlmodel import Session

from analyzer.codec import dumps_hearing
from analyzer.formats import FORMATS, Rendering
from models.errors import BadInput, Missing
from models.hearings import load_hearing
from models.reports import load_report, read_report_json
from models.tables import Call

MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "hearing": "application/json",
        "html": "text/html; charset=utf-8",
        "json": "application/json",
        "md": "text/markdown; charset=utf-8",
        "srt": "application/x-subrip; charset=utf-8",
        "txt": "text/plain; charset=utf-8",
        "vtt": "text/vtt; charset=utf-8",
    }
)
"""What each format is served as."""


def render(
    session: Session, call_id: UUID, form: str, *, language: str | None = None
) -> tuple[str, str]:
    """The media type and the text of a call's report in a format of `MEDIA_TYPES`.

    `language` is the reader's; None takes the call's own. Raises BadInput for another format,
    Missing when there is no report yet.
    """
    if form not in MEDIA_TYPES:
        raise BadInput(
            f"format: there is no {form[:40]!r}; known: {', '.join(sorted(MEDIA_TYPES))}"
        )
    return MEDIA_TYPES[form], _text(session, call_id, form, language)


def _text(session: Session, call_id: UUID, form: str, language: str | None) -> str:
    match form:
        case "json":
            return read_report_json(session, call_id)
        case "hearing":
            hearing = load_hearing(session, call_id)
            if hearing is None:
                raise Missing(f"call {call_id} was not heard yet: wait until it is")
            return dumps_hearing(hearing)
        case _:
            report = load_report(session, call_id)
            call = session.get(Call, call_id)
            title = call.title if call else None
            return FORMATS[form](report, Rendering(language=language, file_name=title))
