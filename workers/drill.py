"""A restore drill: `python -m workers.drill` walks it for `anjuan drill` and prints what it found as JSON.

    a set       the one that is named, or one that is made for this drill
    restore     into an environment of its own: proved, keys, rows, objects
    open        what was destroyed since is hidden; the log and the rights are compared
    look        the drawn documents: bytes, pages, fields, text
    report      signed, printed, laid down for good, logged

The sandbox and the parsers are the worker's, so the service's command line starts this in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select

from archive import backup, checkpoints
from archive.audit import Act, AuditEntry
from archive.base import now
from archive.drills import Check, Drill, Problem, Report, Source, keep
from archive.errors import Fault, Refusal
from archive.house import House, open_house
from archive.logs import log_to_stderr
from archive.restoring import restore
from archive.settings import load_settings
from archive.stores.disk import make_folders
from indexes import open_engine
from indexes.sync import reindex
from retention.replay import condemn_again
from workers.drill_checks import Ledger, Looker, check_log, check_replay, check_rights, drawn
from workers.rehearsal import make_removable, scratch_settings
from workers.sandbox import Sandbox, SandboxMissing

Telling = Callable[[str], None]
TELL_EVERY: Final = 20


@dataclass(frozen=True, slots=True)
class Order:
    """Which set (none: a fresh one), how many documents (None: all), where the scratch environment may stand."""

    folder: Path | None = None
    keys: Path | None = None
    sample: int | None = 200
    place: Path | None = None


@dataclass
class _Walk:
    """What is known of a drill so far; a drill that breaks off is reported with what there is."""

    began_at: datetime = field(default_factory=now)
    started: float = field(default_factory=time.monotonic)
    ledger: Ledger = field(default_factory=Ledger)
    source: Source | None = None
    rpo: int | None = None
    opened: int | None = None
    searching: int | None = None
    documents: int = 0
    drawn: list[str] = field(default_factory=list)

    def lost_since(self, moment: datetime | None) -> None:
        """What came in since that moment would be lost."""
        self.rpo = int((self.began_at - moment).total_seconds()) if moment else None

    def since_start(self) -> int:
        """Whole seconds, rounded up: no drill takes none."""
        return int(time.monotonic() - self.started) + 1


def hold(house: House, order: Order, tell: Telling = lambda _: None) -> Drill:
    """Walk a drill and keep its report. What cannot be restored is a finding, not an error."""
    walk = _Walk()
    try:
        with _set(house, order, walk, tell) as (folder, keys), _restored(house, folder, keys, order, tell) as scratch:
            walk.ledger.add(Check.RESTORE)
            walk.opened = walk.since_start()
            check_replay(house, scratch, walk.ledger)
            check_log(house, scratch, str(backup.manifest_of(folder)["log"]), walk.ledger)
            check_rights(house, scratch, walk.ledger)
            _look(house, scratch, order.sample, walk, tell)
    except (Fault, Refusal, OSError, SandboxMissing) as error:
        subject = walk.source.name if walk.source else order.folder.name if order.folder else ""
        walk.ledger.add(Check.RESTORE, 0, wrong=[(subject, Problem.NOT_RESTORED, f"{type(error).__name__}: {error}")])
    return keep(house, _report(walk, order))


@contextmanager
def _set(house: House, order: Order, walk: _Walk, tell: Telling) -> Iterator[tuple[Path, Path]]:
    """The set that is named, or a fresh one that goes with the drill; what it is is noted."""
    with ExitStack() as held:
        folder, keys = order.folder, order.keys
        if folder is None or keys is None:
            walk.lost_since(_last_backup(house))  # before anything can break off
            tell("Making a set")
            place = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="anjuan-drill-set-", dir=order.place)))
            held.callback(make_removable, place)
            made = backup.write_set(house, place, place / "keys")
            folder, keys = made.folder, made.keys
        walk.started = time.monotonic()
        told = backup.manifest_of(folder)
        walk.source = _source(folder.name, told, fresh=order.folder is None)
        if not walk.source.fresh:
            walk.lost_since(walk.source.of)
        yield folder, keys


def _source(name: str, told: dict[str, Any], *, fresh: bool) -> Source:
    size = checkpoints.parse(told["log"]).checkpoint.size
    made_at = datetime.fromisoformat(told["made_at"])
    return Source(name, made_at, fresh, len(told["files"]), backup.size_of(told), size)


def _last_backup(house: House) -> datetime | None:
    """When the last set was made that is still there for an accident of this moment: those of drills are not."""
    with house.database.reading() as session:
        return session.scalar(
            select(func.max(AuditEntry.at)).where(AuditEntry.action.in_((Act.BACKUP_MADE, Act.SITE_SET_SENT)))
        )


@contextmanager
def _restored(house: House, folder: Path, keys: Path, order: Order, tell: Telling) -> Iterator[House]:
    """The set in an environment of its own, opened as a restore opens one: destructions are replayed first."""
    with scratch_settings(house.settings, backup.manifest_of(folder), order.place) as settings:
        tell("Restoring into a scratch environment")
        restore(settings, folder, keys, accept_older=True)
        scratch = open_house(settings)
        try:
            make_folders(settings.scratch)
            scratch.database.migrate()
            scratch.vault.prepare()
            condemn_again(scratch)
            yield scratch
        finally:
            scratch.close()


def _look(house: House, scratch: House, sample: int | None, walk: _Walk, tell: Telling) -> None:
    """Build the index, then take the drawn documents one by one."""
    settings = scratch.settings
    engine = open_engine("", settings.index_folder, settings.search_prefix, writer=True)
    sandbox = Sandbox.detect(settings.sandbox)
    try:
        tell("Building its search index")
        reindex(scratch.database, engine, scratch.vault)
        walk.searching = walk.since_start()
        walk.documents, walk.drawn = drawn(scratch, sample)
        walk.ledger.begin(Check.BYTES, Check.PAGES, Check.FIELDS, Check.TEXT)
        looker = Looker(house, scratch, sandbox, engine, walk.ledger)
        for number, document_id in enumerate(walk.drawn, start=1):
            looker.look(document_id)
            if number % TELL_EVERY == 0 or number == len(walk.drawn):
                tell(f"{number} of {len(walk.drawn)} documents looked at, {_left(walk, number)} s left")
    finally:
        sandbox.close()
        engine.close()


def _left(walk: _Walk, number: int) -> int:
    """Seconds that the rest takes at the rate so far."""
    spent = time.monotonic() - walk.started - (walk.searching or 0)
    return max(0, round(spent / number * (len(walk.drawn) - number)))


def _report(walk: _Walk, order: Order) -> Report:
    return Report(
        began_at=walk.began_at, ended_at=now(), source=walk.source, sample=order.sample, documents=walk.documents,
        drawn=walk.drawn, tallies=walk.ledger.tallies, findings=walk.ledger.findings, rpo_seconds=walk.rpo,
        open_seconds=walk.opened, search_seconds=walk.searching,
    )  # fmt: skip


def main(words: list[str] | None = None) -> int:
    """Hold a drill; 0 when all was as it has to be, 1 when not."""
    parser = argparse.ArgumentParser(prog="anjuan drill", description=__doc__)
    parser.add_argument("--sample", type=int, default=None)
    for name in ("--from", "--keys", "--scratch"):
        parser.add_argument(name, type=Path, default=None, dest=name[2:].replace("from", "folder"))
    given = parser.parse_args(words)
    log_to_stderr()
    house = open_house(load_settings())
    try:
        order = Order(given.folder, given.keys, given.sample, given.scratch)
        row = hold(house, order, lambda text: print(text, file=sys.stderr, flush=True))  # noqa: T201 - progress
    finally:
        house.close()
    sys.stdout.write(json.dumps({"no": row.no, "ok": row.ok, "report": json.loads(row.body)}, ensure_ascii=False))
    return 0 if row.ok else 1


if __name__ == "__main__":
    sys.exit(main())
