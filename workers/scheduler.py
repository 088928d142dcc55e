"""What must happen by itself: ring again, give log entries their place, sign checkpoints, reconcile, watch a folder.

Every duty is safe to do twice at once (F37), so each light worker runs this; nothing here destroys (invariant 9).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from archive.anchors import anchor
from archive.database import Bell
from archive.jobs import due
from archive.log import anything_waits, checkpoint, sequence_all
from archive.reconcile import reconcile
from archive.reigns import is_open
from archive.set_sending import look_who_counts
from archive.signing import Purpose
from archive.type_models import ask_when_worth
from indexes.life import ailing, ask_to_tend
from indexes.port import SearchEngine
from retention.mirror import mirror_holds
from retention.word_holds import ask_to_look
from workers.drilling import ask_for_a_drill
from workers.offsite import ask_for_sets, ask_for_thinning, owe_what_is_missing, ring_for_sites
from workers.properties import ask_for_checks
from workers.runner import bury_exhausted
from workers.tools import Tools
from workers.watch import watch_once

log = structlog.get_logger()

TICK: Final = 0.5
RUNG_AGAIN: Final = 20.0
"""A job that was rung for is left alone so long, in seconds, before it is rung for again (F16 allows 60)."""

WHILE_CLOSED: Final = frozenset({"ring", "sequence", "ailing index", "index", "who counts"})
"""Duties of a copy that is not the one that counts: it changes nothing elsewhere."""


@dataclass
class Duty:
    """One thing to do every so many seconds."""

    name: str
    every: float
    do: Callable[[], object]
    next_at: float = field(default=0.0)


class Scheduler:
    """Runs the duties in a thread of its own until stopped; a duty that fails is logged and comes round again."""

    def __init__(self, tools: Tools, bell: Bell) -> None:
        self._tools, self._bell = tools, bell
        self._rung: dict[str, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)
        self._duties = [
            Duty("ring", 1.0, self.ring_again),
            Duty("sequence", 1.0, self._sequence),
            Duty("bury", 10.0, lambda: bury_exhausted(tools)),
            Duty("checkpoint", 300.0, self._checkpoint, next_at=time.monotonic() + 300.0),
            Duty("ailing index", 60.0, lambda: self._tend(only=ailing)),
            Duty("index", 86_400.0, self._tend),
            Duty("reconcile", 3600.0, lambda: reconcile(tools.house)),
            Duty("sites", 10.0, lambda: ring_for_sites(tools.house)),
            Duty("missing at sites", 3600.0, lambda: owe_what_is_missing(tools.house)),
            Duty("who counts", 60.0, lambda: look_who_counts(tools.house)),
            Duty("sets", 30.0, lambda: ask_for_sets(tools.house)),
            Duty("drill", 60.0, lambda: ask_for_a_drill(tools.house)),
            Duty("thin sets", 3600.0, lambda: ask_for_thinning(tools.house)),
            Duty("holds", 600.0, lambda: mirror_holds(tools.house)),
            Duty("properties", 30.0, lambda: ask_for_checks(tools.house)),
            Duty("learn", 3600.0, self._learn),
            Duty("words of holds", 60.0, self._look_for_holds),
            Duty("held in the store", 86_400.0, lambda: mirror_holds(tools.house, look=True)),
        ]
        if tools.house.settings.watch:
            self._duties.append(Duty("watch", 2.0, lambda: watch_once(tools.house)))

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the present duty."""
        self._over.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._over.wait(TICK):
            for duty in self._duties:
                if time.monotonic() >= duty.next_at:
                    self._perform(duty)

    def _perform(self, duty: Duty) -> None:
        try:
            if duty.name in WHILE_CLOSED or self._open():
                duty.do()
        except Exception as error:  # noqa: BLE001 - whatever is away now may be back at the next turn
            log.warning("scheduler.failed", duty=duty.name, error=repr(error))
        duty.next_at = time.monotonic() + duty.every

    def _open(self) -> bool:
        with self._tools.house.database.reading() as session:
            return is_open(session)

    def ring_again(self) -> int:
        """Ring for jobs that are due and were not rung for just now; how many."""
        with self._tools.house.database.reading() as session:
            open_jobs = due(session)
        at = time.monotonic()
        self._rung = {job: when for job, when in self._rung.items() if at - when < RUNG_AGAIN}
        silent = [(job, kind) for job, kind in open_jobs if job not in self._rung]
        self._rung |= {job: at for job, _ in silent}
        if silent:
            self._bell(silent)
        return len(silent)

    def _sequence(self) -> None:
        with self._tools.house.database.reading() as session:
            if not anything_waits(session):
                return
        with self._tools.house.database.transaction() as session:
            sequence_all(session)

    def _learn(self) -> None:
        with self._tools.house.database.transaction() as session:
            ask_when_worth(session)

    def _tend(self, only: Callable[[SearchEngine], bool] = lambda _: True) -> None:
        if only(self._tools.index):
            with self._tools.house.database.transaction() as session:
                ask_to_tend(session)

    def _look_for_holds(self) -> None:
        with self._tools.house.database.transaction() as session:
            ask_to_look(session)

    def _checkpoint(self) -> None:
        key = self._tools.house.signing.installation(Purpose.CHECKPOINT)
        with self._tools.house.database.transaction() as session:
            sequence_all(session)
            checkpoint(session, key)
        anchor(self._tools.house)
