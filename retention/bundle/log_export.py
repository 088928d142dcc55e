"""The log as files that a stranger checks with `verify_log.py`: entries, leaves, checkpoints, keys and the programs.

Entries hold ids and commitments only; what stands beside them in the clear is not exported.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.audit import AuditEntry
from archive.base import now
from archive.canonical import canonical
from archive.errors import Invalid
from archive.house import House
from archive.log import ORIGIN, PAGE, LogCheckpoint, LogNode, checkpoint, sequence_all
from archive.signing import Purpose, SigningKey, fingerprint

_HERE: Final = Path(__file__).parent
PROGRAMS: Final = ("verify.py", "verify_log.py")


def export_log(house: House, folder: Path) -> int:
    """Write the log as it is now into an empty folder; how many entries. Invalid when something is in it."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Invalid(f"{folder} is not empty: an export stands by itself.", code="folder_not_empty")
    key = house.signing.installation(Purpose.CHECKPOINT)
    with house.database.transaction() as session:
        sequence_all(session)
        signed = checkpoint(session, key)
    with house.database.reading() as session:
        _write_entries(session, folder, signed.size)
        _write_checkpoints(session, folder, signed.size)
    about = _about(signed, key, house.signing.installation(Purpose.BACKUP))
    (folder / "log.json").write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", "utf-8")
    for name in PROGRAMS:
        (folder / name).write_bytes((_HERE / name).read_bytes())
    return signed.size


def _about(signed: LogCheckpoint, key: SigningKey, backup: SigningKey) -> dict[str, object]:
    keys = [
        {"use": use, "fingerprint": fingerprint(each.public), "public": base64.b64encode(each.public).decode()}
        for use, each in (("checkpoint", key), ("backup", backup))
    ]
    return {
        "format": "anjuan-log/1", "origin": ORIGIN, "size": signed.size, "root": signed.root,
        "exported_at": now().isoformat(timespec="seconds"), "keys": keys,
    }  # fmt: skip


def _write_checkpoints(session: Session, folder: Path, size: int) -> None:
    notes = select(LogCheckpoint.note).where(LogCheckpoint.size <= size).order_by(LogCheckpoint.size)
    lines = [canonical({"note": note}) + b"\n" for note in session.scalars(notes)]
    (folder / "checkpoints.jsonl").write_bytes(b"".join(lines))


def _write_entries(session: Session, folder: Path, size: int) -> None:
    bodies = select(AuditEntry.body).order_by(AuditEntry.leaf_index)
    stored = select(LogNode.hash).where(LogNode.level == 0).order_by(LogNode.position)
    with (folder / "entries.jsonl").open("wb") as entries, (folder / "leaves.txt").open("w") as leaves:
        for start in range(0, size, PAGE):
            end = min(start + PAGE, size)
            here = (AuditEntry.leaf_index >= start, AuditEntry.leaf_index < end)
            entries.writelines(body + b"\n" for body in session.scalars(bodies.where(*here)))
            there = (LogNode.position >= start, LogNode.position < end)
            leaves.writelines(f"{leaf.hex()}\n" for leaf in session.scalars(stored.where(*there)))
