"""Logs: one JSON object a line on standard error, control characters escaped (Q14)."""

from __future__ import annotations

import logging
import sys
from typing import Final

import structlog

RETRYING: Final = ("kombu.connection", "opensearch", "urllib3.connectionpool")
"""Clients that tell of every attempt by traceback; their last one comes to us as an error and is told once."""


def log_to_stderr(level: int = logging.WARNING) -> None:
    """Send this process's logs to standard error."""
    for client in RETRYING:
        logging.getLogger(client).setLevel(logging.CRITICAL)
    logging.basicConfig(stream=sys.stderr, level=level, format="%(levelname)s %(name)s %(message)r")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
