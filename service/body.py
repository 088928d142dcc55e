"""What may come in: sizes and patience for bodies, and JSON read strictly."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response, params
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.edge import asker
from service.errors import problem

JSON_LIMIT: Final = 4 * 1024 * 1024
FORM_ROOM: Final = 1024 * 1024
"""What a form may weigh besides the file in it."""
PATIENCE: Final = 30.0
"""Seconds without a byte after which a sender is given up (F04, U05)."""
HEADERS_LIMIT: Final = 32 * 1024
QUERY_LIMIT: Final = 16 * 1024
UPLOAD_ENDS: Final = ("/documents", "/upload", "/rescan")


class BodyLimits:
    """ASGI middleware: refuses a body by its announced length before a byte is read, and by its real length."""

    def __init__(self, app: ASGIApp, upload_limit: int) -> None:
        self.app, self.upload_limit = app, upload_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check what was announced, then count what comes."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name: value for name, value in scope["headers"] if name == b"content-length"}
        limit = self._limit(scope)
        announced = headers.get(b"content-length", b"0")
        if not announced.isdigit():
            await problem(400, "malformed", "Content-Length is no number.")(scope, receive, send)
        elif int(announced) > limit:
            told = f"This takes at most {limit // 1024 // 1024} MiB."
            await problem(413, "too_large", told, {"Connection": "close"})(scope, receive, send)
        elif b"%00" in scope.get("raw_path", b"") or b"%00" in scope["query_string"]:
            await problem(422, "invalid", "An address holds no NUL.")(scope, receive, send)
        elif sum(len(name) + len(value) for name, value in scope["headers"]) > HEADERS_LIMIT:
            await problem(431, "headers_too_large", "The headers are too long.")(scope, receive, send)
        elif len(scope["query_string"]) > QUERY_LIMIT:
            await problem(414, "address_too_long", "The address is too long.")(scope, receive, send)
        else:
            await self.app(scope, _Counted(receive, limit), send)

    def _limit(self, scope: Scope) -> int:
        uploads = scope["method"] == "POST" and scope["path"].endswith(UPLOAD_ENDS)
        return self.upload_limit + FORM_ROOM if uploads else JSON_LIMIT


class _Counted:
    """Hands a body on until it is too long or its sender is silent for too long."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._left, self._complete = receive, limit, False

    async def __call__(self) -> Message:
        if self._complete:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), PATIENCE)
        except TimeoutError as error:
            raise HTTPException(408, "The rest of the body did not come.") from error
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413, "The body is longer than what is taken here.")
        self._complete = not message.get("more_body", False)
        return message


class StrictRequest(Request):
    """A request whose JSON has no duplicate keys, no NaN or infinity, no NUL and no lone surrogates (Q01)."""

    async def json(self) -> Any:  # noqa: ANN401 - any JSON value
        """The body's value; JSONDecodeError for all that is not strict JSON."""
        if not hasattr(self, "_json"):
            self._json = read_json(await self.body())
        return self._json


def read_json(body: bytes) -> object:
    """The value of strict JSON in UTF-8; JSONDecodeError otherwise."""
    try:
        value: object = json.loads(
            body.decode(), object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite
        )
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise json.JSONDecodeError(str(error)[:100], "", 0) from error
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    if any("\0" in text for pair in pairs for text in pair if isinstance(text, str)):
        raise ValueError("NUL in a text")
    return made


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("the number is too large")
    return number


class StrictRoute(APIRoute):
    """A route that reads strict JSON and takes no other kind of content in its place (Q08, A16)."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The usual handler over a strict request."""
        handle = super().get_route_handler()
        takes_json = self.body_field is not None and not any(
            isinstance(param.field_info, params.Form) for param in self.dependant.body_params
        )

        async def strict(request: Request) -> Response:
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
            if takes_json and has_body and kind != "application/json":
                raise HTTPException(415, "Send «Content-Type: application/json».")
            if self.body_field is not None and not takes_json:
                await run_in_threadpool(asker, request)  # before the body: a stranger's file is not even begun
            return await handle(StrictRequest(request.scope, request.receive))

        return strict
