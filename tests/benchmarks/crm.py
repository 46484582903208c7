"""What CRMs get, and give: notes in bad weather, and a backlog of deals.

    python -m tests.benchmarks.crm [--pushes 500] [--deals 10000] [--markdown docs/performance.md]

Calls are pushed to each vendor's fake on loopback while 5 % of its requests go wrong, each kind of
fault as often; time for paces and limits goes by `SPEED` times as fast, at both ends. Deals come
from a CRM that takes 20 ms a call, in a process of its own whose memory is measured.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import text

from analyzer.engines.scripted import ScriptedEngines
from api.crm import vendors
from api.crm.console import Console
from api.crm.pace import Pacer
from api.crm.wire import Wire
from api.engine_lease import EngineLease
from api.settings import Settings
from api.syncing import sync
from api.workshop import Workshop
from models.crm.connections import NewConnection, add_connection
from models.crm.deal import CrmCompany, CrmDeal, CrmPerson, StageEntered
from models.database import make_engine, migrate, session_scope
from models.embedded import start_embedded, stop_embedded
from models.files import Files
from models.tables import User
from models.users import add_user
from tests.accuracy.limits import Check
from tests.accuracy.tables import Table, check_table, show
from tests.api.working import conversation
from tests.crm.fakes.faults import Faults
from tests.crm.fakes.hubspot import HubSpotFake
from tests.crm.fakes.pipedrive import Limits, PipedriveFake, Shop
from tests.crm.fakes.salesforce import SalesforceFake
from tests.crm.fakes.serving import serve
from tests.crm.pushing import KINDS, SAID, Desk

PAGE = Path("docs/performance.md")
SPEED, SHARE = 10.0, 0.05
MOST_S, MOST_MIB = 120.0, 200.0
_LATENCY_S = 0.02
_ROUNDS = 200
_AT = datetime(2026, 9, 1, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pushed:
    """What came of pushing some calls to one vendor."""

    kind: str
    calls: int
    notes: int
    doubled: int
    lost: int
    over_limit: int
    faults: int
    requests: int
    seconds: float


@contextmanager
def new_workshop(folder: Path, hosts: tuple[str, ...] = ()) -> Iterator[Workshop]:
    """A Talktrack with an embedded PostgreSQL of its own."""
    url = start_embedded(folder / "pg")
    engine = make_engine(url, connections=5)
    migrate(engine)
    settings = Settings(
        data_folder=folder / "talktrack",
        database_url=SecretStr(url),
        seal_keys=SecretStr(Fernet.generate_key().decode()),
        crm_hosts=hosts,
    )
    lease = EngineLease(lambda: ScriptedEngines(conversation(SAID)), 60)
    try:
        yield Workshop(settings, engine, Files(settings.files_place), lease)
    finally:
        engine.dispose()
        stop_embedded(folder / "pg")


def new_admin(workshop: Workshop, name: str) -> User:
    """Somebody who connects CRMs."""
    with session_scope(workshop.engine) as session:
        return add_user(session, User(email=f"{name}@beacon.example", name=name, role="admin"))


def push_all(workshop: Workshop, kind: str, shop: Shop, url: str, count: int) -> Pushed:
    """Push some calls to a vendor whose requests go wrong now and then."""
    desk = Desk(workshop, new_admin(workshop, kind), kind, shop, url)
    desk.run("DELETE FROM deal")
    _limit(desk.fake)
    desk.fake.faults = Faults(share=SHARE)
    calls = [desk.new_call() for _ in range(count)]
    begun = time.perf_counter()
    for _ in range(_ROUNDS):
        desk.work()
        if desk.connection().state == "needs_login":
            desk.let_in()
        desk.pass_time()
        time.sleep(10.0 / SPEED)  # a minute at least, outside
        if not desk.left():
            break
    took = time.perf_counter() - begun
    there = Counter(words for one in calls for words in [str(one)] * len(desk.notes(one)))
    return Pushed(
        kind,
        count,
        sum(there.values()),
        sum(found - 1 for found in there.values() if found > 1),
        count - len(there),
        desk.fake.over_limit,
        len(desk.fake.faults.happened),
        len(desk.fake.calls),
        took,
    )


def _limit(fake: Any) -> None:
    """What the smallest plans allow, by the faster clock."""
    if isinstance(fake, HubSpotFake):
        fake.limits = {"": (100, 10.0 / SPEED), "search": (5, 1.0 / SPEED)}
    elif isinstance(fake, PipedriveFake):
        fake.limits = Limits(period_s=2.0 / SPEED)
    elif isinstance(fake, SalesforceFake):
        fake.limits = {"day": 15_000}


def hurry() -> None:
    """Have the clock of paces and pauses go faster."""

    def clock() -> float:
        return time.monotonic() * SPEED

    def sleep(seconds: float) -> None:
        time.sleep(seconds / SPEED)

    Pacer.__init__.__defaults__ = (clock, sleep)
    Wire.__init__.__kwdefaults__["sleep"] = sleep


class Distant(Console):
    """A CRM that takes its time for every answer."""

    def changed_deals(self, since: datetime | None, cursor: str | None) -> Any:
        """A page of deals."""
        time.sleep(_LATENCY_S)
        return super().changed_deals(since, cursor)

    def deals(self, deal_ids: Any) -> list[CrmDeal]:
        """Some deals by their ids."""
        time.sleep(_LATENCY_S)
        return super().deals(deal_ids)


def some_deals(count: int) -> Iterator[CrmDeal]:
    """Deals of a company in ten, each with a contact and three stages."""
    for number in range(count):
        at = _AT - timedelta(minutes=number)
        company = CrmCompany(f"c{number // 10}", f"Company {number // 10}", f"c{number // 10}.test")
        stages = ("Qualified", "Proposal", "Negotiation")
        yield CrmDeal(
            str(number),
            f"Deal {number}",
            "open",
            stages[-1],
            pipeline="Sales",
            amount=Decimal("1200.50"),
            currency="EUR",
            created_at=at - timedelta(days=9),
            updated_at=at,
            company=company,
            contacts=(CrmPerson(f"p{number}", f"Buyer {number}", f"b{number}@{company.domain}"),),
            history=tuple(
                StageEntered(one, at - timedelta(days=9 - 3 * place))
                for place, one in enumerate(stages)
            ),
        )


def sync_all(folder: Path, count: int) -> dict[str, float]:
    """Seconds, and MiB more than before, to copy a backlog; in this process."""
    with new_workshop(folder) as workshop:
        there = Distant(some_deals(count), sys.stderr)
        vendors.Console = lambda *_, **__: there  # type: ignore[assignment,misc]
        admin = new_admin(workshop, "console")
        with session_scope(workshop.engine) as session:
            new = NewConnection("Console", "console", "", {}, {})
            seal = workshop.settings.seal()
            connection_id = add_connection(session, admin, new, seal).id
        Path("/proc/self/clear_refs").write_text("5")
        before, begun = _memory_mib("VmRSS"), time.perf_counter()
        copied = sync(workshop, connection_id)
        took = time.perf_counter() - begun
        deals = 0 if copied is None else copied.new
        return {"seconds": took, "mib": _memory_mib("VmHWM") - before, "deals": deals}


def _memory_mib(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (one for one in lines if one.startswith(f"{field}:"))
    return int(line.split()[1]) / 1024


def _alone(folder: Path, count: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.crm", "--only-sync", str(folder)]
    ran = subprocess.run(
        [*command, "--deals", str(count)], capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise RuntimeError(ran.stderr[-2000:])
    told: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return told


def _all_pushed(folder: Path, count: int) -> list[Pushed]:
    shop, found = Shop(), []
    hurry()
    with serve(shop) as url, new_workshop(folder, (url.removeprefix("http://"),)) as workshop:
        for kind in KINDS:
            found.append(push_all(workshop, kind, shop, url, count))
            with workshop.engine.begin() as connection:
                connection.execute(text("DELETE FROM crm_connection"))
            sys.stderr.write(f"{found[-1]}\n")
    return found


def main(
    pushes: Annotated[int, typer.Option(help="How many calls are pushed to each.")] = 500,
    deals: Annotated[int, typer.Option(help="How many deals are copied.")] = 10_000,
    only_sync: Annotated[Path | None, typer.Option(hidden=True)] = None,
    markdown: Annotated[Path | None, typer.Option(help="A page to put the tables in.")] = None,
) -> None:
    """Measure, print, and fail when a requirement is not met."""
    if only_sync is not None:
        sys.stdout.write(f"{json.dumps(sync_all(only_sync, deals))}\n")
        return
    with tempfile.TemporaryDirectory(prefix="talktrack-crm-") as scratch:
        folders = [Path(scratch) / name for name in ("pushing", "syncing")]
        for one in folders:
            one.mkdir()
        found = _all_pushed(folders[0], pushes)
        synced = _alone(folders[1], deals)
    checks = list(_checks(found, synced, deals))
    told = "\n\n".join(
        (
            _pushed_table(found).markdown(),
            check_table("What is required of it", checks).markdown(),
        )
    )
    show(told, markdown or PAGE, "crm", write=markdown is not None)
    raise typer.Exit(0 if all(one.passed for one in checks) else 1)


def _pushed_table(found: list[Pushed]) -> Table:
    columns = (
        "CRM",
        "calls",
        "notes",
        "doubled",
        "lost",
        "limits exceeded",
        "faults",
        "requests",
        "seconds",
    )
    rows = (
        (
            one.kind,
            *(
                str(value)
                for value in (
                    one.calls,
                    one.notes,
                    one.doubled,
                    one.lost,
                    one.over_limit,
                    one.faults,
                    one.requests,
                )
            ),
            f"{one.seconds:.0f}",
        )
        for one in found
    )
    return Table("Notes while 5 % of requests go wrong", columns, tuple(rows))


def _checks(found: list[Pushed], synced: dict[str, float], deals: int) -> Iterator[Check]:
    for one in found:
        wrong = one.doubled + one.lost + abs(one.notes - one.calls)
        yield Check(f"{one.kind}: notes doubled or lost", wrong, 0, "reports")
        yield Check(f"{one.kind}: requests over a limit", one.over_limit, 0, "requests")
    yield Check(f"{deals:,} deals copied", synced["seconds"], MOST_S, "seconds")
    yield Check("memory that takes", synced["mib"], MOST_MIB, "MiB")
    yield Check("deals missing", deals - synced["deals"], 0, "reports")


if __name__ == "__main__":
    typer.run(main)
