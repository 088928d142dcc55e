"""How a process ends when it cannot go on: a line that says what to do, and a status that means something.

Status: 0 done, 1 found something wrong, 2 refused (the caller can do something about it), 3 broken.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from archive.errors import Fault, Refusal
from archive.settings import WrongSetting
from archive.stores.port import OutOfSpace

WRONG: Final = 1
REFUSED: Final = 2
BROKEN: Final = 3
FULL: Final = "The disk is full. Make room on that of the data folder, or of what is written to."


def ending(error: BaseException) -> tuple[str, int] | None:
    """The line and the status for what people can do something about; None for a mistake of ours."""
    if isinstance(error, WrongSetting):
        return str(error), REFUSED
    if isinstance(error, Refusal):
        return error.detail, REFUSED
    if isinstance(error, Fault):
        return f"{FULL} ({error})" if isinstance(error, OutOfSpace) else f"{type(error).__name__}: {error}", BROKEN
    if isinstance(error, OperationalError | InterfaceError | NoConnectionLeft | sqlite3.OperationalError):
        return of_database(error), BROKEN
    if isinstance(error, OSError):  # a disk that is full, read-only or not there: a line says more than where
        return f"{error}. Look at that folder or disk: is it mounted, writable, with room left?", BROKEN
    return None


def of_database(error: Exception) -> str:
    """What a database that did not answer said, in a line, and what to do."""
    said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0][:300]
    if "disk is full" in said or "No space left" in said:
        return f"{FULL} ({said})"
    if "readonly database" in said or "unable to open database file" in said:
        return f"The data folder cannot be written ({said}). Is its disk mounted, writable, with room left?"
    return (
        f"The database does not answer: {said}. Is it up, and are ANJUAN_DATABASE_URL and ANJUAN_KEYS_URL right? "
        "«anjuan check» says what is missing."
    )
