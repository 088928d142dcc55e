"""Logs: one JSON object a line on standard error, control characters escaped (Q14)."""

from __future__ import annotations

import logging
import sys

import structlog


def log_to_stderr(level: int = logging.WARNING) -> None:
    """Send this process's logs to standard error."""
    logging.getLogger("kombu.connection").setLevel(logging.ERROR)
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
