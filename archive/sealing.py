"""Sealing: what was taken from the paper rests under its document's key, as objects and as values in rows.

An object is a header and chunks, each sealed by AES-256-GCM:

    "ANJ" version=1 │ nonce prefix, 8 bytes, fresh for each object │ chunk 0 │ chunk 1 │ … │ last chunk

A chunk is 64 KiB of plain bytes (the last one may be shorter, and is empty only where the object is) and a tag of 16
bytes. Its nonce is prefix ‖ chunk number; its associated data are document id, file id, chunk number and whether it
is the last. So a chunk that was swapped, moved, cut off, added, flipped or taken from another object does not open.

A value is version=1 ‖ nonce, 12 bytes ‖ ciphertext and tag; its associated data are document id and place in the rows.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive.canonical import canonical
from archive.errors import Damaged

CHUNK: Final = 64 * 1024
TAG: Final = 16
MAGIC: Final = b"ANJ\x01"
PREFIX: Final = 8
HEADER: Final = len(MAGIC) + PREFIX
NONCE: Final = 12
VALUE_VERSION: Final = b"\x01"
KEY_LENGTH: Final = 32
_SEALED_CHUNK: Final = CHUNK + TAG


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """The key of one document: 32 secret bytes that no repr, log or comparison shows."""

    document_id: str
    secret: bytes = field(repr=False, compare=False)
    cipher: AESGCM = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_LENGTH:
            raise ValueError(f"a document's key has {KEY_LENGTH} bytes")
        object.__setattr__(self, "cipher", AESGCM(self.secret))


@dataclass(frozen=True, slots=True)
class Sealed:
    """What sealing wrote and what it had read: lengths in bytes, digests in hex."""

    length: int
    sha256: str
    plain_length: int
    plain_sha256: str


def seal_stream(key: DocumentKey, file_id: str, source: BinaryIO, target: BinaryIO) -> Sealed:
    """Seal all of `source` into `target`, chunk by chunk, under a fresh nonce prefix."""
    prefix = os.urandom(PREFIX)
    plain_hash, sealed_hash = hashlib.sha256(), hashlib.sha256(MAGIC + prefix)
    plain_length, length = 0, target.write(MAGIC + prefix)
    for number, (chunk, last) in enumerate(_with_last(source)):
        sealed = key.cipher.encrypt(_nonce(prefix, number), chunk, _object_place(key, file_id, number, last=last))
        plain_hash.update(chunk)
        sealed_hash.update(sealed)
        plain_length += len(chunk)
        length += target.write(sealed)
    return Sealed(length, sealed_hash.hexdigest(), plain_length, plain_hash.hexdigest())


def open_stream(key: DocumentKey, file_id: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The plain bytes, each chunk only after its tag held; Damaged names document, file and chunk.

    `chunks` may be cut anywhere. Who must not act on a part of an object reads to the end first: that the end is
    missing can be known only there.
    """
    pieces = _regrouped(chunks)
    opened = _Opening.of(key, file_id, next(pieces))
    for number, (sealed, last) in enumerate(_marked_last(pieces)):
        yield opened.chunk(number, sealed, last=last)


def open_range(
    key: DocumentKey, file_id: str, read: Callable[[int, int], bytes], plain_length: int, span: range
) -> Iterator[bytes]:
    """The plain bytes of `span` (step 1), chunk by chunk; `read(offset, length)` reads the sealed object."""
    start, end = max(span.start, 0), min(span.stop, plain_length)
    if start >= end:
        return
    opened = _Opening.of(key, file_id, read(0, HEADER))
    final = _chunks(plain_length) - 1
    for number in range(start // CHUNK, (end - 1) // CHUNK + 1):
        size = CHUNK if number < final else plain_length - final * CHUNK
        sealed = read(HEADER + number * _SEALED_CHUNK, size + TAG)
        plain = opened.chunk(number, sealed, last=number == final)
        yield plain[max(0, start - number * CHUNK) : end - number * CHUNK]


def seal_value(key: DocumentKey, place: str, plain: bytes) -> bytes:
    """Seal one value of a row; it opens only for the same document and place, such as `page/3/text`."""
    return seal_with(key.cipher, _value_place(key, place), plain)


def open_value(key: DocumentKey, place: str, sealed: bytes) -> bytes:
    """The plain value; Damaged when it is not what was sealed for this document and place."""
    return open_with(key.cipher, _value_place(key, place), sealed, f"{place} of document {key.document_id}")


def seal_text(key: DocumentKey, place: str, text: str) -> bytes:
    """Seal text, compressed."""
    return seal_value(key, place, zlib.compress(text.encode()))


def open_text(key: DocumentKey, place: str, sealed: bytes) -> str:
    """The text that `seal_text` sealed."""
    return zlib.decompress(open_value(key, place, sealed)).decode()


def seal_json(key: DocumentKey, place: str, value: object) -> bytes:
    """Seal a JSON value in its canonical bytes, compressed."""
    return seal_value(key, place, zlib.compress(canonical(value)))


def open_json(key: DocumentKey, place: str, sealed: bytes) -> object:
    """The JSON value that `seal_json` sealed."""
    value: object = json.loads(zlib.decompress(open_value(key, place, sealed)))
    return value


def seal_with(cipher: AESGCM, place: bytes, plain: bytes) -> bytes:
    """Seal a short value under a fresh nonce; `place` is bound to it and not stored."""
    nonce = os.urandom(NONCE)
    return VALUE_VERSION + nonce + cipher.encrypt(nonce, plain, place)


def open_with(cipher: AESGCM, place: bytes, sealed: bytes, name: str) -> bytes:
    """Open what `seal_with` sealed; Damaged, with `name` in its sentence, when the tag does not hold."""
    if sealed[:1] != VALUE_VERSION or len(sealed) < 1 + NONCE + TAG:
        raise Damaged(f"The sealed value {name} is cut or of an unknown format.")
    try:
        return cipher.decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], place)
    except InvalidTag as error:
        raise Damaged(f"The sealed value {name} is not what was stored there.") from error


def bound(*parts: str) -> bytes:
    """Associated data of several parts, each behind its length, so that no two lists of parts look alike."""
    return b"".join(struct.pack(">I", len(part)) + part for part in (text.encode() for text in parts))


def _chunks(plain_length: int) -> int:
    return max(1, -(-plain_length // CHUNK))


def _nonce(prefix: bytes, number: int) -> bytes:
    return prefix + struct.pack(">I", number)


def _object_place(key: DocumentKey, file_id: str, number: int, *, last: bool) -> bytes:
    return bound("object", key.document_id, file_id) + struct.pack(">I?", number, last)


def _value_place(key: DocumentKey, place: str) -> bytes:
    return bound("value", key.document_id, place)


@dataclass(frozen=True, slots=True)
class _Opening:
    """One sealed object being opened."""

    key: DocumentKey
    file_id: str
    prefix: bytes

    @classmethod
    def of(cls, key: DocumentKey, file_id: str, header: bytes) -> _Opening:
        if len(header) != HEADER or not header.startswith(MAGIC):
            raise Damaged(f"File {file_id} of document {key.document_id}: the header is cut or of an unknown format.")
        return cls(key, file_id, header[len(MAGIC) :])

    def chunk(self, number: int, sealed: bytes, *, last: bool) -> bytes:
        place = _object_place(self.key, self.file_id, number, last=last)
        try:
            return self.key.cipher.decrypt(_nonce(self.prefix, number), sealed, place)
        except InvalidTag as error:
            raise Damaged(
                f"File {self.file_id} of document {self.key.document_id}: "
                f"chunk {number} was changed, moved, cut or exchanged."
            ) from error


def _with_last(source: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Plain chunks of full size, the last one marked; an empty source is one empty last chunk."""
    chunk = _read_full(source)
    while len(chunk) == CHUNK:
        following = _read_full(source)
        yield chunk, not following
        if not following:
            return
        chunk = following
    yield chunk, True


def _read_full(source: BinaryIO) -> bytes:
    """A full chunk, or what is left: a pipe or socket may hand out less than asked for."""
    pieces, missing = [], CHUNK
    while missing and (piece := source.read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def _regrouped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The header, then sealed chunks; the last piece is what is left, possibly nothing or a stump."""
    buffer, wanted = bytearray(), HEADER
    for chunk in chunks:
        buffer += chunk
        while len(buffer) > wanted:
            yield bytes(buffer[:wanted])
            del buffer[:wanted]
            wanted = _SEALED_CHUNK
    yield bytes(buffer)


def _marked_last(pieces: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Every sealed chunk with whether it is the last; nothing at all counts as an empty, therefore damaged, chunk."""
    current = next(pieces, b"")
    for following in pieces:
        yield current, False
        current = following
    yield current, True
