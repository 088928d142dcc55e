"""Which queue each kind of work waits in. Reading is heavy and has workers of its own."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from archive.errors import Invalid
from archive.jobs import Kind
from archive.settings import Settings
from archive.stores.disk import make_folders

TASK: Final = "anjuan.run"
"""The one Celery task: its message is a job id, and means no more than «look at this job»."""


class Queue(StrEnum):
    """Read: recognition. Light: index, sequence, relay, certificates. Destroy: the only hands that may erase."""

    READ = "read"
    LIGHT = "light"
    DESTROY = "destroy"


def queues_named(words: str) -> list[Queue]:
    """Queues by name, a comma between. Invalid names the one that there is not."""
    names = [name.strip() for name in words.split(",") if name.strip()]
    for name in names:
        if name not in list(Queue):
            raise Invalid(f"--queues: there is no queue «{name}». There are: {', '.join(Queue)}.")
    if not names:
        raise Invalid(f"--queues: name one or more of {', '.join(Queue)}.")
    return [Queue(name) for name in names]


QUEUE_OF: Final[Mapping[str, Queue]] = {
    Kind.READ_DOCUMENT.value: Queue.READ,
    Kind.READ_PAGES.value: Queue.READ,
    Kind.FINISH_DOCUMENT.value: Queue.READ,
    Kind.COVER_DOCUMENT.value: Queue.READ,
    Kind.INDEX_DOCUMENT.value: Queue.LIGHT,
    Kind.INDEX_CUSTOMER.value: Queue.LIGHT,
    Kind.TEND_INDEX.value: Queue.LIGHT,
    Kind.EXECUTE_BATCH.value: Queue.DESTROY,
    Kind.ISSUE_CERTIFICATE.value: Queue.LIGHT,
    Kind.STORE_REPORT.value: Queue.LIGHT,
    Kind.STAMP_CERTIFICATE.value: Queue.LIGHT,
    Kind.MERGE_DOCUMENTS.value: Queue.READ,
    Kind.SPLIT_DOCUMENT.value: Queue.READ,
    Kind.WITHDRAW_DOCUMENT.value: Queue.DESTROY,
    Kind.MATCH_WAITING.value: Queue.LIGHT,
    Kind.RECHECK_BATCH.value: Queue.DESTROY,
    Kind.REPLAY_DESTRUCTION.value: Queue.DESTROY,
    Kind.MIRROR_HOLDS.value: Queue.LIGHT,
    Kind.LOOK_FOR_HOLDS.value: Queue.LIGHT,
    Kind.REPLICATE.value: Queue.LIGHT,
    Kind.CHECK_PROPERTIES.value: Queue.LIGHT,
    Kind.REPAIR_COPY.value: Queue.DESTROY,
    Kind.SEND_SET.value: Queue.LIGHT,
    Kind.THIN_SETS.value: Queue.DESTROY,
    Kind.FETCH_OBJECTS.value: Queue.LIGHT,
    Kind.HOLD_DRILL.value: Queue.READ,
    Kind.FINISH_BATCH.value: Queue.DESTROY,
    Kind.LEARN_TYPES.value: Queue.READ,
}


def broker_options(settings: Settings) -> dict[str, Any]:
    """Celery's settings for either end of the bell; plain values, so that the core need not know Celery.

    Embedded, the bell is a folder of small files. It may lose a message: the sweeper rings again (invariant 3).
    """
    common: dict[str, Any] = {
        "broker_url": settings.bell_url,
        "task_default_queue": Queue.LIGHT.value,
        "task_serializer": "json",
        "result_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "worker_enable_remote_control": False,
        "worker_hijack_root_logger": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_timeout": 3,
    }
    if settings.bell_url.startswith("filesystem"):
        settings.make_data_folder()
        folder = settings.data / "bell"
        make_folders(folder)
        common["broker_transport_options"] = {
            "data_folder_in": str(folder),
            "data_folder_out": str(folder),
            "control_folder": str(folder / "control"),
            "polling_interval": 0.2,
        }
    return common
