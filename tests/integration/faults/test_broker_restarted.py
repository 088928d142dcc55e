"""A broker that is stopped and started again under uploads (F17): each is acknowledged at once and read once."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty

import pytest
from celery import Celery
from kombu import Connection
from sqlalchemy import select

from archive.documents import Document
from archive.queues import Queue, broker_options
from archive.settings import Settings
from deploy.local import redis
from deploy.local.places import Facts
from retention.classes import propose_seed
from service.bell import Bells
from tests.houses import Home, png
from tests.integration.faults.test_jobs_under_faults import read_at_once
from tests.integration.faults.wholeness import acts, assert_whole
from tests.servers import redis_url
from workers import runner
from workers.app import bell_of
from workers.runner import run
from workers.scheduler import Scheduler
from workers.tools import Tools

BEFORE, AWAY, AFTER = 3, 8, 2


@contextmanager
def own_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Facts]:
    """A Redis of this test's own: stopping the shared one would fail everybody's tests."""
    with tempfile.TemporaryDirectory(prefix="anjuan-redis-") as folder:
        monkeypatch.setattr(redis, "FOLDER", Path(folder))
        facts = redis.choose()
        redis.start(facts)
        redis.make_room(facts, "f17")
        try:
            yield facts
        finally:
            redis.end(facts)


def messages(url: str, wanted: int) -> list[str]:
    """The job ids that were rung for, once so many have come, or as many as came in ten seconds."""
    found: list[str] = []
    with Connection(url) as connection, connection.SimpleQueue(Queue.READ.value) as waiting:
        end = time.monotonic() + 10
        while len(found) < wanted and time.monotonic() < end:
            try:
                message = waiting.get(timeout=0.5)
            except Empty:
                continue
            found.append(str(message.payload[0][0]))
            message.ack()
    return found


def uploaded(home: Home, numbers: range) -> tuple[dict[str, bytes], float]:
    """Documents that were put in, with their bytes, and how long the slowest took."""
    kept, slowest = {}, 0.0
    for number in numbers:
        began = time.monotonic()
        kept[home.put(png(number)).id] = png(number)
        slowest = max(slowest, time.monotonic() - began)
    return kept, slowest


def test_uploads_outlive_a_broker_that_is_stopped_and_started_under_them(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis_url()  # skips aloud, or fails, where there is no Redis
    monkeypatch.setattr(runner, "STEPS", {"read_document": read_at_once})
    assert home.clerk
    with home.house.database.transaction() as session:
        propose_seed(session)
    with own_server(monkeypatch) as facts:
        url = redis.exports(facts, "f17")["ANJUAN_BROKER_URL"]
        settings = Settings(data=home.house.settings.data, broker_url=url)
        bells = Bells(settings)
        home.house.database.bell = bells
        kept, _ = uploaded(home, range(BEFORE))
        rung = messages(url, BEFORE)
        assert len(rung) == BEFORE
        redis.end(facts)
        unheard, slowest = uploaded(home, range(BEFORE, BEFORE + AWAY))
        assert slowest < 5
        redis.start(facts)
        later, _ = uploaded(home, range(BEFORE + AWAY, BEFORE + AWAY + AFTER))
        sender = Celery("f17", set_as_current=False)
        sender.conf.update(broker_options(settings))
        tools = Tools(home.house)
        Scheduler(tools, bell_of(sender)).ring_again()
        everything = BEFORE + AWAY + AFTER
        rung += messages(url, everything)
        bells.close()
        for job_id in [*rung, *rung]:
            run(tools, job_id)
    kept |= unheard | later
    assert acts(home.house, "document.recognised") == dict.fromkeys(kept, 1)
    with home.house.database.reading() as session:
        assert set(session.scalars(select(Document.state))) == {"review"}
    assert_whole(home.house, kept)
