"""Which queue each kind of work waits in. Reading is heavy and has workers of its own."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from archive.jobs import Kind

TASK: Final = "anjuan.run"
"""The one Celery task: its message is a job id, and means no more than «look at this job»."""


class Queue(StrEnum):
    """Read: recognition. Light: index, sequence, relay, certificates. Destroy: the only hands that may erase."""

    READ = "read"
    LIGHT = "light"
    DESTROY = "destroy"


QUEUE_OF: Final = {
    Kind.READ_DOCUMENT: Queue.READ,
    Kind.INDEX_DOCUMENT: Queue.LIGHT,
    Kind.EXECUTE_BATCH: Queue.DESTROY,
    Kind.ISSUE_CERTIFICATE: Queue.LIGHT,
}
