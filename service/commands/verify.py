"""Do rows and objects agree, and are the bytes what was stored."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from archive.audit import OPERATOR, Act, record
from archive.verification import Finding, verify
from service.commands.opening import AsJson, show, the_house


def command(
    full: Annotated[
        bool, typer.Option("--full/--structure", help="Open every byte, or compare names and sizes.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check every object of the primary site; status 1 when something is missing, damaged or nobody's."""
    findings: list[Finding] = []
    looked = 0
    with the_house() as house:
        with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("Verifying", total=None)
            for seen in verify(house, full=full):
                looked += 1
                findings += [seen.finding] if seen.finding else []
                progress.advance(task)
        with house.database.transaction() as session:
            told = {"full": full, "objects": looked, "findings": len(findings)}
            record(session, OPERATOR, Act.STORE_VERIFIED, house.site.site, detail=told)
    lines = [f"{found.fault}: {found.bucket}/{found.key} {found.detail}" for found in findings]
    result = {"ok": not findings, "objects": looked, "findings": [asdict(found) for found in findings]}
    show(result, "\n".join([*lines, f"{looked} objects, {len(findings)} findings"]), as_json=as_json)
    sys.exit(1 if findings else 0)
