"""Ask whether a package of the lock files has a known vulnerability, where somebody answers.

python -m tests.known_vulnerabilities    0: none, or nobody answered; 1: there is one

pip-audit asks osv.dev for each package by name and version, and for nothing else. A machine without
that network cannot know, which is told, and fails nothing.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

ROOT = Path(__file__).parent.parent
LOCKS = (ROOT / "requirements.lock", ROOT / "requirements-dev.lock")
ACCEPTED: dict[str, str] = {}
"""Vulnerabilities that do not concern us, by their id, and why."""
_LONGEST_S = 300


def audit(locks: tuple[Path, ...] = LOCKS, *asked: str) -> list[str] | None:
    """What is known against packages of lock files, a line each; None when nobody answered."""
    files = [part for one in locks for part in ("--requirement", str(one))]
    command = ["-m", "pip_audit", "--no-deps", "--disable-pip", "--progress-spinner", "off"]
    try:
        done = subprocess.run(
            [sys.executable, *command, "--format", "json", *(asked or ("-s", "osv")), *files],
            capture_output=True,
            timeout=_LONGEST_S,
            check=False,
        )
        packages = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return None
    if all("skip_reason" in one for one in packages):
        return None
    return [
        f"{one['name']} {one['version']}: {known['id']}, mended in "
        f"{', '.join(known['fix_versions']) or 'no version yet'}"
        for one in packages
        for known in one.get("vulns", ())
        if not {known["id"], *known["aliases"]} & set(ACCEPTED)
    ]


def main(osv_url: Annotated[str | None, typer.Option(help="Another OSV to ask.")] = None) -> None:
    """Print what is known; ends with 1 when there is anything."""
    found = audit(LOCKS, "-s", "osv", *(("--osv-url", osv_url) if osv_url else ()))
    if found is None:
        typer.echo("known vulnerabilities: nobody answered, so nothing was looked up")
        return
    typer.echo("\n".join(found) or "known vulnerabilities: none")
    raise typer.Exit(bool(found))


if __name__ == "__main__":
    typer.run(main)
