"""Bytes of a file on their way out: opened, checked to the last one, and never complete when they are wrong (F23)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote

import structlog
from starlette.responses import Response, StreamingResponse

from archive.access import Actor
from archive.audit import Act, record
from archive.documents import File
from archive.errors import Damaged, Refusal
from archive.house import House
from archive.sealing import DocumentKey, open_range, open_stream
from archive.stores.port import Bucket

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

    @property
    def version(self) -> str | None:
        """The stored version that the row names."""
        found = (copy.version for copy in self.file.copies if copy.site == self.house.site.site)
        return next(found, None)


def whole(outgoing: Outgoing) -> Iterator[bytes]:
    """The plain bytes; the last piece leaves only after the whole digest held. Damaged."""
    file, digest = outgoing.file, hashlib.sha256()
    sealed = outgoing.house.site.get(Bucket(file.bucket), file.key, version=outgoing.version)
    held = b""
    for chunk in open_stream(outgoing.key, file.id, sealed):
        digest.update(chunk)
        if len(held) >= PIECE:
            yield held
            held = b""
        held += chunk
    if digest.hexdigest() != file.sha256:
        raise Damaged(f"File {file.id} of document {file.document_id}: the digest is not the one registered.")
    yield held


def content(outgoing: Outgoing) -> bytes:
    """All plain bytes of a small file."""
    return b"".join(whole(outgoing))


def answer(outgoing: Outgoing, asked_range: str | None = None) -> Response:
    """The file as an answer: whole, or one range of it. Faults before the first byte are answered as such."""
    span = _span(asked_range, outgoing.file.size) if asked_range else None
    pieces = _part(outgoing, span) if span is not None else whole(outgoing)
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
    def read(offset: int, length: int) -> bytes:
        source = outgoing.house.site.get(
            Bucket(outgoing.file.bucket), outgoing.file.key, version=outgoing.version, start=offset
        )
        return _exactly(source, length)

    return open_range(outgoing.key, outgoing.file.id, read, outgoing.file.size, span)


def _exactly(source: Iterator[bytes], length: int) -> bytes:
    read = bytearray()
    for chunk in source:
        read += chunk
        if len(read) >= length:
            break
    close = getattr(source, "close", None)
    if close:
        close()
    return bytes(read[:length])


def disposition(kind: str, name: str) -> str:
    """Content-Disposition by RFC 6266: a plain name for old readers, the real one in UTF-8; no header splits (U26)."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name) or "file"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
