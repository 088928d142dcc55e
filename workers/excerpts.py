"""Asked of the confined child: the codes on pages, and pages as a file of their own that lost nothing."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from workers.scan import Scan, open_pages
from workers.tools import Tools
from workers.unreadable import Code, Unreadable

_MOST, _LONGEST = 8, 200


def codes(scan: Scan) -> Iterator[tuple[int, list[str]]]:
    """What the codes on each page say. A page that cannot be looked at has none: it is read, and fails, as a page."""
    with scan.beside() as looking:
        for number in range(1, scan.count + 1):
            try:
                header, _ = looking.ask({"codes": number})
            except Unreadable:
                continue
            yield number, _texts(header.get("codes"))


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        return []
    return [text[:_LONGEST] for text in value[:_MOST] if isinstance(text, str)]


def excerpt(tools: Tools, scan: Scan, media_type: str, pages: Sequence[int]) -> bytes:
    """These pages as a file of their own, compared page by page. Unreadable when it is not exactly what stood there."""
    _, body = scan.ask({"extract": list(pages)}, tools.sandbox.limits.file_bytes)
    part = bytes(body)
    with open_pages(io.BytesIO(part), media_type, tools.sandbox) as copied:
        same = copied.count == len(pages) and all(
            _digest(copied, number) == _digest(scan, page) for number, page in enumerate(pages, start=1)
        )
    if not same:
        raise Unreadable(Code.DAMAGED, "the excerpt differs from what it was made of")
    return part


def _digest(scan: Scan, number: int) -> str:
    header, _ = scan.ask({"digest": number})
    digest = header.get("digest")
    if not isinstance(digest, str) or len(digest) != 64:  # noqa: PLR2004 - SHA-256 in hex
        raise Unreadable(Code.CRASHED, "a digest of another shape")
    return digest
