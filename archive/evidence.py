"""What proves something is laid into the evidence bucket under a lock that nobody shortens: one way for all of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from typing import Final

import structlog

from archive.base import now
from archive.errors import Away
from archive.house import House
from archive.owed import owe_evidence
from archive.stores.port import Bucket, NoSuchObject, StoreRefused

log = structlog.get_logger()

LOCKED_FOR: Final = timedelta(days=36_525)
"""A hundred years: evidence is permanent, and a store's lock needs a date."""


def lay_down(house: House, key: str, data: bytes) -> None:
    """Put and lock. Repeatable: what an earlier run put there is locked already and stays; this lies above it."""
    digest = sha256(data).hexdigest()
    stored = house.site.put(Bucket.EVIDENCE, key, io.BytesIO(data), length=len(data), sha256=digest)
    house.site.retain(Bucket.EVIDENCE, key, stored.version, now() + LOCKED_FOR)
    with house.database.transaction() as session:
        owe_evidence(session, key, len(data))


def laid_down(house: House, key: str) -> Iterator[bytes]:
    """What was laid down; from another site where the primary lost it. NoSuchObject when no site has it."""
    try:
        return house.site.get(Bucket.EVIDENCE, key)
    except NoSuchObject:
        log.exception("evidence.missing", key=key)
        for site in house.sites()[1:]:
            with suppress(NoSuchObject, StoreRefused, Away):
                return house.verifier_at(site).get(Bucket.EVIDENCE, key)
        raise
