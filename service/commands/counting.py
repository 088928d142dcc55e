"""Whether this copy is the one that counts, asked of its sites as a start asks: before a command writes anything."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from archive.house import House
from archive.reigns import need_open
from archive.set_sending import look_who_counts, newer_at
from service.commands.opening import tell

SITES_WITHIN: Final = 5.0
"""Seconds for which the sites are waited for; one that says nothing tells nothing."""


def see_who_counts(house: House) -> None:
    """A primary that was away may have been superseded: then it is closed. No site is waited for long."""
    if not house.settings.read_only:
        _within(lambda: look_who_counts(house))


def need_counting(house: House) -> None:
    """Conflict, with the way out, while this copy is not the one that counts: nothing is written then."""
    see_who_counts(house)
    with house.database.reading() as session:
        need_open(session)


def tell_of_newer(house: House) -> list[str]:
    """Say which sites have a newer set than the rows that were put in place; their names."""
    found: dict[str, str] = {}
    _within(lambda: found.update(newer_at(house)))
    for site, told in sorted(found.items()):
        tell(
            f"The site {site} has {told}, newer than these rows: «anjuan serve» will read and take nothing in. If the"
            " old machine is lost, restore that set instead («anjuan restore --from SITE»), or «anjuan site promote"
            " --reason …» makes this copy the one that counts, without what came in since. If it lives, stop here."
        )
    return sorted(found)


def _within(ask: Callable[[], None]) -> None:
    def asked() -> None:
        with suppress(SQLAlchemyError):  # said by whoever needs the rows
            ask()

    asking = threading.Thread(target=asked, name="who counts", daemon=True)
    asking.start()
    asking.join(SITES_WITHIN)
