"""Kills at enumerated points of upload, reading and destruction; afterwards everything is as if none had been.

All points of a destruction, on either profile: `python -m tests.integration.retention.kill_points`.
"""

from __future__ import annotations

import contextlib
import io
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL

import pytest
from sqlalchemy import select, update

from archive.base import now
from archive.documents import Document, File, Page
from archive.house import House
from archive.intake import Order, take_in
from archive.jobs import Job
from retention.classes import propose_seed
from tests.drawing import CONTRACT, paper
from tests.houses import Home, home_of, png
from tests.integration.faults.killing import Run, Say, run_killed, spread
from tests.integration.faults.wholeness import acts, assert_whole
from tests.integration.retention.kill_points import embedded, walked
from workers.runner import run
from workers.tools import Tools

READINGS, DESTRUCTIONS = 16, 20
"""With an upload's 24 or more, sixty kills in every run."""


def test_an_upload_killed_at_any_point_is_kept_whole_or_not_at_all(home: Home) -> None:
    clerk = home.clerk

    def sent(number: int, at: int = 0) -> Run:
        def work(house: House, say: Say) -> None:
            order = Order("scan.png", idempotency_key=f"key-{number}")
            say(take_in(house, clerk, order, io.BytesIO(png(number)))[0].id)

        return run_killed(home.house.settings, work, at)

    kept = {sent(0).said[0][0]: png(0)}  # the first makes folders that the others find
    usual = sent(1)
    kept[usual.said[0][0]] = png(1)
    assert len(usual.steps) >= 24
    for at in range(1, len(usual.steps) + 1):
        number = at + 1
        assert sent(number, at).signal == SIGKILL
        kept[sent(number).said[0][0]] = png(number)  # no answer came: sent again, under the same key
    assert len(kept) == len(usual.steps) + 2
    assert_whole(home.house, kept)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Home]:
    if shutil.which("tesseract") is None:
        pytest.skip("tesseract is not installed; it reads the small pages of this test quickly")
    with home_of({"DATA": str(tmp_path / "data"), "ENGINE": "tesseract"}) as made:
        with made.house.database.transaction() as session:
            propose_seed(session)
        yield made


def small_page() -> bytes:
    body = io.BytesIO()
    paper(CONTRACT[:4], dpi=90).save(body, "PNG", dpi=(90, 90))
    return body.getvalue()


def job_of(home: Home, document_id: str) -> str:
    with home.house.database.reading() as session:
        return session.scalars(select(Job.id).where(Job.subject == document_id, Job.kind == "read_document")).one()


def let_lapse(home: Home, job_id: str) -> None:
    """The minute that a dead worker's lease takes."""
    with home.house.database.transaction() as session:
        session.execute(update(Job).where(Job.id == job_id).values(lease_until=now() - timedelta(seconds=1)))


@pytest.mark.slow
def test_a_reading_killed_at_any_point_is_done_once_by_the_next_worker(reader: Home) -> None:
    body, kept = small_page(), dict[str, bytes]()

    def killed(job_id: str, at: int = 0) -> Run:
        return run_killed(reader.house.settings, lambda house, say: say(run(Tools(house), job_id)), at)

    def put() -> str:
        document_id = reader.put(body).id
        kept[document_id] = body
        return job_of(reader, document_id)

    first, usual = killed(put()), killed(put())
    assert first.said == usual.said == [[True]]
    with contextlib.closing(Tools(reader.house)) as tools:
        for at in spread(len(usual.steps), READINGS):
            job_id = put()
            assert killed(job_id, at).signal == SIGKILL
            let_lapse(reader, job_id)
            run(tools, job_id)
    with reader.house.database.reading() as session:
        for document in session.scalars(select(Document)).unique():
            assert document.state in {"filed", "review"}
            assert [page.number for page in session.scalars(select(Page).where(Page.document_id == document.id))] == [1]
            roles = session.execute(select(File.role, File.page).where(File.document_id == document.id)).all()
            assert len(set(roles)) == len(roles)
        assert set(session.scalars(select(Job.state).where(Job.kind == "read_document"))) == {"done"}
        assert max(session.scalars(select(Job.attempt).where(Job.kind == "read_document"))) == 2
    assert acts(reader.house, "document.recognised") == dict.fromkeys(kept, 1)
    assert_whole(reader.house, kept)


def test_a_destruction_killed_at_any_point_comes_to_the_same_end_and_a_hold_meanwhile_prevails(tmp_path: Path) -> None:
    with embedded(tmp_path) as ground:
        assert len(ground.steps) > 200
        counts = walked(ground, spread(len(ground.steps) - 8, DESTRUCTIONS))  # fewer where a kill left an empty folder
    assert counts["held"] == counts["resumed"] > 0
    assert counts["held"] + counts["hold too late"] == DESTRUCTIONS
