"""Doubled, lost and late messages, poison, zombies: the job table alone decides (F12–F17, F21)."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP

import pytest
from sqlalchemy import select, update

from archive.base import now
from archive.documents import Document, Page
from archive.errors import Away, Damaged
from archive.house import House
from archive.jobs import Claim, Job, due
from archive.queues import broker_options
from archive.settings import Settings
from retention.classes import propose_seed
from service.bell import Bells
from tests.houses import Home, png
from tests.integration.faults.killing import Say, run_killed
from tests.integration.faults.wholeness import acts, assert_whole
from workers import case, runner
from workers.app import bell_of
from workers.runner import bury_exhausted, run
from workers.scheduler import Scheduler
from workers.sheets import Facts, Filing, Match, PageState, Sheet, Verdict
from workers.tools import Tools

Step = Callable[[Tools, Claim], None]


@pytest.fixture
def read_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[Step], None]:
    """Let every paper be read by this step."""
    return lambda step: monkeypatch.setattr(runner, "STEPS", {"read_document": step})


@pytest.fixture(autouse=True)
def _classes(request: pytest.FixtureRequest) -> None:
    """What is read gets a retention class, so the seed stands."""
    for name in {"both", "home"} & set(request.fixturenames):
        with request.getfixturevalue(name).house.database.transaction() as session:
            propose_seed(session)


def read_at_once(tools: Tools, held: Claim, pause: Callable[[], None] = lambda: None) -> None:
    """The pipeline's own beginning and end, with one blank page between."""
    opened = case.open_case(tools, held)
    pause()
    sheet = Sheet(number=1, width=10, height=10, dpi=300, state=PageState.BLANK)
    match = Match(None, 0.0, ("customer_none",))
    filing = Filing(filed=False, because=(), review=("customer_unknown",))
    found = case.Outcome([sheet], Verdict("other", 0.9, ("given",)), Facts(), match, filing, [])
    case.close_case(tools, held, opened, found)


def job_of(home: Home, document_id: str) -> Job:
    with home.house.database.reading() as session:
        return session.scalars(select(Job).where(Job.subject == document_id, Job.kind == "read_document")).one()


def row(home: Home, document_id: str) -> Document:
    with home.house.database.reading() as session:
        return session.get_one(Document, document_id)


def let_lapse(home: Home) -> None:
    """The minute that a dead worker's lease takes, or the wait before another attempt."""
    past = now() - timedelta(seconds=1)
    with home.house.database.transaction() as session:
        session.execute(update(Job).where(Job.state == "running").values(lease_until=past))
        session.execute(update(Job).where(Job.state == "ready").values(not_before=past))


def test_twenty_messages_on_four_workers_are_one_result(both: Home, read_by: Callable[[Step], None]) -> None:
    read_by(read_at_once)
    document, tools = both.put(png(1)), Tools(both.house)
    job_id, did = job_of(both, document.id).id, list[bool]()

    def work() -> None:
        did.extend(run(tools, job_id) for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (did.count(True), len(did)) == (1, 20)
    assert acts(both.house, "document.recognised") == {document.id: 1}
    with both.house.database.reading() as session:
        assert len(session.scalars(select(Page)).all()) == 1
    assert_whole(both.house, {document.id: png(1)})


def test_a_paper_that_kills_its_worker_is_quarantined_after_three_and_its_neighbours_are_read(
    home: Home, read_by: Callable[[Step], None]
) -> None:
    poison, good = home.put(png(1)), [home.put(png(number)) for number in range(2, 12)]

    def deadly(tools: Tools, held: Claim) -> None:
        read_at_once(tools, held, lambda: os.kill(os.getpid(), SIGKILL) if held.subject == poison.id else None)

    read_by(deadly)
    deaths = 0
    for _ in range(5):
        for document in (poison, *good):
            job_id = job_of(home, document.id).id
            deaths += (
                run_killed(home.house.settings, lambda house, _, job=job_id: run(Tools(house), job)).signal == SIGKILL
            )
        let_lapse(home)
    assert deaths == job_of(home, poison.id).attempt == 3
    assert bury_exhausted(Tools(home.house)) == 1
    assert bury_exhausted(Tools(home.house)) == 0
    told = row(home, poison.id)
    assert (told.state, told.error, job_of(home, poison.id).state) == ("quarantined", "CRASHED", "quarantined")
    assert acts(home.house, "document.quarantined") == {poison.id: 1}
    assert {row(home, document.id).state for document in good} == {"review"}
    assert_whole(home.house, {poison.id: png(1)} | {one.id: png(at) for at, one in enumerate(good, start=2)})


def test_a_job_and_its_document_are_given_up_in_one_commit(home: Home, read_by: Callable[[Step], None]) -> None:
    """A kill between the two would leave a document that is being read for ever."""

    def damaged(_tools: Tools, held: Claim) -> None:
        raise Damaged(held.subject)

    read_by(damaged)
    ends = set()
    for at in range(1, 40):
        document = home.put(png(at))
        job_id = job_of(home, document.id).id
        ended = run_killed(home.house.settings, lambda house, _, job=job_id: run(Tools(house), job), at).signal == 0
        ends.add((job_of(home, document.id).state, row(home, document.id).state))
        if ended:
            break
    assert ended
    assert ends == {("ready", "received"), ("running", "received"), ("quarantined", "quarantined")}


def test_a_worker_stopped_past_its_lease_changes_nothing_when_it_goes_on(
    both: Home, read_by: Callable[[Step], None]
) -> None:
    document = both.put(png(1))
    job_id = job_of(both, document.id).id

    def zombie(house: House, say: Say) -> None:
        tools = Tools(house)
        say(run(tools, job_id))

    def sleepy(tools: Tools, held: Claim) -> None:
        read_at_once(tools, held, lambda: os.kill(os.getpid(), SIGSTOP))

    read_by(sleepy)
    woken = threading.Thread(target=wake_after, args=(both, read_by, job_id))
    woken.start()
    outcome = run_killed(both.house.settings, zombie)
    woken.join()
    assert outcome.said == [[False]]
    assert (job_of(both, document.id).fence, job_of(both, document.id).state) == (2, "done")
    assert row(both, document.id).state == "review"
    assert acts(both.house, "document.recognised") == {document.id: 1}


def wake_after(home: Home, read_by: Callable[[Step], None], job_id: str) -> None:
    """Wait until the child stands still, let its lease end, do its work, then let it go on."""
    child = standing_still()
    let_lapse(home)
    read_by(read_at_once)
    done = run(Tools(home.house), job_id)
    os.kill(child, SIGCONT)
    assert done


def standing_still() -> int:
    """The child of this process that was stopped."""
    for _ in range(600):
        for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split():
            if Path(f"/proc/{child}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "T":
                return int(child)
        time.sleep(0.05)
    raise AssertionError("no child stopped")


def test_a_zombie_that_wakes_before_its_first_write_does_not_set_the_document_back(
    both: Home, read_by: Callable[[Step], None]
) -> None:
    document, tools = both.put(png(1)), Tools(both.house)
    with both.house.database.transaction() as session:
        late = runner.claim(session, job_of(both, document.id).id, "late")
    assert late is not None
    let_lapse(both)
    read_by(read_at_once)
    assert run(tools, late.job_id)
    with pytest.raises(runner.LostLease):
        case.open_case(tools, late)
    case.note_progress(tools, document.id, 9, 9)
    assert (row(both, document.id).state, row(both, document.id).page_count) == ("review", 1)


def test_every_job_is_rung_for_again_when_the_queue_was_wiped(both: Home) -> None:
    documents = [both.put(png(number)) for number in range(30)]
    rung: list[str] = []
    scheduler = Scheduler(Tools(both.house), lambda jobs: rung.extend(job for job, _ in jobs))
    assert scheduler.ring_again() == 30
    assert set(rung) == {job_of(both, document.id).id for document in documents}
    assert scheduler.ring_again() == 0
    scheduler._rung = dict.fromkeys(rung, time.monotonic() - 21)
    assert scheduler.ring_again() == 30


@pytest.mark.parametrize("url", ["amqp://nobody:nothing@127.0.0.1:1//", "redis://127.0.0.1:1/0"])
def test_an_upload_does_not_wait_for_a_broker_that_is_away(home: Home, url: str) -> None:
    settings = Settings(data=home.house.settings.data, broker_url=url)
    assert broker_options(settings)["broker_url"] == url
    bells = Bells(settings)
    home.house.database.bell = bells
    began = time.monotonic()
    kept = {home.put(png(number)).id: png(number) for number in range(10)}
    assert time.monotonic() - began < 5
    bells.close()
    with home.house.database.reading() as session:
        assert len(due(session)) == 10
    assert_whole(home.house, kept)


def test_a_broker_that_breaks_breaks_no_worker() -> None:
    class Broken:
        def send_task(self, *_args: object, **_named: object) -> None:
            raise ConnectionRefusedError

    bell_of(Broken())([("id", "read_document")])  # type: ignore[arg-type]


def test_reading_waits_for_a_store_that_is_away_however_long(both: Home, read_by: Callable[[Step], None]) -> None:
    away = True

    def needing_the_store(tools: Tools, held: Claim) -> None:
        if away:
            raise Away("no route to the store")
        read_at_once(tools, held)

    read_by(needing_the_store)
    document, tools = both.put(png(1)), Tools(both.house)
    for _ in range(8):
        assert not run(tools, job_of(both, document.id).id)
        let_lapse(both)
    assert (job_of(both, document.id).state, row(both, document.id).state) == ("ready", "received")
    away = False
    assert run(tools, job_of(both, document.id).id)
    assert row(both, document.id).state == "review"
