"""What the command line says, and the code it ends with."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from analyzer import AnalyzerError
    from models.errors import StoreError
    from models.tables import User

COMMAND_LINE = "command line"
"""What those who work at it go by."""
INTERRUPTED = 130
EXIT_CODES: Mapping[int, str] = {
    0: "all done",
    2: "wrong options",
    3: "a recording cannot be heard",
    4: "the meeting or agenda file cannot be read",
    5: "a package or weights are missing",
    6: "an engine failed",
    7: "no room, or no right, to write",
    8: "the playbook cannot be read",
    9: "the database or the files do not allow it",
    10: "a transcript cannot be read",
    11: "a file to import cannot be read, or lines of it",
    INTERRUPTED: "interrupted",
}

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def exit_code(error: "AnalyzerError | StoreError") -> int:
    """The code for an error; the first of several files decides."""
    import analyzer
    from models import errors as kept

    codes: dict[type[Exception], int] = {
        kept.StoreFull: 7,
        kept.BadImport: 11,
        analyzer.BadRecording: 3,
        analyzer.BadMeeting: 4,
        analyzer.EngineMissing: 5,
        analyzer.EngineFailed: 6,
        analyzer.OutOfRoom: 7,
        analyzer.BadPlaybook: 8,
        analyzer.BadTranscript: 10,
    }
    return codes.get(type(error), 9 if isinstance(error, kept.StoreError) else 1)


def fail(error: "AnalyzerError | StoreError") -> int:
    """Say an error in one line; returns its exit code."""
    err.print(f"[bold red]error[/] {escape(' '.join(str(error).split()))}")
    return exit_code(error)


def deliver(content: bytes, output: Path | None, told: str) -> None:
    """Write to a file and tell of it in a few words; without a file, print."""
    if output is not None:
        output.write_bytes(content)
        out.print(escape(f"{output}: {told}"))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(content)


def as_admin() -> "User":
    """Whoever works at the command line: no row of any table, and sees everything."""
    from models.tables import User

    return User(email=COMMAND_LINE, name=COMMAND_LINE, role="admin")


def plain(text: str) -> str:
    """The text without signs that a terminal would act on."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
