"""From one version to the next: look whether it can go well, make a set, migrate. Killed at any step it is run again.

    look        nothing is touched: versions, workers, room, whether rows, keys and objects answer
    back up     a set of rows and keys; the objects stay as they are, no upgrade changes one
    migrate     one transaction with its entry in the log: the old state or the new one, nothing between

The set goes back by the earlier version's `anjuan restore`, into places from which rows and keys were moved away.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import inspect, make_url, select, text

from archive.attendance import Attendance, at_work
from archive.audit import OPERATOR, Act, record
from archive.backup import Made, make
from archive.database import Schema
from archive.errors import Conflict, Damaged
from archive.house import House
from archive.stores.port import Bucket

ROOM: Final = 3
"""Times the rows' size: tables are copied while they change, and the journal holds them once more."""


@dataclass(frozen=True, slots=True)
class Upgraded:
    """The schema before and after, and the set that was made; equal and None when there was nothing to do."""

    before: str
    after: str
    made: Made | None


def upgrade(house: House, target: Path, keys: Path, tell: Callable[[str], None] = lambda _: None) -> Upgraded:
    """Bring an installation to this version. Conflict, with nothing changed, when something stands against it."""
    before, after = house.database.revision()
    if house.database.schema() in {Schema.CURRENT, Schema.EMPTY}:
        house.prepare()
        return Upgraded(after, after, None)
    tell("1/3 checks")
    look(house)
    tell("2/3 rows and keys are backed up")
    made = make(house, target, keys, objects=False)
    tell(f"3/3 schema {before} to {after}")
    told = {"from": before, "to": after, "set": made.folder.name}
    house.database.migrate(
        lambda session: record(session, OPERATOR, Act.INSTALLATION_UPGRADED, "installation", detail=told)
    )
    house.prepare()
    return Upgraded(str(before), after, made)


def look(house: House) -> None:
    """Whether an upgrade can go well; touches nothing. Conflict or Damaged says what stands against it."""
    found = house.database.schema()
    if found is Schema.NEWER:
        raise house.database.mismatch(found)
    _need_nobody_at_work(house)
    _need_whole_rows(house)
    _need_room(house)
    house.vault.blind("upgrade", "")
    house.site.stat(Bucket.RECORDS, "upgrade")


def _need_nobody_at_work(house: House) -> None:
    """Workers of the earlier version would write rows as they knew them."""
    if not inspect(house.database.engine).has_table(Attendance.__tablename__):
        return
    with house.database.reading() as session:
        if at_work(session).by_queue.total():
            names = ", ".join(session.scalars(select(Attendance.worker).order_by(Attendance.worker)))
            raise Conflict(
                f"Workers are at work: {names}. Stop service and workers first; one that was killed is forgotten after "
                "90 seconds.",
                code="workers_at_work",
            )


def _need_whole_rows(house: House) -> None:
    if house.database.engine.dialect.name != "sqlite":
        return
    with house.database.reading() as session:
        told = session.scalar(text("PRAGMA quick_check(1)"))
    if told != "ok":
        raise Damaged(f"The rows are damaged ({told}). Nothing was changed: restore the last backup first.")


def _need_room(house: House) -> None:
    if house.database.engine.dialect.name != "sqlite":
        return
    rows = Path(make_url(house.settings.rows_url).database or "")
    needed, free = ROOM * rows.stat().st_size, shutil.disk_usage(rows.parent).free
    if free < needed:
        raise Conflict(
            f"{rows.parent} has {free >> 20} MiB left, the upgrade may need {needed >> 20}. Make room first.",
            code="no_room",
        )
