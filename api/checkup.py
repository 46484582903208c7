"""What `talktrack doctor` sees of a server: keys, database, files, and what is amiss."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from api.doctor import Finding
from api.serving import files_of
from api.settings import Settings
from models.alerts import Alert, alerts_of
from models.database import make_engine, releases
from models.embedded import start_embedded
from models.errors import StoreError
from models.operation import operation_state
from models.postmaster import is_alive
from models.stores import Patience

_BAD = 9
_HASTE = Patience(retries=1, retry_s=2.0, timeout_s=5.0, connect_s=2.0)
_PROBE = f"{'0' * 64}.wav"
_SAID = {
    "no_worker": "jobs wait and no worker lives: start one with talktrack worker",
    "disk_full": "free some room where files lie",
    "crm_login": "a CRM does not let us in any more: connect it again under Settings, CRM",
    "retention_late": "what is over its days is not deleted: see that a worker runs",
    "erasure_failed": "an erasure could not be ended: try it again under Settings, Privacy",
    "trail_unlinked": "the trail is not chained: see that a worker runs, then audit verify",
}


def served(settings: Settings) -> Iterator[Finding]:
    """Look at a server; what is not set up, or does not run, is passed over."""
    yield from _keys(settings)
    yield from _tracing(settings)
    yield _files(settings)
    with _database(settings) as engine:
        if engine is not None:
            yield from _of_database(engine)


def _keys(settings: Settings) -> Iterator[Finding]:
    if settings.seal_keys is None:
        return
    try:
        settings.seal()
    except StoreError as error:
        yield Finding("seal keys", False, f"TALKTRACK_SEAL_KEYS: {error}", _BAD)
    else:
        yield Finding("seal keys", True)


def _tracing(settings: Settings) -> Iterator[Finding]:
    if settings.otlp_endpoint is not None:
        from importlib.util import find_spec

        is_there = find_spec("opentelemetry.exporter.otlp.proto.http") is not None
        yield Finding("OpenTelemetry", is_there, "pip install 'talktrack[telemetry]'", 5)


def _files(settings: Settings) -> Finding:
    what = f"files in {settings.files_place}"
    try:
        files_of(settings, _HASTE).exists(_PROBE)
    except (StoreError, OSError) as error:
        repair = f"{error}; see TALKTRACK_FILES_URL and TALKTRACK_FILES_OPTIONS"
        return Finding(what, False, repair, _BAD)
    return Finding(what, True)


@contextmanager
def _database(settings: Settings) -> Iterator[Engine | None]:
    """The database, if one is named or the embedded one runs; none is started."""
    if settings.database_url is None and not is_alive(settings.database_folder):
        yield None
        return
    told = settings.database_url
    url = told.get_secret_value() if told else start_embedded(settings.database_folder)
    engine = make_engine(url, connections=1)
    yield engine
    engine.dispose()


def _of_database(engine: Engine) -> Iterator[Finding]:
    try:
        current, newest = releases(engine)
    except (SQLAlchemyError, StoreError) as error:
        why = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        yield Finding("database", False, f"{why}; see TALKTRACK_DATABASE_URL", _BAD)
        return
    what = f"database, schema {current or 'empty'} of {newest}"
    repair = "talktrack serve brings it up to date as it starts"
    yield Finding(what, current == newest, repair, _BAD)
    if current == newest:
        with Session(engine) as session:
            for one in alerts_of(session, operation_state(session), None):
                yield _amiss(one)


def _amiss(alert: Alert) -> Finding:
    """What an admin is told of; only what is bad makes the doctor fail."""
    words = _SAID.get(alert.code, f"see {alert.place} of the server")
    is_well = alert.severity != "bad"
    return Finding(f"{alert.code}: {words}" if is_well else alert.code, is_well, words, _BAD)
