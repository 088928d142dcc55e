"""People, their departments, roles and clearance."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import CheckConstraint, ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from archive.access import Actor
from archive.audit import Act, Machine, record
from archive.base import Id, Ref, Row, new_id, now
from archive.errors import Conflict, Invalid, NotFound
from archive.rights import EXCLUSIVE, Confidentiality, Right, Role, clashing

HASHER = PasswordHasher(time_cost=2, memory_cost=47_104, parallelism=1)
"""argon2id at ASVS appendix C's floor or above (46 MiB)."""

_HASHING = BoundedSemaphore(4)
"""Ten thousand sign-ins at once take the memory of four."""

NAME_MAX = 100
PASSWORD_MIN, PASSWORD_MAX_BYTES = 12, 1024
PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyzACDEFGHJKLMNPQRSTUVWXYZ2345679"  # noqa: S105 - letters nobody confuses
COMMON = frozenset({"password1234", "123456789012", "qwertyuiop12", "administrator", "anjuananjuan", "111111111111"})


class Department(Row):
    """A department: whose papers they are."""

    __tablename__ = "department"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(100), unique=True)
    created_at: Mapped[datetime]


class Person(Row):
    """An account. It is disabled, never deleted: the log speaks of it."""

    __tablename__ = "person"
    __table_args__ = (CheckConstraint("clearance BETWEEN 0 AND 3", name="clearance"),)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(NAME_MAX), unique=True)
    department_id: Mapped[Ref] = mapped_column(ForeignKey("department.id"))
    clearance: Mapped[int]
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change: Mapped[bool] = mapped_column(default=True)
    disabled_at: Mapped[datetime | None]
    totp: Mapped[bytes | None]
    created_at: Mapped[datetime]
    same_as: Mapped[str | None] = mapped_column(String(36))
    """Another account of the same natural person, the first that was known."""
    reset_at: Mapped[datetime | None]
    reset_by: Mapped[str | None] = mapped_column(String(36))
    """When the password was last reset, and by whom."""

    department: Mapped[Department] = relationship(lazy="joined")
    roles: Mapped[list[PersonRole]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    @property
    def role_set(self) -> frozenset[Role]:
        """The roles as values."""
        return frozenset(Role(row.role) for row in self.roles)

    @property
    def active(self) -> bool:
        """Whether the person may do anything at all."""
        return self.disabled_at is None


class PersonRole(Row):
    """One role of one person."""

    __tablename__ = "person_role"

    person_id: Mapped[Ref] = mapped_column(ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)


def department_named(session: Session, name: str) -> Department:
    """The department of that name, made if there is none."""
    name = name.strip()
    if not name:
        raise Invalid("A department needs a name.", errors=[{"field": "department", "code": "missing"}])
    found = session.scalar(select(Department).where(Department.name == name))
    if found is None:
        found = Department(id=new_id(), name=name, created_at=now())
        session.add(found)
        session.flush()
    return found


def initial_password() -> str:
    """A password to be changed at the first sign-in: 16 letters and figures, 91 bits."""
    return "".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(16))


def check_password(password: str) -> None:
    """Length and the commonest ones; no rule of composition (ASVS 6.2). Invalid says what is wrong."""
    if not _usable(password) or "\0" in password:
        raise Invalid("A password has at most 1,024 bytes and no NUL.", code="password_unusable")
    if len(password) < PASSWORD_MIN or password.lower() in COMMON:
        raise Invalid("Choose a password of at least 12 characters that is not a common one.", code="password_weak")


def _usable(password: str) -> bool:
    """Whether it is text (no lone surrogates) of a length that is worth hashing (A03)."""
    try:
        return len(password.encode()) <= PASSWORD_MAX_BYTES
    except UnicodeEncodeError:
        return False


def create_person(
    session: Session,
    actor: Actor | Machine,
    *,
    name: str,
    roles: Iterable[Role],
    department: str,
    clearance: Confidentiality,
    password: str | None = None,
) -> tuple[Person, str]:
    """Make an account and the password it starts with."""
    name, held = name.strip(), frozenset(roles)
    if not name or len(name) > NAME_MAX or not name.isprintable():
        raise Invalid(
            f"A name has 1 to {NAME_MAX} characters that can be printed.", errors=[{"field": "name", "code": "length"}]
        )
    _check_roles(held)
    initial = password or initial_password()
    check_password(initial)
    kept = hashed(initial)  # before the first question to the database, which takes SQLite's write lock
    if session.scalar(select(Person).where(Person.name == name)):
        raise Conflict(f"There is an account named {name} already.", code="name_taken")
    person = Person(
        id=new_id(), name=name, department_id=department_named(session, department).id, clearance=int(clearance),
        password_hash=kept, must_change=password is None, created_at=now(),
        roles=[PersonRole(role=role.value) for role in sorted(held)],
    )  # fmt: skip
    session.add(person)
    session.flush()
    told = {"name": name, "roles": sorted(held), "department": department, "clearance": clearance.label}
    record(session, actor, Act.PERSON_CREATED, person.id, detail=told)
    return person, initial


def _check_roles(held: frozenset[Role]) -> None:
    if clash := clashing(held):
        raise Invalid(
            f"{' and '.join(sorted(clash))} cannot be held beside another role: whoever is "
            f"{' or '.join(sorted(EXCLUSIVE))} has no other role on that account.",
            code="roles_clash",
        )


def set_authority(
    session: Session, actor: Actor, person_id: str, *, roles: Iterable[Role], clearance: Confidentiality
) -> Person:
    """Give a person other roles and another clearance. Nobody changes their own."""
    actor.need(Right.AUTHORITY)
    person, held = the_person(session, person_id, lock=True), frozenset(roles)
    if person.id == actor.id:
        raise Conflict("Nobody changes their own roles or clearance.", code="own_authority")
    _check_roles(held)
    before = {"roles": sorted(person.role_set), "clearance": Confidentiality(person.clearance).label}
    person.roles = [row for row in person.roles if Role(row.role) in held]
    kept = person.role_set
    person.roles += [PersonRole(role=role.value) for role in sorted(held - kept)]
    person.clearance = int(clearance)
    after = {"roles": sorted(held), "clearance": clearance.label}
    record(session, actor, Act.PERSON_CHANGED, person.id, detail={"before": before, "after": after})
    return person


def join_accounts(session: Session, actor: Actor, person_id: str, other_id: str | None) -> Person:
    """Say that an account is of the same natural person as another, or (None) of one of its own.

    Four eyes are two people, however many accounts they have (records-rules R15). Nobody says it of their own.
    """
    actor.need(Right.AUTHORITY)
    person = the_person(session, person_id, lock=True)
    if actor.id in {person_id, other_id}:
        raise Conflict("Nobody changes their own roles or clearance.", code="own_authority")
    first = the_person(session, other_id) if other_id else None
    root = (first.same_as or first.id) if first else None
    if root == person.id:
        raise Conflict("That account is joined to this one already.", code="joined_already")
    followers = session.scalars(select(Person).where(Person.same_as == person.id)).unique().all()
    before, person.same_as = person.same_as, root
    for follower in followers:
        follower.same_as = root
    told = {"before": {"same_as": before}, "after": {"same_as": root}}
    record(session, actor, Act.PERSON_CHANGED, person.id, detail=told)
    session.flush()
    return person


def humans(session: Session, person_ids: Iterable[str]) -> set[str]:
    """The natural persons behind these accounts, each by the account that was known first."""
    asked = select(func.coalesce(Person.same_as, Person.id)).where(Person.id.in_(set(person_ids)))
    return set(session.scalars(asked))


def _may(actor: Actor | Machine, right: Right) -> None:
    """Forbidden for an account without the right; the operator of the host has no account and no less."""
    if isinstance(actor, Actor):
        actor.need(right)


def reset_password(session: Session, actor: Actor | Machine, person_id: str) -> str:
    """A code with which the person chooses a password anew, by the security officer, for somebody else.

    It opens nothing else, and not for long; the owner is told who had it made, and for a while the account signs
    nothing (`archive.signin`): whoever hands out a code could use it. One's own password is changed with the present
    one: a sign-in that was left open is not enough to take an account.
    """
    _may(actor, Right.AUTHORITY)
    code = initial_password()
    kept = hashed(code)  # before the first question to the database, which takes SQLite's write lock
    person = the_person(session, person_id, lock=True)
    if person.id == actor.id:
        raise Conflict("Nobody resets their own password: change it with the present one.", code="own_password")
    person.password_hash, person.must_change, person.reset_at, person.reset_by = kept, True, now(), actor.id
    record(session, actor, Act.PASSWORD_RESET, person.id)
    return code


def set_active(session: Session, actor: Actor | Machine, person_id: str, *, active: bool) -> Person:
    """Disable or enable an account; disabled, its sign-ins and tokens end at once because each use asks."""
    _may(actor, Right.ACCOUNTS)
    person = the_person(session, person_id)
    if person.id == actor.id:
        raise Conflict("Nobody disables their own account.", code="own_account")
    person.disabled_at = None if active else person.disabled_at or now()
    record(session, actor, Act.PERSON_ENABLED if active else Act.PERSON_DISABLED, person.id)
    return person


def the_person(session: Session, person_id: str, *, lock: bool = False) -> Person:
    """The person of that id; NotFound. Under the row's lock two changes at once are one after the other."""
    of = {"of": Person} if lock else None
    person = session.get(Person, person_id, with_for_update=of, populate_existing=lock)
    if person is None:
        raise NotFound
    return person


def hashed(password: str) -> str:
    """The password as it is kept; hashed at few doors at once, like those that come in (A21)."""
    with _HASHING:
        return HASHER.hash(password)


def password_fits(hashed: str, password: str) -> bool:
    """Whether the password is the one hashed; constant work for whatever could be one, at few doors at once (A21)."""
    if not _usable(password):
        return False
    try:
        with _HASHING:
            return HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def actor_for(person: Person, *, scopes: frozenset[str], fresh_until: datetime | None, origin: str = "") -> Actor:
    """The person as an actor of one act."""
    return Actor(
        id=person.id, name=person.name, roles=person.role_set, department_id=person.department_id,
        clearance=Confidentiality(person.clearance), scopes=scopes, fresh_until=fresh_until, origin=origin,
    )  # fmt: skip
