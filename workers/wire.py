"""Messages between a worker and the sandboxed child: a JSON header and, where there are any, raw bytes.

Frame: 4 bytes header length, 8 bytes body length (big-endian), header, body. Both sides bound both lengths, because
what comes from the child is as hostile as the file that it opened.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

_LENGTHS = struct.Struct(">IQ")
LONGEST_HEADER = 16 * 2**20


class Broken(Exception):
    """The other side ended, or sent what is no frame."""


def send(channel: socket.socket, header: dict[str, Any], body: bytes | memoryview = b"") -> None:
    """Write one frame."""
    written = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    channel.sendall(_LENGTHS.pack(len(written), len(body)) + written)
    if body:
        channel.sendall(body)


def receive(channel: socket.socket, longest_body: int = 0) -> tuple[dict[str, Any], bytearray]:
    """Read one frame. Broken when the channel ended or a length is out of bounds; TimeoutError as the socket says."""
    header_length, body_length = _LENGTHS.unpack(_exactly(channel, _LENGTHS.size))
    if header_length > LONGEST_HEADER or body_length > longest_body:
        raise Broken(f"frame of {header_length} + {body_length} bytes")
    header = _parsed(_exactly(channel, header_length))
    return header, _exactly(channel, body_length)


def _parsed(written: bytearray) -> dict[str, Any]:
    try:
        header = json.loads(written)
    except (ValueError, RecursionError) as error:
        raise Broken("header is not JSON") from error
    if not isinstance(header, dict):
        raise Broken("header is not an object")
    return header


def _exactly(channel: socket.socket, length: int) -> bytearray:
    buffer = bytearray(length)
    view, got = memoryview(buffer), 0
    while got < length:
        count = channel.recv_into(view[got:])
        if count == 0:
            raise Broken("the other side ended")
        got += count
    return buffer
