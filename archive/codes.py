"""Numbers and archival codes: counted within a scope, never reused, gaps only with a recorded void (mission C1).

Archival codes follow DA/T 13-2022: levels joined by `-`, codes of one level by `·`. Addresses use the ASCII form.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.access import Actor
from archive.audit import Act, Machine, record
from archive.base import Row, now


class Counter(Row):
    """The last number given within a scope."""

    __tablename__ = "counter"

    scope: Mapped[str] = mapped_column(String(120), primary_key=True)
    last: Mapped[int]


class Void(Row):
    """A code that was given and stands for nothing any more; it is not given again."""

    __tablename__ = "void"

    code: Mapped[str] = mapped_column(String(80), primary_key=True)
    reason: Mapped[str]
    voided_at: Mapped[datetime]


def next_number(session: Session, scope: str) -> int:
    """The next number of a scope, from 1; the row lock makes it gap-free and unique across processes."""
    raised = update(Counter).where(Counter.scope == scope).values(last=Counter.last + 1).returning(Counter.last)
    number = session.execute(raised).scalar_one_or_none()
    if number is not None:
        return number
    _begin_scope(session, scope)
    return int(session.execute(raised).scalar_one())


def _begin_scope(session: Session, scope: str) -> None:
    """Insert the counter; of two at once one waits for the other's row and then counts on."""
    session.execute(
        text("INSERT INTO counter (scope, last) VALUES (:scope, 0) ON CONFLICT (scope) DO NOTHING"), {"scope": scope}
    )


def customer_number(session: Session) -> str:
    """A customer number such as `C000123`."""
    return f"C{next_number(session, 'customer'):06d}"


def folder_code(session: Session, *, fonds: str, category: str, department: str, year: int) -> str:
    """A folder's code such as `A001-HT-2026-D03-0001`: counted within fonds, department and year."""
    number = next_number(session, f"folder/{fonds}/{department}/{year}")
    place = next_number_of(session, department)
    return f"{fonds}-{category}-{year}-D{place:02d}-{number:04d}"


def next_number_of(session: Session, department: str) -> int:
    """The short number of a department in codes, given at its first folder and kept."""
    scope = f"department/{department}"
    known = session.scalar(select(Counter.last).where(Counter.scope == scope))
    if known is not None:
        return known
    _begin_scope(session, "department")
    session.execute(select(Counter.last).where(Counter.scope == "department").with_for_update())
    known = session.scalar(select(Counter.last).where(Counter.scope == scope))
    if known is not None:  # another session gave it while this one waited for the lock
        return known
    number = next_number(session, "department")
    session.add(Counter(scope=scope, last=number))
    session.flush()
    return number


def archival_code(session: Session, folder: str) -> str:
    """A document's archival code: its folder's code and its number in it, e.g. `A001-HT-2026-D03-0001-0007`."""
    return f"{folder}-{next_number(session, f'document/{folder}'):04d}"


def void(session: Session, actor: Actor | Machine, code: str, reason: str) -> None:
    """Record that a code stands for nothing any more."""
    session.add(Void(code=code, reason=reason, voided_at=now()))
    record(session, actor, Act.CODE_VOIDED, code, detail={"reason": reason})
