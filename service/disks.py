"""How much room is left where the installation writes, and for how long it lasts if papers come in as they did."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive.base import now
from archive.documents import Copy, Document, File, State
from archive.settings import Settings
from archive.sites import PRIMARY

LOOKED_BACK: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Disk:
    """One place that is written to. `days_left` is None where nothing can be said: no objects, or none came lately."""

    place: str
    free: int
    size: int
    days_left: float | None = None


def disks(session: Session, settings: Settings) -> Iterator[Disk]:
    """Every place of ours on a disk of this machine; an S3 server does not tell its room."""
    grows = growth(session)
    for place, folder in places(settings):
        found = shutil.disk_usage(_standing(folder))
        left = found.free / grows if place == "objects" and grows else None
        yield Disk(place, found.free, found.total, left)


def places(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Where this process writes: its data, the witness, and objects where they stand in a folder."""
    yield "data", settings.data
    yield "witness", settings.witness_folder
    if (objects := objects_folder(settings)) is not None:
        yield "objects", objects


def objects_folder(settings: Settings) -> Path | None:
    """Where objects stand when they stand in a folder."""
    parts = urlsplit(settings.objects_url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def growth(session: Session, at: datetime | None = None) -> float:
    """Bytes of sealed objects a day, by the papers of the last fortnight; 0 where fewer than a day's are there."""
    since = (at or now()) - LOOKED_BACK
    lately = select(Document.id, Document.received_at).where(
        Document.state.in_([state.value for state in State]), Document.received_at > since
    )
    first = session.scalar(select(func.min(lately.subquery().c.received_at)))
    days = ((at or now()) - first) / timedelta(days=1) if first else 0.0
    if days < 1:
        return 0.0
    ids = lately.with_only_columns(Document.id)
    here = select(func.sum(Copy.sealed_size)).join(File, File.id == Copy.file_id).where(Copy.site == PRIMARY)
    return float(session.scalar(here.where(File.document_id.in_(ids))) or 0) / days


def writable(folder: Path) -> None:
    """OSError when nothing can be written there: gone, read-only, full, or another account's. Writes nothing."""
    told = os.statvfs(folder)
    if told.f_flag & os.ST_RDONLY:
        raise OSError(errno.EROFS, f"{folder} stands on a read-only disk")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OSError(errno.EACCES, f"{folder} may not be written by this account")
    if told.f_bavail == 0:
        raise OSError(errno.ENOSPC, f"the disk of {folder} is full")


def _standing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next((place for place in (folder, *folder.parents) if place.exists()), Path("/"))
