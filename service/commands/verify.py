"""Do rows and objects agree, and are the bytes what was stored."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from archive.audit import OPERATOR, Act, record
from archive.errors import Unavailable
from archive.house import House
from archive.verification import Finding, verify
from indexes import open_engine
from indexes.life import ask_to_tend
from indexes.sync import NO_DRIFT, Drift, drift
from service.commands.opening import AsJson, show, the_house


def command(
    full: Annotated[
        bool, typer.Option("--full/--structure", help="Open every byte, or compare names and sizes.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check every object of the primary site and the search index; status 1 when anything is missing or damaged."""
    findings: list[Finding] = []
    looked = 0
    drifted = NO_DRIFT
    with the_house() as house:
        with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("Verifying", total=None)
            for seen in verify(house, full=full):
                looked += 1
                findings += [seen.finding] if seen.finding else []
                progress.advance(task)
        drifted = _index(house)
        with house.database.transaction() as session:
            told = {"full": full, "objects": looked, "findings": len(findings)}
            record(session, OPERATOR, Act.STORE_VERIFIED, house.site.site, detail=told)
    lines = [f"{found.fault}: {found.bucket}/{found.key} {found.detail}" for found in findings]
    ok = not findings and drifted.none
    faults = [asdict(found) for found in findings]
    result = {"ok": ok, "objects": looked, "findings": faults, "index": asdict(drifted)}
    index = f"index: {len(drifted.missing)} missing, {len(drifted.stale)} stale, {len(drifted.extra)} without a row"
    show(result, "\n".join([*lines, index, f"{looked} objects, {len(findings)} findings"]), as_json=as_json)
    sys.exit(0 if ok else 1)


def _index(house: House) -> Drift:
    """How the search index differs from the rows; a worker is asked to mend it. Nothing while it cannot answer."""
    settings = house.settings
    engine = open_engine(settings.search_url, settings.index_folder, settings.search_prefix, writer=False)
    try:
        with house.database.reading() as session:
            found = drift(session, engine)
    except Unavailable:
        found = NO_DRIFT
    finally:
        engine.close()
    if not found.none:
        with house.database.transaction() as session:
            ask_to_tend(session)
    return found
