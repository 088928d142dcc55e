"""What is configured, reachable and missing, each with its remedy."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict

from archive.credentials import Standing, credentials_of, shared
from archive.errors import Unavailable
from archive.house import House
from archive.sites import PRIMARY, standing
from indexes import open_engine
from service import health
from service.commands.opening import AsJson, show, the_house
from service.health import Part

ASKING = 60
SAID = {"ok": "ok", "warn": "warn", "missing": "MISSING"}


def command(as_json: AsJson = False) -> None:
    """Ask every part of the installation; status 1 when a needed one is missing."""
    with the_house(prepare=False) as house:
        found = [*_parts(house), *_workers()]
    lines = [f"{SAID[part.standing]:<7} {part.name:<18} {part.detail}" for part in found]
    show([asdict(part) for part in found], "\n".join(lines), as_json=as_json)
    sys.exit(0 if all(part.ok or not part.needed for part in found) else 1)


def _parts(house: House) -> Iterator[Part]:
    settings = house.settings
    yield Part("data", ok=True, detail=str(settings.data))
    try:
        engine = open_engine(settings.search_url, settings.index_folder, settings.search_prefix, writer=False)
    except Unavailable as error:
        yield Part("search", ok=False, detail=error.detail, needed=False)
    else:
        yield from health.parts(house, engine)
        engine.close()
    yield from _credentials(house)
    yield _broker(house)


def _credentials(house: House) -> Iterator[Part]:
    """Every site's three, and whether one can do more than it should."""
    with house.database.reading() as session:
        rows = standing(session)
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
