"""The door: how often somebody may try a password, and the trying itself, outside of any transaction (A01, A02, A21).

Comparing a password costs a tenth of a second and 46 MiB. Many who try at once must keep nobody from writing, so the
hash is read in one transaction, compared in none, and the outcome counted in another, which looks at the door and the
hash again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, TypeVar

from sqlalchemy import String, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.base import Row, now
from archive.database import Database
from archive.errors import Refusal
from archive.people import HASHER, NAME_MAX, Person, password_fits

FREE_FAILURES: Final = 5
LONGEST_WAIT: Final = timedelta(minutes=15)
FORGOTTEN: Final = timedelta(hours=1)
"""A door that saw no failure for so long starts to count anew: nobody is locked out for good (A02)."""
T = TypeVar("T")
_NOBODY: Final = HASHER.hash("the hash that an unknown name is compared with")


class TooMany(Refusal):
    """The door is shut for a while."""

    status = 429
    default_code = "too_many_attempts"


class Throttle(Row):
    """Failures at one door: an account or an address."""

    __tablename__ = "throttle"

    door: Mapped[str] = mapped_column(String(140), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    shut_until: Mapped[datetime | None]
    changed_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Knock:
    """One attempt: whose account it names, from where, the hash that was compared with, and the outcome."""

    name: str
    address: str
    kept: str = field(repr=False)
    fits: bool

    @property
    def doors(self) -> tuple[str, ...]:
        """What a failure counts against."""
        return doors_of(self.name, self.address)

    def opens(self, person: Person | None) -> bool:
        """Whether it was this account's password, and still is."""
        return person is not None and self.fits and person.password_hash == self.kept


def knock(database: Database, *, name: str, password: str, address: str) -> Knock:
    """Compare a password with the one of that name. TooMany while the door is shut.

    A name that nobody has is compared too, so that it takes as long (A01).
    """
    name = name.replace("\0", "").strip()[: NAME_MAX + 1]
    with database.reading() as session:
        check_doors(session, doors_of(name, address))
        kept = session.scalar(select(Person.password_hash).where(Person.name == name)) or _NOBODY
    return Knock(name, address, kept, password_fits(kept, password))


def counted(database: Database, act: Callable[[Session], T]) -> T:
    """Do an act whose refusal counts against a door: the refusal is committed, then raised."""
    with database.transaction() as session:
        try:
            return act(session)
        except Refusal as refusal:
            refused = refusal
    raise refused


def doors_of(name: str, address: str) -> tuple[str, ...]:
    """What a failure counts against: the account from this address, the account from anywhere, the address.

    The first shuts early and keeps nobody out who comes from elsewhere; the second stands against many addresses (A02).
    """
    pair = sha256(f"{name}\0{address}".encode()).hexdigest()
    return f"pair:{pair}", f"account:{name}", f"address:{address}"


def check_doors(session: Session, doors: tuple[str, ...]) -> None:
    """TooMany while one of the doors is shut."""
    at = now()
    shut = session.scalar(select(func.max(Throttle.shut_until)).where(Throttle.door.in_(doors)))
    if shut is not None and shut > at:
        seconds = int((shut - at).total_seconds()) + 1
        raise TooMany(f"Too many attempts. Try again in {seconds} s.", retry_after=seconds)


def count_failure(session: Session, doors: tuple[str, ...]) -> None:
    """Counted by the database, so that of many attempts at once none is missed."""
    for door in doors:
        _shut(session, door, _failures_at(session, door))


def _failures_at(session: Session, door: str) -> int:
    at, insert = now(), postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    counted = case((Throttle.changed_at < at - FORGOTTEN, 1), else_=Throttle.failures + 1)
    raised = insert(Throttle).values(door=door, failures=1, changed_at=at)
    raised = raised.on_conflict_do_update(index_elements=["door"], set_={"failures": counted, "changed_at": at})
    failures: int = session.execute(raised.returning(Throttle.failures)).scalar_one()
    return failures


def _shut(session: Session, door: str, failures: int) -> None:
    free = FREE_FAILURES if door.startswith("pair:") else FREE_FAILURES * 20
    if failures > free:
        wait = min(timedelta(seconds=2 ** min(failures - free, 12)), LONGEST_WAIT)
        session.execute(update(Throttle).where(Throttle.door == door).values(shut_until=now() + wait))
