"""Drills that are held by themselves: asked for at the set time of day, walked in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

from archive.base import now
from archive.drills import Held, ask_to_drill, its_time, last_good, last_held
from archive.errors import Fault
from archive.house import House
from archive.jobs import Claim, finish
from archive.log import began
from workers.tools import Tools

SAMPLE: Final = 200
ASIDE: Final = 10
"""Readers and searchers come first."""
WALKED: Final = (0, 1)
"""What `workers.drill` ends with when it wrote a report: that all was well, or that something was not."""


class NotWalked(Fault):
    """The drill ended without a report."""

    retryable = True


def ask_for_a_drill(house: House) -> None:
    """Queue one when its time has come."""
    settings = house.settings
    with house.database.reading() as session:
        held = Held(last_good(session), last_held(session), began(session))
    if its_time(now().astimezone(settings.zone), settings.drill_at, settings.drill_every_days, held):
        with house.database.transaction() as session:
            ask_to_drill(session)


def hold_drill(tools: Tools, held: Claim) -> None:
    """Walk one, at a low priority of the machine's; a report that found something is a job well done, and an alert."""
    words = [f"--sample={SAMPLE}"]
    if scratch := tools.house.settings.drill_scratch:
        words.append(f"--scratch={scratch}")
    with subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-m", "workers.drill", *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as walking:
        os.setpriority(os.PRIO_PROCESS, walking.pid, ASIDE)
        _, said = walking.communicate()
    if walking.returncode not in WALKED:
        raise NotWalked(f"The drill ended with {walking.returncode}: {said.strip()[-300:]}")
    with tools.house.database.transaction() as session:
        finish(session, held)
