"""Signing in: sessions of the pages, bearer tokens of the API, the set-up code. The door itself is `archive.doors`."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import ForeignKey, String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from archive.access import Actor
from archive.audit import OPERATOR, Act, Machine, record
from archive.base import Id, Ref, Row, new_id, now
from archive.database import Database
from archive.doors import Knock, Throttle, check_doors, count_failure, counted, knock
from archive.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from archive.people import Person, actor_for, check_password, create_person, hashed, the_person
from archive.rights import Confidentiality, Right, Role

IDLE: Final = timedelta(minutes=30)
ABSOLUTE: Final = timedelta(hours=12)
FRESH: Final = timedelta(minutes=5)
CODE_LIFE: Final = timedelta(days=1)
"""How long the code of a reset can be used."""
REST: Final = timedelta(days=1)
"""How long an account signs nothing after a reset, so that its owner can speak up before it does."""
TOKEN_LIFE: Final = timedelta(days=90)
SCOPES: Final = frozenset({"read", "write", "sign"})


class Unauthorised(Refusal):
    """No valid sign-in or token came with the request."""

    status = 401
    default_code = "unauthorised"


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


def sign_in(database: Database, *, name: str, password: str, address: str) -> Opened:
    """Open a sign-in. The same refusal for a wrong name and a wrong password (A01); TooMany while the door is shut."""
    tried = knock(database, name=name, password=password, address=address)
    return counted(database, lambda session: _enter(session, tried))


def _enter(session: Session, tried: Knock) -> Opened:
    check_doors(session, tried.doors)
    person = session.scalar(select(Person).where(Person.name == tried.name))
    if person is None or not tried.opens(person) or not person.active or _spent(person):
        count_failure(session, tried.doors)
        stranger = Machine(f"address:{tried.address}"[:64])
        record(session, stranger, Act.SIGN_IN_FAILED, person.id if person else "unknown")
        raise Unauthorised("The name or the password is not right.", code="sign_in_failed")
    session.execute(delete(Throttle).where(Throttle.door == tried.doors[0]))
    opened = _open(session, person)
    actor = actor_for(person, scopes=SCOPES, fresh_until=None, origin=tried.address)
    record(session, actor, Act.SIGNED_IN, person.id)
    return opened


def _spent(person: Person) -> bool:
    """Whether a code was given so long ago that it opens nothing any more."""
    return person.must_change and person.reset_at is not None and now() > person.reset_at + CODE_LIFE


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
    """The actor behind a cookie. Unauthorised when it ended, idled out, or the account or its password changed.

    Who came in by a password that was given to them may choose one of their own, and nothing else (A09).
    """
    row, at = session.get(SignIn, _digest(secret)), now()
    lives = row is not None and row.person.active and row.password_hash == row.person.password_hash
    if row is None or not lives or at - row.seen_at > IDLE or at - row.created_at > ABSOLUTE:
        raise Unauthorised("Sign in first.")
    fresh = None if row.person.must_change or rests_until(row.person) else row.fresh_until
    held = actor_for(row.person, scopes=SCOPES, fresh_until=fresh, origin=address)
    return replace(held, given=row.person.must_change), row


def touch(session: Session, row: SignIn) -> None:
    """Keep the sign-in from idling out; written at most once a minute."""
    at = now()
    if at - row.seen_at > timedelta(minutes=1):
        found = session.get(SignIn, row.digest)
        if found is not None:
            found.seen_at = at


def rests_until(person: Person) -> datetime | None:
    """Until when this account signs nothing: its password was reset, perhaps not at its owner's wish."""
    return person.reset_at + REST if person.reset_at and now() < person.reset_at + REST else None


def sign_in_anew(database: Database, actor: Actor, secret: str, *, password: str, address: str) -> None:
    """Make the sign-in fresh for five minutes, so that it may sign. Throttled like the front door.

    Forbidden for a wrong password, and while an account rests whose password was reset.
    """
    tried = knock(database, name=actor.name, password=password, address=address)
    counted(database, lambda session: _freshen(session, actor, secret, tried))


def _freshen(session: Session, actor: Actor, secret: str, tried: Knock) -> None:
    check_doors(session, tried.doors)
    row = session.get(SignIn, _digest(secret))
    if row is None or not tried.opens(row.person):
        count_failure(session, tried.doors)
        record(session, actor, Act.SIGN_IN_FAILED, actor.id, detail={"anew": True})
        raise Forbidden("The password is not right.", code="password_wrong")
    if row.person.must_change:
        raise password_given()
    if until := rests_until(row.person):
        raise Forbidden(f"The password was reset: this account signs nothing until {until}.", code="reset_lately")
    row.fresh_until = now() + FRESH
    record(session, actor, Act.SIGNED_IN_ANEW, actor.id)


def change_own_password(database: Database, actor: Actor, *, old: str, new: str, address: str) -> None:
    """One's own password, changed; all sign-ins end. Throttled like the front door: a stolen token guesses no password.

    Invalid when the old one is wrong, or the new one weak or the old one again.
    """
    tried = knock(database, name=actor.name, password=old, address=address)
    if tried.fits and new == old:
        raise Invalid("Choose another password than the present one.", code="password_same")
    if tried.fits:
        check_password(new)
    kept = hashed(new) if tried.fits else ""
    counted(database, lambda session: _change_password(session, actor, tried, kept))


def _change_password(session: Session, actor: Actor, tried: Knock, kept: str) -> None:
    check_doors(session, tried.doors)
    person = the_person(session, actor.id, lock=True)
    if not tried.opens(person):
        count_failure(session, tried.doors)
        raise Invalid("The present password is not right.", code="password_wrong")
    person.password_hash, person.must_change = kept, False
    end_sign_ins(session, person.id)
    record(session, actor, Act.PASSWORD_CHANGED, person.id)


def sign_out(session: Session, actor: Actor, secret: str) -> None:
    """End this sign-in on the server."""
    session.execute(delete(SignIn).where(SignIn.digest == _digest(secret)))
    record(session, actor, Act.SIGNED_OUT, actor.id)


def password_given() -> Forbidden:
    """The refusal of everything else to who came in by a password that was given to them."""
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
        raise password_given()
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
    check_doors(session, doors)
    if session.scalar(select(func.count()).select_from(Person)) or fact is None:
        raise Conflict("This installation is set up already.", code="set_up_already")
    if not hmac.compare_digest(fact.value, _digest(_typed(code))):
        count_failure(session, doors)
        raise Forbidden("The set-up code is not the one printed at the last start.", code="setup_code_wrong")
    person, _ = create_person(
        session, OPERATOR, name=name, roles=[Role.ADMIN], department="administration",
        clearance=Confidentiality.PUBLIC, password=password,
    )  # fmt: skip
    session.delete(fact)
    record(session, OPERATOR, Act.INSTALLATION_SET_UP, person.id)
    return _open(session, person)
