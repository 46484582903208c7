"""An import as the form has it: files, how to read them, and whether to keep them."""

from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile

from starlette.exceptions import HTTPException

from api.intake.forms import Event, PartBegins, PartEnds
from api.intake.import_form import MOST_FILES, ImportForm
from models.errors import BadImport
from models.importing import ImportOptions, SalesFile
from models.new_calls import clean_name
from models.storable import readable

CHOICES = ("time_zone", "currency", "decimal", "date_order", "origin", "is_strict", "act")
_LONGEST = 200
_IN_MEMORY = 4 << 20


@dataclass(frozen=True, slots=True)
class ImportChoices:
    """What was chosen beside the files; empty: told by the files."""

    time_zone: str = "UTC"
    currency: str = ""
    decimal: str = ""
    date_order: str = ""
    origin: str = "import"
    is_strict: bool = False


@dataclass(slots=True)
class PageImportForm(ImportForm):
    """The files of a page's form, and the fields beside them."""

    fields: dict[str, str] = field(default_factory=dict)
    _named: str | None = None
    _text: bytes = b""

    @property
    def is_dry_run(self) -> bool:
        """Whether it is only to be checked."""
        return self.fields.get("act") != "import"

    @property
    def choices(self) -> ImportChoices:
        """What was chosen."""
        said = {name: self.fields.get(name, "").strip() for name in CHOICES}
        return ImportChoices(
            said["time_zone"] or "UTC",
            said["currency"].upper(),
            said["decimal"],
            said["date_order"],
            said["origin"] or "import",
            is_strict=said["is_strict"] == "on",
        )

    async def _take(self, event: Event) -> None:
        if isinstance(event, PartBegins) and event.filename is None:
            self._begin_field(event)
        elif self._named is not None:
            self._take_field(event)
        else:
            await ImportForm._take(self, event)  # noqa: SLF001 (its own)

    def _begin(self, part: PartBegins) -> None:
        if not part.filename:  # a browser sends a nameless file where none was chosen
            return
        if len(self.files) >= MOST_FILES:
            raise HTTPException(422, f"files: at most {MOST_FILES} at once; import them in turns")
        self._open = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (closed with the form)
        self.files.append(SalesFile(clean_name(part.filename), self._open))

    def _begin_field(self, part: PartBegins) -> None:
        if part.name not in CHOICES:
            raise HTTPException(422, f"{part.name[:80]!r} is no field of this form")
        self._named, self._text = part.name, b""

    def _take_field(self, event: Event) -> None:
        assert self._named is not None  # noqa: S101 (a field is open)
        if isinstance(event, PartEnds):
            self.fields[self._named] = readable(self._text.decode("utf-8", "replace"))
            self._named = None
        elif isinstance(event, bytes) and len(self._text) <= _LONGEST:
            self._text += event


def options_of(choices: ImportChoices, *, is_dry_run: bool) -> ImportOptions:
    """How to read the files. Raises BadImport for what cannot be meant."""
    if choices.decimal not in {"", ".", ","} or choices.date_order not in {"", "dmy", "mdy"}:
        raise BadImport("decimal mark and order of dates: choose one of the list")
    return ImportOptions(
        origin=choices.origin,
        time_zone=choices.time_zone,
        currency=choices.currency or None,
        decimal=choices.decimal or None,  # type: ignore[arg-type]
        date_order=choices.date_order or None,  # type: ignore[arg-type]
        is_dry_run=is_dry_run,
        is_strict=choices.is_strict,
        most_told=200,
    )
