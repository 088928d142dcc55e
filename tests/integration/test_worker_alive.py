"""A container's healthcheck for workers says what the rows say."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest
from sqlalchemy import update

from archive.attendance import GONE_AFTER, Attendance, sign_in
from archive.base import now
from tests.houses import Home
from workers import alive


def test_a_worker_is_alive_while_it_signs_in_and_not_longer(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in home.env.items():
        monkeypatch.setenv(name, value)
    assert alive.main() == 1
    with home.house.database.transaction() as session:
        sign_in(session, f"{socket.gethostname()}-other:1", ["read"], "", "0")
    assert alive.main() == 1, "another host's worker is not this one"
    with home.house.database.transaction() as session:
        sign_in(session, f"{socket.gethostname()}:1", ["read"], "", "0")
    assert alive.main() == 0
    with home.house.database.transaction() as session:
        session.execute(update(Attendance).values(seen_at=now() - GONE_AFTER - timedelta(seconds=1)))
    assert alive.main() == 1


def test_rows_that_do_not_answer_are_no_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANJUAN_DATABASE_URL", "postgresql+psycopg://nobody:x@127.0.0.1:1/none")
    assert alive.main() == 1
