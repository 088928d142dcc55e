"""Signing in: sessions of the pages, bearer tokens of the API, the set-up code, and the throttle at the door."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import ForeignKey, String, case, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from archive.access import Actor
from archive.audit import OPERATOR, Act, Machine, record
from archive.base import Id, Ref, Row, new_id, now
from archive.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from archive.people import (
    HASHER,
    NAME_MAX,
    Person,
    actor_for,
    change_password,
    create_person,
    password_fits,
    the_person,
)
from archive.rights import Confidentiality, Right, Role

IDLE: Final = timedelta(minutes=30)
ABSOLUTE: Final = timedelta(hours=12)
FRESH: Final = timedelta(minutes=5)
TOKEN_LIFE: Final = timedelta(days=90)
FREE_FAILURES: Final = 5
LONGEST_WAIT: Final = timedelta(minutes=15)
FORGOTTEN: Final = timedelta(hours=1)
"""A door that saw no failure for so long starts to count anew: nobody is locked out for good (A02)."""
SCOPES: Final = frozenset({"read", "write", "sign"})
_NOBODY: Final = HASHER.hash("the hash that an unknown name is compared with")


class Unauthorised(Refusal):
    """No valid sign-in or token came with the request."""

    status = 401
    default_code = "unauthorised"


class TooMany(Refusal):
    """The door is shut for a while."""

    status = 429
    default_code = "too_many_attempts"


class SignIn(Row):
    """One browser's sign-in. The cookie holds the secret, the row its digest."""

    __tablename__ = "sign_in"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    fresh_until: Mapped[datetime]
    password_hash: Mapped[str] = mapped_column(String(200))

    person: Mapped[Person] = relationship(lazy="joined")


class Token(Row):
    """A bearer token. Shown once; the row keeps its digest (SHA-256 of 256 random bits)."""

    __tablename__ = "token"

    id: Mapped[Id]
    person_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(12))
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="joined")


class Throttle(Row):
    """Failures at one door: an account or an address."""

    __tablename__ = "throttle"

    door: Mapped[str] = mapped_column(String(140), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    shut_until: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class Fact(Row):
    """A fact about the installation as a whole, such as the digest of the set-up code."""

    __tablename__ = "fact"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str]


@dataclass(frozen=True, slots=True)
class Opened:
    """A fresh sign-in: the cookie's secret and the form token."""

    secret: str
    csrf: str
    person: Person


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def sign_in(session: Session, *, name: str, password: str, address: str) -> Opened:
    """Open a sign-in. The same refusal for a wrong name and a wrong password (A01); TooMany while the door is shut.

    A refusal must be committed by the caller, so that it counts.
    """
    name = name.replace("\0", "").strip()[: NAME_MAX + 1]
    doors = _doors(name, address)
    _check_doors(session, doors)
    person = session.scalar(select(Person).where(Person.name == name))
    fits = password_fits(person.password_hash if person else _NOBODY, password)
    if person is None or not fits or not person.active:
        _count_failure(session, doors)
        record(session, Machine(f"address:{address}"[:64]), Act.SIGN_IN_FAILED, person.id if person else "unknown")
        raise Unauthorised("The name or the password is not right.", code="sign_in_failed")
    session.execute(delete(Throttle).where(Throttle.door == doors[0]))
    opened = _open(session, person)
    record(session, actor_for(person, scopes=SCOPES, fresh_until=None, origin=address), Act.SIGNED_IN, person.id)
    return opened


def _open(session: Session, person: Person) -> Opened:
    secret, csrf, at = secrets.token_urlsafe(32), secrets.token_urlsafe(24), now()
    session.add(
        SignIn(
            digest=_digest(secret), person_id=person.id, csrf=csrf, created_at=at, seen_at=at,
            fresh_until=at + FRESH, password_hash=person.password_hash,
        )
    )  # fmt: skip
    return Opened(secret, csrf, person)


def signed_in(session: Session, secret: str, address: str = "") -> tuple[Actor, SignIn]:
    """The actor behind a cookie. Unauthorised when it ended, idled out, or the account or its password changed."""
    row, at = session.get(SignIn, _digest(secret)), now()
    lives = row is not None and row.person.active and row.password_hash == row.person.password_hash
    if row is None or not lives or at - row.seen_at > IDLE or at - row.created_at > ABSOLUTE:
        raise Unauthorised("Sign in first.")
    fresh = None if row.person.must_change else row.fresh_until  # who gave the password could sign with it
    return actor_for(row.person, scopes=SCOPES, fresh_until=fresh, origin=address), row


def touch(session: Session, row: SignIn) -> None:
    """Keep the sign-in from idling out; written at most once a minute."""
    at = now()
    if at - row.seen_at > timedelta(minutes=1):
        found = session.get(SignIn, row.digest)
        if found is not None:
            found.seen_at = at


def sign_in_anew(session: Session, actor: Actor, secret: str, *, password: str, address: str) -> None:
    """Make the sign-in fresh for five minutes, so that it may sign. Throttled like the front door."""
    doors = _doors(actor.name, address)
    _check_doors(session, doors)
    row = session.get(SignIn, _digest(secret))
    if row is None or not password_fits(row.person.password_hash, password):
        _count_failure(session, doors)
        record(session, actor, Act.SIGN_IN_FAILED, actor.id, detail={"anew": True})
        raise Forbidden("The password is not right.", code="password_wrong")
    if row.person.must_change:
        raise _given()
    row.fresh_until = now() + FRESH
    record(session, actor, Act.SIGNED_IN_ANEW, actor.id)


def change_own_password(session: Session, actor: Actor, *, old: str, new: str, address: str) -> None:
    """One's own password, changed; all sign-ins end. Throttled like the front door: a stolen token guesses no password.

    A refusal must be committed by the caller, so that it counts.
    """
    doors = _doors(actor.name, address)
    _check_doors(session, doors)
    try:
        change_password(session, actor, old=old, new=new)
    except Invalid as refusal:
        if refusal.code == "password_wrong":
            _count_failure(session, doors)
        raise
    end_sign_ins(session, actor.id)


def sign_out(session: Session, actor: Actor, secret: str) -> None:
    """End this sign-in on the server."""
    session.execute(delete(SignIn).where(SignIn.digest == _digest(secret)))
    record(session, actor, Act.SIGNED_OUT, actor.id)


def _given() -> Forbidden:
    told = "Choose a password of your own first: this one was given to you."
    return Forbidden(told, code="password_given")


def end_access(session: Session, person_id: str) -> None:
    """End all sign-ins and tokens of a person for good: whoever has one may not be that person."""
    end_sign_ins(session, person_id)
    session.execute(
        update(Token).where(Token.person_id == person_id, Token.revoked_at.is_(None)).values(revoked_at=now())
    )


def end_sign_ins(session: Session, person_id: str, *, but: str = "") -> None:
    """End all sign-ins of a person, but the one with that secret."""
    session.execute(delete(SignIn).where(SignIn.person_id == person_id, SignIn.digest != _digest(but)))


def create_token(
    session: Session, actor: Actor | Machine, person_id: str, scopes: Iterable[str], life: timedelta = TOKEN_LIFE
) -> tuple[Token, str]:
    """A token for a person, and its secret, shown once. Invalid for scopes that do not exist.

    Forbidden for whoever came by a password that was given to them: its giver would keep the token.
    """
    held = frozenset(scopes) or frozenset({"read", "write"})
    if wrong := held - SCOPES:
        raise Invalid(f"Scopes are read, write and sign, not {', '.join(sorted(wrong))}.", code="scope_unknown")
    person, secret, at = the_person(session, person_id), "aj_" + secrets.token_urlsafe(32), now()
    if person.must_change and isinstance(actor, Actor):
        raise _given()
    row = Token(
        id=new_id(), person_id=person.id, digest=_digest(secret), hint=secret[:8], scopes=sorted(held),
        created_at=at, expires_at=at + life,
    )  # fmt: skip
    session.add(row)
    record(session, actor, Act.TOKEN_CREATED, person.id, detail={"token": row.id, "scopes": sorted(held)})
    return row, secret


def bearer(session: Session, secret: str, address: str = "") -> tuple[Actor, Token]:
    """Token and actor; one with the scope `sign` counts as freshly signed in. Unauthorised otherwise."""
    whole = joinedload(Token.person).joinedload(Person.roles)  # one question: every request of a script asks it
    asked = select(Token).where(Token.digest == _digest(secret)).options(whole)
    row, at = session.scalars(asked).unique().one_or_none(), now()
    if row is None or row.revoked_at or row.expires_at < at or not row.person.active:
        raise Unauthorised("The token is unknown, expired or revoked.")
    scopes = frozenset(str(scope) for scope in row.scopes)
    fresh = at + FRESH if "sign" in scopes else None
    return actor_for(row.person, scopes=scopes, fresh_until=fresh, origin=address), row


def note_use(session: Session, token_id: str, every: timedelta = timedelta(minutes=10)) -> None:
    """Remember when a token was last used; written at most so often."""
    found = session.get_one(Token, token_id)
    if found.used_at is None or now() - found.used_at > every:
        found.used_at = now()


def revoke_token(session: Session, actor: Actor, token_id: str) -> None:
    """End a token: one's own, or anybody's for the security officer."""
    row = session.get(Token, token_id)
    if row is None or (row.person_id != actor.id and Right.AUTHORITY not in actor.rights):
        raise NotFound
    row.revoked_at = row.revoked_at or now()
    record(session, actor, Act.TOKEN_REVOKED, row.person_id, detail={"token": row.id})


def _doors(name: str, address: str) -> tuple[str, ...]:
    """What a failure counts against: the account from this address, the account from anywhere, the address.

    The first shuts early and keeps nobody out who comes from elsewhere; the second stands against many addresses (A02).
    """
    pair = sha256(f"{name}\0{address}".encode()).hexdigest()
    return f"pair:{pair}", f"account:{name}", f"address:{address}"


def _check_doors(session: Session, doors: tuple[str, ...]) -> None:
    at = now()
    shut = session.scalar(select(func.max(Throttle.shut_until)).where(Throttle.door.in_(doors)))
    if shut is not None and shut > at:
        seconds = int((shut - at).total_seconds()) + 1
        raise TooMany(f"Too many attempts. Try again in {seconds} s.", retry_after=seconds)


def _count_failure(session: Session, doors: tuple[str, ...]) -> None:
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


def nobody_yet(session: Session) -> bool:
    """Whether the installation waits for its first account."""
    return session.scalar(select(func.count()).select_from(Person)) == 0


def new_setup_code(session: Session) -> str | None:
    """A one-time set-up code while there is no account; each start prints a new one. None once there are people."""
    if session.scalar(select(func.count()).select_from(Person)):
        return None
    code = "-".join(secrets.token_hex(2).upper() for _ in range(4))
    session.merge(Fact(name="setup_code", value=_digest(_typed(code))))
    return code


def _typed(code: str) -> str:
    """A set-up code however it was typed: hyphens, blanks and small letters say nothing."""
    return "".join(filter(str.isalnum, code)).upper()


def set_up(session: Session, *, code: str, name: str, password: str, address: str) -> Opened:
    """First start: the code opens the administrator's account and is then spent. Conflict once there are people."""
    fact, doors = session.get(Fact, "setup_code", with_for_update=True), (f"address:{address}",)
    _check_doors(session, doors)
    if session.scalar(select(func.count()).select_from(Person)) or fact is None:
        raise Conflict("This installation is set up already.", code="set_up_already")
    if not hmac.compare_digest(fact.value, _digest(_typed(code))):
        _count_failure(session, doors)
        raise Forbidden("The set-up code is not the one printed at the last start.", code="setup_code_wrong")
    person, _ = create_person(
        session, OPERATOR, name=name, roles=[Role.ADMIN], department="administration",
        clearance=Confidentiality.PUBLIC, password=password,
    )  # fmt: skip
    session.delete(fact)
    record(session, OPERATOR, Act.INSTALLATION_SET_UP, person.id)
    return _open(session, person)
