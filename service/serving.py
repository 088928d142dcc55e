"""One service on one data folder: a lock in it, which the kernel gives back however the service ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from archive.errors import Conflict
from archive.settings import LOCK, Settings
from archive.stores.disk import make_folders


@contextmanager
def alone(settings: Settings, instead: str) -> Iterator[None]:
    """Hold the data folder against another service. Conflict, with what to do `instead`, while somebody holds it.

    Rows in a database of their own are served by as many as there are, and nothing is held.
    """
    if not settings.embedded_rows:
        yield
        return
    make_folders(settings.data)
    handle = os.open(settings.data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.truncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        yield
    except BlockingIOError as error:
        holder = os.pread(handle, 20, 0).decode("ascii", "replace").strip() or "unknown"
        raise Conflict(f"The data folder {settings.data} is in use by process {holder}. {instead}") from error
    finally:
        os.close(handle)
