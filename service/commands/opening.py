"""How a command opens the installation and how it prints."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Annotated, Any, Final

import typer

from archive.database import Schema
from archive.errors import Conflict
from archive.house import House, open_house
from archive.logs import log_to_stderr
from archive.settings import Settings, load_settings, unknown_settings
from retention.classes import propose_seed
from retention.replay import condemn_again

BEGINS: Final = "A new one is begun by «anjuan serve», an old one brought back by «anjuan restore»."
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@contextlib.contextmanager
def the_house(
    *, prepare: bool = True, migrate: bool = False, begins: bool = False, given: Settings | None = None
) -> Iterator[House]:
    """The installation of the environment, closed at the end; `migrate` brings an older schema up to date.

    Conflict where there is none, unless the command `begins` one.
    """
    log_to_stderr()
    settings = given or the_settings()
    if begins:
        tell_of_beginning(settings)
    else:
        need_archive(settings)
    house = open_house(settings)
    try:
        if settings.read_only:
            tell(f"{settings.data} cannot be written: only what looks works, and nothing of it is logged.")
        elif prepare:
            _need_rows(house, begins=begins)
            make_ready(house, migrate=migrate)
        yield house
    finally:
        house.close()


def the_settings(**given: Any) -> Settings:  # noqa: ANN401 - the settings' own types check them
    """The settings of the environment; a line for each name in it that looks like one and is none."""
    settings = load_settings(**given)
    for line in strange_settings():
        tell(line)
    return settings


def strange_settings() -> list[str]:
    """What is said of each name in the environment that looks like a setting and is none."""
    return [
        f"{name} is no setting and changes nothing." + (f" Is {near} meant?" if near else "")
        for name, near in unknown_settings(os.environ)
    ]


def make_ready(house: House, *, migrate: bool = False) -> None:
    """Schema, key database and buckets as this code needs them, and the seed of retention classes. Idempotent.

    What was destroyed and stands again, because the rows were set back, is hidden before anybody can ask (R28).
    """
    house.prepare(migrate=migrate)
    if again := condemn_again(house):
        tell(f"The rows are older than {again} destructions: those documents are hidden and erased again.")
    with house.database.transaction() as session:
        propose_seed(session)


def need_archive(settings: Settings) -> None:
    """Conflict where no embedded archive stands: a folder that was mistyped, or whose disk is not mounted."""
    if not settings.begun:
        raise Conflict(
            f"There is no archive in {settings.data}, the folder that ANJUAN_DATA names. Is that the right folder, and "
            f"is its disk mounted? {BEGINS}",
        )


def _need_rows(house: House, *, begins: bool) -> None:
    """The same of a database server: an empty database is another one's, or a new installation's."""
    if house.settings.embedded_rows or house.database.schema() is not Schema.EMPTY:
        return
    if not begins:
        raise Conflict(f"There is no archive in the database that ANJUAN_DATABASE_URL names: it is empty. {BEGINS}")
    tell("A new archive begins in the database that ANJUAN_DATABASE_URL names.")


def tell_of_beginning(settings: Settings) -> None:
    """Say where a new archive begins: who typed the command in another folder than yesterday sees it at once."""
    if not settings.begun:
        tell(f"A new archive begins in {settings.data}. If yours is elsewhere, name it by ANJUAN_DATA.")


def show(value: object, text: str, *, as_json: bool) -> None:
    """Print a result: JSON in one line, or a text for people."""
    sys.stdout.write((json.dumps(value, ensure_ascii=False) if as_json else text) + "\n")


def tell(text: str) -> None:
    """Say something that is no data."""
    sys.stderr.write(text + "\n")
