"""Proofs about the log for who does not trust its keeper (RFC 6962 §2.1): that an entry is in it, that it only grew."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from archive.audit import AuditEntry
from archive.errors import Conflict, NotFound
from archive.log import LogCheckpoint, checkpoint, inclusion, reader, sequence_all
from archive.merkle import consistency_proof, leaf_hash, root
from archive.signing import SigningKey


def prove_inclusion(session: Session, entry_id: str, key: SigningKey) -> dict[str, Any]:
    """That the entry stands in the log of a checkpoint made now, as JSON. NotFound for no entry."""
    if session.get(AuditEntry, entry_id) is None:
        raise NotFound
    found = inclusion(session, entry_id, key)
    return {
        "proof": "inclusion",
        "entry": found.body.decode(),
        "leaf_index": found.index,
        "leaf_hash": leaf_hash(found.body).hex(),
        "hashes": [step.hex() for step in found.proof],
        "checkpoint": found.note,
    }


def prove_consistency(session: Session, old: int, key: SigningKey) -> dict[str, Any]:
    """That the log of a checkpoint made now begins with its first `old` entries, as JSON. Conflict: there are fewer.

    Hold `old_root` against what you kept of that time; `old_checkpoint` is what was signed then, null if nothing was.
    """
    size = sequence_all(session)
    if not 0 <= old <= size:
        raise Conflict(f"The log has {size} entries; it cannot begin with {old}.", code="log_is_shorter")
    known, hash_at = session.get(LogCheckpoint, old), reader(session)
    return {
        "proof": "consistency",
        "old_size": old,
        "old_root": root(hash_at, old).hex(),
        "old_checkpoint": known.note if known else None,
        "hashes": [step.hex() for step in consistency_proof(hash_at, old, size)],
        "checkpoint": checkpoint(session, key).note,
    }
