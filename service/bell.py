"""The service's end of the bell: after the commit each job's id is sent to its queue, and nobody waits for that.

A thread of its own sends. A broker that is away costs an upload nothing (F17): the job stands in the table and the
sweeper rings again.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import uuid
from typing import TYPE_CHECKING, Any, Final

import structlog
from prometheus_client import Counter

from archive.queues import QUEUE_OF, TASK, broker_options
from archive.settings import Settings

if TYPE_CHECKING:
    from kombu import Connection

log = structlog.get_logger()

WAITING: Final = 10_000
"""Rings that may wait for a slow broker; more are left to the sweeper."""

SILENT = Counter("anjuan_bell_silent_total", "Jobs that the broker could not be told of.")


class Bells:
    """Rings for jobs through the broker, in Celery's own form of message."""

    def __init__(self, settings: Settings) -> None:
        self._options = broker_options(settings)
        self._waiting: queue.Queue[tuple[str, str] | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._send_all, name="bell", daemon=True)
        self._thread.start()

    def __call__(self, jobs: list[tuple[str, str]]) -> None:
        """Ring for jobs (id, kind), later."""
        for job in jobs:
            try:
                self._waiting.put_nowait(job)
            except queue.Full:
                SILENT.inc()

    def close(self) -> None:
        """Send what waits, then end."""
        with contextlib.suppress(queue.Full):
            self._waiting.put(None, timeout=1)
            self._thread.join(timeout=5)

    def _send_all(self) -> None:
        while (job := self._waiting.get()) is not None:
            try:
                with self._connection() as connection:
                    self._send_while_any(connection, job)
            except Exception as error:  # noqa: BLE001 - whatever a broker's client raises, the job stands in the table
                left = self._leave_to_the_sweeper()
                SILENT.inc(1 + left)
                log.warning("bell.silent", error=repr(error), jobs=1 + left)

    def _leave_to_the_sweeper(self) -> int:
        """Forget what waits: a broker that is away would let it wait one by one. How many jobs."""
        left = 0
        with contextlib.suppress(queue.Empty):
            while self._waiting.get_nowait() is not None:
                left += 1
            self._waiting.put(None)
        return left

    def _connection(self) -> Connection:
        from kombu import Connection  # noqa: PLC0415 - not needed before the first job

        return Connection(
            self._options["broker_url"],
            connect_timeout=self._options["broker_connection_timeout"],
            transport_options=self._options.get("broker_transport_options", {}),
        )

    def _send_while_any(self, connection: Connection, job: tuple[str, str]) -> None:
        """Send a job, and those that come within a minute over the same connection."""
        connection.connect()
        producer = connection.Producer(serializer="json")
        waiting: tuple[str, str] | None = job
        while waiting is not None:
            _publish(producer, *waiting)
            try:
                waiting = self._waiting.get(timeout=20)
            except queue.Empty:
                return
            if waiting is None:
                self._waiting.put(None)


def _publish(producer: Any, job_id: str, kind: str) -> None:  # noqa: ANN401 - kombu has no types
    from kombu import Exchange, Queue  # noqa: PLC0415 - as above

    name, message = QUEUE_OF[kind].value, str(uuid.uuid4())
    target = Queue(name, Exchange(name, type="direct"), routing_key=name)
    producer.publish(
        [[job_id], {}, {}],
        exchange=target.exchange,
        routing_key=name,
        declare=[target],
        headers={"lang": "py", "task": TASK, "id": message, "root_id": message, "retries": 0},
        correlation_id=message,
        retry=False,
    )
