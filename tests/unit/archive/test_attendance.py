"""Who is at work is known by signing in, and forgotten when nobody signs."""

from __future__ import annotations

from sqlalchemy import select, update

from archive.attendance import GONE_AFTER, Attendance, at_work, sign_in, sign_out
from archive.base import now
from tests.houses import Home


def test_who_signs_in_is_at_work_until_signing_out(both: Home) -> None:
    database = both.house.database
    for worker, queues in (("a:1", ["read"]), ("b:2", ["light", "destroy"]), ("a:1", ["read"])):
        with database.transaction() as session:
            sign_in(session, worker, queues, "bubblewrap" if queues == ["read"] else "", "0.1.0")
    with database.reading() as session:
        found = at_work(session)
    assert found.by_queue == {"read": 1, "light": 1, "destroy": 1}
    assert found.by_sandbox == {"bubblewrap": 1}
    with database.transaction() as session:
        sign_out(session, "a:1")
    with database.reading() as session:
        assert at_work(session).by_queue == {"light": 1, "destroy": 1}


def test_who_was_killed_is_not_at_work_and_is_forgotten(both: Home) -> None:
    database = both.house.database
    with database.transaction() as session:
        sign_in(session, "dead:1", ["read"], "limits", "0.1.0")
        session.execute(update(Attendance).values(seen_at=now() - GONE_AFTER * 2))
    with database.reading() as session:
        assert at_work(session).by_queue == {}
    with database.transaction() as session:
        sign_in(session, "new:1", ["read"], "limits", "0.1.0")
        assert session.scalars(select(Attendance.worker)).all() == ["new:1"]
