"""Rate and remaining time of a reading."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archive.progress import Progress, progress


@pytest.mark.parametrize(
    ("read", "total", "recent", "seconds", "expected"),
    [
        (0, 1000, 0, 0, Progress(0, 1000)),
        (2, 1000, 2, 3, Progress(2, 1000)),
        (61, 1000, 61, 60, Progress(61, 1000, 60.0, 939)),
        (61, 1000, 61, 120, Progress(61, 1000, 30.0, 1878)),
        (999, 1000, 31, 60, Progress(999, 1000, 30.0, 2)),
        (1000, 1000, 31, 60, Progress(1000, 1000, 30.0, 0)),
    ],
)
def test_the_rate_is_of_what_was_done_lately_and_sinks_while_nothing_is(
    read: int, total: int, recent: int, seconds: int, expected: Progress
) -> None:
    assert progress(read, total, recent, timedelta(seconds=seconds)) == expected
