"""A Tryton to try Talktrack with: `python -m tests.crm.tryton`, and what people do there.

It has no pages of its own (Tryton's clients are separate programs), so its deals and notes are
shown, won and lost from a second terminal.
"""

import argparse
import signal
import sys

import httpx

from tests.crm.tryton import examples
from tests.crm.tryton.client import TrytonClient, TrytonSaid
from tests.crm.tryton.company import LOGIN, PASSWORD
from tests.crm.tryton.installation import NoTryton
from tests.crm.tryton.running import Tryton, running
from tests.crm.tryton.sales import Sales
from tests.crm.tryton.server import ADMIN_PASSWORD, DATABASE

PORT = 8900
_STARTED = """\
Tryton {version} is at {url} (Ctrl-C ends it, and all that was written to it).

  kind      tryton
  address   {url}
  database  {database}
  login     {login}
  password  {password}

Connect Talktrack to it under Settings, CRM. Whoever runs Talktrack allows a server of this machine
by naming it with its port: {host}

In a second terminal, with the number of a deal:
  python -m tests.crm.tryton deals{port}
  python -m tests.crm.tryton notes 1{port}
  python -m tests.crm.tryton win 1{port}
  python -m tests.crm.tryton lose 1{port}
"""


def main() -> None:
    """Start a Tryton, or do something in the one that runs."""
    asked = _arguments().parse_args()
    try:
        if asked.what == "serve":
            _serve(asked.port)
        else:
            _act(asked.what, asked.deal, asked.port)
    except (NoTryton, TrytonSaid, RuntimeError) as error:
        sys.exit(str(error))
    except httpx.ConnectError:
        sys.exit(f"No Tryton at port {asked.port}; start it with: python -m tests.crm.tryton")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.crm.tryton", description=__doc__)
    what = ("serve", "deals", "notes", "win", "lose")
    parser.add_argument("what", nargs="?", choices=what, default="serve")
    parser.add_argument("deal", nargs="?", type=int, help="the number of a deal")
    parser.add_argument("--port", type=int, default=PORT)
    return parser


def _serve(port: int) -> None:
    _say("Starting Tryton; the first time it is installed, which takes a minute.")
    # A terminal that is closed ends it as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with running(port) as tryton:
        with tryton.sales() as sales:
            examples.seed(sales)
        _say(_told(tryton, port))
        try:
            signal.pause()
        except KeyboardInterrupt:
            _say("Ended.")


def _told(tryton: Tryton, port: int) -> str:
    asked = {"id": 1, "method": "common.server.version", "params": []}
    return _STARTED.format(
        version=httpx.post(f"{tryton.url}/rpc/", json=asked).json()["result"],
        url=tryton.url,
        host=tryton.host,
        database=DATABASE,
        login=LOGIN,
        password=PASSWORD,
        port="" if port == PORT else f" --port {port}",
    )


def _act(what: str, deal: int | None, port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    with TrytonClient(url, DATABASE, "admin", ADMIN_PASSWORD) as client:
        sales = Sales(client)
        if what == "deals":
            _list(sales)
        elif deal is None:
            sys.exit(f"Say of which deal: python -m tests.crm.tryton {what} 1")
        elif what == "notes":
            _say("\n\n----\n\n".join(sales.notes(deal)) or f"Deal {deal} has no notes.")
        elif not client.rows("sale.opportunity", [["id", "=", deal]], "id"):
            sys.exit(f"There is no deal {deal}; see: python -m tests.crm.tryton deals")
        else:
            sales.win(deal) if what == "win" else sales.press(deal, "lost")
            _list(sales)


def _list(sales: Sales) -> None:
    names = ("description", "state", "amount", "currency.code", "party.name")
    for row in sales.client.rows("sale.opportunity", [], *names):
        amount = row["amount"]["decimal"] if row["amount"] else "-"
        words = (row["party."]["name"], row["description"] or "")
        notes = len(sales.notes(row["id"]))
        _say(
            f"{row['id']:>4}  {row['state']:<12} {amount:>12} {row['currency.']['code']}"
            f"  {notes} notes  {': '.join(words)}"
        )


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
