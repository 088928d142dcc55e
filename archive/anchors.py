"""Checkpoints of the log, anchored where the database's owner cannot change them, and the log compared with them.

Two places: the evidence bucket, under a lock that nobody shortens, and the witness beside the data. A log that is
shorter than a checkpoint that was anchored, or has another root at its size, was changed or set back (records-rules
§7). A restore says so itself, signed: checkpoints of more entries than it left are void from then on.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from archive import checkpoints
from archive.base import now
from archive.canonical import canonical
from archive.checkpoints import Checkpoint
from archive.errors import Damaged
from archive.evidence import lay_down
from archive.house import House
from archive.log import ORIGIN, LogCheckpoint, size_of
from archive.signing import Purpose, verified

PART: Final = 100


def anchor(house: House) -> int:
    """Anchor every checkpoint that is not yet, oldest first; how many. Repeatable: a crash anchors one twice."""
    with house.database.reading() as session:
        rows = session.scalars(
            select(LogCheckpoint).where(LogCheckpoint.anchored_at.is_(None)).order_by(LogCheckpoint.size).limit(PART)
        ).all()
    for row in rows:
        lay_down(house, f"checkpoints/{row.size:012d}-{row.root[:16]}", row.note.encode())
        house.witness.checkpoint(row.note)
        with house.database.transaction() as session:
            session.get_one(LogCheckpoint, row.size).anchored_at = now()
    return len(rows)


def anchored(house: House) -> list[Checkpoint]:
    """What the witness saw and no restore made void. Damaged when a line was not signed by this installation."""
    key, back = house.signing.installation(Purpose.CHECKPOINT), house.signing.installation(Purpose.BACKUP)
    found: list[Checkpoint] = []
    for line in house.witness.checkpoints():
        if "note" in line:
            found.append(checkpoints.verify(line["note"], ORIGIN, key.public))
            continue
        told = {"set_back_to": line.get("set_back_to")}
        if not verified(back.public, canonical(told), bytes.fromhex(line.get("signature", ""))):
            raise Damaged("The witness holds a restore that this installation did not sign.")
        found = [point for point in found if point.size <= line["set_back_to"]]
    return found


def set_back(house: House) -> int:
    """After a restore: void what was anchored of entries that are lost; how many entries those are."""
    with house.database.reading() as session:
        size = size_of(session)
    longest = max((point.size for point in anchored(house)), default=0)
    if longest > size:
        signed = house.signing.installation(Purpose.BACKUP).sign_value({"set_back_to": size})
        house.witness.set_back(size, signed.hex())
    return max(0, longest - size)
