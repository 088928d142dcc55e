"""The watched folder: what a scanner drops there is taken in, by whom the subfolder names (mission A1).

    WATCH/{person}/…files     taken in as that person; a scan batch for each subfolder below
    WATCH/{person}/.refused/  what was refused, beside a .txt that says why

A file is taken once it has rested for two seconds; it is removed only after its document is committed. The name, size
and content make its idempotency key, so a crash in between takes nothing in twice.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import select

from archive.access import Actor
from archive.errors import Refusal
from archive.house import House
from archive.intake import Order, take_in
from archive.people import Person, actor_for

log = structlog.get_logger()

REST: Final = 2.0
REFUSED: Final = ".refused"
NAME_BYTES: Final = 200
"""What is kept of a refused file's name: with the time before it and `.txt` behind it, it is still a name."""


def watch_once(house: House) -> int:
    """Take in what has come to rest; how many files."""
    root = house.settings.watch
    if root is None or not root.is_dir():
        return 0
    taken = 0
    for home in sorted(path for path in root.iterdir() if path.is_dir()):
        actor = _person(house, home.name)
        if actor is None:
            continue
        for path in _rested(home):
            taken += _take(house, actor, home, path)
    return taken


def _person(house: House, name: str) -> Actor | None:
    with house.database.reading() as session:
        person = session.scalar(select(Person).where(Person.name == name, Person.disabled_at.is_(None)))
        if person is None:
            return None
        return actor_for(person, scopes=frozenset({"read", "write"}), fresh_until=None, origin="watched folder")


def _rested(home: Path) -> Iterator[Path]:
    before = time.time() - REST
    for path in sorted(home.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(home).parts)
        if not hidden and not path.is_symlink() and path.is_file() and path.stat().st_mtime < before:
            yield path


def _take(house: House, actor: Actor, home: Path, path: Path) -> bool:
    """Take one file in; what cannot be read or moved is left where it is, and the others go on."""
    try:
        _take_in(house, actor, home, path)
    except Refusal as refusal:
        _set_aside(home, path, refusal)
        return False
    except OSError as error:
        log.warning("watch.unreadable", error=repr(error))
        return False
    return True


def _take_in(house: House, actor: Actor, home: Path, path: Path) -> None:
    with path.open("rb") as source:
        content = sha256(source.read(65536)).hexdigest()
        seen, name = path.stat(), path.relative_to(home)
        told = b"\0".join((os.fsencode(name), f"{seen.st_size}\0{seen.st_mtime_ns}\0{content}".encode()))
        source.seek(0)
        order = Order(file_name=path.name, idempotency_key=f"watch-{sha256(told).hexdigest()}")
        take_in(house, actor, order, source)
    path.unlink()


def _set_aside(home: Path, path: Path, refusal: Refusal) -> None:
    """Keep what was refused, out of the way, with the reason beside it: nothing is lost."""
    aside = home / REFUSED
    name = os.fsdecode(os.fsencode(path.name)[-NAME_BYTES:])
    target = aside / f"{time.time_ns()}-{name}"
    try:
        aside.mkdir(exist_ok=True)
        target.with_name(target.name + ".txt").write_text(f"{refusal.code}: {refusal.detail}\n", encoding="utf-8")
        path.rename(target)
    except OSError as error:
        log.warning("watch.stays", code=refusal.code, error=repr(error))
        return
    log.warning("watch.refused", code=refusal.code)
