"""Long documents in ranges: killed workers, doubled messages, zombies, poison, holds, destruction (F10, F12–F15)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from signal import SIGKILL

import pymupdf
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from archive.base import now
from archive.documents import Document, File, FileRole, Page, page_text
from archive.errors import Conflict, Gone
from archive.house import House
from archive.jobs import Dead, Job, LostLease, claim, due
from archive.queues import Queue
from archive.readable import readable_scope
from indexes.sync import view
from retention.classes import propose_seed
from retention.corrections import reread
from retention.holds import HoldOrder, place_hold
from retention.subjects import Subject, SubjectKind
from retention.withdrawal import withdraw
from service.renditions import Shown
from tests import drawing
from tests.bars import NUMBER, Bars, long_pdf, long_tiff, page
from tests.houses import Home
from tests.integration.faults.killing import run_killed
from tests.integration.faults.wholeness import acts, assert_nothing_left, assert_whole
from workers import pipeline, ranges, runner
from workers.runner import bury_exhausted, run
from workers.sandbox import Sandbox
from workers.sheets import PageState, Sheet
from workers.shelf import content_of
from workers.tools import Tools

PAGES = 20


@pytest.fixture(scope="module")
def body() -> bytes:
    return long_pdf(PAGES)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox.detect()
    yield made
    made.close()


@pytest.fixture
def tools(request: pytest.FixtureRequest, sandbox: Sandbox) -> Tools:
    """The tools of the test's own worker."""
    house = request.getfixturevalue("both" if "both" in request.fixturenames else "home").house
    with house.database.transaction() as session:
        propose_seed(session)
    made = tools_of(house)
    made.sandbox = sandbox
    return made


def tools_of(house: House, engine: Bars | None = None) -> Tools:
    return Tools(house, {"rapidocr": engine or Bars()})


def waiting(home: Home) -> list[str]:
    """Jobs of reading that are due, the most urgent first."""
    with home.house.database.reading() as session:
        return [job for job, kind in due(session) if kind != "index_document"]


def let_lapse(home: Home) -> None:
    past = now() - timedelta(seconds=1)
    with home.house.database.transaction() as session:
        session.execute(update(Job).where(Job.state == "running").values(lease_until=past))
        session.execute(update(Job).where(Job.state == "ready").values(not_before=past))


def work_off(home: Home, tools: Tools) -> None:
    while jobs := waiting(home):
        assert run(tools, jobs[0])


def row(home: Home, document_id: str) -> Document:
    with home.house.database.reading() as session:
        return session.get_one(Document, document_id)


def texts(home: Home, document_id: str) -> list[str]:
    """The first line of every page that is shown."""
    with home.house.database.reading() as session:
        key = home.house.vault.key(document_id)
        return [page_text(key, page).partition("\n")[0] for page in session.get_one(Document, document_id).pages]


def pdf_of(home: Home, document_id: str, role: FileRole) -> list[str]:
    with home.house.database.reading() as session:
        file = session.scalars(select(File).where(File.document_id == document_id, File.role == role.value)).one()
        body = content_of(home.house, home.house.vault.key(document_id), file)
    with pymupdf.open(stream=body) as pdf:
        return ["".join(page.get_text().split()) for page in pdf]


def assert_read(home: Home, document_id: str, pages: int = PAGES) -> None:
    """Every page once, in order, in rows and PDFs, and one entry in the log."""
    told = row(home, document_id)
    assert (told.state, told.page_count, told.pages_read, told.sensitive) == ("review", pages, pages, True)
    assert texts(home, document_id) == [f"第{number}页" for number in range(1, pages + 1)]
    with home.house.database.reading() as session:
        rows = select(func.count()).select_from(Page).where(Page.document_id == document_id)
        assert session.scalar(rows) == pages
        roles = session.execute(select(File.role, File.page).where(File.document_id == document_id)).all()
        assert len(set(roles)) == len(roles)
        assert {role for role, _ in roles} & {"picture", "picture_masked"} == set()
    plain, hidden = (pdf_of(home, document_id, role) for role in (FileRole.SEARCHABLE, FileRole.SEARCHABLE_MASKED))
    assert [page.partition("页")[0] for page in plain] == [f"第{number}" for number in range(1, pages + 1)]
    assert NUMBER in plain[9]
    assert len(hidden) == pages
    assert not any(NUMBER in page for page in hidden)


def test_a_long_document_is_read_range_by_range_and_goes_on_once(both: Home, tools: Tools, body: bytes) -> None:
    document = both.put(body)
    read_id = waiting(both)[0]
    assert run(tools, read_id)
    parts = waiting(both)
    assert len(parts) == 4
    assert run(tools, parts[0])
    assert [row(both, document.id).state, *texts(both, document.id)] == ["reading", "第1页", "第2页"]
    assert (row(both, document.id).page_count, row(both, document.id).pages_read) == (PAGES, 2)
    for part in [*parts[1:], *parts, read_id]:
        run(tools, part)
    [end] = waiting(both)
    assert row(both, document.id).state == "reading"
    assert run(tools, end)
    assert not run(tools, end)
    assert_read(both, document.id)
    assert acts(both.house, "document.recognised") == {document.id: 1}
    assert_whole(both.house, {document.id: body})


def test_black_and_white_pages_stay_without_loss_in_the_pdf_of_a_long_document(home: Home, tools: Tools) -> None:
    document = home.put(long_tiff(20))
    work_off(home, tools)
    assert_read(home, document.id, 20)
    with home.house.database.reading() as session:
        wanted = select(File).where(File.document_id == document.id, File.role == FileRole.SEARCHABLE.value)
        found = content_of(home.house, home.house.vault.key(document.id), session.scalars(wanted).one())
    assert found.count(b"/CCITTFaxDecode") == 20


def test_what_is_read_can_be_seen_at_once_and_found_at_the_end(home: Home, tools: Tools, body: bytes) -> None:
    document = home.put(body)
    for _ in range(2):
        run(tools, waiting(home)[0])
    with home.house.database.reading() as session:
        held = session.get_one(Document, document.id)
        assert held.unfinished
        assert view(held, home.house.vault.key(held.id)).pages == ()
        for actor, masked in ((home.clerk, False), (home.officer, False)):
            shown = Shown.to(readable_scope(session, actor), held)
            assert (shown.masked, shown.page(2).number) == (masked, 2)
            assert shown.image(1, 100).role == "thumbnail"


def test_a_worker_killed_in_a_range_costs_no_page_that_was_read(home: Home, tools: Tools, body: bytes) -> None:
    document = home.put(body)
    engine = tools._ocr["rapidocr"] = Bars()
    run(tools, waiting(home)[0])
    for at in (1, 7, 19, 40):  # statements, commits, fsyncs and renames of one range
        job = waiting(home)[0]
        ended = run_killed(home.house.settings, lambda house, say, job=job: say(run(tools_of(house), job)), at)
        assert ended.signal == SIGKILL
        let_lapse(home)
        assert run(tools, job)
    work_off(home, tools)
    assert len(engine.seen) < PAGES  # some were kept by those who died
    assert_read(home, document.id)
    assert acts(home.house, "document.recognised") == {document.id: 1}
    assert_whole(home.house, {document.id: body})


def test_the_end_of_a_long_document_is_done_once_however_often_killed(home: Home, tools: Tools, body: bytes) -> None:
    document = home.put(body)
    for _ in range(5):
        run(tools, waiting(home)[0])
    [end] = waiting(home)
    for at in (2, 12):
        killed = run_killed(home.house.settings, lambda house, say: say(run(tools_of(house), end)), at)
        assert killed.signal == SIGKILL
        let_lapse(home)
    assert run(tools, end)
    assert_read(home, document.id)
    assert acts(home.house, "document.recognised") == {document.id: 1}
    assert_whole(home.house, {document.id: body})


def test_a_page_that_kills_every_worker_is_a_failed_page_and_its_neighbours_are_read(
    home: Home, tools: Tools, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = home.put(body)
    run(tools, waiting(home)[0])
    recognise = Bars.recognise

    def deadly(self: Bars, image: object, dpi: int) -> object:
        reading = recognise(self, image, dpi)  # type: ignore[arg-type]
        if self.seen[-1] == 13:
            os.kill(os.getpid(), SIGKILL)
        return reading

    monkeypatch.setattr(Bars, "recognise", deadly)
    deaths = 0
    while row(home, document.id).state == "reading":
        for job in waiting(home):
            ended = run_killed(home.house.settings, lambda house, say, job=job: say(run(tools_of(house), job)))
            deaths += ended.signal == SIGKILL
        let_lapse(home)
        bury_exhausted(tools)
    assert deaths == 3
    assert texts(home, document.id) == ["" if number == 13 else f"第{number}页" for number in range(1, PAGES + 1)]
    told = row(home, document.id)
    assert (told.state, told.error, told.pages_read) == ("review", None, PAGES)
    assert "page_failed" in told.review
    with home.house.database.reading() as session:
        failed = session.scalars(select(Page).where(Page.state == "failed")).all()
        assert [(page.number, page.error) for page in failed] == [(13, "CRASHED")]


def test_a_zombie_of_a_range_changes_nothing(both: Home, tools: Tools, body: bytes) -> None:
    document = both.put(body)
    run(tools, waiting(both)[0])
    second = waiting(both)[1]
    with both.house.database.transaction() as session:
        late = claim(session, second, "late")
    assert late is not None
    part = ranges.open_range(tools, late)
    let_lapse(both)
    work_off(both, tools)
    before = row(both, document.id).version
    with pytest.raises(LostLease):
        pipeline.read_pages(tools, late)
    sheet = Sheet(part.missing[0], 10, 10, 300, PageState.BLANK)
    for late_write in (
        lambda: ranges.keep_page(tools, late, part.case, sheet, []),
        lambda: ranges.close_range(tools, late, part.case),
    ):
        with pytest.raises(LostLease):
            late_write()
    assert row(both, document.id).version == before
    assert_read(both, document.id)
    assert_whole(both.house, {document.id: body})


def test_what_was_read_before_is_shown_until_it_is_read_anew(both: Home, tools: Tools, body: bytes) -> None:
    document = both.put(body)
    work_off(both, tools)
    with both.house.database.transaction() as session:
        ask_again(session, both, document.id)
    for _ in range(3):
        run(tools, waiting(both)[0])
    told = row(both, document.id)
    assert (told.state, told.reading, told.shown_reading, told.unfinished, told.pages_read) == (
        "reading", 2, 1, False, 10,
    )  # fmt: skip
    assert len(texts(both, document.id)) == PAGES
    with both.house.database.transaction() as session, pytest.raises(Conflict):
        ask_again(session, both, document.id)
    work_off(both, tools)
    assert row(both, document.id).shown_reading == 2
    assert_read(both, document.id)
    assert_nothing_left(both.house)


def ask_again(session: Session, home: Home, document_id: str) -> None:
    scope = readable_scope(session, home.officer)
    reread(session, home.officer, scope, home.house.vault, document_id=document_id)


def test_a_hold_that_comes_while_ranges_run_lets_the_reading_end(home: Home, tools: Tools, body: bytes) -> None:
    document = home.put(body)
    for _ in range(3):
        run(tools, waiting(home)[0])
    with home.house.database.transaction() as session:
        order = HoldOrder("lawsuit", "court letter 7", [Subject(SubjectKind.DOCUMENT, document.id)])
        place_hold(session, home.officer, readable_scope(session, home.officer), order)
    work_off(home, tools)
    assert_read(home, document.id)


def test_a_document_that_is_withdrawn_while_ranges_run_gets_no_page_more(both: Home, tools: Tools, body: bytes) -> None:
    document = both.put(body)
    for _ in range(2):
        run(tools, waiting(both)[0])
    with both.house.database.transaction() as session:
        late = claim(session, _first_range(session, document.id), "late")
    assert late is not None
    part = ranges.open_range(tools, late)
    with both.house.database.transaction() as session:
        withdraw(session, both.clerk, readable_scope(session, both.clerk), document.id, "the wrong stack")
    sheet = Sheet(part.missing[0], 10, 10, 300, PageState.BLANK)
    with pytest.raises(Gone):
        ranges.keep_page(tools, late, part.case, sheet, [])
    give_up_range(both, Dead("read_pages", document.id, late.args, "it died"))
    for _ in range(2):
        let_lapse(both)
        for job in waiting(both):
            run(tools, job)
    tools.index.close()
    assert row(both, document.id).destroyed_at is not None
    with both.house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Page)) == 0
        assert session.scalar(select(func.count()).select_from(File).where(File.role != "original")) == 0
        open_jobs = select(Job.kind).where(Job.subject == document.id, Job.state.in_(["ready", "running"]))
        assert set(session.scalars(open_jobs)) <= {"index_document"}
    assert both.house.vault.absent(document.id)


def give_up_range(home: Home, dead: Dead) -> None:
    with home.house.database.transaction() as session:
        ranges.give_up_range(session, dead)


def _first_range(session: Session, document_id: str) -> str:
    ready = (Job.subject == document_id) & (Job.kind == "read_pages") & (Job.state == "ready")
    return session.scalars(select(Job.id).where(ready).order_by(Job.created_at)).first() or ""


def test_single_pages_do_not_wait_for_a_long_document(home: Home, tools: Tools, body: bytes) -> None:
    """Bells ring in the order of the jobs; what is done follows their urgency."""
    long = home.put(body)
    run(tools, waiting(home)[0])
    parts = waiting(home)
    singles = [home.put(drawing.coded(page(number, bitonal=False), dpi=40)) for number in range(1, 6)]
    for part in parts[1:3]:
        work_on_one(tools, part)
    assert row(home, long.id).pages_read == 2  # its first range, and then the single pages
    work_on_one(tools, parts[3])
    assert [row(home, single.id).state for single in singles[:2]] == ["review"] * 2
    assert row(home, long.id).pages_read == 2


def work_on_one(tools: Tools, job_id: str) -> None:
    """A ring of the bell for this job, and a turn that ends with the first job done."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "TURN", 0.0)
        runner.work_on(tools, job_id, Queue.READ)
