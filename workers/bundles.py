"""Several files handed to one confined child as one: lengths and types in a line of JSON, the bytes behind it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from workers.unreadable import Code, Unreadable

BUNDLE: Final = "application/x-anjuan-bundle"
"""Never of an upload: what a file is, is told by its content, and no content is told as this."""


def packed(media_type: str, bodies: Sequence[bytes]) -> bytes:
    """Files of one type as one."""
    head = json.dumps({"type": media_type, "lengths": [len(body) for body in bodies]})
    return head.encode() + b"\n" + b"".join(bodies)


def unpacked(data: bytes) -> tuple[str, list[bytes]]:
    """The type and the files again. DAMAGED when it is no bundle."""
    head, _, rest = data.partition(b"\n")
    try:
        told = json.loads(head)
        media_type, lengths = str(told["type"]), [int(length) for length in told["lengths"]]
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(Code.DAMAGED, "no bundle") from error
    bodies, at = [], 0
    for length in lengths:
        bodies.append(rest[at : at + length])
        at += length
    if at != len(rest):
        raise Unreadable(Code.DAMAGED, "a bundle of another length")
    return media_type, bodies
