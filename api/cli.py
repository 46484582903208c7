"""The `talktrack` command. It imports the library only when a command runs, so help is instant."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from api.commands import add_commands
from api.console import EXIT_CODES, INTERRUPTED, fail

if TYPE_CHECKING:
    from analyzer.rewriting import Endpoint

app = typer.Typer(
    help="Hear a sales call and see what was said, by whom, and how it went. "
    "Nothing leaves this machine unless you name where it goes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

FORMATS = ("html", "json", "md", "txt", "srt", "vtt", "hearing")


@app.callback()
def _talktrack() -> None:
    """Commands are verbs: analyze, serve, doctor."""


def _formats(value: list[str]) -> list[str]:
    chosen = [name for text in value for name in text.replace(",", " ").split()]
    for name in chosen:
        if name not in FORMATS:
            raise typer.BadParameter(f"{name!r} is not one of {', '.join(FORMATS)}")
    return list(dict.fromkeys(chosen))


def _endpoint(url: str | None, model: str | None) -> "Endpoint | None":
    """Where summaries are reworded; nowhere unless both are told."""
    if url is None and model is None:
        return None
    if not url or not model:
        raise typer.BadParameter("--summary-endpoint and --summary-model go together")
    if not url.lower().startswith(("http://", "https://")):
        raise typer.BadParameter("--summary-endpoint must start with http:// or https://")
    from analyzer.rewriting import Endpoint
    from api.settings import Settings

    key = Settings.read().summary_key
    return Endpoint(url, model, key.get_secret_value() if key else None)


@app.command(epilog="Exit codes: " + "; ".join(f"{c} {why}" for c, why in EXIT_CODES.items()))
def analyze(  # noqa: PLR0913, PLR0917 (one parameter an option)
    files: Annotated[
        list[Path], typer.Argument(help="Recordings: any audio or video; or transcripts.")
    ],
    meeting: Annotated[
        Path | None, typer.Option(help="What is known before: participants, agenda, deal.")
    ] = None,
    agenda: Annotated[
        Path | None, typer.Option(help="The agenda alone: a line an item, or the invitation.")
    ] = None,
    playbook: Annotated[
        Path | None, typer.Option(help="What your team tracks, coaches and sells against.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Spoken language, such as en or fr; found when left out.")
    ] = None,
    speakers: Annotated[
        int | None, typer.Option(min=1, max=20, help="How many people speak, when you know it.")
    ] = None,
    output: Annotated[
        list[str],
        typer.Option(
            "--format",
            callback=_formats,
            help=f"Once or more, or with commas: {', '.join(FORMATS)}.",
        ),
    ] = ["html"],  # noqa: B006 (Typer copies it)
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path(),
    whisper: Annotated[
        str | None, typer.Option(help="Another Whisper: a folder, or a size with a network.")
    ] = None,
    diarization: Annotated[
        str | None, typer.Option(help="Another pyannote pipeline: a folder or a hub's name.")
    ] = None,
    token: Annotated[str | None, typer.Option(help="Opens a hub's pipeline.")] = None,
    summary_endpoint: Annotated[
        str | None,
        typer.Option(help="Lets a language model reword the summary: an OpenAI-compatible URL."),
    ] = None,
    summary_model: Annotated[
        str | None, typer.Option(help="Its model. The key is read from TALKTRACK_SUMMARY_KEY.")
    ] = None,
    threads: Annotated[
        int, typer.Option(min=1, help="Processor cores to use.", show_default="all")
    ] = os.cpu_count() or 2,
) -> None:
    """Turn recordings into call reports."""
    from analyzer import AnalyzerError, EngineChoice
    from api.analysis import Order, analyze_files

    try:
        order = Order.read(files, meeting, agenda, language, speakers)
        order = order.under(playbook) if playbook else order
        order = replace(order, endpoint=_endpoint(summary_endpoint, summary_model))
    except AnalyzerError as error:
        raise typer.Exit(fail(error)) from None
    choice = EngineChoice(whisper, diarization, token, threads)
    raise typer.Exit(analyze_files(order, choice, output, out))


@app.command()
def doctor() -> None:
    """Say what is missing and which command repairs it."""
    from pydantic import ValidationError

    from api.checkup import served
    from api.doctor import examine
    from api.settings import Settings

    try:
        more = served(Settings.read())
    except ValidationError:
        more = iter(())  # which it is, is among the findings
    raise typer.Exit(examine(more))


add_commands(app)


def main() -> None:
    """Run the command line; Ctrl-C ends it without a traceback."""
    try:
        app()
    except KeyboardInterrupt:
        _leave(INTERRUPTED)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            _leave(INTERRUPTED)
        raise


def _leave(code: int) -> NoReturn:
    """End now, with this code: Python itself would end by the signal if an import was cut short."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
