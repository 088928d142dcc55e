"""The log, verified from the entries' bytes up, exported for others to verify, and proofs about it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from archive.anchors import anchor, anchored
from archive.log import checkpoint, sequence_all, verify_log
from archive.proofs import prove_consistency, prove_inclusion
from archive.signing import Purpose
from retention.bundle.log_export import export_log
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
    told = f"{held}: {found.size} entries, root {found.root}" + (f"\n{found.clock}" if found.clock else "")
    show(asdict(found), told, as_json=as_json)
    sys.exit(0 if found.ok else 1)


@group.command("export")
def export(folder: Annotated[Path, typer.Argument(help="An empty or new folder.")], as_json: AsJson = False) -> None:
    """Write the log into a folder in which anybody verifies it: `python3 -I verify_log.py`."""
    with the_house() as house:
        size = export_log(house, folder)
        fingerprint = house.signing.installation(Purpose.CHECKPOINT).fingerprint
    told = f"{size} entries in {folder}; fingerprint of the checkpoint key: {fingerprint}"
    show({"folder": str(folder), "size": size, "fingerprint": fingerprint}, told, as_json=as_json)


@group.command("prove")
def prove(
    entry: Annotated[str, typer.Argument(help="Id of an entry: prove that it is in the log.")] = "",
    since: Annotated[int | None, typer.Option("--since", help="Prove that the log only grew since this size.")] = None,
) -> None:
    """Print a proof as JSON, for `verify_log.py --proof FILE`; of one entry, or with --since of the log's growth."""
    if bool(entry) == (since is not None):
        raise typer.BadParameter("Give the id of an entry, or --since and a size.")
    with the_house() as house:
        key = house.signing.installation(Purpose.CHECKPOINT)
        with house.database.transaction() as session:
            proof = prove_inclusion(session, entry, key) if since is None else prove_consistency(session, since, key)
    typer.echo(json.dumps(proof, ensure_ascii=False, indent=1))
