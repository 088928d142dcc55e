"""A worker process: `python -m workers.main --queues read|light,destroy`.

One thread works, another keeps the broker's connection alive; the light worker also runs the scheduler. A reading
worker holds one recognition engine. Memory settings of the allocator are given by who starts the process.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import warnings
from contextlib import suppress

from celery.exceptions import SecurityWarning

from archive.ending import ending
from archive.logs import log_to_stderr
from archive.queues import Queue, queues_named
from archive.settings import WrongSetting, load_settings
from archive.tracing import begin_tracing, end_tracing
from workers.app import app, bell_of, tools
from workers.presence import Presence
from workers.scheduler import Scheduler

READING_THREADS = 2
"""While one paper is recognised (by all cores, one at a time) another is opened, or written and stored."""


def main(words: list[str] | None = None) -> int:
    """Run until told to stop; the exit status of the Celery worker."""
    parser = argparse.ArgumentParser(prog="anjuan worker", description=__doc__)
    parser.add_argument("--queues", default=",".join(queue.value for queue in Queue), help="of read, light, destroy")
    try:
        queues = queues_named(parser.parse_args(words).queues)
        _ready()
    except (Exception, WrongSetting) as error:
        told = ending(error)
        if told is None:
            raise
        sys.stderr.write(f"anjuan worker: {told[0]}\n")
        return told[1]
    scheduler = Scheduler(tools(), bell_of(app())) if Queue.LIGHT in queues else None
    presence = Presence(tools(), queues)
    if scheduler:
        scheduler.start()
    try:
        if Queue.READ in queues:
            tools().sandbox  # noqa: B018 - made here, before there are threads that would each make one
            threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
        presence.start()
        app().worker_main(_celery_words(queues))
    finally:
        presence.stop()
        if scheduler:
            scheduler.stop()
        tools().close()
        end_tracing()
    return 0


def _ready() -> None:
    """Settings that can be used, and rows of this version that answer; whatever stands against it is raised."""
    log_to_stderr(load_settings().log_level)
    begin_tracing(load_settings().traces_url, "worker")
    # Celery warns of a superuser because of pickled messages; ours are JSON, a job id and nothing else.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    tools().house.database.settle()


def _warm_up() -> None:
    """Load the recognition engine while the first paper is still on its way; what fails fails again at that paper."""
    with suppress(Exception):
        tools().ocr()


def _celery_words(queues: list[Queue]) -> list[str]:
    names = ",".join(queue.value for queue in queues)
    threads = READING_THREADS if queues == [Queue.READ] else 1
    name = f"{'-'.join(queues)}-{os.getpid()}@%h"
    return [
        "--quiet", "worker", "--pool=threads", f"--concurrency={threads}", f"--queues={names}", f"--hostname={name}",
        "--loglevel=WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
