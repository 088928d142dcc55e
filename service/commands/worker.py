"""Run one worker process: this process becomes it."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from archive.queues import Queue
from service.children import ALLOCATOR


def command(
    queues: Annotated[str, typer.Option(help="Of read, light, destroy; comma between.")] = ",".join(Queue),
) -> None:
    """Become a worker of these queues."""
    words = [sys.executable, "-m", "workers.main", "--queues", queues]
    os.execve(sys.executable, words, os.environ | ALLOCATOR)  # noqa: S606 - our own words
