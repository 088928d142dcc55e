"""四性检测报告: what a month's looks found, in the words of one language: for the page, as a print, as a workbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from archive.access import Actor, ReadableScope
from archive.documents import Document
from archive.errors import Invalid
from archive.pdf import Form, Heading, Pairs, Paragraph, Table
from archive.properties import ITEMS, SCHEME, Item, Outcome, Phase, Verdict
from archive.property_checks import Month, PropertyCheck, failures, tallied
from archive.rights import Right
from service.sheets import Line
from service.web import formats
from service.web.language import Language, known, say

MOST: Final = 1000
"""Failures that one report lists."""


@dataclass(frozen=True, slots=True)
class Report:
    """A month's looks: counts over all of them, and those with a fault whose documents the reader may see."""

    month: str
    counts: Month
    failed: Sequence[tuple[PropertyCheck, Document]]
    zone: ZoneInfo


def report_of(session: Session, actor: Actor, scope: ReadableScope, month: str, zone: ZoneInfo) -> Report:
    """The report of a month such as 2026-11. Invalid for what is none."""
    actor.need(Right.PROOFS)
    since, until = _bounds(month, zone)
    return Report(month, tallied(session, since, until), failures(session, scope, since, until, MOST), zone)


def _bounds(month: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    try:
        since = datetime.strptime(month, "%Y-%m").replace(tzinfo=zone)
    except ValueError as error:
        raise Invalid("A month such as 2026-11.", errors=[{"field": "month", "code": "month"}]) from error
    year, following = divmod(since.year * 12 + since.month, 12)
    return since, since.replace(year=year, month=following + 1)


def outcomes(report: Report) -> Iterator[tuple[Phase, Outcome, int]]:
    """How many looks of each phase ended in which way; those that there were."""
    for phase in Phase:
        for ended in Outcome:
            if count := report.counts.outcomes[phase, ended]:
                yield phase, ended, count


def verdicts(report: Report) -> Iterator[tuple[Item, Mapping[Verdict, int]]]:
    """Of each item, how often it was judged in which way."""
    for item in ITEMS:
        yield item, {verdict: report.counts.verdicts[item.code, verdict] for verdict in Verdict}


def faults(check: PropertyCheck, language: Language) -> str:
    """The items that failed in one look, with what was found."""
    told = [(code, reason) for code, verdict, reason in check.results if verdict == Verdict.FAILED]
    return "; ".join(f"{code} {item_name(language, code)}: {reason_name(language, reason)}" for code, reason in told)


def item_name(language: Language, code: str) -> str:
    """What an item of the scheme looks at."""
    return say(language, f"property_item.{code.lower()}")


def reason_name(language: Language, reason: str) -> str:
    """What was found; what is no code of ours (a count, a virus's name, names of metadata) as it is."""
    key = f"property_reason.{reason}"
    return say(language, key) if known(language, key) else reason


def scanned_by(report: Report, language: Language) -> str:
    """Which scanners looked for malware, and how many looks had none."""
    named = [
        (name or say(language, "property.no_scanner")) + f" × {count}" for name, count in report.counts.scanners.items()
    ]
    return "; ".join(named) or "—"


def sheets(report: Report, language: Language) -> dict[str, list[Line]]:
    """Three sheets: the outcomes, the items, the faults."""
    word = partial(say, language)
    return {
        word("property.outcomes"): [
            (word("property.month"), report.month), (word("property.scheme"), SCHEME),
            (word("property.scanners"), scanned_by(report, language)),
            (word("property.phase"), word("property.outcome"), word("property.count")),
            *((word(f"property.{phase}"), word(f"property.{end}"), count) for phase, end, count in outcomes(report)),
        ],
        word("property.items"): [_item_head(language), *_item_lines(report, language)],
        word("property.faults"): [_fault_head(language), *_fault_lines(report, language)],
    }  # fmt: skip


def form(report: Report, language: Language) -> Form:
    """The same as it is printed."""
    word = partial(say, language)
    ended = [(f"{word(f'property.{phase}')} · {word(f'property.{end}')}", str(n)) for phase, end, n in outcomes(report)]
    told = [(word("property.month"), report.month), (word("property.scheme"), str(SCHEME))]
    told += [(word("property.scanners"), scanned_by(report, language)), *ended]
    shares = (1, 7, 2, 2, 2, 2, 2, 2)
    faulty = tuple(tuple(str(cell) for cell in line) for line in _fault_lines(report, language))
    items = tuple(tuple(str(cell) for cell in line) for line in _item_lines(report, language))
    return Form(
        title=word("property.report"),
        blocks=(
            Pairs(tuple(told)),
            Heading(word("property.items")), Table(_item_head(language), items, shares, dense=True),
            Paragraph(word("property.unseen_says")),
            Heading(word("property.faults")),
            Table(_fault_head(language), faulty, (3, 3, 2, 2, 8), dense=True) if faulty
            else Paragraph(word("property.no_faults")),
        ),
        landscape=True, footer=report.month,
    )  # fmt: skip


def _item_head(language: Language) -> tuple[str, ...]:
    columns = ("code", "item", "dimension", "veto", *(verdict.value for verdict in Verdict))
    return tuple(say(language, f"property.{column}") for column in columns)


def _item_lines(report: Report, language: Language) -> Iterator[Line]:
    for item, counted in verdicts(report):
        dimension, veto = say(language, f"property.{item.dimension}"), "✓" if item.veto else ""
        yield item.code, item_name(language, item.code), dimension, veto, *counted.values()


def _fault_head(language: Language) -> tuple[str, ...]:
    return tuple(say(language, f"property.{column}") for column in ("document", "at", "phase", "outcome", "found"))


def _fault_lines(report: Report, language: Language) -> Iterator[Line]:
    for check, document in report.failed:
        at = formats.instant(check.at, report.zone)
        phase, ended = say(language, f"property.{check.phase}"), say(language, f"property.{check.outcome}")
        yield document.archival_code or document.id, at, phase, ended, faults(check, language)
