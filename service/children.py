"""The worker processes of the embedded profile: started, started again when they die, ended with the service."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Final

import structlog

log = structlog.get_logger()

LOOK: Final = 0.5
LONGEST_WAIT: Final = 30.0
STEADY: Final = 60.0
"""A child that lived so long, in seconds, is started again at once."""
ENDING: Final = 15.0

ALLOCATOR: Final = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "65536"}
"""Many arenas keep memory that nothing uses: a reading worker stays within its bounds by these."""


@dataclass
class Child:
    """One worker process and how its last starts went."""

    queues: str
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    wait: float = 1.0

    def start(self) -> None:
        """Start it; it ends when this process ends."""
        words = [
            sys.executable,
            "-m",
            "service.lifeline",
            sys.executable,
            "-m",
            "workers.main",
            "--queues",
            self.queues,
        ]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, env=os.environ | ALLOCATOR)  # noqa: S603 - our own words
        self.started = time.monotonic()

    def look(self) -> None:
        """Start it again when it died, after a wait that grows while it dies young."""
        if self.process is None or self.process.poll() is None:
            return
        lived = time.monotonic() - self.started
        self.wait = 1.0 if lived > STEADY else min(self.wait * 2, LONGEST_WAIT)
        if lived > self.wait:
            log.warning("worker.died", queues=self.queues, status=self.process.returncode)
            self.start()


@dataclass
class Children:
    """All workers that the service starts."""

    reading: int
    children: list[Child] = field(init=False)
    _over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.children = [Child("light,destroy"), *(Child("read") for _ in range(self.reading))]
        self._thread = threading.Thread(target=self._keep, name="children", daemon=True)

    def start(self) -> None:
        """Start all, from the thread that stays with them: the kernel ties them to it."""
        self._thread.start()

    def _keep(self) -> None:
        for child in self.children:
            child.start()
        while not self._over.wait(LOOK):
            for child in self.children:
                child.look()
        self._end_all()

    def stop(self) -> None:
        """End all: asked first, killed after a while."""
        self._over.set()
        self._thread.join(ENDING + 5)

    def _end_all(self) -> None:
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + ENDING
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
