"""The plain bytes of a file, from whichever site has them whole; what is wrong at a site is logged and put right.

The primary is read first. Where it lacks the object, or a chunk of it does not open, nothing of that chunk has left:
the next site goes on from there, and every chunk is proved by its tag wherever it comes from (F23, F24). A primary
that is away is not passed over: nothing is known to be wrong there (F21).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Final

import structlog

from archive.access import Actor
from archive.audit import Machine
from archive.documents import NOT_HERE, Copy, Document, File
from archive.errors import Away, Damaged, Refusal
from archive.house import House
from archive.repair import ask_to_repair
from archive.sealing import DocumentKey, open_range, open_stream
from archive.sites import PRIMARY
from archive.stores.port import Bucket, NoSuchObject, ObjectStore, StoreRefused
from archive.verification import Fault, Finding

log = structlog.get_logger()

Opened = Callable[[ObjectStore, Copy, int], Iterator[bytes]]
"""What opens a copy behind so many plain bytes."""

FAULTS: Final = {NoSuchObject: Fault.MISSING, Damaged: Fault.DAMAGED}


def plain(house: House, actor: Actor | Machine, key: DocumentKey, file: File) -> Iterator[bytes]:
    """All of it, chunk by chunk. Damaged or NoSuchObject when no site has it whole; only the end tells that it is."""

    def opened(store: ObjectStore, copy: Copy, done: int) -> Iterator[bytes]:
        sealed = store.get(Bucket(file.bucket), file.key, version=copy.version)
        return _behind(open_stream(key, file.id, sealed), done)

    digest = sha256()
    for chunk in _from_any(house, actor, file, opened):
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != file.sha256:
        raise Damaged(f"File {file.id} of document {file.document_id}: the digest is not the one registered.")


def plain_range(house: House, actor: Actor | Machine, key: DocumentKey, file: File, span: range) -> Iterator[bytes]:
    """The bytes of `span` (step 1). Damaged or NoSuchObject when no site has them."""

    def opened(store: ObjectStore, copy: Copy, done: int) -> Iterator[bytes]:
        def read(offset: int, length: int) -> bytes:
            return _exactly(store.get(Bucket(file.bucket), file.key, version=copy.version, start=offset), length)

        return open_range(key, file.id, read, file.size, range(span.start + done, span.stop))

    return _from_any(house, actor, file, opened)


def _from_any(house: House, actor: Actor | Machine, file: File, opened: Opened) -> Iterator[bytes]:
    done, wrong, away = 0, None, None
    copies = [copy for copy in file.copies if copy.version != NOT_HERE]
    for copy in sorted(copies, key=lambda copy: (copy.site != PRIMARY, copy.site)):
        try:
            for chunk in opened(_store(house, copy), copy, done):
                done += len(chunk)
                yield chunk
        except (Damaged, NoSuchObject) as fault:
            _note(house, actor, file, copy, fault)
            wrong = wrong or fault
        except (Away, StoreRefused, Refusal) as fault:
            if copy.site == PRIMARY:
                raise
            log.warning("site.away", site=copy.site, error=str(fault))
            away = Away(f"{file.key} is not whole at the primary, and {copy.site} cannot be asked: {fault}")
        else:
            return
    raise away or wrong or NoSuchObject(f"No row says where {file.key} is.")


def _store(house: House, copy: Copy) -> ObjectStore:
    return house.site if copy.site == PRIMARY else house.verifier_at(copy.site)


def _note(house: House, actor: Actor | Machine, file: File, copy: Copy, fault: Damaged | NoSuchObject) -> None:
    """Log it and queue its repair; nothing is wrong where document or version went while it was read."""
    log.error("copy.faulty", site=copy.site, document=file.document_id, file=file.id, error=str(fault))
    with house.database.transaction() as session:
        document, row = session.get(Document, file.document_id), session.get(Copy, (file.id, copy.site))
        gone = document is None or document.destroying or document.destroyed_at
        if gone or row is None or row.version != copy.version:
            return
        found = Finding(FAULTS[type(fault)], file.bucket, file.key, file.document_id, str(fault), copy.site)
        ask_to_repair(session, actor, found, copy.version)


def _behind(chunks: Iterator[bytes], done: int) -> Iterator[bytes]:
    """What comes after so many bytes."""
    for chunk in chunks:
        if len(chunk) > done:
            yield chunk[done:]
        done = max(0, done - len(chunk))


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
