"""Bring the data of an earlier version to this one: checks, a backup, the new schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archive.database import Schema
from archive.upgrade import look, upgrade
from service.commands.opening import AsJson, show, tell, the_house
from service.serving import alone


def command(
    target: Annotated[Path, typer.Argument(help="Folder for the set of rows and settings, on another disk.")],
    keys: Annotated[Path, typer.Option(help="Folder for the wrapped keys, kept apart and for a short time only.")],
    check: Annotated[bool, typer.Option("--check", help="Only say whether it can go well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop service and workers first. Killed at any step, run it again: the old state stands, or the new one."""
    with the_house(prepare=False) as house:
        if check:
            before, after = house.database.revision()
            nothing = house.database.schema() is Schema.CURRENT
            if not nothing:
                look(house)
            text = f"schema {after}: nothing to do" if nothing else f"schema {before} can go to {after}"
            show({"from": before, "to": after}, text, as_json=as_json)
            return
        with alone(house.settings, "End the service and its workers first."):
            done = upgrade(house, target, keys, tell)
    made = {"set": str(done.made.folder), "keys": str(done.made.keys)} if done.made else {}
    text = f"schema {done.after}; to go back: {made['set']}" if made else f"schema {done.after}: nothing to do"
    show({"from": done.before, "to": done.after, **made}, text, as_json=as_json)
