"""Verification of what stands beside the log's leaves: each detail is what its leaf commits to, or was erased.

A detail may be gone only when the log itself says why: its entry is about a document that was condemned, withdrawn or
destroyed, and is no more. The entry's own subject decides, which the leaf holds: nothing beside it can excuse itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import exists, inspect, or_, select
from sqlalchemy.orm import Session

from archive.audit import Act, AuditDetail, AuditEntry, commitment
from archive.documents import Document
from archive.errors import Damaged
from archive.sealing import open_json
from archive.vault import KeyDestroyed, KeyMissing, Vault

ERASING: Final = (Act.DOCUMENT_CONDEMNED, Act.DOCUMENT_WITHDRAWN, Act.DOCUMENT_DESTROYED)
"""After one of these the details about the document are erased; the last is written when all is erased, and stays."""


class Written(NamedTuple):
    """A row of the log, and of what stands beside it; `beside` is None where nothing stands."""

    leaf_index: int
    id: str
    at: datetime
    actor: str
    action: str
    subject: str
    body: bytes
    beside: str | None
    document_id: str | None
    salt: bytes | None
    plain: dict[str, Any] | None
    sealed: bytes | None

    @property
    def erased(self) -> bool:
        """Whether something stood beside it and is gone."""
        return self.salt is None and self.plain is None and self.sealed is None


_ENTRY, _DETAIL = inspect(AuditEntry).local_table.c, inspect(AuditDetail).local_table.c
WRITTEN: Final = select(
    _ENTRY.leaf_index, _ENTRY.id, _ENTRY.at, _ENTRY.actor, _ENTRY.action, _ENTRY.subject, _ENTRY.body,
    _DETAIL.entry_id, _DETAIL.document_id, _DETAIL.salt, _DETAIL.plain, _DETAIL.sealed,
).join_from(_ENTRY.id.table, _DETAIL.entry_id.table, _DETAIL.entry_id == _ENTRY.id, isouter=True)  # fmt: skip
"""What `Written` holds, in its order; of the tables, for as many rows as there are acts."""


class Details:
    """The details of one page of a walk over the log: what they need of keys and documents is asked for at once."""

    def __init__(self, session: Session, vault: Vault, page: Sequence[Written]) -> None:
        self._vault = vault
        sealed = {entry.subject for entry in page if entry.sealed is not None}
        self._keys = vault.keys(sealed)
        gone = {entry.subject for entry in page if entry.erased} | (sealed - set(self._keys))
        self._accounted_for = _accounted_for(session, gone)

    def check(self, number: int, entry: Written, committed: str) -> None:
        """Damaged unless what stands beside entry `number` is what it committed to, or was erased by a logged act."""
        if entry.beside is None:
            raise Damaged(f"Entry {number} has lost what stands beside it.")
        if entry.document_id not in {None, entry.subject}:
            raise Damaged(f"The detail beside entry {number} is kept as another document's.")
        if entry.erased:
            self._check_erased(number, entry)
        elif entry.salt is None or (entry.plain is None) == (entry.sealed is None):
            raise Damaged(f"The detail beside entry {number} is incomplete.")
        elif entry.plain is not None:
            self._check_told(number, commitment(entry.salt, entry.plain), committed)
        else:
            self._check_sealed(number, entry, committed)

    def _check_told(self, number: int, found: str, committed: str) -> None:
        if found != committed:
            raise Damaged(f"The detail beside entry {number} is not the one it was written with.")

    def _check_sealed(self, number: int, entry: Written, committed: str) -> None:
        """A sealed detail whose key was destroyed is erased, too, however its bytes came back."""
        try:
            key = self._keys.get(entry.subject) or self._vault.key(entry.subject)
        except KeyDestroyed:
            self._check_erased(number, entry)
            return
        except KeyMissing as error:
            raise Damaged(f"The detail beside entry {number} cannot be opened: its key is missing.") from error
        try:
            told = open_json(key, f"audit/{entry.id}", entry.sealed or b"")
        except (Damaged, ValueError) as error:
            raise Damaged(f"The sealed detail beside entry {number} is not the one it was written with.") from error
        self._check_told(number, commitment(entry.salt or b"", told if isinstance(told, dict) else {}), committed)

    def _check_erased(self, number: int, entry: Written) -> None:
        if entry.action == Act.DOCUMENT_DESTROYED or entry.subject not in self._accounted_for:
            raise Damaged(f"The detail beside entry {number} was erased, and no act of the log says why.")


def _accounted_for(session: Session, subjects: Collection[str]) -> set[str]:
    """Those of these that are documents which the log says were destroyed or are being so, and which are."""
    if not subjects:
        return set()
    acts = [act.value for act in ERASING]
    logged = exists().where(AuditEntry.subject == Document.id, AuditEntry.action.in_(acts))
    gone = or_(Document.destroying, Document.destroyed_at.is_not(None))
    return set(session.scalars(select(Document.id).where(Document.id.in_(subjects), gone, logged)))
