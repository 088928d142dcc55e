"""The log, verified from the entries' bytes up."""

from __future__ import annotations

import sys
from dataclasses import asdict

import typer

from archive.log import checkpoint, sequence_all, verify_log
from archive.signing import Purpose
from service.commands.opening import AsJson, show, the_house

group = typer.Typer(no_args_is_help=True)


@group.callback()
def log() -> None:
    """The log."""


@group.command("verify")
def verify(as_json: AsJson = False) -> None:
    """Recompute the whole tree, its details' commitments and the signed checkpoints; status 1 names the first fault."""
    with the_house() as house:
        key = house.signing.installation(Purpose.CHECKPOINT)
        with house.database.transaction() as session:
            sequence_all(session)
            checkpoint(session, key)
        with house.database.reading() as session:
            found = verify_log(session, key, house.vault)
    held = "log intact" if found.ok else f"LOG NOT INTACT: {found.problem}"
    told = f"{held}: {found.size} entries, root {found.root}"
    show(asdict(found), told, as_json=as_json)
    sys.exit(0 if found.ok else 1)
