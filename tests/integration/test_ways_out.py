"""Ways out of quarantine: the password of an encrypted file, another engine, the original as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from archive.audit import AuditEntry
from archive.documents import Document, Page, State, page_text
from archive.jobs import Job, due
from archive.readable import readable_scope
from retention.classes import propose_seed
from retention.content import erase_rows
from retention.corrections import Correction, Reread, correct, reread
from tests import drawing, hostile
from tests.houses import Home
from workers.runner import run
from workers.tools import Tools

PASSWORD = "open-sesame-7731"
"""Made up, and found nowhere but where it was given."""


@pytest.fixture
def tools(request: pytest.FixtureRequest) -> Iterator[Tools]:
    house = request.getfixturevalue("both" if "both" in request.fixturenames else "home").house
    with house.database.transaction() as session:
        propose_seed(session)
    with closing(Tools(house)) as made:
        yield made


def work_off(home: Home, tools: Tools) -> None:
    while True:
        with home.house.database.reading() as session:
            jobs = [job for job, kind in due(session) if kind != "index_document"]
        if not jobs:
            return
        run(tools, jobs[0])


def read_again(home: Home, document_id: str, how: Reread) -> None:
    with home.house.database.transaction() as session:
        scope = readable_scope(session, home.officer)
        reread(session, home.officer, scope, home.house.vault, document_id=document_id, how=how)


def row(home: Home, document_id: str) -> Document:
    with home.house.database.reading() as session:
        return session.get_one(Document, document_id)


def pages(home: Home, document_id: str) -> list[Page]:
    with home.house.database.reading() as session:
        return list(session.get_one(Document, document_id).pages)


def test_an_encrypted_paper_is_read_with_its_password_which_nobody_else_learns(both: Home, tools: Tools) -> None:
    document = both.put(hostile.encrypted(PASSWORD), name="locked.pdf")
    with capture_logs() as logs:
        work_off(both, tools)
        assert (row(both, document.id).state, row(both, document.id).error) == ("needs_password", "NEEDS_PASSWORD")
        read_again(both, document.id, Reread(password="another"))
        work_off(both, tools)
        told = row(both, document.id)
        assert (told.state, told.error, told.password) == ("needs_password", "WRONG_PASSWORD", None)
        read_again(both, document.id, Reread(password=PASSWORD))
        work_off(both, tools)
        [page] = pages(both, document.id)
        assert (row(both, document.id).state, row(both, document.id).error) == ("review", None)
        assert "租赁合同" in page_text(both.house.vault.key(document.id), page)
        read_again(both, document.id, Reread())
        work_off(both, tools)
        assert row(both, document.id).state == "review"
    sealed = row(both, document.id).password
    assert sealed
    assert PASSWORD.encode() not in sealed
    with both.house.database.reading() as session:
        jobs = [(job.args, job.error) for job in session.scalars(select(Job))]
        entries = [entry.body for entry in session.scalars(select(AuditEntry))]
    assert PASSWORD not in json.dumps([jobs, logs], default=str)
    assert not any(PASSWORD.encode() in body for body in entries)
    with both.house.database.transaction() as session:
        erase_rows(session, document.id)
    assert row(both, document.id).password is None


def test_a_paper_is_read_again_by_another_engine_and_says_by_which(home: Home, tools: Tools) -> None:
    document = home.put(drawing.coded(drawing.paper(drawing.CONTRACT[:5], dpi=100), dpi=100))
    work_off(home, tools)
    [page] = pages(home, document.id)
    assert page.engine.startswith("rapidocr 3.")
    assert ", openvino 20" in page.engine
    read_again(home, document.id, Reread(engine="rapidocr-onnxruntime"))
    work_off(home, tools)
    [again] = pages(home, document.id)
    assert ", onnxruntime 1." in again.engine
    key = home.house.vault.key(document.id)
    assert page_text(key, again) == page_text(key, page)
    assert list(tools._ocr) == ["rapidocr", "rapidocr-onnxruntime"]


def test_an_engine_that_is_not_installed_is_named_and_what_was_read_stays(
    home: Home, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = home.put(drawing.coded(drawing.paper(drawing.CONTRACT[:3], dpi=100), dpi=100))
    work_off(home, tools)
    before = pages(home, document.id)
    monkeypatch.setenv("PATH", "/nowhere")
    read_again(home, document.id, Reread(engine="tesseract"))
    work_off(home, tools)
    assert (row(home, document.id).state, row(home, document.id).error) == ("quarantined", "NO_ENGINE")
    assert [page.id for page in pages(home, document.id)] == [page.id for page in before]
    read_again(home, document.id, Reread())
    work_off(home, tools)
    assert (row(home, document.id).state, row(home, document.id).error) == ("review", None)


def test_what_cannot_be_read_is_filed_as_it_is(home: Home, tools: Tools) -> None:
    document = home.put(hostile.page_tree_in_a_circle(), name="circle.pdf")
    work_off(home, tools)
    assert row(home, document.id).state == "quarantined"
    with home.house.database.transaction() as session:
        wanted = Correction(frozenset({"folder_id"}), folder_id=home.folder(), file=True)
        scope = readable_scope(session, home.officer)
        correct(session, home.officer, scope, home.house.vault, document_id=document.id, wanted=wanted)
    filed = row(home, document.id)
    assert (State(filed.state), filed.error, filed.review) == (State.FILED, None, [])
    assert filed.archival_code
