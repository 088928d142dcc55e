"""The schema is what the migrations make, on both databases; one commit at the edge; readers hinder nobody."""

from __future__ import annotations

import importlib
import pkgutil
import threading
import time

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import archive
import retention
from archive.base import Row, new_id, now
from archive.documents import Document, changed
from archive.people import Department
from tests.houses import Home, png


def test_the_migrations_make_exactly_the_rows_that_the_code_knows(both: Home) -> None:
    for room in (archive, retention):  # every module that may hold a row
        for module in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
            importlib.import_module(module.name)
    with both.house.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Row.metadata) == []
    assert len(set(both.house.database.revision())) == 1


def test_migrating_again_keeps_what_is_there(both: Home) -> None:
    kept = both.put(png(1))
    both.house.prepare()
    with both.house.database.reading() as session:
        assert session.get(Document, kept.id)


def test_a_block_that_breaks_leaves_nothing(both: Home) -> None:
    def break_late() -> None:
        with both.house.database.transaction() as session:
            session.add(Department(id=new_id(), name="never", created_at=now()))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_late()
    with both.house.database.reading() as session:
        assert session.scalar(select(Department).where(Department.name == "never")) is None


def test_a_reader_neither_waits_for_a_writer_nor_holds_one_up(home: Home) -> None:
    with home.house.database.reading() as session:
        session.scalars(select(Department)).all()
        done = threading.Event()
        writer = threading.Thread(target=lambda: (home.put(png(1)), done.set()))
        writer.start()
        assert done.wait(5)
        writer.join()
        assert session.scalars(select(Document)).all() == []


def together(home: Home, names: list[str]) -> list[str]:
    """Departments written together, while a first writer holds them up: those that failed."""
    begun, free, failed = threading.Event(), threading.Event(), list[str]()

    def first(session: Session) -> None:
        begun.set()
        assert free.wait(5)
        session.add(Department(id=new_id(), name="first", created_at=now()))

    def one(name: str) -> None:
        try:
            home.house.database.together(
                lambda session: session.add(Department(id=new_id(), name=name, created_at=now()))
            )
        except IntegrityError:
            failed.append(name)

    leader = threading.Thread(target=home.house.database.together, args=(first,))
    leader.start()
    assert begun.wait(5)
    others = [threading.Thread(target=one, args=(name,)) for name in names]
    for each in others:
        each.start()
    while len(home.house.database._brought) < len(names):
        time.sleep(0.005)
    free.set()
    for each in (leader, *others):
        each.join()
    return failed


def test_those_who_come_meanwhile_share_a_transaction(both: Home) -> None:
    begun: list[object] = []
    event.listen(both.house.database.engine, "begin", begun.append)
    assert together(both, [f"d{n}" for n in range(9)]) == []
    assert len(begun) == 2
    with both.house.database.reading() as session:
        assert len(session.scalars(select(Department).where(Department.name.like("d_"))).all()) == 9


def test_what_breaks_a_shared_transaction_fails_alone(both: Home) -> None:
    assert together(both, ["a", "first", "b", "c"]) == ["first"]
    with both.house.database.reading() as session:
        names = set(session.scalars(select(Department.name)))
    assert {"first", "a", "b", "c"} <= names


def test_the_database_knows_that_a_filed_paper_has_a_folder(both: Home) -> None:
    document = both.put(png(1))
    with pytest.raises(IntegrityError), both.house.database.transaction() as session:
        session.get_one(Document, document.id).state = "filed"


def test_two_changes_at_once_are_two_versions_and_two_index_jobs(postgres: Home) -> None:
    document, gate = postgres.put(png(1)), threading.Barrier(6)

    def change() -> None:
        with postgres.house.database.transaction() as session:
            mine = session.get_one(Document, document.id)
            gate.wait()
            changed(session, mine)

    threads = [threading.Thread(target=change) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with postgres.house.database.reading() as session:
        assert session.get_one(Document, document.id).version == 7
