"""What is watched, as the settings say it, and why files there are perhaps not taken."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from sqlmodel import Session

from api.settings import Settings
from models.errors import BadInput, StoreDown, StoreError
from models.stores import folder_of
from models.tables import User
from models.users import find_user
from models.watched_places import Place, open_place

_NOT_TAKEN = "files of the watched places are not taken"


def watched_urls(settings: Settings) -> list[str]:
    """The watched folder and the inbox, as far as they are set."""
    folder = settings.import_folder
    return [one for one in (str(folder) if folder else None, settings.inbox_url) if one]


def watched_place(url: str, settings: Settings) -> Place:
    """A watched place, ready to be looked at.

    Raises BadInput when it is no place, or holds what Talktrack itself keeps, which would become
    calls again and again.
    """
    folder = folder_of(url)
    is_own = _is_ours(url, settings) if folder is None else _holds_ours(folder, settings)
    if is_own:
        raise BadInput(
            f"{url} cannot be watched: Talktrack keeps its own files there; name another"
        )
    options = {name: value.get_secret_value() for name, value in settings.files_options.items()}
    return open_place(url, options)


def rep_of(session: Session, settings: Settings) -> User:
    """Whose the calls of watched places are. Raises BadInput, which says what to do."""
    email = settings.import_rep
    if email is None:
        whose = "set TALKTRACK_IMPORT_REP to the e-mail of the rep whose calls they are"
        raise BadInput(f"{_NOT_TAKEN}: {whose}")
    rep = find_user(session, email)
    if rep is None or not rep.is_active:
        who = f"TALKTRACK_IMPORT_REP names {email}, who is no active user"
        raise BadInput(f"{_NOT_TAKEN}: {who}; name another, or `talktrack user add {email}`")
    return rep


def problems_of(session: Session, settings: Settings) -> list[str]:
    """Why files of watched places are not taken, each with what to do; none when all is well."""
    urls = watched_urls(settings)
    checks: list[Callable[[], object]] = [partial(_check, url, settings) for url in urls]
    if urls:
        checks.append(partial(rep_of, session, settings))
    return [why for check in checks for why in _why(check)]


def _check(url: str, settings: Settings) -> None:
    watched_place(url, settings)
    folder = folder_of(url)
    if folder is not None and not folder.is_dir():
        raise StoreDown(f"the folder {folder} is not there; make it, or watch another")


def _why(check: Callable[[], object]) -> Iterator[str]:
    try:
        check()
    except StoreError as error:
        yield " ".join(str(error).split())


def _holds_ours(folder: Path, settings: Settings) -> bool:
    """Whether the data folder or the files are below a folder, or it is among the files."""
    own = folder_of(settings.files_place)
    kept = [settings.data_folder.resolve()] + ([own.resolve()] if own else [])
    watched = folder.resolve()
    return any(one.is_relative_to(watched) for one in kept) or (
        own is not None and watched.is_relative_to(own.resolve())
    )


def _is_ours(url: str, settings: Settings) -> bool:
    watched, own = (f"{one.rstrip('/')}/" for one in (url, settings.files_place))
    return watched.startswith(own) or own.startswith(watched)
