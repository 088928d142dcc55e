"""Whether a document is filed without a person: only when type, customer and pages are sure and nothing is doubtful."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from archive.reasons import SENTENCES, reason
from archive.separators import Doubt
from workers.sheets import Facts, Filing, Match, PageState, Sheet, Verdict

_ESSENTIAL: Mapping[str, tuple[str, ...]] = {
    "contract": ("party_a", "party_b"),
    "id_card": ("name", "id_no"),
    "household_register": ("name", "id_no"),
    "business_licence": ("name",),
    "property_certificate": ("name", "cert_no"),
    "income_proof": ("name",),
    "invoice": ("buyer", "seller", "amount"),
    "receipt": ("amount",),
    "power_of_attorney": ("name", "agent"),
}
"""Fields without which a paper of the type was not read rightly."""

_DECISIVE = frozenset(("name", "id_no", "uscc", "party_a", "party_b", "buyer", "seller"))
"""Fields on which the choice of the customer rests."""


_CONFIRMED = 0.98
"""A customer who is this sure confirms the name and number that were read, however weakly they were found."""


@dataclass(frozen=True, slots=True)
class FilingPolicy:
    """How sure is sure enough, each 0..1. `blocking_findings` are codes of scan checks that a person has to see."""

    type_at_least: float = 0.9
    customer_at_least: float = 0.9
    page_at_least: float = 0.8
    field_at_least: float = 0.45
    blank_pages_wait: bool = True
    blocking_findings: frozenset[str] = field(default=frozenset())


_LOST: Final = frozenset(("truncated", "file_repaired"))
"""Findings that say that something of the paper is not there to be read."""

POLICY: Final = FilingPolicy(blocking_findings=_LOST | {doubt.value for doubt in Doubt})


def decide_filing(  # noqa: PLR0917 - the six things that the decision rests on
    sheets: Sequence[Sheet],
    verdict: Verdict,
    facts: Facts,
    match: Match,
    policy: FilingPolicy,
    folders: Sequence[str],
) -> Filing:
    """Filed, or for review with everything that speaks against it. `folders` are the customer's open folders, by id."""
    against = (
        *_about_pages(sheets, policy),
        *_about_type(verdict, policy),
        *_about_fields(verdict, facts, match, policy),
        *_about_customer(match, policy),
        *((reason("folder_ambiguous", len(folders)),) if match.customer_id and len(folders) > 1 else ()),
    )
    if against:
        return Filing(filed=False, review=tuple(dict.fromkeys(against)), because=match.because)
    because = (
        reason("type_sure", verdict.told, _percent(verdict.confidence)),
        reason("customer_sure", _percent(match.confidence)),
        *match.because,
        reason("folder_only") if folders else reason("folder_new"),
    )
    return Filing(filed=True, because=because, folder_id=folders[0] if folders else None)


def _percent(confidence: float) -> str:
    return f"{confidence:.0%}"


def _about_pages(sheets: Sequence[Sheet], policy: FilingPolicy) -> Iterator[str]:
    if not any(sheet.state is PageState.RECOGNISED for sheet in sheets):
        yield reason("nothing_read")
    for sheet in sheets:
        if sheet.state is PageState.FAILED:
            yield reason("page_failed", sheet.number)
        elif sheet.state is PageState.BLANK and policy.blank_pages_wait:
            yield reason("page_blank", sheet.number)
        elif sheet.state is PageState.RECOGNISED and sheet.confidence < policy.page_at_least:
            yield reason("page_unsure", sheet.number, _percent(sheet.confidence))
        for finding in sheet.findings:
            if finding.code in policy.blocking_findings:
                own = finding.code in SENTENCES
                yield reason(finding.code, sheet.number) if own else reason("page_finding", sheet.number, finding.code)


def _about_type(verdict: Verdict, policy: FilingPolicy) -> Iterator[str]:
    if verdict.code == "other":
        yield reason("type_other")
    elif verdict.confidence < policy.type_at_least:
        yield reason("type_uncertain", verdict.told, _percent(verdict.confidence))
        yield from (why for why in verdict.because if why.startswith("several_papers"))


def _about_fields(verdict: Verdict, facts: Facts, match: Match, policy: FilingPolicy) -> Iterator[str]:
    for name in _ESSENTIAL.get(verdict.code, ()):
        if not facts.value(name):
            yield reason("field_missing", name)
    for doubt in facts.doubts:
        code, _, name = doubt.partition(":")
        yield reason(code, name)
    if match.confidence >= _CONFIRMED:
        return
    for name, found in facts.fields.items():
        if name in _DECISIVE and found.confidence < policy.field_at_least:
            yield reason("low_confidence", name, _percent(found.confidence))


def _about_customer(match: Match, policy: FilingPolicy) -> Iterator[str]:
    if match.customer_id is None:
        yield from match.because or (reason("customer_not_named"),)
    elif match.confidence < policy.customer_at_least:
        yield reason("customer_uncertain", _percent(match.confidence))
        yield from match.because
