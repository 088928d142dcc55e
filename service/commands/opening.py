"""How a command opens the installation and how it prints."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from archive.house import House, open_house
from archive.settings import load_settings
from service.logs import log_to_stderr

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@contextlib.contextmanager
def the_house(*, prepare: bool = True) -> Iterator[House]:
    """The installation of the environment, its schema brought up to date, closed at the end."""
    log_to_stderr()
    house = open_house(load_settings())
    try:
        if prepare:
            house.prepare()
        yield house
    finally:
        house.close()


def show(value: object, text: str, *, as_json: bool) -> None:
    """Print a result: JSON in one line, or a text for people."""
    sys.stdout.write((json.dumps(value, ensure_ascii=False) if as_json else text) + "\n")


def tell(text: str) -> None:
    """Say something that is no data."""
    sys.stderr.write(text + "\n")
