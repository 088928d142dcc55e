"""Bytes of a file on their way out: opened, checked to the last one, and never complete when they are wrong (F23)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote

import structlog
from starlette.responses import Response, StreamingResponse

from archive.access import Actor
from archive.audit import Act, record
from archive.contents import plain, plain_range
from archive.documents import File
from archive.errors import Damaged, Refusal
from archive.house import House
from archive.sealing import DocumentKey

log = structlog.get_logger()

RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
PIECE: Final = 256 * 1024


class NoSuchRange(Refusal):
    """The range asked for lies outside the file."""

    status = 416
    default_code = "range"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One file that a reader may have, with the name it is to be saved by."""

    house: House
    actor: Actor
    key: DocumentKey
    file: File
    name: str
    disposition: Literal["attachment", "inline"] = "attachment"


def whole(outgoing: Outgoing) -> Iterator[bytes]:
    """The plain bytes; the last piece leaves only after the whole digest held. Damaged."""
    held = b""
    for chunk in plain(outgoing.house, outgoing.actor, outgoing.key, outgoing.file):
        if len(held) >= PIECE:
            yield held
            held = b""
        held += chunk
    yield held


def content(outgoing: Outgoing) -> bytes:
    """All plain bytes of a small file."""
    return b"".join(whole(outgoing))


def answer(outgoing: Outgoing, asked_range: str | None = None) -> Response:
    """The file as an answer: whole, or one range of it. Faults before the first byte are answered as such."""
    span = _span(asked_range, outgoing.file.size) if asked_range else None
    pieces = whole(outgoing) if span is None else _part(outgoing, span)
    first = next(pieces, b"")
    headers = {
        "Content-Disposition": disposition(outgoing.disposition, outgoing.name),
        "Content-Length": str(outgoing.file.size if span is None else len(span)),
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
    }
    if span is not None:
        headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{outgoing.file.size}"
    return StreamingResponse(
        _watched(outgoing, first, pieces), 200 if span is None else 206, headers, media_type=outgoing.file.media_type
    )


def _watched(outgoing: Outgoing, first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces; damage found on the way is logged, and the connection breaks before the end."""
    try:
        yield first
        yield from rest
    except Damaged as error:
        log.exception("document.damaged", document=outgoing.file.document_id, file=outgoing.file.id)
        with outgoing.house.database.transaction() as session:
            told = {"file": outgoing.file.id, "told": str(error)}
            record(session, outgoing.actor, Act.DOCUMENT_DAMAGED, outgoing.file.document_id, detail=told)
        raise


def _span(asked: str, size: int) -> range | None:
    """The one range asked for; None (the whole) for several or for a form we do not read (RFC 9110, 14.2)."""
    found = RANGE.fullmatch(asked.strip())
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return range(max(0, size - int(last)), size) if int(last) else _outside(size)
    start, stop = int(first), min(int(last) + 1 if last else size, size)
    if last and int(last) < int(first):
        return None
    return range(start, stop) if start < size else _outside(size)


def _outside(size: int) -> range:
    raise NoSuchRange(f"The file has {size} bytes.")


def _part(outgoing: Outgoing, span: range) -> Iterator[bytes]:
    return plain_range(outgoing.house, outgoing.actor, outgoing.key, outgoing.file, span)


def disposition(kind: str, name: str) -> str:
    """Content-Disposition by RFC 6266: a plain name for old readers, the real one in UTF-8; no header splits (U26)."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name) or "file"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
