"""The four properties of a record (四性检测): which checks there are, and what follows from what was seen.

Source: DA/T 70-2018 in the items of records-rules §4. Pure: values in, a verdict for each item and its reason out. What
nobody looked at is «not checked», never «passed».
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SCHEME: Final = 1
"""Raised with every change of the items: a result says which scheme it is of."""


class Phase(StrEnum):
    """When a check is made: at intake (归档), at transfer (移交接收), on schedule (长期保存)."""

    INTAKE = "intake"
    TRANSFER = "transfer"
    SCHEDULE = "schedule"


class Dimension(StrEnum):
    """The four properties: 真实, 完整, 可用, 安全."""

    AUTHENTIC = "authentic"
    INTEGRAL = "integral"
    USABLE = "usable"
    SAFE = "safe"


class Verdict(StrEnum):
    """What is said of one item."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"
    NOT_APPLICABLE = "not_applicable"


class Outcome(StrEnum):
    """What is said of the whole; `vetoed` keeps a document from being filed."""

    PASSED = "passed"
    INCOMPLETE = "incomplete"
    FAILED = "failed"
    VETOED = "vetoed"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one document; None where nobody looked, with the reason in `unseen`."""

    digest_holds: bool
    type_is: bool
    size_is: bool
    objects_resolve: bool
    metadata_problems: Sequence[str]
    missing_metadata: Sequence[str] | None
    pages_counted: int | None
    pages_held: Sequence[int]
    metadata_opens: bool
    content_reads: bool | None
    format_supported: bool
    drill_current: bool | None
    malware: str | None
    scanned: bool
    logged: bool
    exposed: bool


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict on one item; `reason` is a code or the name of what was found."""

    code: str
    verdict: Verdict
    reason: str = ""


Judge = Callable[[Seen], tuple[Verdict, str]]


@dataclass(frozen=True, slots=True)
class Item:
    """One check of the scheme; a failed one with `veto` decides the whole."""

    code: str
    dimension: Dimension
    phases: frozenset[Phase]
    judge: Judge
    veto: bool = False


def _held(held: bool | None, reason: str, unseen: str = "") -> tuple[Verdict, str]:  # noqa: FBT001 - the verdict itself
    if held is None:
        return Verdict.NOT_CHECKED, unseen
    return (Verdict.PASSED, "") if held else (Verdict.FAILED, reason)


def _malware(seen: Seen) -> tuple[Verdict, str]:
    if not seen.scanned:
        return Verdict.NOT_CHECKED, "no_scanner"
    return (Verdict.FAILED, seen.malware) if seen.malware else (Verdict.PASSED, "")


def _mandatory(seen: Seen) -> tuple[Verdict, str]:
    if seen.missing_metadata is None:
        return Verdict.NOT_APPLICABLE, "not_filed"
    return _held(not seen.missing_metadata, " ".join(seen.missing_metadata))


def _pages(seen: Seen) -> tuple[Verdict, str]:
    if seen.pages_counted is None:
        return Verdict.NOT_CHECKED, "not_read"
    return _held(len(seen.pages_held) == seen.pages_counted, f"{len(seen.pages_held)}/{seen.pages_counted}")


def _in_order(seen: Seen) -> tuple[Verdict, str]:
    if seen.pages_counted is None:
        return Verdict.NOT_CHECKED, "not_read"
    whole = bool(seen.pages_held) and list(seen.pages_held) == list(range(1, len(seen.pages_held) + 1))
    return _held(whole, "pages_out_of_order")


def _no_package(seen: Seen) -> tuple[Verdict, str]:
    del seen
    return Verdict.NOT_APPLICABLE, "no_package"


def _carrier(seen: Seen) -> tuple[Verdict, str]:
    del seen
    return Verdict.NOT_CHECKED, "carrier_unseen"


ALWAYS: Final = frozenset(Phase)
COMING: Final = frozenset({Phase.INTAKE, Phase.TRANSFER})
KEPT: Final = frozenset({Phase.INTAKE, Phase.SCHEDULE})
LATER: Final = frozenset({Phase.TRANSFER, Phase.SCHEDULE})
A, B, C, D = Dimension

ITEMS: Final = (
    Item("A1", A, ALWAYS, lambda seen: _held(seen.digest_holds, "digest"), veto=True),
    Item("A2", A, COMING, lambda seen: _held(not seen.metadata_problems, " ".join(seen.metadata_problems))),
    Item("A3", A, ALWAYS, lambda seen: _held(seen.type_is and seen.size_is, "type_or_size"), veto=True),
    Item("A4", A, ALWAYS, lambda seen: _held(seen.objects_resolve, "object_missing"), veto=True),
    Item("A5", A, COMING, _no_package),
    Item("B1", B, ALWAYS, _pages),
    Item("B2", B, COMING, _mandatory),
    Item("B3", B, COMING, _in_order),
    Item("B4", B, COMING, _no_package),
    Item("C1", C, KEPT, lambda seen: _held(seen.metadata_opens, "unreadable_metadata")),
    Item("C2", C, ALWAYS, lambda seen: _held(seen.content_reads, "unreadable_content", "not_read")),
    Item("C3", C, KEPT, lambda seen: _held(seen.format_supported, "format")),
    Item("C4", C, frozenset({Phase.SCHEDULE}), lambda seen: _held(seen.drill_current, "drill_overdue", "no_drill")),
    Item("D1", D, ALWAYS, _malware, veto=True),
    Item("D2", D, LATER, _carrier),
    Item("D3", D, ALWAYS, lambda seen: _held(seen.logged, "not_in_log")),
    Item("D4", D, frozenset({Phase.INTAKE}), lambda seen: _held(not seen.exposed, "identity_number_in_public")),
)
BY_CODE: Final[Mapping[str, Item]] = {item.code: item for item in ITEMS}


def judged(seen: Seen, phase: Phase) -> tuple[Result, ...]:
    """A result for each item of the phase, in the scheme's order."""
    return tuple(Result(item.code, *item.judge(seen)) for item in ITEMS if phase in item.phases)


def outcome(results: Sequence[Result]) -> Outcome:
    """What the results come to: a failed item with a veto first, then any failure, then what was not checked."""
    failed = [result.code for result in results if result.verdict is Verdict.FAILED]
    if any(BY_CODE[code].veto for code in failed):
        return Outcome.VETOED
    if failed:
        return Outcome.FAILED
    unseen = any(result.verdict is Verdict.NOT_CHECKED for result in results)
    return Outcome.INCOMPLETE if unseen else Outcome.PASSED
