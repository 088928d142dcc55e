"""The one translator from what a use case raises to what the caller is told: RFC 9457 problem documents."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from archive.audit import OPERATOR, Act, record
from archive.errors import Away, Damaged, Fault, NotFound, Refusal
from archive.logs import bound_request
from archive.stores.port import OutOfSpace
from service.edge import Asker, house_of
from service.shapes import UUID

log = structlog.get_logger()

MEDIA_TYPE: Final = "application/problem+json"
TITLES: Final[Mapping[int, str]] = {
    400: "Malformed request",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "The request took too long",
    409: "Not in this state",
    410: "Destroyed",
    412: "Changed meanwhile",
    413: "Too large",
    414: "The address is too long",
    415: "Unsupported kind of content",
    416: "Range not satisfiable",
    422: "The request is wrong",
    428: "If-Match is required",
    429: "Too many attempts",
    431: "Headers too large",
    500: "Something of ours is broken",
    503: "A part is away",
    507: "No space left",
}
CODES: Final[Mapping[int, str]] = {
    400: "malformed", 404: "not_found", 405: "method_not_allowed", 408: "timeout", 413: "too_large",
    415: "unsupported_type", 431: "headers_too_large",
}  # fmt: skip
RETRY_AFTER: Final = 10


def problem(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **extra: object
) -> JSONResponse:
    """A problem document; `instance` is an opaque number of this answer, by which the log speaks of it."""
    body: dict[str, Any] = {
        "type": f"urn:anjuan:problem:{code}",
        "title": TITLES.get(status, "Refused"),
        "status": status,
        "detail": detail,
        "code": code,
        "instance": f"urn:anjuan:request:{bound_request() or secrets.token_hex(8)}",
        **extra,
    }
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


async def on_refusal(request: Request, error: Exception) -> Response:
    """A refusal in its own words. A document that was denied, or is not there, is logged alike (invariant 6)."""
    assert isinstance(error, Refusal)  # noqa: S101 - registered for this type alone
    if isinstance(error, NotFound):
        await run_in_threadpool(log_denial, request)
        return problem(404, error.code, error.detail)
    return problem(error.status, error.code, error.detail, _headers_of(error), **error.extra)


def _headers_of(error: Refusal) -> dict[str, str]:
    if error.status == 401:  # noqa: PLR2004 - RFC 9110, 15.5.2
        return {"WWW-Authenticate": "Bearer"}
    after = error.extra.pop("retry_after", RETRY_AFTER if error.status == 503 else None)  # noqa: PLR2004 - RFC 9110
    return {"Retry-After": str(after)} if after is not None else {}


def log_denial(request: Request) -> None:
    """Log that a document was asked for in vain, in a transaction of its own: the request's was rolled back."""
    asked, found = request.path_params.get("document_id"), getattr(request.state, "asker", None)
    if not isinstance(asked, str) or not re.fullmatch(UUID, asked) or not isinstance(found, Asker):
        return
    with house_of(request).database.transaction() as session:
        record(session, found.actor, Act.DOCUMENT_DENIED, asked, detail={"method": request.method})


async def on_fault(request: Request, error: Exception) -> Response:
    """Something below us is broken or away; the caller learns which of both, the log the rest."""
    if isinstance(error, OutOfSpace):
        log.error("store.full", error=str(error))
        return problem(
            507, "out_of_space", "The store is full. Nothing of this was kept; try again when there is room."
        )
    if isinstance(error, Away):
        log.warning("part.away", error=str(error))
        return problem(
            503, "unavailable", "A part of Anjuan does not answer. Try again in a while; nothing was lost.",
            {"Retry-After": str(RETRY_AFTER)},
        )  # fmt: skip
    if isinstance(error, Damaged):
        await run_in_threadpool(log_damage, request, str(error))
        return problem(
            500, "damaged", "The stored bytes are not what was stored. They are not served; tell the keeper."
        )
    return await on_unknown(request, error)


def log_damage(request: Request, told: str) -> None:
    """Log a damaged object with its document."""
    log.error("document.damaged", error=told)
    found = getattr(request.state, "asker", None)
    with house_of(request).database.transaction() as session:
        actor = found.actor if isinstance(found, Asker) else OPERATOR
        subject = str(request.path_params.get("document_id", "unknown"))
        record(session, actor, Act.DOCUMENT_DAMAGED, subject, detail={"told": told})


async def on_database(request: Request, error: Exception) -> Response:
    """The database did not answer (503), cannot hold a value as it was sent (422), or something else is wrong (500)."""
    if isinstance(error, DataError):
        return problem(
            422, "invalid", "The request holds a value that cannot be kept, such as a NUL or a text too long."
        )
    if isinstance(error, OperationalError):
        return await on_fault(request, Away(f"database: {type(error.orig).__name__}: {error.orig}"))
    return await on_unknown(request, error)


async def on_unknown(request: Request, error: Exception) -> Response:
    """Generic to the caller, whole in the log, joined by a number (ASVS 16.5.1)."""
    told = "Something went wrong here. The number of this answer is in our log."
    answer = problem(500, "internal", told, {"Connection": "close"})  # the server ends the connection after this one
    log.error("request.failed", route=getattr(request.scope.get("route"), "path", ""), exc_info=error)
    return answer


async def on_invalid(request: Request, error: Exception) -> Response:
    """All faults of a request at once, by field; what was sent is not repeated."""
    del request
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type alone
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return problem(400, "malformed", "The body is no JSON that we read.")
    listed = [
        {"field": ".".join(str(part) for part in fault["loc"][1:]), "code": fault["type"], "message": fault["msg"]}
        for fault in faults
    ]
    return problem(422, "invalid", "The request is wrong; `errors` lists every fault.", errors=listed)


async def on_http(request: Request, error: Exception) -> Response:
    """What the framework refuses by itself, in the same form."""
    del request
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type alone
    status = error.status_code
    if status == 404:  # noqa: PLR2004 - RFC 9110
        return problem(404, NotFound.default_code, NotFound().detail)
    return problem(status, CODES.get(status, "refused"), str(error.detail), error.headers)


def install(app: FastAPI) -> None:
    """Register the translators."""
    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(Fault, on_fault)
    app.add_exception_handler(DBAPIError, on_database)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_unknown)
