"""A sample of the drawn pages that `tests.bench.reading_damage` reads in hundreds, with floors."""

from __future__ import annotations

import warnings

import pytest

from tests.drawn.fonts import PACKAGES, missing
from tests.drawn.pages import made
from tests.drawn.scoring import order, recall
from workers.ocr import open_ocr
from workers.ocr.engine import Engine
from workers.recognise import recognise

FLOORS = {
    "layout two_columns": (0.98, 0.95),
    "layout spread": (0.98, 0.95),
    "layout vertical": (0.9, 0.9),
    "hard receipt": (0.9, 0.9),
    "damage turned_270": (0.98, 0.95),
    "damage turned_180": (0.98, 0.95),
    "damage skewed": (0.98, 0.95),
    "damage photographed": (0.95, 0.95),
    "damage faint": (0.95, 0.95),
    "damage sealed": (0.95, 0.95),
    "file coarse_fax": (0.9, 0.8),
    "file sixteen_bits": (0.98, 0.95),
}
"""Kind to least recall of character pairs and least share of lines in order."""
SEED = 501


@pytest.fixture(scope="module")
def engine() -> Engine:
    if gone := missing():
        warnings.warn(f"drawn with one font only; apt-get install {' '.join(PACKAGES)}: {gone}", stacklevel=1)
    return open_ocr("rapidocr")


@pytest.mark.filterwarnings("default:drawn with one font")
@pytest.mark.parametrize("kind", FLOORS)
def test_a_damaged_page_is_read_whole_in_order_and_the_right_way_up(kind: str, engine: Engine) -> None:
    page, seen = made(kind, SEED)
    sheet = recognise(seen, engine)
    least, ordered = FLOORS[kind]
    assert sheet.turn == page.turn
    assert recall(page.lines, sheet.text) >= least
    assert order(page.lines, sheet.text) >= ordered
