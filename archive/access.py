"""Who may read what. `ReadableScope` can be made here only, from an `Actor`; every read demands one (invariant 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from archive.errors import Forbidden, StepUpRequired
from archive.rights import Confidentiality, Right, Role, rights_of

_MINT: Final = object()


@dataclass(frozen=True, slots=True)
class Actor:
    """A person in one act: who, with which roles, from where, and whether they signed in anew just now."""

    id: str
    name: str
    roles: frozenset[Role]
    department_id: str
    clearance: Confidentiality
    scopes: frozenset[str] = frozenset({"read", "write"})
    fresh_until: datetime | None = None
    origin: str = ""
    given: bool = False
    """Came in by a password that somebody else gave: may choose one of their own, and nothing else."""

    @property
    def rights(self) -> frozenset[Right]:
        """What the roles give."""
        return rights_of(self.roles)

    def need(self, right: Right) -> None:
        """Forbidden unless the actor has the right."""
        if right not in self.rights:
            raise Forbidden(f"This needs the right «{right}», which your roles do not give.")

    def need_fresh(self, now: datetime) -> None:
        """StepUpRequired unless the actor may sign now."""
        if self.fresh_until is None or self.fresh_until < now:
            raise StepUpRequired


@dataclass(frozen=True, slots=True)
class ReadableScope:
    """What one actor may read at this moment.

    A document is readable when
      its department is in `departments` (or `everywhere`) and its level is at most `clearance`; or
      its folder is in `folders` and its level is at most `clearance` (a grant never lifts a clearance); or
      it is in `documents` (granted by itself and within the clearance when this was minted, or waiting before the
      actor); or
      it was put in by the actor and was never filed.
    What is restricted to storage is not readable, whatever the rest says; `storage` has it counted in for the work of
    retention, which shows codes, classes and dates and opens nothing (docs/decisions/0022).
    """

    person_id: str
    everywhere: bool
    departments: frozenset[str]
    clearance: Confidentiality
    folders: frozenset[str]
    documents: frozenset[str]
    own_unfiled: bool
    unmasked_everywhere: bool
    unmasked_folders: frozenset[str]
    unmasked_documents: frozenset[str]
    storage: bool
    _mint: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self._mint is not _MINT:
            raise TypeError("a ReadableScope is made by archive.access alone")


def mint(
    *,
    person_id: str,
    everywhere: bool,
    departments: frozenset[str],
    clearance: Confidentiality,
    folders: frozenset[str],
    documents: frozenset[str],
    own_unfiled: bool,
    unmasked_everywhere: bool,
    unmasked_folders: frozenset[str],
    unmasked_documents: frozenset[str],
    storage: bool,
) -> ReadableScope:
    """Make a scope; called by `archive.readable.readable_scope` and nothing else (a test reads the tree for that)."""
    return ReadableScope(
        person_id, everywhere, departments, clearance, folders, documents, own_unfiled, unmasked_everywhere,
        unmasked_folders, unmasked_documents, storage, _MINT,
    )  # fmt: skip
