"""The commands of a server: serve, worker, user, token, secrets, import, kpis, report, backup...

Each imports what it needs when it runs, so that help stays instant.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.command_ground import asked, opened_database, read_settings, told
from api.console import out
from api.trust_commands import add_trust_commands

if TYPE_CHECKING:
    from sqlalchemy import Engine

user_app = typer.Typer(help="The people who may sign in.", no_args_is_help=True)
_QUEUES = ("hear", "understand", "push", "housekeeping")
_ROLES = ("rep", "manager", "admin")
_DIMENSIONS = (
    "rep", "team", "region", "channel", "product", "call_type", "customer", "stage"
)  # fmt: skip
_Family = Literal["revenue", "pipeline", "activity", "customers", "costs", "calls", "own"]
_MOST_PROBLEMS = 1_000_000
"""So many go to a file of problems at most."""


def add_commands(app: typer.Typer) -> None:
    """Give the command line what a server needs."""
    app.command()(serve)
    app.command()(worker)
    app.command(name="import")(import_files)
    app.command()(kpis)
    app.command()(report)
    app.command(name="winning-calls")(winning_calls)
    app.command()(backup)
    app.command()(restore)
    app.command()(token)
    app.add_typer(user_app, name="user")
    add_trust_commands(app)


def serve(
    host: Annotated[str | None, typer.Option(help="The address to serve at.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to serve at.")] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Worker processes beside the server; 0 for none.")
    ] = 1,
) -> None:
    """Serve the API, with the database and a worker: everything in one."""
    from api.serving import serve as run

    with told():
        settings = read_settings()
        given = {"host": host, "port": port}
        changed = {name: value for name, value in given.items() if value is not None}
        run(settings.model_copy(update=changed), workers)


def worker(
    queues: Annotated[
        str, typer.Option(help=f"Which to serve, with commas: {', '.join(_QUEUES)}.")
    ] = ",".join(_QUEUES),
    concurrency: Annotated[int, typer.Option(min=1, help="How many calls are heard at once.")] = 1,
    until_eof: Annotated[
        bool, typer.Option(hidden=True, help="End when the standard input does.")
    ] = False,
) -> None:
    """Hear and understand calls, on this or any machine that reaches database and files."""
    names = tuple(queues.replace(",", " ").split())
    unknown = set(names) - set(_QUEUES)
    if unknown or not names:
        raise typer.BadParameter(f"--queues takes {', '.join(_QUEUES)}")
    from api.serving import end_with_input, work

    if until_eof:
        end_with_input()
    with told():
        work(read_settings(), names, concurrency)


@user_app.command(name="add")
def add(
    email: str,
    name: Annotated[str | None, typer.Option(help="Left out: taken from the address.")] = None,
    role: Annotated[str, typer.Option(help=f"One of {', '.join(_ROLES)}.")] = "rep",
    team: Annotated[str | None, typer.Option(help="Made when there is none of that name.")] = None,
    password: Annotated[
        str | None,
        typer.Option(
            prompt="Password (empty: none, only tokens)",
            prompt_required=False,
            hide_input=True,
            help="Asked for when no value follows.",
        ),
    ] = None,
) -> None:
    """Add someone who may use Talktrack; the first admin too."""
    if role not in _ROLES:
        raise typer.BadParameter(f"--role takes {', '.join(_ROLES)}")
    from api.administration import new_user

    with told(), opened_database() as engine:
        user = new_user(engine, email, name or email.split("@")[0], role, team, password or None)
        out.print(f"added {user.email} as {user.role}; now: talktrack token {user.email}")


def token(
    email: str,
    name: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    scope: Annotated[
        list[str] | None, typer.Option(help="read, write, admin; repeat it. None: all three.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, help="How long it is good; none: no end.")
    ] = None,
) -> None:
    """Make a token with which programs speak for someone; it is shown this once."""
    from api.administration import new_token
    from models.tokens import SCOPES

    with told(), opened_database() as engine:
        made = new_token(engine, email, name, tuple(scope or SCOPES), days)
        print(made)  # noqa: T201 (to be piped)


def import_files(  # noqa: PLR0913, PLR0917 (one parameter an option)
    files: Annotated[list[Path], typer.Argument(help="CSV files: deals, leads, activities...")],
    dry_run: Annotated[bool, typer.Option(help="Only say what would happen.")] = False,
    strict: Annotated[bool, typer.Option(help="Take nothing if any line is wrong.")] = False,
    time_zone: Annotated[
        str, typer.Option(help="Of times without one whose rep has none either.")
    ] = "UTC",
    origin: Annotated[
        str, typer.Option(help="Where the rows come from: their ids are its own.")
    ] = "import",
    currency: Annotated[
        str | None, typer.Option(help="Of sums whose row has none, such as EUR.")
    ] = None,
    decimal: Annotated[
        Literal[".", ","] | None, typer.Option(help="The decimal mark; seen when left out.")
    ] = None,
    date_order: Annotated[
        Literal["dmy", "mdy"] | None, typer.Option(help="How 03/04/2026 is meant.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Such as windows-1252; seen when left out.")
    ] = None,
    problems: Annotated[
        Path | None, typer.Option(help="A CSV file to write every problem to.")
    ] = None,
) -> None:
    """Bring in sales data: who sells what to whom, and what became of it."""
    from api.administration import import_tables
    from models.errors import BadImport
    from models.importing import ImportOptions

    try:
        options = ImportOptions(
            origin=origin,
            time_zone=time_zone,
            currency=currency,
            decimal=decimal,
            date_order=date_order,
            encoding=encoding,
            is_dry_run=dry_run,
            is_strict=strict,
            most_told=_MOST_PROBLEMS if problems else 1000,
        )
    except BadImport as error:
        raise typer.BadParameter(str(error)) from None
    with told(), opened_database() as engine:
        raise typer.Exit(import_tables(engine, files, options, problems))


def kpis(  # noqa: PLR0913, PLR0917 (one parameter an option)
    period: Annotated[
        str, typer.Option(help="Such as 2026-Q3, 2026-11, FY2026, last_month or last_30_days.")
    ] = "this_month",
    by: Annotated[
        list[str] | None,
        typer.Option(help=f"Split into groups, once or more: {', '.join(_DIMENSIONS)}."),
    ] = None,
    each: Annotated[
        Literal["day", "week", "month", "quarter", "year"] | None,
        typer.Option(help="Cut the period into pieces."),
    ] = None,
    kpi: Annotated[
        list[str] | None,
        typer.Option(help="Only this one, such as win_rate; once or more. Left out: all."),
    ] = None,
    family: Annotated[_Family | None, typer.Option(help="Only those of a family.")] = None,
    currency: Annotated[
        str | None, typer.Option(help="The currency of sums; left out: the settings'.")
    ] = None,
    language: Annotated[Literal["en", "fr"], typer.Option(help="Of names and numbers.")] = "en",
    form: Annotated[
        Literal["table", "json", "csv", "xlsx", "pdf"],
        typer.Option("--format", help="How it is told; all but the table say what figures mean."),
    ] = "table",
    output: Annotated[
        Path | None, typer.Option(help="The file to write to; xlsx and pdf need one.")
    ] = None,
) -> None:
    """Tell what calls and deals came to: the headline KPIs, then the whole catalogue."""
    if output is None and form in {"xlsx", "pdf"}:
        raise typer.BadParameter(f"--format {form} needs --output FILE")
    if output is not None and form == "table":
        raise typer.BadParameter("--output needs --format json, csv, xlsx or pdf")
    from api.kpi_console import Order, tell_kpis

    order = Order(
        period=period,
        by=tuple(by or ()),
        each=each,
        kpis=tuple(kpi or ()),
        family=family,
        currency=currency,
        language=language,
        form=form,
        output=output,
    )
    with asked() as (engine, settings):
        tell_kpis(engine, settings, order)


def report(
    rep: Annotated[str, typer.Option(help="The rep's e-mail address.")],
    period: Annotated[
        str, typer.Option(help="Such as 2026-Q3, 2026-11, last_month; two years at most.")
    ] = "last_90_days",
    form: Annotated[
        Literal["html", "pdf", "json"], typer.Option("--format", help="What to write.")
    ] = "html",
    language: Annotated[Literal["en", "fr"], typer.Option(help="Of words and numbers.")] = "en",
    output: Annotated[
        Path | None, typer.Option(help="The file to write to; pdf needs one.")
    ] = None,
) -> None:
    """Write the coaching report of a rep: strengths, what to work on, promises, goals."""
    if output is None and form == "pdf":
        raise typer.BadParameter("--format pdf needs --output FILE")
    from api.report_console import ReportOrder, tell_report

    order = ReportOrder(rep, period, form, language, output)
    with asked() as (engine, settings):
        tell_report(engine, settings, order)


def winning_calls(
    period: Annotated[
        str | None, typer.Option(help="Of deals closed in it, such as 2026; left out: of all.")
    ] = None,
    call_type: Annotated[str | None, typer.Option(help="Only such calls: discovery...")] = None,
    language: Annotated[Literal["en", "fr"], typer.Option(help="Of the sentences.")] = "en",
    form: Annotated[
        Literal["text", "json"], typer.Option("--format", help="How it is told.")
    ] = "text",
) -> None:
    """Tell what goes with winning here (an association, no cause), or why it cannot be told."""
    from api.association_console import tell_winning_calls

    with asked() as (engine, settings):
        tell_winning_calls(
            engine, settings, period=period, call_type=call_type, language=language, form=form
        )


def backup(path: Annotated[Path, typer.Argument(help="The archive to write, .tar.")]) -> None:
    """Write database and files to one archive, while Talktrack goes on."""
    from api.serving import files_of
    from models.backup import back_up

    with told(), opened_database() as engine:
        made = back_up(engine, files_of(read_settings()), path.resolve())
        out.print(f"{made.path}: {made.calls} calls, {made.files} files")


def restore(
    path: Annotated[Path, typer.Argument(help="The archive to read.")],
    replace: Annotated[bool, typer.Option(help="Lose what is there now.")] = False,
) -> None:
    """Put a backup back, into an empty database or in place of what is there."""
    from api.administration import erase_again
    from api.serving import files_of
    from models.backup import restore as put_back

    with told(), opened_database() as engine:
        settings, again = read_settings(), list[int]()
        files = files_of(settings)

        def finish(fresh: "Engine") -> None:
            again.append(erase_again(fresh, settings, files))

        done = put_back(engine, files, path, replace=replace, finish=finish)
        out.print(f"restored {done.calls} calls and {done.files} files of {done.made_at:%c}")
        out.print(f"{sum(again)} erasures made since then were made again")
