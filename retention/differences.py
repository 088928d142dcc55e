"""What differs between a list that was signed and the one that waits now, for who signs again (records-rules R15)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from retention.disposal import BatchState, DestructionBatch

_UNSAID: Final = frozenset({"number", "document_id", "files"})
"""What is no news by itself: a line's number, its id; files are told as their count."""


class Difference(StrEnum):
    """How a line differs."""

    LEFT = "left"
    CAME = "came"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Differing:
    """One line that differs, by its archival code (empty: the list as a whole), and each value before and now."""

    how: Difference
    code: str
    values: tuple[tuple[str, str, str], ...] = ()


def since_last_signature(batch: DestructionBatch) -> list[Differing]:
    """What differs from what was signed last, while the list waits for signatures anew; nothing before a signature."""
    if batch.state != BatchState.PROPOSED or batch.last_signed is None:
        return []
    return list(differences(json.loads(batch.last_signed), json.loads(batch.manifest)))


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Differing]:
    """Between two manifests: the list as a whole, then lines that left, changed or came, each in the list's order."""
    if whole := _values(_head(before), _head(now)):
        yield Differing(Difference.CHANGED, "", whole)
    held, given = ({item["document_id"]: item for item in each["items"]} for each in (before, now))
    for document_id, item in held.items():
        if document_id not in given:
            yield Differing(Difference.LEFT, item["archival_code"])
        elif values := _values(item, given[document_id]):
            yield Differing(Difference.CHANGED, item["archival_code"], values)
    for document_id, item in given.items():
        if document_id not in held:
            yield Differing(Difference.CAME, item["archival_code"])


def _head(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of the list as a whole that can change: its title and what becomes of the paper."""
    return {"title": manifest["title"], **{f"paper_{name}": told for name, told in manifest.get("paper", {}).items()}}


def _values(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    names = [name for name in {**before, **now} if name not in _UNSAID]
    differing = [(name, _said(before.get(name)), _said(now.get(name))) for name in names]
    differing += [("files", str(len(before.get("files", ()))), str(len(now.get("files", ()))))]
    return tuple(each for each in differing if each[1] != each[2])


def _said(value: object) -> str:
    """A value as it stands on the list: an event with its day, a request with its number."""
    if isinstance(value, Mapping):
        return " ".join(str(part) for part in value.values())
    return "" if value is None else str(value)
