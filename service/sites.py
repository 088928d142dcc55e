"""The sites beside the primary as the service sees them: what their copying found, and whether they answer now.

Each is asked aside, all at once, and never twice at a time: one that hangs holds nobody up who asks for the health.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from archive.house import House
from archive.set_harm import newest_harm
from archive.site_figures import SiteFigures, figures_of
from archive.sites import Site, SiteState, standing
from archive.stores.port import Bucket
from service.figures import LATER, Kept

HOLDS: Final = 15.0
"""Seconds for which an answer is believed."""
PATIENCE: Final = 10.0
"""Seconds after which a site that was asked and says nothing does not answer."""
SEND: Final = "«anjuan site send» sends one at once and says what is in the way; the workers do so by themselves."
AT_ONCE: Final = 0.3
"""Seconds that the service waits for the very first answer of a site."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One site; `trouble` says why it does not answer, `harm` what is wrong with the newest set there.

    Both are empty when all is well, and while the site is paused.
    """

    figures: SiteFigures
    trouble: str = ""
    harm: str = ""

    @property
    def well(self) -> bool:
        """Whether it answers, and has a set of late that can be restored; a paused one gets none."""
        late = self.figures.set_late and self.figures.state == SiteState.ACTIVE
        return not (self.trouble or self.harm or late)

    @property
    def in_words(self) -> str:
        """One line: what it has and lacks, whether it answers, and what to do if not."""
        said = self.figures.in_words
        if self.trouble:
            return (
                f"{said}; does not answer: {self.trouble} Mount its disk, or bring its server and "
                "credentials back; it catches up by itself."
            )
        if self.harm:
            return (
                f"{said}; {self.harm} {SEND} «anjuan verify --full --site {self.figures.name} --repair» clears it away."
            )
        if self.figures.set_late and self.figures.state == SiteState.ACTIVE:
            return f"{said}; no set came when it was due. {SEND}"
        return said


@dataclass
class _Look:
    """One asking; `former` is what the one before it found."""

    former: str = ""
    began: float = field(default_factory=time.monotonic)
    done: threading.Event = field(default_factory=threading.Event)
    found: str = ""

    @property
    def trouble(self) -> str:
        """What it found; while it runs what was known before, and at last its silence."""
        if self.done.is_set():
            return self.found
        silent = time.monotonic() - self.began >= PATIENCE
        return f"nothing came within {PATIENCE:.0f} seconds." if silent else self.former


class Reach:
    """Asks things by name, each in a thread of its own, and believes the answer for a while."""

    def __init__(self, ask: Callable[[str], object], wait: float) -> None:
        self._ask, self._wait = ask, wait
        self._looks: dict[str, _Look] = {}
        self._lock = threading.Lock()

    def troubles(self, names: Iterable[str]) -> dict[str, str]:
        """What keeps each from answering; empty for nothing. Waits for those that were never asked before, a little."""
        first = [look for name in names if (look := self._look(name)) is not None]
        until = time.monotonic() + self._wait
        for look in first:
            look.done.wait(max(0.0, until - time.monotonic()))
        return {name: look.trouble for name, look in self._looks.items()}

    def _look(self, name: str) -> _Look | None:
        """Ask unless it is being asked, or was lately; the look when it is the first."""
        with self._lock:
            last = self._looks.get(name)
            if last is not None and (not last.done.is_set() or time.monotonic() - last.began < HOLDS):
                return None
            look = self._looks[name] = _Look(last.trouble if last else "")
        threading.Thread(target=self._answer, args=(name, look), name=f"asks {name}", daemon=True).start()
        return look if last is None else None

    def _answer(self, name: str, look: _Look) -> None:
        try:
            self._ask(name)
        except Exception as error:  # noqa: BLE001 - whatever keeps it from answering is what is to be told
            look.found = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        look.done.set()


class Sites:
    """All of one installation. What is counted is counted once a minute, what a row says is asked each time."""

    def __init__(self, house: House, wait: float = AT_ONCE) -> None:
        self._house = house
        self._reach = Reach(self._ask, wait)
        self._counted: dict[str, Kept[SiteFigures]] = {}
        self._harms: dict[str, str] = {}

    def seen(self) -> list[Seen]:
        """Each site, by name. Whatever the database raises."""
        with self._house.database.reading() as session:
            rows = standing(session)
        troubles = self._reach.troubles(row.name for row in rows if row.state == SiteState.ACTIVE)
        return [
            Seen(self._figures(row), troubles.get(row.name, ""), self._harms.get(row.name, ""))
            if row.state == SiteState.ACTIVE
            else Seen(self._figures(row))
            for row in rows
        ]

    def _ask(self, name: str) -> None:
        self._house.verifier_at(name).versions(Bucket.RECORDS, "check")
        self._harms[name] = newest_harm(self._house, name)

    def _figures(self, row: Site) -> SiteFigures:
        kept = self._counted.setdefault(row.name, Kept(partial(self._count, row.name), LATER))
        fresh = {"state": row.state, "away_since": row.failing_since, "next_try": row.next_at, "error": row.error}
        return replace(kept.get(), **fresh)  # type: ignore[arg-type]  # the fields' own types

    def _count(self, name: str) -> SiteFigures:
        with self._house.database.reading() as session:
            every = self._house.settings.sets_every_minutes
            return figures_of(session, session.get_one(Site, name), every)
