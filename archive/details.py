"""Verification of what stands beside the log's leaves: each detail is what its leaf commits to, or was erased.

A detail may be gone only when the log itself says why: its entry is about a document that was condemned, withdrawn or
destroyed, and is no more. The entry's own subject decides, which the leaf holds: nothing beside it can excuse itself.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from archive.audit import Act, AuditDetail, AuditEntry, commitment
from archive.documents import Document
from archive.errors import Damaged
from archive.sealing import open_json
from archive.vault import KeyDestroyed, KeyMissing, Vault

ERASING: Final = (Act.DOCUMENT_CONDEMNED, Act.DOCUMENT_WITHDRAWN, Act.DOCUMENT_DESTROYED)
"""After one of these the details about the document are erased; the last is written when all is erased, and stays."""


class Details:
    """The details of one walk over the log; remembers what it has learned of the entries' subjects."""

    def __init__(self, session: Session, vault: Vault) -> None:
        self._session, self._vault = session, vault
        self._erased: dict[str, bool] = {}

    def check(self, number: int, entry: AuditEntry, committed: str) -> None:
        """Damaged unless what stands beside entry `number` is what it committed to, or was erased by a logged act."""
        detail = self._session.get(AuditDetail, entry.id)
        if detail is None:
            raise Damaged(f"Entry {number} has lost what stands beside it.")
        self._session.expunge(detail)
        if detail.document_id not in {None, entry.subject}:
            raise Damaged(f"The detail beside entry {number} is kept as another document's.")
        if detail.salt is None and detail.plain is None and detail.sealed is None:
            self._check_erased(number, entry)
        elif detail.salt is None or (detail.plain is None) == (detail.sealed is None):
            raise Damaged(f"The detail beside entry {number} is incomplete.")
        elif detail.plain is not None:
            self._check_told(number, commitment(detail.salt, detail.plain), committed)
        else:
            self._check_sealed(number, entry, detail, committed)

    def _check_told(self, number: int, found: str, committed: str) -> None:
        if found != committed:
            raise Damaged(f"The detail beside entry {number} is not the one it was written with.")

    def _check_sealed(self, number: int, entry: AuditEntry, detail: AuditDetail, committed: str) -> None:
        """A sealed detail whose key was destroyed is erased, too, however its bytes came back."""
        try:
            key = self._vault.key(entry.subject)
        except KeyDestroyed:
            self._check_erased(number, entry)
            return
        except KeyMissing as error:
            raise Damaged(f"The detail beside entry {number} cannot be opened: its key is missing.") from error
        try:
            told = open_json(key, f"audit/{entry.id}", detail.sealed or b"")
        except (Damaged, ValueError) as error:
            raise Damaged(f"The sealed detail beside entry {number} is not the one it was written with.") from error
        self._check_told(number, commitment(detail.salt or b"", told if isinstance(told, dict) else {}), committed)

    def _check_erased(self, number: int, entry: AuditEntry) -> None:
        if entry.action == Act.DOCUMENT_DESTROYED or not self._accounted_for(entry.subject):
            raise Damaged(f"The detail beside entry {number} was erased, and no act of the log says why.")

    def _accounted_for(self, subject: str) -> bool:
        if subject not in self._erased:
            acts = [act.value for act in ERASING]
            logged = exists().where(AuditEntry.subject == Document.id, AuditEntry.action.in_(acts))
            gone = or_(Document.destroying, Document.destroyed_at.is_not(None))
            asked = select(Document.id).where(Document.id == subject, gone, logged)
            self._erased[subject] = self._session.scalar(asked) is not None
        return self._erased[subject]
