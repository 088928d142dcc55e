"""Make a backup set while work goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archive.backup import make
from service.commands.opening import AsJson, show, tell, the_house


def command(
    target: Annotated[Path, typer.Argument(help="Folder for the set, on another disk.")],
    keys: Annotated[Path, typer.Option(help="Folder for the wrapped keys, kept apart and for a short time only.")],
    as_json: AsJson = False,
) -> None:
    """Rows, objects (embedded) and settings in one folder, wrapped keys in another; the master key is in neither."""
    with the_house() as house:
        made = make(house, target, keys)
        exported = house.vault.exported()
    told = {
        "set": str(made.folder), "keys": str(made.keys), "files": made.files, "bytes": made.bytes,
        "log_size": made.log_size,
    }  # fmt: skip
    show(told, f"{made.folder}\n{made.keys}\n{made.files} files, {made.bytes} bytes", as_json=as_json)
    if not exported:
        tell("The master key was not exported yet: without it nobody opens this set. Run «anjuan keys export».")
