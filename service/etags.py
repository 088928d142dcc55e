"""If-Match (RFC 9110, 13.1.1): a change names the state that it was made from."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header

from archive.errors import Refusal


class PreconditionRequired(Refusal):
    """A change came without If-Match."""

    status = 428
    default_code = "if_match_required"


class PreconditionFailed(Refusal):
    """Somebody changed it meanwhile."""

    status = 412
    default_code = "stale"


IfMatch = Annotated[str, Header(max_length=200)]


def etag(version: int) -> str:
    """The strong tag of a version."""
    return f'"{version}"'


def check_match(presented: str, version: int) -> None:
    """PreconditionRequired without a tag, PreconditionFailed with a stale one; `*` matches."""
    if not presented.strip():
        raise PreconditionRequired("Send If-Match with the ETag that you last saw.")
    tags = {tag.strip() for tag in presented.split(",")}
    if "*" not in tags and etag(version) not in tags:
        raise PreconditionFailed("It was changed meanwhile. Load it again, then change it.")
