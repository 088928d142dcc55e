"""Sealed objects and values: what comes back, and that whatever was touched does not open and is named."""

from __future__ import annotations

import io
from collections.abc import Iterator
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import Damaged
from archive.sealing import (
    CHUNK,
    HEADER,
    TAG,
    DocumentKey,
    open_json,
    open_range,
    open_stream,
    open_text,
    open_value,
    seal_json,
    seal_stream,
    seal_text,
    seal_value,
)

KEY = DocumentKey("d0c00000-0000-4000-8000-000000000001", bytes(range(32)))
OTHER = DocumentKey("d0c00000-0000-4000-8000-000000000002", bytes(range(32)))
FILE = "f11e0000-0000-4000-8000-000000000001"
BLOCK = CHUNK + TAG
LENGTHS = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17]


def plain_of(length: int) -> bytes:
    return (sha256(b"plain").digest() * (length // 32 + 1))[:length]


def sealed_of(plain: bytes, key: DocumentKey = KEY, file_id: str = FILE) -> bytes:
    target = io.BytesIO()
    seal_stream(key, file_id, io.BytesIO(plain), target)
    return target.getvalue()


def opened(sealed: bytes, key: DocumentKey = KEY, file_id: str = FILE, piece: int = 10_007) -> bytes:
    return b"".join(open_stream(key, file_id, (sealed[i : i + piece] for i in range(0, len(sealed), piece))))


class Dripping(io.BytesIO):
    """A source that hands out less than asked for, like a socket."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 1000))


@pytest.mark.parametrize("length", LENGTHS)
def test_what_was_sealed_comes_back_and_its_measures_are_true(length: int) -> None:
    plain, target = plain_of(length), io.BytesIO()
    sealed = seal_stream(KEY, FILE, Dripping(plain), target)
    assert opened(target.getvalue()) == plain
    assert (sealed.plain_length, sealed.plain_sha256) == (length, sha256(plain).hexdigest())
    assert (sealed.length, sealed.sha256) == (len(target.getvalue()), sha256(target.getvalue()).hexdigest())
    assert sealed.length == HEADER + length + TAG * max(1, -(-length // CHUNK))


@pytest.mark.parametrize("piece", [1, HEADER, BLOCK, BLOCK + 1, 10 * BLOCK])
def test_the_reader_may_cut_the_stream_anywhere(piece: int) -> None:
    plain = plain_of(CHUNK + 5)
    assert opened(sealed_of(plain), piece=piece) == plain


@pytest.mark.parametrize("length", LENGTHS)
def test_the_format_is_what_the_page_says(length: int) -> None:
    """A second reader, written from the description alone."""
    plain, sealed = plain_of(length), sealed_of(plain_of(length))
    cipher, prefix, out = AESGCM(bytes(range(32))), sealed[4:12], b""
    count = max(1, -(-length // CHUNK))
    for number in range(count):
        names = b"".join(len(part).to_bytes(4, "big") + part.encode() for part in ("object", KEY.document_id, FILE))
        place = names + number.to_bytes(4, "big") + (b"\1" if number == count - 1 else b"\0")
        start = 12 + number * BLOCK
        out += cipher.decrypt(prefix + number.to_bytes(4, "big"), sealed[start : start + BLOCK], place)
    assert (sealed[:4], out) == (b"ANJ\x01", plain)


def test_two_sealings_of_the_same_bytes_differ() -> None:
    assert sealed_of(b"same")[:HEADER] != sealed_of(b"same")[:HEADER]
    assert seal_text(KEY, "title", "same") != seal_text(KEY, "title", "same")


def changes(sealed: bytes) -> Iterator[tuple[str, bytes]]:
    """One of every kind of harm to an object of four chunks."""
    head, blocks = sealed[:HEADER], [sealed[i : i + BLOCK] for i in range(HEADER, len(sealed), BLOCK)]
    yield "swapped", head + blocks[1] + blocks[0] + b"".join(blocks[2:])
    yield "moved to the front", head + blocks[-1] + b"".join(blocks[:-1])
    yield "doubled", head + blocks[0] + b"".join(blocks)
    yield "taken out", head + b"".join(blocks[1:])
    yield "cut at a chunk's end", head + b"".join(blocks[:-1])
    yield "cut within a chunk", sealed[:-7]
    yield "cut to the header", head
    yield "cut within the header", sealed[:5]
    yield "emptied", b""
    yield "lengthened", sealed + b"\0"
    yield "lengthened by a chunk", sealed + blocks[-1]
    yield "another version", b"ANJ\x02" + sealed[4:]


@pytest.mark.parametrize("kind", [kind for kind, _ in changes(sealed_of(plain_of(3 * CHUNK + 17)))])
def test_an_object_that_was_rearranged_is_refused_and_named(kind: str) -> None:
    sealed = sealed_of(plain_of(3 * CHUNK + 17))
    with pytest.raises(Damaged) as refusal:
        opened(dict(changes(sealed))[kind])
    assert FILE in str(refusal.value)
    assert KEY.document_id in str(refusal.value)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_one_flipped_bit_is_refused_and_its_chunk_named(data: st.DataObject) -> None:
    sealed = bytearray(sealed_of(plain_of(2 * CHUNK + 9)))
    ends = [0, 4, HEADER - 1, HEADER, HEADER + CHUNK, HEADER + BLOCK - 1, HEADER + BLOCK, len(sealed) - 1]
    at = data.draw(st.sampled_from(ends) | st.integers(0, len(sealed) - 1))
    sealed[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Damaged) as refusal:
        opened(bytes(sealed))
    if at >= HEADER:
        assert f"chunk {(at - HEADER) // BLOCK} " in str(refusal.value)


@given(st.integers(0, 2 * BLOCK), st.data())
@settings(max_examples=60, deadline=None)
def test_a_cut_is_found_wherever_it_falls(cut: int, data: st.DataObject) -> None:
    sealed = sealed_of(plain_of(2 * CHUNK))
    with pytest.raises(Damaged):
        opened(sealed[: len(sealed) - 1 - cut % (len(sealed) - 1)])
    extra = data.draw(st.binary(min_size=1, max_size=40))
    with pytest.raises(Damaged):
        opened(sealed + extra)


def test_no_chunk_is_handed_out_before_its_tag_held() -> None:
    sealed = bytearray(sealed_of(plain_of(3 * CHUNK)))
    sealed[HEADER + BLOCK + 5] ^= 1
    stream = open_stream(KEY, FILE, [bytes(sealed)])
    assert next(stream) == plain_of(CHUNK)
    with pytest.raises(Damaged, match="chunk 1 "):
        next(stream)


@pytest.mark.parametrize(("key", "file_id"), [(OTHER, FILE), (KEY, "f11e0000-0000-4000-8000-000000000002")])
def test_an_object_does_not_open_as_another(key: DocumentKey, file_id: str) -> None:
    with pytest.raises(Damaged, match="chunk 0 "):
        opened(sealed_of(b"paper"), key, file_id)


def test_a_chunk_of_the_same_file_sealed_earlier_is_refused() -> None:
    older, newer = sealed_of(plain_of(2 * CHUNK)), sealed_of(plain_of(2 * CHUNK))
    with pytest.raises(Damaged, match="chunk 1 "):
        opened(newer[: HEADER + BLOCK] + older[HEADER + BLOCK :])


@given(st.integers(0, 3 * CHUNK), st.integers(0, 3 * CHUNK), st.sampled_from(LENGTHS))
@settings(max_examples=60, deadline=None)
def test_a_range_is_what_a_slice_says_and_reads_only_its_chunks(start: int, stop: int, length: int) -> None:
    plain, sealed, read = plain_of(length), sealed_of(plain_of(length)), []

    def reading(offset: int, size: int) -> bytes:
        read.append(size)
        return sealed[offset : offset + size]

    assert b"".join(open_range(KEY, FILE, reading, length, range(start, stop))) == plain[start:stop]
    wanted = max(0, min(stop, length) - start)
    assert sum(read) <= (HEADER + (wanted // CHUNK + 2) * BLOCK if wanted else 0)


def test_a_range_of_a_cut_object_is_refused() -> None:
    sealed = sealed_of(plain_of(2 * CHUNK))[:-BLOCK]
    with pytest.raises(Damaged, match="chunk 1 "):
        list(open_range(KEY, FILE, lambda at, size: sealed[at : at + size], 2 * CHUNK, range(2 * CHUNK)))
    with pytest.raises(Damaged, match="chunk 0 "):
        list(open_range(KEY, FILE, lambda at, size: sealed[at : at + size], CHUNK, range(CHUNK)))


@given(st.text(), st.binary())
def test_values_come_back(text: str, plain: bytes) -> None:
    assert open_value(KEY, "page/1/words", seal_value(KEY, "page/1/words", plain)) == plain
    if text.isprintable():
        assert open_text(KEY, "page/1/text", seal_text(KEY, "page/1/text", text)) == text
    value = {"words": [{"x": 1, "text": "阅"}], "none": None, "whole": 3}
    assert open_json(KEY, "words", seal_json(KEY, "words", value)) == value


@given(st.data())
def test_a_value_opens_in_its_own_place_only(data: st.DataObject) -> None:
    sealed = seal_text(KEY, "page/3/text", "合同")
    for key, place in ((OTHER, "page/3/text"), (KEY, "page/4/text"), (KEY, "title")):
        with pytest.raises(Damaged, match=place):
            open_text(key, place, sealed)
    at = data.draw(st.integers(0, len(sealed) - 1))
    flipped = bytes([*sealed[:at], sealed[at] ^ 1 << data.draw(st.integers(0, 7)), *sealed[at + 1 :]])
    for harmed in (flipped, sealed[:at], sealed + b"\0"):
        with pytest.raises(Damaged, match="page/3/text"):
            open_text(KEY, "page/3/text", harmed)


def test_a_key_never_shows() -> None:
    assert repr(KEY) == f"DocumentKey(document_id='{KEY.document_id}')"
    with pytest.raises(ValueError, match="32 bytes"):
        DocumentKey("d", b"short")
