"""A worker process says that it is at work, so that people see where nobody is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Final

import structlog
from sqlalchemy.orm import Session

from archive.attendance import EVERY, sign_in, sign_out
from archive.queues import Queue
from workers.runner import worker_name
from workers.tools import Tools

log = structlog.get_logger()
VERSION: Final = version("anjuan")


class Presence:
    """Signs this process in every half minute, in a thread of its own, and out at its end."""

    def __init__(self, tools: Tools, queues: Sequence[Queue]) -> None:
        self._tools, self._queues = tools, queues
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="presence", daemon=True)

    def start(self) -> None:
        """Sign in and stay."""
        self._thread.start()

    def stop(self) -> None:
        """Sign out."""
        self._over.set()
        if self._thread.ident:
            self._thread.join(timeout=5)

    def _keep(self) -> None:
        sandbox = self._tools.sandbox.strength.value if Queue.READ in self._queues else ""
        while True:
            self._tell(lambda session: sign_in(session, worker_name(), self._queues, sandbox, VERSION))
            if self._over.wait(EVERY.total_seconds()):
                break
        self._tell(lambda session: sign_out(session, worker_name()))

    def _tell(self, act: Callable[[Session], None]) -> None:
        try:
            with self._tools.house.database.transaction() as session:
                act(session)
        except Exception as error:  # noqa: BLE001 - a database that is away now may be back at the next turn
            log.warning("presence.untold", error=type(error).__name__)
