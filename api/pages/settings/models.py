"""Which models hear and understand, in which languages, and whether all of them are there."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request, Response

from api.dependencies import SettingsDep
from api.doctor import Finding, findings
from api.pages.rendering import show
from api.pages.routing import page_router
from api.pages.settings.shared import AdminReaderDep
from api.pages.words import Words, marked
from api.settings import Settings

router = page_router("models")
_BOTH = marked("English and French")
_ANY = marked("any language")


@dataclass(frozen=True, slots=True)
class Engine:
    """What does one part of the work, and for which languages."""

    task: str
    name: str
    languages: str
    is_own: bool
    """Whether a setting named another than the one that comes with Talktrack."""


@dataclass(frozen=True, slots=True)
class ModelsPage:
    """The engines, and what was found when everything was looked at; None: not looked yet."""

    engines: Sequence[Engine]
    threads: int | None
    idle_minutes: float
    found: Sequence[Finding] | None

    @property
    def is_well(self) -> bool:
        """Whether nothing is missing."""
        return self.found is not None and all(one.is_well for one in self.found)


@router.get("/settings/models")
def show_models(
    request: Request, reader: AdminReaderDep, settings: SettingsDep, look: bool = False
) -> Response:
    """The engines; `look` reads every weight, which takes a second."""
    page = ModelsPage(
        engines=_engines(reader.words, settings),
        threads=settings.threads,
        idle_minutes=settings.idle_minutes,
        found=list(findings()) if look else None,
    )
    return show(request, reader, "settings_models.html", page)


def _engines(words: Words, settings: Settings) -> list[Engine]:
    return [
        Engine(
            words("Who speaks when"),
            settings.diarization or "pyannote segmentation, CAM++",
            words(_ANY),
            settings.diarization is not None,
        ),
        Engine(
            words("What is said"),
            settings.whisper or "Whisper base",
            words("English, French, and what Whisper knows besides"),
            settings.whisper is not None,
        ),
        Engine(
            words("Questions, objections, prices, next steps"),
            words("rules of Talktrack, grammar of spaCy"),
            words(_BOTH),
            is_own=False,
        ),
        Engine(words("Search by meaning"), "E5 small", words(_BOTH), is_own=False),
    ]
