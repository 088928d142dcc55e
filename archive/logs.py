"""Logs: one JSON object a line on standard error, control characters escaped (Q14).

What is bound to a request or a job stands in every line that is written on its behalf: `request` in the service, and
`request`, `job`, `kind`, `subject` and `attempt` in a worker. A job carries the request that asked for it.
"""

from __future__ import annotations

import logging
import sys
from typing import Final, TextIO

import structlog

RETRYING: Final = ("kombu.connection", "opensearch", "urllib3.connectionpool")
"""Clients that tell of every attempt by traceback; their last one comes to us as an error and is told once."""

SHARED: Final[tuple[structlog.typing.Processor, ...]] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
)


AS_JSON: Final = structlog.processors.JSONRenderer(ensure_ascii=True)


class LibraryHandler(logging.StreamHandler[TextIO]):
    """What libraries tell, in the same form as what we tell."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=[structlog.stdlib.add_logger_name, *SHARED],
                processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, AS_JSON],
            )
        )


def log_to_stderr(level: str = "warning") -> None:
    """Send this process's logs to standard error from that level on; those of libraries from warnings on."""
    for client in RETRYING:
        logging.getLogger(client).setLevel(logging.CRITICAL)
    root = logging.getLogger()
    for former in [handler for handler in root.handlers if isinstance(handler, LibraryHandler)]:
        root.removeHandler(former)
    root.addHandler(LibraryHandler())
    root.setLevel(logging.WARNING)
    structlog.configure(
        processors=[*SHARED, AS_JSON],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # the one of the moment, as it may be exchanged
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )


def bound_request() -> str | None:
    """The number of the request on whose behalf this runs; None outside of one."""
    found: str | None = structlog.contextvars.get_contextvars().get("request")
    return found
