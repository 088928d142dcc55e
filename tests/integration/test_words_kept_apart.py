"""What was read from a paper stands in no job row and no log, whatever breaks (invariant 10)."""

from __future__ import annotations

from unittest import mock

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from archive.errors import Damaged
from archive.jobs import Job
from tests.houses import Home, png
from workers import runner
from workers.tools import Tools

WORDS = "甲方青禾置业"


def quoting() -> Exception:
    return ValueError(f"could not convert string to float: {WORDS}")


@pytest.mark.parametrize(
    ("error", "kept"), [(quoting(), "ValueError"), (Damaged("page 3 is cut"), "Damaged: page 3 is cut")]
)
def test_an_error_that_quotes_the_paper_is_told_by_its_kind(home: Home, error: Exception, kept: str) -> None:
    document = home.put(png(1))
    with home.house.database.reading() as session:
        job_id = session.scalars(select(Job.id).where(Job.subject == document.id)).one()

    def breaks(*_: object) -> None:
        raise error

    with mock.patch.object(runner, "STEPS", {"read_document": breaks}), capture_logs() as logs:
        assert runner.run(Tools(home.house), job_id) is False
    with home.house.database.reading() as session:
        assert session.get_one(Job, job_id).error == kept
    assert WORDS not in str(logs)
    assert any("breaks" in str(entry.get("at")) for entry in logs)


def test_an_error_of_the_database_says_no_values_of_its_statement(both: Home) -> None:
    with both.house.database.reading() as session, pytest.raises(DBAPIError) as met:
        session.execute(text("INSERT INTO void (code, reason) VALUES (:code, :reason)"), {"code": "a", "reason": WORDS})
    assert WORDS not in str(met.value).partition("[SQL")[2]
