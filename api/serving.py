"""`talktrack serve` and `talktrack worker`: everything started, watched, and stopped in order."""

import gc
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import NoReturn

import uvicorn
from sqlalchemy import Engine
from starlette.types import ASGIApp
from threadpoolctl import threadpool_limits

from analyzer import Engines
from api import tracing
from api.console import out
from api.observing import begin_observing
from api.settings import Settings
from api.signing import first_run_code
from api.worker import open_workshop, run_worker
from models.database import keyed, make_engine, migrate, session_scope
from models.embedded import kept_running, start_embedded, stop_embedded
from models.files import Files
from models.first_admin import is_untouched
from models.stores import Patience

_LOG = logging.getLogger(__name__)
_GRACE_S = 10
_RESTART_S = 2.0
_WORKER = (sys.executable, "-m", "api.cli", "worker", "--until-eof")


def database_of(settings: Settings) -> str:
    """The URL of the database: the one in the settings, else the embedded one, started."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return start_embedded(settings.database_folder)


def files_of(settings: Settings, patience: Patience | None = None) -> Files:
    """Where files are kept; `patience` with a bucket that does not answer."""
    options = {name: value.get_secret_value() for name, value in settings.files_options.items()}
    return Files(settings.files_place, options=options, patience=patience)


def ready_engine(settings: Settings) -> Engine:
    """Connections to a database that is up to date."""
    engine = make_engine(database_of(settings))
    migrate(engine)
    return keyed(engine, settings.signing_key())


def watched(settings: Settings) -> AbstractContextManager[None]:
    """See to it that an embedded database lives as long as the block."""
    return nullcontext() if settings.database_url else kept_running(settings.database_folder)


def serve(
    settings: Settings,
    workers: int,
    *,
    worker: Sequence[str] = _WORKER,
    around: Callable[[ASGIApp], ASGIApp] = lambda app: app,
) -> None:
    """Serve the API, with some workers beside it, until Ctrl-C or SIGTERM.

    `worker` is the command of a worker that ends with its standard input; `around` puts
    something between the network and the API.
    """
    signal.signal(signal.SIGTERM, _end)
    begin_observing(settings, "web")
    listening = socket.create_server((settings.host, settings.port), backlog=512)
    engine = ready_engine(settings)
    gc.disable()  # garbage among what is loaded is looked for again and again, and never found
    from api.app import create_app  # takes seconds, which other commands can do without

    app = around(create_app(settings, engine, files_of(settings)))
    host, port = listening.getsockname()[:2]
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # addresses hold what people search for, and what opens links
        timeout_graceful_shutdown=_GRACE_S,
        server_header=False,
    )
    crew = Crew(workers, worker)
    settle()
    with watched(settings):
        try:
            crew.start()
            out.print(f"Talktrack serves at http://{host}:{port}  (Ctrl-C ends it)")
            welcome_first(settings, engine, host, port)
            Server(config).run(sockets=[listening])
        finally:
            crew.stop()


def settle() -> None:
    """Once all is loaded, and before the first request.

    What was loaded stays, and looking through it again would hold requests up. Arithmetic keeps
    to the thread of its request: others of its library would spin, beside a busy database.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    threadpool_limits(1, user_api="blas")


def welcome_first(settings: Settings, engine: Engine, host: str, port: int) -> None:
    """Tell the address at which the first person comes in, as long as nobody is there.

    Who sees this terminal is who may become the admin: the address has a code in it. A browser
    opens it where there is one to be seen.
    """
    with session_scope(engine) as session:
        if not is_untouched(session):
            return
    reached = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 (to be replaced)
    base = settings.public_url or f"http://{reached}:{port}"
    path = f"/welcome?code={first_run_code(settings.signing_key())}"
    out.print(f"Nobody is here yet. Begin at {base.rstrip('/')}{path}", soft_wrap=True)
    if sys.stdout.isatty():
        threading.Thread(
            target=_open, args=(f"http://{reached}:{port}{path}",), daemon=True
        ).start()


def _open(address: str) -> None:
    """Open an address in a browser with a window; there may be none."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if type(browser) is not webbrowser.GenericBrowser:  # that is one inside the terminal
        browser.open(address)


def _end(_number: int, _frame: object) -> NoReturn:
    """End in order when asked before the server itself listens for that."""
    sys.exit(0)


class Server(uvicorn.Server):
    """Ends with 0 when it is asked to end: uvicorn's own would end by the signal."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Finish what is under way on the first SIGTERM or Ctrl-C."""
        signals = (signal.SIGTERM, signal.SIGINT)
        before = {number: signal.signal(number, self.handle_exit) for number in signals}
        try:
            yield
        finally:
            for number, handle in before.items():
                signal.signal(number, handle)


def work(
    settings: Settings,
    queues: Sequence[str],
    concurrency: int,
    *,
    load: Callable[[], Engines] | None = None,
) -> None:
    """Be a worker until Ctrl-C or SIGTERM; `load` gets other engines than those of the settings."""
    signal.signal(signal.SIGTERM, _end)
    begin_observing(settings, "worker")
    url = database_of(settings)
    engine = make_engine(url)
    migrate(engine)
    engine.dispose()
    workshop = open_workshop(settings, url, files_of(settings), load)
    with watched(settings):
        run_worker(workshop, queues, concurrency, leave=lambda: _leave(settings))


def _leave(settings: Settings) -> NoReturn:
    """End at once: a thread that hears cannot be ended otherwise."""
    if settings.database_url is None:
        stop_embedded(settings.database_folder)
    tracing.flush()
    logging.shutdown()
    os._exit(0)


def end_with_input() -> None:
    """End this process as SIGTERM would, once whoever started it is gone."""
    signal.signal(signal.SIGTERM, _end)  # the end may come before anything has begun

    def watch() -> None:
        while os.read(0, 1024):  # not by way of sys.stdin, whose lock would outlive the end
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


class Crew:
    """Worker processes of this machine; one that dies is replaced."""

    def __init__(self, size: int, command: Sequence[str] = _WORKER) -> None:
        self._size, self._command = size, command
        self._stopping = threading.Event()
        self._watchers: list[threading.Thread] = []
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start every worker, each with someone who watches it."""
        for number in range(self._size):
            watcher = threading.Thread(target=self._watch, args=(number,), daemon=True)
            watcher.start()
            self._watchers.append(watcher)

    def stop(self) -> None:
        """Ask every worker to end, and wait until they have."""
        self._stopping.set()
        for process in list(self._running.values()):
            process.send_signal(signal.SIGTERM)
        for watcher in self._watchers:
            watcher.join(_GRACE_S * 2)
        for process in list(self._running.values()):
            if process.poll() is None:
                process.kill()

    def _watch(self, number: int) -> None:
        while not self._stopping.is_set():
            try:
                process = subprocess.Popen(  # noqa: S603 (our own command)
                    self._command,
                    stdin=subprocess.PIPE,  # it ends with us, however we end
                    start_new_session=True,
                )
            except OSError as error:
                _LOG.warning("a worker cannot be started (%s); trying again", error)
                self._stopping.wait(_RESTART_S)
                continue
            self._running[number] = process
            if self._stopping.is_set():
                process.send_signal(signal.SIGTERM)
            code = process.wait()
            if self._stopping.is_set():
                return
            _LOG.warning("a worker ended with %s; another takes its place", code)
            self._stopping.wait(_RESTART_S)
