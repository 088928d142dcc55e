"""A sample of what `python -m tests.bench --only offsite` does in full (F20, F24, F25; reliability.md §8 figure 5)."""

from __future__ import annotations

from pathlib import Path

from tests.bench.offsite import deletions, flips, older_rows


def test_f24_flipped_bits_at_both_sites_are_found_never_served_and_mended_or_listed(tmp_path: Path) -> None:
    assert flips(tmp_path, 10, papers=7) == []


def test_f25_exactly_what_is_gone_at_a_site_is_named(tmp_path: Path) -> None:
    assert deletions(tmp_path, [0, 1, 5], papers=5) == []


def test_f20_rows_older_than_their_objects_erase_none_and_list_all(tmp_path: Path) -> None:
    assert older_rows(tmp_path, 4) == []
