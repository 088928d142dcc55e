"""Run one worker process: this process becomes it."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from archive.queues import Queue, queues_named
from service.children import ALLOCATOR
from service.commands.opening import need_archive, the_settings


def command(
    queues: Annotated[str, typer.Option(help="Of read, light, destroy; comma between.")] = ",".join(Queue),
) -> None:
    """Become a worker of these queues."""
    settings = the_settings()
    words = [sys.executable, "-m", "workers.main", "--queues", ",".join(queues_named(queues))]
    need_archive(settings)
    os.execve(sys.executable, words, os.environ | ALLOCATOR)  # noqa: S606 - our own words
