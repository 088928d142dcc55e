"""The log as a tree: one sequencer gives entries their leaf index without gaps; checkpoints are signed (invariant 7).

Source: records-rules §7; RFC 6962. What is promised: an entry that has an index never changes, moves or disappears
without `verify_log` naming the first place where it did.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import String, and_, false, func, insert, inspect, or_, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive import checkpoints
from archive.audit import AuditEntry
from archive.base import Row, now
from archive.checkpoints import Checkpoint
from archive.details import WRITTEN, Details, Written
from archive.errors import Damaged
from archive.merkle import EMPTY_ROOT, Frontier, HashAt, Node, inclusion_proof, leaf_hash
from archive.signing import SigningKey
from archive.vault import Vault

ORIGIN: Final = "anjuan/log"
PAGE: Final = 2000
SKEW: Final = timedelta(minutes=1)
_LOCK: Final = 7_281_931
DIGEST: Final = 64
COMMITTED: Final = len('"detail":"') + DIGEST


class LogNode(Row):
    """The hash of one perfect subtree: 2^level leaves from index·2^level on."""

    __tablename__ = "log_node"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[bytes]


class LogCheckpoint(Row):
    """A signed checkpoint: what the log was at one size."""

    __tablename__ = "log_checkpoint"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[str] = mapped_column(String(64))
    note: Mapped[str]
    at: Mapped[datetime]
    anchored_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where an entry stands in the tree of a checkpoint, and the proof."""

    body: bytes
    index: int
    proof: list[bytes]
    note: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found: size and root (hex) of what holds, or the first thing that does not.

    `clock` names the first entry that says an earlier time than one before it: a clock that was set back, or a date
    that was made up by who could write entries. The order of the log does not rest on clocks, so it holds all the same.
    """

    ok: bool
    size: int
    root: str
    problem: str = ""
    clock: str = ""


def size_of(session: Session) -> int:
    """How many entries have their place."""
    last = session.scalar(select(func.max(AuditEntry.leaf_index)))
    return 0 if last is None else last + 1


def began(session: Session) -> datetime | None:
    """When the archive began: the log's first entry, None before there is one."""
    return session.scalar(select(AuditEntry.at).where(AuditEntry.leaf_index == 0))


def anything_waits(session: Session) -> bool:
    """Whether an entry has no place yet."""
    return session.scalar(select(AuditEntry.id).where(AuditEntry.leaf_index.is_(None)).limit(1)) is not None


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Entries that have no place yet: how many, and since when the oldest one waits."""

    count: int
    since: datetime | None


def unplaced(session: Session) -> Unplaced:
    """What waits for its place in the tree."""
    asked = select(func.count(), func.min(AuditEntry.at)).where(AuditEntry.leaf_index.is_(None))
    return Unplaced(*session.execute(asked).one())


def sequence(session: Session, limit: int = PAGE) -> int:
    """Give up to `limit` waiting entries their leaf index, in the order of their instants; how many it gave."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    session.flush()
    asked = select(AuditEntry.id, AuditEntry.body).where(AuditEntry.leaf_index.is_(None))
    waiting = session.execute(asked.order_by(AuditEntry.at, AuditEntry.id).limit(limit)).all()
    if not waiting:
        return 0
    frontier = Frontier.read(reader(session), size_of(session))
    placed, nodes = list[dict[str, object]](), list[dict[str, object]]()
    for entry_id, body in waiting:
        placed.append({"id": entry_id, "leaf_index": frontier.size})
        frontier, made = frontier.append(leaf_hash(body))
        nodes += [{"level": node.level, "position": node.index, "hash": node.hash} for node in made]
    session.execute(update(AuditEntry), placed)
    session.execute(insert(LogNode), nodes)
    return len(waiting)


def sequence_all(session: Session) -> int:
    """Give every entry that waits its place; the size of the tree."""
    while sequence(session):
        pass
    return size_of(session)


def reader(session: Session) -> HashAt:
    """The stored tree. Damaged where a node is missing."""

    def hash_at(level: int, index: int) -> bytes:
        node = session.get(LogNode, (level, index))
        if node is None:
            raise Damaged(f"The log's tree lacks node {level}/{index}.")
        return node.hash

    return hash_at


def checkpoint(session: Session, key: SigningKey) -> LogCheckpoint:
    """Sign what the log is now. The same size is signed once."""
    size = size_of(session)
    known = session.get(LogCheckpoint, size)
    if known is not None:
        return known
    root = Frontier.read(reader(session), size).root
    note = checkpoints.sign(Checkpoint(ORIGIN, size, root), key)
    signed = LogCheckpoint(size=size, root=root.hex(), note=note, at=now())
    session.add(signed)
    session.flush()
    return signed


def inclusion(session: Session, entry_id: str, key: SigningKey) -> Inclusion:
    """The entry's place in the tree of a checkpoint made for it now, sequencing what waits."""
    sequence_all(session)
    entry = session.get_one(AuditEntry, entry_id)
    signed = checkpoint(session, key)
    if entry.leaf_index is None:
        raise Damaged(f"The log entry {entry_id} got no place.")
    proof = inclusion_proof(reader(session), entry.leaf_index, signed.size)
    return Inclusion(entry.body, entry.leaf_index, proof, signed.note)


def verify_log(
    session: Session,
    key: SigningKey,
    vault: Vault,
    anchors: Iterable[Checkpoint] = (),
    *,
    since: Checkpoint | None = None,
) -> Verified:
    """Recompute everything from the entries' bytes: leaves, nodes, details' commitments, checkpoints, in order.

    `anchors` are checkpoints that stand elsewhere, their signatures verified; with `since`, one of them, what lies
    before it is taken from the tree as far as that leads to the same root.
    """
    frontier, clock = Frontier(), _Clock()
    try:
        signed, leaves = dict(_signed_roots(session, key)), _leaves(session)  # before the entries: more may come
        _join(signed, anchors)
        if since is not None:
            frontier = Frontier.read(reader(session), since.size)
            _check_root(since.root, frontier)
            signed = {size: root for size, root in signed.items() if size > since.size}
        for page in _pages(session, frontier.size):
            details, stored = Details(session, vault, page), _stored(session, frontier.size, len(page))
            for number, entry in enumerate(page, start=frontier.size):
                details.check(number, entry, _checked_entry(number, entry))
                clock.see(number, entry.at)
                frontier, nodes = frontier.append(leaf_hash(entry.body))
                for node in nodes:
                    _check_node(stored, node)
                if frontier.size in signed:
                    _check_root(signed.pop(frontier.size), frontier)
        _check_root(signed.pop(0, EMPTY_ROOT), Frontier())
        _check_all_reached(signed, frontier.size)
        _check_no_more_leaves(leaves, frontier.size)
    except Damaged as damage:
        return Verified(ok=False, size=frontier.size, root=frontier.root.hex(), problem=str(damage))
    return Verified(ok=True, size=frontier.size, root=frontier.root.hex(), clock=clock.first)


class _Clock:
    """Looks for entries whose time lies before that of an earlier one, by more than writers at once explain."""

    def __init__(self) -> None:
        self.latest, self.first = datetime.min.replace(tzinfo=UTC), ""

    def see(self, number: int, at: datetime) -> None:
        if not self.first and at + SKEW < self.latest:
            self.first = f"Entry {number} says {at.isoformat()}, after one of {self.latest.isoformat()}."
        self.latest = max(self.latest, at)


def _signed_roots(session: Session, key: SigningKey) -> Iterator[tuple[int, bytes]]:
    for row in session.scalars(select(LogCheckpoint).order_by(LogCheckpoint.size)):
        checked = checkpoints.verify(row.note, ORIGIN, key.public)
        if checked.size != row.size:
            raise Damaged(f"The checkpoint of {checked.size} entries stands as one of {row.size}.")
        yield checked.size, checked.root


def _join(signed: dict[int, bytes], anchors: Iterable[Checkpoint]) -> None:
    """A checkpoint that was anchored and is another one here, or none at all, shows that the log was changed."""
    for point in anchors:
        if signed.setdefault(point.size, point.root) != point.root:
            raise Damaged(f"The checkpoint of {point.size} entries is not the one that was anchored.")


def _pages(session: Session, start: int) -> Iterator[list[Written]]:
    """Page by page: a cursor of the server would stay open where the walk ends early."""
    after = start - 1
    asked = WRITTEN.order_by(AuditEntry.leaf_index).limit(PAGE)
    while rows := session.execute(asked.where(AuditEntry.leaf_index > after)).all():
        page = [Written._make(row) for row in rows]
        after = page[-1].leaf_index
        yield page


def _stored(session: Session, size: int, more: int) -> dict[tuple[int, int], bytes]:
    """The stored nodes, by level and position, that so many more leaves complete in a tree of that size."""
    ranges = [
        and_(LogNode.level == level, LogNode.position >= size >> level, LogNode.position < size + more >> level)
        for level in range((size + more).bit_length())
        if size >> level < size + more >> level
    ]
    table = inspect(LogNode).local_table.c
    rows = session.execute(select(table.level, table.position, table.hash).where(or_(false(), *ranges)))
    return {(level, position): hashed for level, position, hashed in rows}


def _checked_entry(number: int, entry: Written) -> str:
    """The commitment to the entry's detail, once the row shows what the leaf says."""
    if entry.leaf_index != number:
        raise Damaged(f"Entry {number} is missing: the next one is {entry.leaf_index}.")
    body = _text(number, entry)
    head = f'{{"act":"{entry.action}","actor":"{entry.actor}","at":"{entry.at.isoformat(timespec="microseconds")}",'
    tail = f'","id":"{entry.id}","subject":"{entry.subject}"}}'
    if body.startswith(head) and body.endswith(tail) and len(body) == len(head) + COMMITTED + len(tail):
        return body[-len(tail) - DIGEST : -len(tail)]
    return _named(number, entry, body)


def _text(number: int, entry: Written) -> str:
    """The leaf as text. Whoever edits rows may have put anything there: SQLite keeps text in a column of bytes."""
    try:
        return bytes.decode(entry.body)
    except (TypeError, UnicodeDecodeError) as error:
        raise Damaged(f"Entry {number} is not written as an entry is.") from error


def _named(number: int, entry: Written, body: str) -> str:
    """The same for a leaf that is not written as we write it, letter by letter; it names what differs."""
    try:
        told = json.loads(body)
        at, detail = datetime.fromisoformat(told["at"]), str(told["detail"])
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(f"Entry {number} is not written as an entry is.") from error
    shown = {"id": entry.id, "act": entry.action, "actor": entry.actor, "subject": entry.subject}
    if any(told.get(name) != value for name, value in shown.items()):
        raise Damaged(f"Entry {number} shows something else than it was written with.")
    if at != entry.at:
        raise Damaged(f"Entry {number} shows another time than it was written with.")
    return detail


def _check_root(signed: bytes, frontier: Frontier) -> None:
    if signed != frontier.root:
        raise Damaged(f"The tree of the first {frontier.size} entries is not the one that was signed.")


def _check_all_reached(signed: Mapping[int, bytes], size: int) -> None:
    if signed:
        raise Damaged(f"A checkpoint of {max(signed)} entries was signed; there are {size}.")


def _check_node(stored: Mapping[tuple[int, int], bytes], node: Node) -> None:
    if stored.get((node.level, node.index)) != node.hash:
        first = node.index << node.level
        raise Damaged(f"Node {node.level}/{node.index} of the tree, over entry {first}, is not what it was.")


def _leaves(session: Session) -> int:
    """How many leaves the stored tree has."""
    last = session.scalar(select(func.max(LogNode.position)).where(LogNode.level == 0))
    return 0 if last is None else last + 1


def _check_no_more_leaves(leaves: int, size: int) -> None:
    if leaves > size:
        raise Damaged(f"The tree knows {leaves} entries; there are {size}: the last {leaves - size} are missing.")
