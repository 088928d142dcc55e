"""What is configured, reachable and missing, each with its remedy."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace

from sqlalchemy.exc import SQLAlchemyError

from archive.credentials import Standing, credentials_of, shared
from archive.ending import BROKEN, WRONG
from archive.errors import Conflict, Unavailable
from archive.house import House
from archive.masterkey import MasterKeyRefused
from archive.settings import load_settings
from archive.sites import PRIMARY, standing
from indexes import open_engine
from service import health
from service.commands.counting import see_who_counts
from service.commands.opening import AsJson, show, strange_settings, the_house
from service.health import Part
from service.sites import PATIENCE, Sites
from service.surroundings import folders, signing

ASKING = 60
SAID = {"ok": "ok", "warn": "warn", "missing": "MISSING"}


def command(as_json: AsJson = False) -> None:
    """Ask every part; status 1 when one is missing that work goes on without, 3 when a needed one is."""
    found = [*_settings(), *_house(), *_workers()]
    lines = [f"{SAID[part.standing]:<7} {part.name:<18} {part.detail}" for part in found]
    show([asdict(part) for part in found], "\n".join(lines), as_json=as_json)
    missing = [part for part in found if not part.ok]
    sys.exit(BROKEN if any(part.needed for part in missing) else WRONG if missing else 0)


def _settings() -> Iterator[Part]:
    for line in strange_settings():
        yield Part("settings", ok=True, detail=line, needed=False, warns=True)
    yield from folders(load_settings())


def _house() -> Iterator[Part]:
    """What the service stands on. Without the master key or the data folder the rest of it cannot be asked."""
    try:
        with the_house(prepare=False) as house:
            yield from _parts(house)
            yield from signing(house)
            yield _broker(house)
    except MasterKeyRefused as error:
        yield Part("master key", ok=False, detail=health.in_a_line(error))
    except Conflict as error:  # no archive stands here
        yield Part("installation", ok=False, detail=error.detail)
    except OSError as error:
        yield Part("installation", ok=False, detail=health.in_a_line(error))


def _parts(house: House) -> Iterator[Part]:
    settings = house.settings
    see_who_counts(house)
    try:
        engine = open_engine(settings.search_url, settings.index_folder, settings.search_prefix, writer=False)
    except Unavailable as error:
        yield Part("search", ok=False, detail=error.detail, needed=False)
    else:
        found = list(health.parts(house, engine, Sites(house, PATIENCE)))
        engine.close()
        rows = all(part.ok for part in found if part.name in {"database", "schema"})
        yield from (part for part in map(_of_crew, found) if rows or part.name != "crew")
    yield from _credentials(house)


def _of_crew(part: Part) -> Part:
    """The service may well be down while this is asked: what comes in is kept, and done once somebody is there."""
    if part.ok or part.name != "crew":
        return part
    told = f"{part.detail}; workers come with «anjuan serve» (embedded) or «anjuan worker»"
    return replace(part, ok=True, warns=True, detail=told)


def _credentials(house: House) -> Iterator[Part]:
    """Every site's three, and whether one can do more than it should."""
    try:
        with house.database.reading() as session:
            rows = standing(session)
    except SQLAlchemyError:  # said by the database's own part
        rows = []
    for site in [PRIMARY, *(row.name for row in rows)]:
        for one in credentials_of(house, site):
            yield _credential(one, needed=site == PRIMARY)
    for told in shared(house, rows):
        yield Part("users", ok=True, detail=told, needed=False, warns=True)


def _credential(one: Standing, *, needed: bool) -> Part:
    name = f"store, {one.credential}" if needed else f"site {one.site}, {one.credential}"
    if one.trouble:
        return Part(name, ok=False, detail=one.trouble.partition("\n")[0][:300], needed=needed)
    detail = f"credential «{one.credential}» of site «{one.site}»"
    beyond = f"; it can {', '.join(one.excess)}, and should not" if one.excess else ""
    return Part(name, ok=True, detail=detail + beyond, needed=needed, warns=bool(one.excess))


def _broker(house: House) -> Part:
    from kombu import Connection  # noqa: PLC0415 - only this command asks

    url = house.settings.broker_url
    if not url:
        return Part("broker", ok=True, detail="files in the data folder", needed=False)
    try:
        with Connection(url, connect_timeout=3) as connection:
            connection.ensure_connection(max_retries=1)
    except Exception as error:  # noqa: BLE001 - as above
        return Part("broker", ok=False, detail=health.in_a_line(error), needed=False)
    return Part("broker", ok=True, detail=url.partition("://")[0], needed=False)


def _workers() -> Iterator[Part]:
    """What the reading workers stand on, asked in a process of theirs: the service never loads their parts."""
    words = [sys.executable, "-m", "workers.check"]
    asked = subprocess.run(words, capture_output=True, text=True, timeout=ASKING, check=False)  # noqa: S603 - our own words
    if asked.returncode:
        yield Part("workers", ok=False, detail=asked.stderr.strip()[-300:])
        return
    for told in json.loads(asked.stdout):
        yield Part(**told)
