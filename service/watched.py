"""Every request has a number, a duration and, at level info, a line in the log; none of them tells what was sought."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from archive.tracing import Span, span
from service.metrics import Metrics

log = structlog.get_logger()
NUMBER: Final = "X-Request-ID"
_LAWFUL: Final = re.compile(r"[A-Za-z0-9-]{8,64}")
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NOWHERE: Final = "none"
"""The route of an address that is none: what strangers type becomes no label."""


class Watched:
    """ASGI middleware around all others. A number that a web server gave is kept, any other is made here."""

    def __init__(self, app: ASGIApp, metrics: Metrics, templates: Mapping[int, str]) -> None:
        self.app, self._metrics, self._templates = app, metrics, templates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note how it went."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(NUMBER, "")
        number = given if _LAWFUL.fullmatch(given) else secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()  # each request is a task of its own: nothing has to be put back
        structlog.contextvars.bind_contextvars(request=number)
        status, began = 500, time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[NUMBER] = number
            await send(message)

        with span("request", number) as told:
            try:
                await self.app(scope, receive, sending)
            finally:
                self._note(scope, status, time.perf_counter() - began, told)

    def _note(self, scope: Scope, status: int, seconds: float, told: Span) -> None:
        route = self._templates.get(id(scope.get("route")), NOWHERE)
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        told.tell(f"{method} {route}", status=status)
        self._metrics.requests.labels(method, route, f"{status // 100}xx").observe(seconds)
        log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))
