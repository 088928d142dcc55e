"""Codes are unique and gap-free, whoever counts at once, and whatever is rolled back."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select, true
from sqlalchemy.orm import Session

from archive.audit import OPERATOR, READER, AuditEntry
from archive.codes import Void, archival_code, customer_number, folder_code, next_number, void
from archive.folders import Folder, folder_for_papers
from tests.houses import Home


def at_once(home: Home, count: int, act: Callable[[Session, int], str]) -> list[str]:
    """Each in a thread and a transaction of its own; what they were given, in any order."""
    given: list[str] = []
    failures: list[BaseException] = []
    gate = threading.Barrier(count)

    def run(number: int) -> None:
        gate.wait()
        try:
            with home.house.database.transaction() as session:
                given.append(act(session, number))
        except BaseException as failure:  # noqa: BLE001 - told below
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [failure for failure in failures if not isinstance(failure, ZeroDivisionError)] == []
    return given


def test_numbers_count_from_one_in_each_scope(both: Home) -> None:
    with both.house.database.transaction() as session:
        assert [next_number(session, "a") for _ in range(3)] == [1, 2, 3]
        assert [customer_number(session) for _ in range(2)] == ["C000001", "C000002"]
        assert archival_code(session, "A001-HT-2026-D01-0001") == "A001-HT-2026-D01-0001-0001"


def test_a_number_that_was_rolled_back_is_given_again(both: Home) -> None:
    def count_and_break() -> None:
        with both.house.database.transaction() as session:
            next_number(session, "a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        count_and_break()
    with both.house.database.transaction() as session:
        assert next_number(session, "a") == 1


def test_many_sessions_at_once_get_each_number_once(both: Home) -> None:
    def count(session: Session, number: int) -> str:
        code = archival_code(session, "F")
        if number % 4 == 3:
            raise ZeroDivisionError
        return code

    given = at_once(both, 12, count)
    assert sorted(given) == [f"F-{number:04d}" for number in range(1, 10)]


def test_first_folders_of_departments_at_once_get_one_short_number_for_each(both: Home) -> None:
    def open_folder(session: Session, number: int) -> str:
        return folder_code(session, fonds="A001", category="HT", department=f"home-{number % 3}", year=2026)

    codes = at_once(both, 12, open_folder)
    assert len(set(codes)) == 12
    assert {code.split("-")[3] for code in codes} == {"D01", "D02", "D03"}
    assert sorted(code for code in codes if "-D02-" in code) == [f"A001-HT-2026-D02-{n:04d}" for n in range(1, 5)]


def test_readers_at_once_open_one_collecting_folder_for_a_customer(both: Home) -> None:
    first = both.folder()
    with both.house.database.reading() as session:
        customer = session.get_one(Folder, first).customer_id

    def collect(session: Session, _: int) -> str:
        home = both.person("other", department="credit").department_id
        found = folder_for_papers(
            session, customer, home, fonds="A001", year=2026, retention_class="CT-GEN", actor=READER, seen=true()
        )
        return found.id if found else "several"

    both.person("other", department="credit")
    assert len(set(at_once(both, 6, collect))) == 1


def test_a_void_is_kept_with_its_reason_and_logged(both: Home) -> None:
    with both.house.database.transaction() as session:
        void(session, OPERATOR, "F-0003", "printed twice")
    with both.house.database.reading() as session:
        assert session.get_one(Void, "F-0003").reason == "printed twice"
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == "F-0003")).all()
    assert list(acts) == ["code.voided"]
