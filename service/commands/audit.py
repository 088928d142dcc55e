"""The log, verified from the entries' bytes up."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from archive.anchors import anchor, anchored
from archive.log import checkpoint, sequence_all, verify_log
from archive.signing import Purpose
from service.commands.opening import AsJson, show, the_house

group = typer.Typer(no_args_is_help=True)


@group.callback()
def log() -> None:
    """The log."""


@group.command("verify")
def verify(
    since: Annotated[
        bool, typer.Option("--since-checkpoint", help="Only what came after the last anchored one.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Recompute the tree, its details' commitments and all checkpoints, anchored ones too; status 1 names a fault."""
    with the_house() as house:
        key = house.signing.installation(Purpose.CHECKPOINT)
        anchors = anchored(house)
        last = max(anchors, key=lambda point: point.size, default=None) if since else None
        with house.database.transaction() as session:
            sequence_all(session)
            checkpoint(session, key)
        with house.database.reading() as session:
            found = verify_log(session, key, house.vault, anchors, since=last)
        anchor(house)
    held = "log intact" if found.ok else f"LOG NOT INTACT: {found.problem}"
    told = f"{held}: {found.size} entries, root {found.root}"
    show(asdict(found), told, as_json=as_json)
    sys.exit(0 if found.ok else 1)
