"""The scheme of the four-property checks: what each sight comes to (records-rules §4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archive.properties import BY_CODE, ITEMS, Dimension, Outcome, Phase, Seen, Verdict, judged, outcome

GOOD = Seen(
    digest_holds=True, type_is=True, size_is=True, objects_resolve=True, metadata_problems=(), missing_metadata=(),
    pages_counted=2, pages_held=(1, 2), metadata_opens=True, content_reads=True, format_supported=True,
    drill_current=True, malware="", scanned=True, logged=True, exposed=False,
)  # fmt: skip


def verdict(seen: Seen, code: str, phase: Phase = Phase.INTAKE) -> Verdict:
    return next(result.verdict for result in judged(seen, phase) if result.code == code)


def test_every_property_is_looked_at_on_every_occasion() -> None:
    for phase in Phase:
        assert {BY_CODE[result.code].dimension for result in judged(GOOD, phase)} == set(Dimension)
    assert len(ITEMS) == len(BY_CODE)


def test_a_good_paper_passes_and_what_nobody_can_see_is_not_called_passed() -> None:
    assert outcome(judged(GOOD, Phase.INTAKE)) is Outcome.PASSED
    assert verdict(GOOD, "D2", Phase.SCHEDULE) is Verdict.NOT_CHECKED
    assert outcome(judged(GOOD, Phase.SCHEDULE)) is Outcome.INCOMPLETE


def test_without_a_scanner_malware_is_not_checked() -> None:
    assert verdict(replace(GOOD, scanned=False, malware=None), "D1") is Verdict.NOT_CHECKED
    assert outcome(judged(replace(GOOD, scanned=False), Phase.INTAKE)) is Outcome.INCOMPLETE


@pytest.mark.parametrize(
    ("seen", "code", "ends"),
    [
        (replace(GOOD, digest_holds=False), "A1", Outcome.VETOED),
        (replace(GOOD, type_is=False), "A3", Outcome.VETOED),
        (replace(GOOD, size_is=False), "A3", Outcome.VETOED),
        (replace(GOOD, objects_resolve=False), "A4", Outcome.VETOED),
        (replace(GOOD, malware="Eicar-Signature"), "D1", Outcome.VETOED),
        (replace(GOOD, metadata_problems=("dated",)), "A2", Outcome.FAILED),
        (replace(GOOD, missing_metadata=("folder_id",)), "B2", Outcome.FAILED),
        (replace(GOOD, pages_held=(1,)), "B1", Outcome.FAILED),
        (replace(GOOD, pages_held=(1, 3)), "B3", Outcome.FAILED),
        (replace(GOOD, metadata_opens=False), "C1", Outcome.FAILED),
        (replace(GOOD, content_reads=False), "C2", Outcome.FAILED),
        (replace(GOOD, format_supported=False), "C3", Outcome.FAILED),
        (replace(GOOD, logged=False), "D3", Outcome.FAILED),
        (replace(GOOD, exposed=True), "D4", Outcome.FAILED),
    ],
)
def test_each_fault_fails_its_item_alone(seen: Seen, code: str, ends: Outcome) -> None:
    failed = [result.code for result in judged(seen, Phase.INTAKE) if result.verdict is Verdict.FAILED]
    assert failed == [code]
    assert outcome(judged(seen, Phase.INTAKE)) is ends


def test_what_was_not_read_or_filed_yet_is_not_failed_for_it() -> None:
    early = replace(GOOD, pages_counted=None, pages_held=(), content_reads=None, missing_metadata=None)
    found = {result.code: result.verdict for result in judged(early, Phase.INTAKE)}
    assert {found[code] for code in ("B1", "B3", "C2")} == {Verdict.NOT_CHECKED}
    assert found["B2"] is Verdict.NOT_APPLICABLE
