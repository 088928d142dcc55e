"""The schema is what the migrations make, on both databases; one commit at the edge; readers hinder nobody."""

from __future__ import annotations

import importlib
import pkgutil
import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

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
