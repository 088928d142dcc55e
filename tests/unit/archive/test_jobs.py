"""The job table: one claim at a time, leases, fencing, attempts counted before the work, quarantine (F13–F15)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from archive.base import now
from archive.database import Database
from archive.jobs import (
    AWAY_DELAY,
    MAX_ATTEMPTS,
    RETRY_DELAYS,
    Claim,
    Job,
    JobState,
    Kind,
    LostLease,
    claim,
    depth,
    due,
    enqueue,
    exhausted,
    fail,
    finish,
    heartbeat,
    postpone,
    still_mine,
)
from tests.houses import Home


@pytest.fixture
def rows(both: Home) -> Iterator[Database]:
    return both.house.database


def queued(rows: Database, key: str = "read:1", **more: Any) -> str:  # noqa: ANN401 - what enqueue takes
    with rows.transaction() as session:
        return enqueue(session, Kind.READ_DOCUMENT, "subject", key=key, **more).id


def claimed(rows: Database, job_id: str, owner: str = "one") -> Claim | None:
    with rows.transaction() as session:
        return claim(session, job_id, owner)


def held(rows: Database, job_id: str, owner: str = "one") -> Claim:
    found = claimed(rows, job_id, owner)
    assert found is not None
    return found


def row(rows: Database, job_id: str) -> Job:
    with rows.reading() as session:
        return session.get_one(Job, job_id)


def let_lapse(rows: Database, job_id: str) -> None:
    """The time that a dead worker's lease would have taken."""
    with rows.transaction() as session:
        session.execute(update(Job).where(Job.id == job_id).values(lease_until=now() - timedelta(seconds=1)))


def make_due(rows: Database, job_id: str) -> None:
    with rows.transaction() as session:
        session.execute(update(Job).where(Job.id == job_id).values(not_before=now() - timedelta(seconds=1)))


def test_a_job_is_taken_once_however_often_its_bell_rings(rows: Database) -> None:
    job_id = queued(rows)
    assert claimed(rows, job_id) is not None
    assert [claimed(rows, job_id, "two") for _ in range(20)] == [None] * 20


def test_of_twenty_workers_at_once_one_takes_the_job(rows: Database) -> None:
    job_id, won = queued(rows), []
    gate = threading.Barrier(20)

    def race(number: int) -> None:
        gate.wait()
        if claimed(rows, job_id, f"worker {number}"):
            won.append(number)

    threads = [threading.Thread(target=race, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert row(rows, job_id).attempt == 1


def test_a_finished_job_is_never_taken_again(rows: Database) -> None:
    job_id = queued(rows)
    mine = held(rows, job_id)
    with rows.transaction() as session:
        finish(session, mine)
    let_lapse(rows, job_id)
    assert claimed(rows, job_id) is None
    with rows.reading() as session:
        assert due(session) == []


def test_a_lapsed_lease_gives_the_job_to_the_next_and_shuts_the_first_out(rows: Database) -> None:
    job_id = queued(rows)
    first = held(rows, job_id)
    let_lapse(rows, job_id)
    with rows.reading() as session:
        assert due(session) == [(job_id, "read_document")]
    second = held(rows, job_id, "two")
    assert (first.fence, second.fence, second.attempt) == (1, 2, 2)
    for late in (finish, still_mine):
        with pytest.raises(LostLease), rows.transaction() as session:
            late(session, first)
    with pytest.raises(LostLease), rows.transaction() as session:
        fail(session, first, "late", retryable=True)
    with pytest.raises(LostLease), rows.transaction() as session:
        postpone(session, first, "late")
    with rows.transaction() as session:
        assert heartbeat(session, first) is False
        finish(session, second)
    assert row(rows, job_id).state == JobState.DONE


def test_what_a_shut_out_worker_wrote_in_the_same_transaction_is_rolled_back(rows: Database) -> None:
    job_id = queued(rows)
    first = held(rows, job_id)
    let_lapse(rows, job_id)
    held(rows, job_id, "two")

    def finish_late() -> None:
        with rows.transaction() as session:
            enqueue(session, Kind.INDEX_DOCUMENT, "subject", key="result")
            finish(session, first)

    with pytest.raises(LostLease):
        finish_late()
    with rows.reading() as session:
        assert session.scalar(select(Job.id).where(Job.idempotency_key == "result")) is None


def test_a_heartbeat_keeps_the_lease(rows: Database) -> None:
    job_id = queued(rows)
    mine = held(rows, job_id)
    let_lapse(rows, job_id)
    with rows.transaction() as session:
        assert heartbeat(session, mine)
    assert claimed(rows, job_id, "two") is None


def test_attempts_are_counted_before_the_work_and_end(rows: Database) -> None:
    job_id = queued(rows)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert held(rows, job_id).attempt == attempt  # and then the worker is killed
        assert row(rows, job_id).attempt == attempt
        let_lapse(rows, job_id)
    assert claimed(rows, job_id) is None
    with rows.reading() as session:
        assert due(session) == []
    with rows.transaction() as session:
        assert [(dead.kind, dead.subject) for dead in exhausted(session)] == [("read_document", "subject")]
    with rows.transaction() as session:
        assert exhausted(session) == []
    told = row(rows, job_id)
    assert (told.state, told.error, told.finished_at is not None) == (
        "quarantined", "The worker died at every attempt.", True,
    )  # fmt: skip


def test_a_worker_that_comes_back_after_the_quarantine_changes_nothing(rows: Database) -> None:
    job_id = queued(rows)
    for _ in range(MAX_ATTEMPTS):
        last = held(rows, job_id)
        let_lapse(rows, job_id)
    with rows.transaction() as session:
        exhausted(session)
    with pytest.raises(LostLease), rows.transaction() as session:
        finish(session, last)
    assert row(rows, job_id).state == JobState.QUARANTINED


def test_a_failed_attempt_waits_longer_each_time_and_the_third_is_the_last(rows: Database) -> None:
    job_id = queued(rows)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        mine = held(rows, job_id)
        with rows.transaction() as session:
            assert fail(session, mine, "boom", retryable=True) is (attempt == MAX_ATTEMPTS)
        told = row(rows, job_id)
        if attempt < MAX_ATTEMPTS:
            wait = told.not_before - now()
            assert RETRY_DELAYS[attempt] - timedelta(seconds=2) < wait <= RETRY_DELAYS[attempt]
            assert claimed(rows, job_id) is None
            make_due(rows, job_id)
    assert (row(rows, job_id).state, row(rows, job_id).error) == ("quarantined", "boom")


def test_what_cannot_get_better_is_quarantined_at_once(rows: Database) -> None:
    mine = held(rows, queued(rows))
    with rows.transaction() as session:
        assert fail(session, mine, "x" * 5000, retryable=False)
    assert len(row(rows, mine.job_id).error or "") == 2000


def test_waiting_for_a_part_that_is_away_uses_up_no_attempt(rows: Database) -> None:
    job_id = queued(rows)
    for _ in range(10):
        mine = held(rows, job_id)
        assert mine.attempt == 1
        with rows.transaction() as session:
            postpone(session, mine, "Away: no route")
        assert claimed(rows, job_id) is None
        assert row(rows, job_id).not_before - now() <= AWAY_DELAY
        make_due(rows, job_id)
    assert row(rows, job_id).fence == 10


def test_the_same_key_is_one_job_and_rings_once(rows: Database) -> None:
    rung: list[list[tuple[str, str]]] = []
    rows.bell = rung.append
    assert queued(rows) == queued(rows)
    assert len(rung) == 1


def test_a_job_that_was_rolled_back_rings_nobody(rows: Database) -> None:
    rung: list[list[tuple[str, str]]] = []
    rows.bell = rung.append

    def enqueue_and_break() -> None:
        with rows.transaction() as session:
            enqueue(session, Kind.READ_DOCUMENT, "subject", key="never")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        enqueue_and_break()
    assert rung == []


def test_more_urgent_and_older_jobs_are_rung_for_first(rows: Database) -> None:
    late = queued(rows, "late", not_before=now() + timedelta(hours=1))
    usual, second, urgent = queued(rows, "usual"), queued(rows, "second"), queued(rows, "urgent", priority=5)
    with rows.reading() as session:
        assert [job for job, _ in due(session)] == [urgent, usual, second]
        assert [job for job, _ in due(session, limit=1)] == [urgent]
        assert depth(session) == {"read_document": 4}
    assert claimed(rows, late) is None


def test_a_job_of_another_kind_of_change_is_counted_by_the_database_clock(rows: Database) -> None:
    """A machine whose clock is ahead must not queue into the future (F29)."""
    job_id = queued(rows)
    with rows.reading() as session:
        assert [job for job, _ in due(session)] == [job_id]
