"""A sample of what `python -m tests.bench --only tampering` does in full: no single change stays hidden (§7.8)."""

from __future__ import annotations

from pathlib import Path

from tests.bench.tampering import bundle_changes, log_changes


def test_forty_changes_of_a_bundle_are_found_and_named() -> None:
    assert bundle_changes(40, 1) == []


def test_forty_changes_of_the_log_s_rows_are_found_and_named(tmp_path: Path) -> None:
    assert log_changes(40, 1, tmp_path) == []
