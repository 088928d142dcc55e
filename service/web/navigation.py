"""What stands in the left column: made from a person's rights, in the order of their day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from archive.access import Actor
from archive.rights import Right


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the left column; shown to whom has one of `rights`. `covers` are further addresses under it."""

    key: str
    path: str
    rights: frozenset[Right]
    covers: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether a page's address lies under this line."""
        return any(path == start or path.startswith(f"{start}/") for start in (self.path, *self.covers))


PLACES: Final = (
    Place("inbox", "/inbox", frozenset({Right.SELF})),
    Place("capture", "/capture", frozenset({Right.CAPTURE}), ("/batches",)),
    Place("search", "/search", frozenset({Right.READ}), ("/searches", "/documents")),
    Place("review", "/review", frozenset({Right.CORRECT})),
    Place("customers", "/customers", frozenset({Right.CUSTOMERS}), ("/folders",)),
    Place(
        "records",
        "/schedule",
        frozenset({Right.RECORDS, Right.APPROVE, Right.PROOFS}),
        (
            "/calendar",
            "/classes",
            "/types",
            "/events",
            "/holds",
            "/erasures",
            "/restrictions",
            "/appraisals",
            "/destruction",
            "/certificates",
            "/properties",
        ),
    ),
    Place("log", "/log", frozenset({Right.LOG})),
    Place("settings", "/people", frozenset({Right.ACCOUNTS, Right.AUTHORITY})),
    Place("care", "/drills", frozenset({Right.REPLICAS_VIEW})),
    Place("health", "/health", frozenset({Right.HEALTH, Right.SETTINGS})),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A place as one person sees it now."""

    key: str
    path: str
    here: bool
    count: int


def lines(actor: Actor, path: str, waiting: Mapping[str, int]) -> list[Line]:
    """The left column of `actor` on the page at `path`; `waiting` counts what waits, by place."""
    return [
        Line(place.key, place.path, place.holds(path), waiting.get(place.key, 0))
        for place in PLACES
        if place.rights & actor.rights
    ]
