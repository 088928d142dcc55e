"""The Celery application: one task, whose message is a job id and nothing else."""

from __future__ import annotations

from functools import cache
from typing import Any

import structlog
from celery import Celery

from archive.database import Bell
from archive.house import open_house
from archive.queues import QUEUE_OF, TASK, Queue, broker_options
from archive.settings import load_settings
from workers.runner import work_on
from workers.tools import Tools

log = structlog.get_logger()


@cache
def tools() -> Tools:
    """This process's tools; their bell rings for the jobs that the work itself makes."""
    house = open_house(load_settings())
    house.database.bell = bell_of(app())
    return Tools(house)


@cache
def app() -> Celery:
    """The application on the settings' broker."""
    made = Celery("anjuan", set_as_current=True)
    made.conf.update(broker_options(load_settings()))

    @made.task(name=TASK, bind=True)  # type: ignore[untyped-decorator]
    def look_at(task: Any, job_id: str) -> None:  # noqa: ANN401 - Celery has no types
        work_on(tools(), job_id, Queue(task.request.delivery_info["routing_key"]))

    return made


def bell_of(sender: Celery) -> Bell:
    """A bell that sends each job's id to its queue. A broker that is away costs nothing: the sweeper rings again."""

    def ring(jobs: list[tuple[str, str]]) -> None:
        try:
            for job_id, kind in jobs:
                sender.send_task(TASK, [job_id], queue=QUEUE_OF[kind].value, retry=False)
        except Exception as error:  # noqa: BLE001 - whatever a broker's client raises, the job stands in the table
            log.warning("bell.silent", error=repr(error), jobs=len(jobs))

    return ring
