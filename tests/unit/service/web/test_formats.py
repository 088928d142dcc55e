"""Values on a page."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from service.web import formats

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(date(2026, 11, 22), "2026-11-22"), ("2026-11-22T16:30:00Z", "2026-11-22"), (None, "—"), ("", "—")],
)
def test_days(value: date | str | None, shown: str) -> None:
    assert formats.day(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (datetime(2026, 11, 22, 16, 30, tzinfo=UTC), "2026-11-23"),
        ("2026-11-22T16:30:00Z", "2026-11-23"),
        (date(2026, 11, 22), "2026-11-22"),
        ("2026-11-22", "2026-11-22"),
        (None, "—"),
    ],
)
def test_an_instant_falls_on_the_organisations_day(value: date | str | None, shown: str) -> None:
    assert formats.local_day(value, SHANGHAI) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (datetime(2026, 11, 22, 16, 30, tzinfo=UTC), "2026-11-23 00:30"),
        ("2026-11-22T16:30:00Z", "2026-11-23 00:30"),
        (None, "—"),
    ],
)
def test_instants_are_the_organisations(value: datetime | str | None, shown: str) -> None:
    assert formats.instant(value, SHANGHAI) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(Decimal(1234), "¥1,234.00"), ("139000.5", "¥139,000.50"), ("-3", "¥-3.00")]
)
def test_money(value: Decimal | str, shown: str) -> None:
    assert formats.money(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KB"), (1_468_006, "1.4 MB")])
def test_sizes(value: int, shown: str) -> None:
    assert formats.size(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("11010519900307002X", "110105 19900307 002X"),
        ("110***********002X", "110*** ******** 002X"),
        ("91440101MA5CN3LE2T", "9144 0101 MA5C N3LE 2T"),
        ("", ""),
    ],
)
def test_numbers_in_groups(value: str, shown: str) -> None:
    assert formats.grouped(value) == shown


def test_a_long_name_is_cut_in_the_middle() -> None:
    name = "甲" * 30 + "乙" * 30
    cut = formats.middle(name, 21)
    assert len(cut) == 21
    assert cut.startswith("甲")
    assert cut.endswith("乙")
    assert formats.middle("短名", 21) == "短名"


@pytest.mark.parametrize(("value", "shown"), [(0.0, "0 %"), (0.934, "93 %"), (0.999, "99 %"), (1.0, "100 %")])
def test_a_confidence_is_never_rounded_up_to_certainty(value: float, shown: str) -> None:
    assert formats.percent(value) == shown
