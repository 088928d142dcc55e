"""Roles, rights, and the one table between them: the routes' checks, the menus and the tests are made from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final


class Role(StrEnum):
    """What a person is here for. Roles add up, but see `EXCLUSIVE`."""

    SCANNER = "scanner"
    SEARCHER = "searcher"
    OFFICER = "officer"
    APPROVER = "approver"
    BACKUP = "backup"
    AUDITOR = "auditor"
    SECURITY = "security"
    ADMIN = "admin"


class Right(StrEnum):
    """One kind of act. Every route names the right that it needs."""

    SELF = "self"  # any signed-in person, about themselves
    CAPTURE = "capture"  # put scans in, own scan batches, rescan list
    READ = "read"  # search and read within the scope
    PLAIN_IMAGES = "plain_images"  # see pages without a watermark: who has the paper itself in hand
    CORRECT = "correct"  # correct, file, review
    CUSTOMERS = "customers"  # make and change customers and folders
    RECORDS = "records"  # classes, events, holds, appraisal, propose and execute batches
    STORAGE = "storage"  # know of what is restricted to storage: its code, class and dates, never what it says
    APPROVE = "approve"  # classes, batches, requests
    SUPERVISE = "supervise"  # confirm a destruction one was named for
    PROOFS = "proofs"  # certificates and registers
    REPLICAS = "replicas"  # run verification, replication, drills
    REPLICAS_VIEW = "replicas_view"  # read their results
    LOG = "log"  # the log, as far as the role sees
    ACCOUNTS = "accounts"  # create and disable accounts
    AUTHORITY = "authority"  # roles, clearance, grants, reset
    HEALTH = "health"  # queues, health, metrics
    SETTINGS = "settings"


class Confidentiality(IntEnum):
    """密级, ordered: a reader needs a clearance at least as high."""

    PUBLIC = 0
    INTERNAL = 1
    CONFIDENTIAL = 2
    SECRET = 3

    @classmethod
    def named(cls, name: str) -> Confidentiality:
        """The level of a name such as `internal`; KeyError for any other word."""
        return cls[name.upper()]

    @property
    def label(self) -> str:
        """The name used in the API and in settings."""
        return self.name.lower()


EVERYONE: Final = frozenset({Right.SELF, Right.SUPERVISE, Right.LOG})

RIGHTS: Final[Mapping[Role, frozenset[Right]]] = MappingProxyType(
    {
        Role.SCANNER: EVERYONE | {Right.CAPTURE, Right.READ, Right.PLAIN_IMAGES, Right.CORRECT},
        Role.SEARCHER: EVERYONE | {Right.READ},
        Role.OFFICER: EVERYONE
        | {
            Right.CAPTURE,
            Right.READ,
            Right.PLAIN_IMAGES,
            Right.CORRECT,
            Right.CUSTOMERS,
            Right.RECORDS,
            Right.STORAGE,
            Right.PROOFS,
        },
        Role.APPROVER: EVERYONE | {Right.READ, Right.APPROVE, Right.PROOFS},
        Role.BACKUP: EVERYONE | {Right.REPLICAS, Right.REPLICAS_VIEW, Right.HEALTH},
        Role.AUDITOR: EVERYONE | {Right.PROOFS, Right.REPLICAS_VIEW},
        Role.SECURITY: EVERYONE | {Right.AUTHORITY},
        Role.ADMIN: EVERYONE | {Right.ACCOUNTS, Right.HEALTH, Right.SETTINGS},
    }
)

EXCLUSIVE: Final = frozenset({Role.ADMIN, Role.SECURITY, Role.AUDITOR})
"""三员: these exclude one another and every other role (records-rules R36)."""


def rights_of(roles: Iterable[Role]) -> frozenset[Right]:
    """All rights that a set of roles gives; someone without a role has none."""
    return frozenset().union(*(RIGHTS[role] for role in roles))


def clashing(roles: Iterable[Role]) -> frozenset[Role]:
    """The exclusive roles that stand beside another one; empty when the set is lawful."""
    held = frozenset(roles)
    return held & EXCLUSIVE if len(held) > 1 else frozenset()
