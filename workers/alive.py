"""Whether a worker on this host said lately that it is at work: `python -m workers.alive`, for healthchecks.

Status 0 when one did, 1 when none did or the rows do not answer.
"""

from __future__ import annotations

import socket
import sys

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from archive.attendance import GONE_AFTER, Attendance
from archive.database import Database
from archive.errors import Fault, Refusal
from archive.jobs import clock
from archive.settings import load_settings


def at_work(session: Session, host: str) -> bool:
    """Whether a worker of that host signed in within the last few turns."""
    since = clock(session) - GONE_AFTER
    asked = select(Attendance.worker).where(Attendance.worker.startswith(f"{host}:", autoescape=True))
    return session.scalar(asked.where(Attendance.seen_at > since).limit(1)) is not None


def main() -> int:
    """The exit status."""
    database = Database(load_settings().rows_url)
    try:
        with database.reading() as session:
            return 0 if at_work(session, socket.gethostname()) else 1
    except (SQLAlchemyError, Fault, Refusal) as error:
        sys.stderr.write(f"The rows do not answer: {type(error).__name__}\n")
        return 1
    finally:
        database.close()


if __name__ == "__main__":
    sys.exit(main())
