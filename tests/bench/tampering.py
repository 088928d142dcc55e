"""Random single changes of a certificate's bundle and of the log's rows: each has to be found, and its place named.

`python -m tests.bench --only tampering` makes 500 of either; a sample is part of the tests. What was not found, or
found without its place, is printed.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, text

from archive.anchors import anchor, anchored
from archive.audit import OPERATOR, Act, record
from archive.backup import copy_database
from archive.canonical import canonical
from archive.checkpoints import Checkpoint, sign
from archive.database import Database
from archive.log import ORIGIN, checkpoint, sequence_all, verify_log
from archive.merkle import leaf_hash, node_hash, root, tree_of
from archive.signing import Purpose
from retention.bundle import make, verify
from tests.bench.figures import Figure
from tests.houses import Home, embedded
from tests.unit.retention.test_bundle import changed, second_opinion, whole_bundle

PART: Final = "tampering"
FREE: Final = frozenset({"README.txt", "verify.py", verify.SUMS})
"""Bound by SHA256SUMS alone: who mends that may change them, and the published program is there for it."""
ENTRIES: Final = 60
SIGNED_AT: Final = (20, 45, ENTRIES)


def measure(changes: int = 500) -> list[Figure]:
    """How many of so many changes were not found, or not named."""
    with tempfile.TemporaryDirectory() as folder:
        missed = [*bundle_changes(changes, 2026), *log_changes(changes, 2026, Path(folder))]
    for line in missed:
        print(f"bench: missed: {line}", file=sys.stderr)
    return [
        Figure(PART, f"{of}: {changes} changes, not found or not named", _count(missed, of), "changes", ceiling=0)
        for of in ("bundle", "log")
    ]


def _count(missed: list[str], of: str) -> int:
    return sum(line.startswith(of) for line in missed)


# The bundle


def bundle_changes(count: int, seed: int) -> list[str]:
    """What was missed among so many single changes: letters, values, files, with the sums as they were or mended."""
    chance, files = random.Random(seed), whole_bundle()  # noqa: S311 - a repeatable choice
    missed = []
    for number in range(count):
        kind = chance.choice(list(BUNDLE))
        what, harmed, named = BUNDLE[kind](chance, files)
        found = _found_in(harmed)
        if found is None or not any(name in found for name in named):
            missed.append(f"bundle {number} {kind} {what}: {found}")
        elif kind in SECOND and second_opinion(harmed):
            missed.append(f"bundle {number} {kind} {what}: the second implementation found nothing")
    return missed


def _found_in(files: dict[str, bytes]) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        try:
            verify.report(verify.read(Path(folder)), [])
        except verify.Disagreement as found:
            return str(found)
    return None


Harmed = tuple[str, dict[str, bytes], list[str]]


def _letter(chance: random.Random, files: dict[str, bytes]) -> Harmed:
    name = chance.choice(sorted(files))
    return name, {**files, name: changed(files[name], chance)}, [name, verify.SUMS]


def _removed(chance: random.Random, files: dict[str, bytes]) -> Harmed:
    name = chance.choice(sorted(files))
    return name, {other: data for other, data in files.items() if other != name}, [name]


def _exchanged(chance: random.Random, files: dict[str, bytes]) -> Harmed:
    one, two = chance.sample(sorted(set(files) - {verify.SUMS}), 2)
    return f"{one} {two}", {**files, one: files[two], two: files[one]}, [one, two]


def _mended(chance: random.Random, files: dict[str, bytes]) -> Harmed:
    """A letter, by somebody who writes the sums anew."""
    name = chance.choice(sorted(set(files) - FREE))
    harmed = {**files, name: changed(files[name], chance)}
    return name, {**harmed, verify.SUMS: make.sums(harmed)}, [" "]


def _revalued(chance: random.Random, files: dict[str, bytes]) -> Harmed:
    """A value of a JSON file, in canonical form, by somebody who knows the format and has no key."""
    name = chance.choice(sorted(name for name in files if name.endswith(".json")))
    value = json.loads(files[name])
    where = _another(chance, value)
    harmed = {**files, name: canonical(value)}
    return f"{name} {where}", {**harmed, verify.SUMS: make.sums(harmed)}, [" "]


def _another(chance: random.Random, value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Change one leaf of a JSON value in place; where it stands."""
    places = list(_leaves(value, ()))
    path = chance.choice(places)
    inside = value
    for step in path[:-1]:
        inside = inside[step]
    old = inside[path[-1]]
    inside[path[-1]] = old + 1 if isinstance(old, int) else f"{old or ''}x" if isinstance(old, str | None) else "x"
    return "/".join(map(str, path))


def _leaves(value: Any, path: tuple[Any, ...]) -> Any:  # noqa: ANN401 - any JSON value
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not isinstance(value, dict | list):
        yield path
    for step, each in inside:
        yield from _leaves(each, (*path, step))


BUNDLE: Final[dict[str, Callable[[random.Random, dict[str, bytes]], Harmed]]] = {
    "letter": _letter, "file removed": _removed, "files exchanged": _exchanged, "letter, sums mended": _mended,
    "value, sums mended": _revalued,
}  # fmt: skip
SECOND: Final = frozenset({"letter, sums mended"})


# The log


@dataclass(frozen=True, slots=True)
class Written:
    """A log that stands, its rows as a file to be copied, and a copy of them from an earlier day."""

    home: Home
    rows: Path
    older: Path


def log_changes(count: int, seed: int, folder: Path) -> list[str]:
    """What was missed among so many single changes of the log's rows, by who owns the database and has no key."""
    chance = random.Random(seed)  # noqa: S311 - as above
    missed = []
    with embedded(folder / "data") as home:
        log = _written(home, folder)
        anchors = anchored(home.house)
        key = home.house.signing.installation(Purpose.CHECKPOINT)
        for number in range(count):
            kind = chance.choice(list(LOG))
            copy = folder / "copy.sqlite"
            named = LOG[kind](chance, log, copy)
            with closing(Database(f"sqlite:///{copy}")) as database, database.reading() as session:
                found = verify_log(session, key, home.house.vault, anchors)
            if found.ok or not re.search(named, found.problem):
                missed.append(f"log {number} {kind}, to be named {named}: {found.problem}")
            for path in folder.glob("copy.sqlite*"):
                path.unlink()
    return missed


def _written(home: Home, folder: Path) -> Written:
    older = folder / "older.sqlite"
    for number in range(1, ENTRIES + 1):
        with home.house.database.transaction() as session:
            record(session, OPERATOR, Act.PERSON_CHANGED, f"subject-{number:02d}", detail={"to": f"值 {number}"})
        if number in SIGNED_AT:
            with home.house.database.transaction() as session:
                sequence_all(session)
                checkpoint(session, home.house.signing.installation(Purpose.CHECKPOINT))
            anchor(home.house)
        if number == SIGNED_AT[1]:
            copy_database(home.house.settings.rows_url, older)
    copy_database(home.house.settings.rows_url, folder / "rows.sqlite")
    return Written(home, folder / "rows.sqlite", older)


def _owning(log: Written, copy: Path, change: Callable[[Connection], None]) -> None:
    """A copy of the rows with one change by its owner, before whom no trigger stands."""
    shutil.copyfile(log.rows, copy)
    with closing(Database(f"sqlite:///{copy}")) as database, database.engine.begin() as connection:
        for trigger in ("stays", "lasts", "begins"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS audit_entry_{trigger}"))
        change(connection)


def _column(chance: random.Random, log: Written, copy: Path) -> str:
    at, column = chance.randrange(ENTRIES), chance.choice(["actor", "action", "subject", "at"])
    value = "2020-01-01 00:00:00.000000" if column == "at" else "else"
    change = text(f"UPDATE audit_entry SET {column} = :v WHERE leaf_index = :at")  # noqa: S608 - one of four words
    _owning(log, copy, lambda connection: connection.execute(change, {"v": value, "at": at}))
    return f"Entry {at} shows"


def _body(chance: random.Random, log: Written, copy: Path) -> str:
    at = chance.randrange(ENTRIES)
    _owning(log, copy, lambda connection: _rewrite(connection, at, b'"subject-', b'"Subject-'))
    return f"Entry {at} shows|over entry {at},"


def _rewrite(connection: Connection, at: int, old: bytes, new: bytes) -> None:
    body = bytes(
        connection.execute(text("SELECT body FROM audit_entry WHERE leaf_index = :at"), {"at": at}).scalar_one()
    )
    values = {"b": body.replace(old, new), "at": at}
    connection.execute(text("UPDATE audit_entry SET body = :b WHERE leaf_index = :at"), values)


def _detail(chance: random.Random, log: Written, copy: Path) -> str:
    at = chance.randrange(ENTRIES)
    column, value = chance.choice([("plain", '{"to": "else"}'), ("salt", b"0123456789abcdef"), ("plain", None)])
    change = text(
        f"UPDATE audit_detail SET {column} = :v"  # noqa: S608 - one of two words
        " WHERE entry_id = (SELECT id FROM audit_entry WHERE leaf_index = :at)"
    )
    _owning(log, copy, lambda connection: connection.execute(change, {"v": value, "at": at}))
    return rf"entry {at}\b"


def _deleted(chance: random.Random, log: Written, copy: Path) -> str:
    at, closing_up = chance.randrange(ENTRIES), chance.random() < 0.5

    def change(connection: Connection) -> None:
        _forget(connection, at, at)
        for index in range(at + 1, ENTRIES) if closing_up else ():
            _move(connection, index, index - 1)

    _owning(log, copy, change)
    last = at == ENTRIES - 1
    return "there are 59" if last else f"over entry {at}," if closing_up else f"Entry {at} is missing"


def _forget(connection: Connection, least: int, most: int = ENTRIES) -> None:
    inside = "SELECT id FROM audit_entry WHERE leaf_index BETWEEN :least AND :most"
    values = {"least": least, "most": most}
    connection.execute(text(f"DELETE FROM audit_detail WHERE entry_id IN ({inside})"), values)  # noqa: S608 - our own words
    connection.execute(text("DELETE FROM audit_entry WHERE leaf_index BETWEEN :least AND :most"), values)


def _move(connection: Connection, at: int, to: int) -> None:
    connection.execute(text("UPDATE audit_entry SET leaf_index = :to WHERE leaf_index = :at"), {"at": at, "to": to})


def _swapped(chance: random.Random, log: Written, copy: Path) -> str:
    one, two = sorted(chance.sample(range(ENTRIES), 2))

    def change(connection: Connection) -> None:
        for at, to in ((one, 999), (two, one), (999, two)):
            _move(connection, at, to)

    _owning(log, copy, change)
    return f"over entry {one},"


def _inserted(chance: random.Random, log: Written, copy: Path) -> str:
    at = chance.randrange(ENTRIES)

    def change(connection: Connection) -> None:
        for index in range(ENTRIES - 1, at - 1, -1):
            _move(connection, index, index + 1)
        words = (
            "INSERT INTO audit_entry (id, at, actor, action, subject, body, leaf_index)"
            """ SELECT 'forged', at, actor, action, subject, replace(body, '"id":"', '"id":"forged'), :at"""
            " FROM audit_entry WHERE leaf_index = :other"
        )
        connection.execute(text(words), {"at": at, "other": 0 if at else 1})

    _owning(log, copy, change)
    return rf"[Ee]ntry {at}\b"


def _truncated(chance: random.Random, log: Written, copy: Path) -> str:
    """The tail, its tree and its checkpoints: only what was anchored is left to betray it."""
    size = chance.randrange(ENTRIES)
    _owning(log, copy, lambda connection: _cut(connection, size))
    return f"was signed; there are {size}"


def _cut(connection: Connection, size: int) -> None:
    _forget(connection, size)
    values = {"size": size}
    connection.execute(text("DELETE FROM log_node WHERE (position + 1) * (1 << level) > :size"), values)
    connection.execute(text("DELETE FROM log_checkpoint WHERE size > :size"), values)


def _signed_anew(chance: random.Random, log: Written, copy: Path) -> str:
    """One entry, the tree over it, and every checkpoint, signed with a key that is not the installation's."""
    at, other = chance.randrange(ENTRIES), log.home.house.signing.installation(Purpose.CERTIFICATE)

    def change(connection: Connection) -> None:
        _rewrite(connection, at, b'"subject-', b'"Subject-')
        connection.execute(
            text("UPDATE audit_entry SET subject = replace(subject, 's', 'S') WHERE leaf_index = :at"), {"at": at}
        )
        bodies = connection.execute(text("SELECT body FROM audit_entry ORDER BY leaf_index")).scalars().all()
        leaves = [leaf_hash(bytes(body)) for body in bodies]
        _grow_anew(connection, leaves)
        for size in SIGNED_AT:
            top = root(tree_of(leaves[:size]), size)
            values = {"n": sign(Checkpoint(ORIGIN, size, top), other), "r": top.hex(), "s": size}
            connection.execute(text("UPDATE log_checkpoint SET note = :n, root = :r WHERE size = :s"), values)

    _owning(log, copy, change)
    return "bears no signature"


def _grow_anew(connection: Connection, level: list[bytes]) -> None:
    for height in range(len(level).bit_length()):
        values = [{"h": value, "l": height, "p": position} for position, value in enumerate(level)]
        connection.execute(text("UPDATE log_node SET hash = :h WHERE level = :l AND position = :p"), values)
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]


def _tree_anew(chance: random.Random, log: Written, copy: Path) -> str:
    """One entry and the tree over it: the first checkpoint behind it tells, and so bounds the place."""
    at = chance.randrange(ENTRIES)

    def change(connection: Connection) -> None:
        _rewrite(connection, at, b'"at":"20', b'"at":"19')
        connection.execute(
            text("UPDATE audit_entry SET at = replace(at, '20', '19') WHERE leaf_index = :at"), {"at": at}
        )
        bodies = connection.execute(text("SELECT body FROM audit_entry ORDER BY leaf_index")).scalars().all()
        _grow_anew(connection, [leaf_hash(bytes(body)) for body in bodies])

    _owning(log, copy, change)
    behind = next(size for size in SIGNED_AT if size > at)
    return rf"first {behind} entries|[Ee]ntry {at}\b"


def _set_back(chance: random.Random, log: Written, copy: Path) -> str:
    """Yesterday's rows in the place of today's."""
    del chance
    shutil.copyfile(log.older, copy)
    return f"checkpoint of {ENTRIES} entries was signed; there are {SIGNED_AT[1]}"


LOG: Final[dict[str, Callable[[random.Random, Written, Path], str]]] = {
    "column": _column, "body": _body, "detail": _detail, "deleted": _deleted, "swapped": _swapped,
    "inserted": _inserted, "truncated": _truncated, "signed anew": _signed_anew, "tree anew": _tree_anew,
    "set back": _set_back,
}  # fmt: skip
