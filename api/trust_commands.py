"""Commands of trust: the trail, proofs of erasures, sealed secrets."""

from typing import Annotated

import typer

from api.command_ground import opened_database, read_settings, told
from api.console import out

audit_app = typer.Typer(help="The trail of who did what.", no_args_is_help=True)
erasure_app = typer.Typer(help="What was erased for good.", no_args_is_help=True)
secrets_app = typer.Typer(
    help="What opens CRMs and channels, sealed in the database.", no_args_is_help=True
)


def add_trust_commands(app: typer.Typer) -> None:
    """Give the command line what trust takes."""
    app.add_typer(secrets_app, name="secrets")
    app.add_typer(audit_app, name="audit")
    app.add_typer(erasure_app, name="erasure")


@audit_app.command(name="verify")
def verify_trail(
    head: Annotated[
        str | None, typer.Option(help="A head noted down before: it must still be there.")
    ] = None,
) -> None:
    """Check that nothing in the trail was changed, deleted or put in since it was written."""
    from models.audit_chain import check_chain
    from models.errors import Conflict

    with told(), opened_database() as engine:
        found = check_chain(engine, head)
        if found.problem is not None:
            raise Conflict(f"the trail was tampered with: {found.problem}")
        out.print(f"{found.linked} entries are as they were written; {found.waiting} to be linked")
        out.print(f"head {found.head}")


@erasure_app.command(name="verify")
def verify_erasures() -> None:
    """Check that every line that proves an erasure is as it was signed, here and by the files."""
    from api.serving import files_of
    from models.errors import Conflict
    from models.privacy.proofs import check_proofs

    with told(), opened_database() as engine:
        settings = read_settings()
        found = check_proofs(engine, files_of(settings), settings.signing_key())
        if found.problem is not None:
            raise Conflict(found.problem)
        out.print(f"{found.count} proofs of erasures are as they were signed")


@secrets_app.command(name="key")
def seal_key() -> None:
    """Print a new key for TALKTRACK_SEAL_KEYS: put it first there, then rotate."""
    from models.sealing import new_key

    out.print(new_key())


@secrets_app.command(name="rotate")
def rotate_seals() -> None:
    """Seal every secret with the first of the keys; then the others may be left out."""
    from api.administration import reseal_secrets

    with told(), opened_database() as engine:
        out.print(
            f"{reseal_secrets(engine, read_settings().seal())} secrets are under the first key"
        )
