"""Rehearse a restore: into an environment of its own, looked through, reported with a signature."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from archive.drills import Check, Drill, drills
from archive.errors import Invalid
from service.commands.opening import AsJson, show, the_house


def command(
    sample: Annotated[int, typer.Option(min=1, help="How many documents are looked at.")] = 200,
    full: Annotated[bool, typer.Option("--full", help="Look at all of them.")] = False,
    folder: Annotated[Path | None, typer.Option("--from", help="The set; a fresh one unless given.")] = None,
    keys: Annotated[Path | None, typer.Option(help="Its wrapped keys.")] = None,
    scratch: Annotated[Path | None, typer.Option(help="Where the scratch environment may stand.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Only list the drills that were held.")] = False,
    as_json: AsJson = False,
) -> None:
    """Restore a set where it can do no harm and compare it with what lives; status 1 when anything is wrong."""
    if listed:
        _list(as_json=as_json)
        return
    if (folder is None) != (keys is None):
        raise Invalid("Name a set by both of its folders: --from SET --keys SET.keys", code="backup_halved")
    with the_house():
        pass  # the schema as this code needs it
    words = [] if full else [f"--sample={sample}"]
    words += [f"--{name}={place}" for name, place in (("from", folder), ("keys", keys), ("scratch", scratch)) if place]
    held = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "workers.drill", *words], stdout=subprocess.PIPE, text=True, check=False
    )
    if not held.stdout:
        sys.exit(held.returncode or 1)  # it has said why
    told = json.loads(held.stdout)
    show(told, _in_lines(told), as_json=as_json)
    sys.exit(held.returncode)


def _list(*, as_json: bool) -> None:
    with the_house() as house, house.database.reading() as session:
        rows = drills(session)
    lines = [f"{row.no}  {row.began_at:%Y-%m-%d %H:%M}Z  {'ok' if row.ok else 'NOT OK'}  {row.source}" for row in rows]
    show([_in_short(row) for row in rows], "\n".join(lines) or "No drill was held yet.", as_json=as_json)


def _in_short(row: Drill) -> dict[str, Any]:
    return {
        "no": row.no, "ok": row.ok, "began_at": row.began_at.isoformat(), "set": row.source,
        "documents": row.documents, "findings": row.findings, "rpo_seconds": row.rpo_seconds,
        "rto_seconds": row.rto_seconds,
    }  # fmt: skip


def _in_lines(told: dict[str, Any]) -> str:
    report = told["report"]
    lines = [f"{told['no']}: {'all as it has to be' if told['ok'] else 'NOT as it has to be'}"]
    lines += [
        f"{check:<8} {tally['looked']} looked at, {tally['passed_over']} passed over, {tally['wrong']} wrong"
        for check in Check
        if (tally := report["tallies"].get(check))
    ]
    lines += [f"{one['problem']}: {one['subject']} {one['detail']}".rstrip() for one in report["findings"]]
    rpo, rto = report["rpo_seconds"], report["search_seconds"]
    lost = (
        f"RPO {rpo} s"
        if rpo is not None
        else "RPO: not known: there is no backup nor a set at a site yet, or the one that was named cannot be read"
    )
    return "\n".join([*lines, lost, f"RTO {rto} s" if rto else "RTO: not reached"])
