"""What an import is told by a request, and what it tells."""

from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from api.views import View
from models.importing import ImportOptions, ImportReport

Short = Annotated[str | None, Query(max_length=100)]


class ImportProblemView(View):
    """Why a line was refused; `line` counts from 1, the header too, or is the row's number."""

    line: int
    column: str | None = Field(examples=["amount"])
    value: str | None = Field(examples=["12.5O"])
    message: str = Field(examples=["is no number; this file writes decimals with a point"])


class ImportNoticeView(View):
    """Something to know that refused nothing: how often, and the first place."""

    message: str = Field(examples=["has no offset, and was read by the clock of Europe/Paris"])
    column: str | None
    line: int | None
    value: str | None
    count: int


class FileImportView(View):
    """What became of the lines of a file; `lines` is the sum of the four that follow."""

    name: str = Field(examples=["deals.csv"])
    kind: str = Field(examples=["deals"])
    lines: int
    new: int
    changed: int
    same: int
    refused: int
    problems: list[ImportProblemView] = Field(description="The first 1,000.")
    problems_untold: int = Field(description="How many more there are.")
    notices: list[ImportNoticeView]


class ImportView(BaseModel):
    """What an import did, or a dry run would do."""

    is_dry_run: bool
    is_kept: bool = Field(
        description="False of a dry run, and of a strict import with a line that was refused."
    )
    files: list[FileImportView] = Field(description="In the order they came.")


def _options(  # noqa: PLR0913, PLR0917 (one parameter an option)
    dry_run: Annotated[bool, Query(description="Do all of it, report, and take it back.")] = False,
    strict: Annotated[
        bool, Query(description="One refused line refuses all lines of all files.")
    ] = False,
    time_zone: Annotated[
        str,
        Query(max_length=100, description="Of times without an offset whose rep has no zone."),
    ] = "UTC",
    origin: Annotated[
        str, Query(max_length=100, description="Where the rows come from: their ids are its own.")
    ] = "import",
    currency: Annotated[Short, Query(description="Of sums whose row has none.")] = None,
    decimal: Annotated[
        Literal[".", ","] | None, Query(description="The decimal mark; seen when left out.")
    ] = None,
    date_order: Annotated[
        Literal["dmy", "mdy"] | None, Query(description="How 03/04/2026 is meant.")
    ] = None,
    encoding: Annotated[Short, Query(description="Seen when left out.")] = None,
) -> ImportOptions:
    return ImportOptions(
        origin=origin,
        time_zone=time_zone,
        currency=currency,
        decimal=decimal,
        date_order=date_order,
        encoding=encoding,
        is_dry_run=dry_run,
        is_strict=strict,
    )


OptionsDep = Annotated[ImportOptions, Depends(_options)]


def import_view(reports: tuple[ImportReport, ...], options: ImportOptions) -> ImportView:
    """What an import did."""
    return ImportView(
        is_dry_run=options.is_dry_run,
        is_kept=options.keeps(reports),
        files=[FileImportView.model_validate(one) for one in reports],
    )
