"""The master key: exported in two parts for two safes, rotated, put back."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from archive.audit import OPERATOR, Act, record
from archive.errors import Conflict
from archive.masterkey import MasterKey, export_parts
from archive.site_sets import ask_to_send
from archive.sites import standing
from archive.vault_rows import in_use
from service.commands.opening import AsJson, show, tell, the_house, the_settings

group = typer.Typer(no_args_is_help=True)


@group.callback()
def keys() -> None:
    """The master key."""


@group.command("create")
def create(as_json: AsJson = False) -> None:
    """Make the master key's file before a distributed installation's first start; one that stands is not replaced."""
    settings = the_settings()
    path = settings.master_key
    if path.exists():
        raise Conflict(
            f"{path} exists already. A master key is made once; move it away first if it is not the right one."
        )
    if in_use(settings.vault_url):
        raise Conflict(
            "This installation has keys, and another master key would open none of them. Put the file back, or have "
            "it made of its two parts: «anjuan keys restore».",
            code="master_key_missing",
        )
    master = MasterKey.load(path, create=True)
    show({"key": master.id}, f"The master key {master.id} is in {path}.", as_json=as_json)


@group.command("export")
def export(as_json: AsJson = False) -> None:
    """Print the two parts. Put each into a safe of its own: both together open everything, one alone nothing."""
    with the_house() as house:
        first, second = export_parts(house.vault.master)
        text = f"Part 1 of 2: {first}\nPart 2 of 2: {second}"
        show({"part1": first, "part2": second}, text, as_json=as_json)
        house.vault.note_export()
        with house.database.transaction() as session:
            record(session, OPERATOR, Act.KEYS_EXPORTED, house.vault.master.id)
    tell("Print both, put each into another safe, and clear this screen. «anjuan keys restore» asks for both.")


@group.command("rotate")
def rotate(as_json: AsJson = False) -> None:
    """Wrap every key anew under a fresh master key; export that one again afterwards."""
    with the_house() as house:
        count = house.vault.rotate()
        with house.database.transaction() as session:
            record(session, OPERATOR, Act.KEYS_ROTATED, house.vault.master.id, detail={"keys": count})
            for site in standing(session):
                ask_to_send(session, site.name)  # the sets that stand there need the former key
    show({"keys": count}, f"{count} keys", as_json=as_json)
    tell(
        "The exported parts are of the former key: run «anjuan keys export» again. Keep the former parts for as long "
        "as you keep wrapped keys from before (anjuan-….keys, seven days): those sets open with them alone. Then "
        "destroy the former parts."
    )


@group.command("restore")
def restore(
    part1: Annotated[str, typer.Option(help="The first printed part; asked for unless given.")] = "",
    part2: Annotated[str, typer.Option(help="The second printed part; asked for unless given.")] = "",
    as_json: AsJson = False,
) -> None:
    """Put the master key's file back from its two parts, typed or a line each on standard input; replaces none."""
    path = the_settings().master_key
    if path.exists():
        raise Conflict(f"{path} exists already. Move it away first if it is not the right one.")
    master = MasterKey.restore(path, part1 or _asked("Part 1 of 2"), part2 or _asked("Part 2 of 2"))
    show({"key": master.id}, f"The master key {master.id} is in place.", as_json=as_json)


def _asked(what: str) -> str:
    """A line that nobody sees being typed; from a pipe or a file it is read as it comes."""
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    typed: str = typer.prompt(what, hide_input=True, err=True)
    return typed
