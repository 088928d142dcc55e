"""What every adapter asks of a key and of a date before it touches its store."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from archive.stores.port import StoreRefused

_KEY: Final = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
_LONGEST: Final = 512
_LONGEST_PART: Final = 200  # a file name may have 255 bytes, and temporary names are longer than the key's


def is_key(key: str) -> bool:
    """Whether it stays in its bucket and means the same in every store."""
    parts = key.split("/")
    dots = any(part.strip(".") == "" for part in parts)
    too_long = len(key) > _LONGEST or max(map(len, parts)) > _LONGEST_PART
    return not (dots or too_long) and _KEY.fullmatch(key) is not None


def checked_key(key: str) -> str:
    """The key itself; StoreRefused when it could lead out of its bucket or means different things in two stores."""
    if not is_key(key):
        raise StoreRefused(f"{key!r} is no object key: letters, digits, «_», «.», «-», parted by single slashes.")
    return key


def whole_second(until: datetime) -> datetime:
    """The first whole second of UTC at or after an instant: servers keep no finer, and never earlier."""
    exact = until.astimezone(UTC)
    return exact if exact.microsecond == 0 else exact.replace(microsecond=0) + timedelta(seconds=1)
