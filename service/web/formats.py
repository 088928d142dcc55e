"""How values are written on a page. Pure: the same value looks the same everywhere."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

LONG: Final = 36
RESIDENT_NUMBER: Final = 18
UNITS: Final = ("B", "KB", "MB", "GB", "TB")
KILO: Final = 1024


def day(value: date | str | None) -> str:
    """2026-11-22; a dash for a day that is not known."""
    if value is None or value == "":
        return "—"
    return value[: len("2026-11-22")] if isinstance(value, str) else value.strftime("%Y-%m-%d")


def local_day(value: date | str | None, zone: ZoneInfo) -> str:
    """As `day`; an instant falls on the organisation's day, not on Greenwich's."""
    if isinstance(value, str) and "T" in value:
        value = datetime.fromisoformat(value)
    return day(value.astimezone(zone) if isinstance(value, datetime) else value)


def instant(value: datetime | str | None, zone: ZoneInfo) -> str:
    """2026-11-22 14:05 in the organisation's time; a dash for an instant that is still to come."""
    if not value:
        return "—"
    value = datetime.fromisoformat(value) if isinstance(value, str) else value
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def money(value: Decimal | str) -> str:
    """¥1,234.00."""
    return f"¥{Decimal(value):,.2f}"


def count(value: int) -> str:
    """12,345."""
    return f"{value:,}"


def size(value: int) -> str:
    """1.4 MB, from bytes."""
    amount = float(value)
    for unit in UNITS[:-1]:
        if amount < KILO:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= KILO
    return f"{amount:.1f} {UNITS[-1]}"


def grouped(value: str) -> str:
    """A resident number as 110101 19900101 1234; any other long number in fours from the left."""
    if len(value) == RESIDENT_NUMBER and value[:-1].replace("*", "0").isdigit():
        return f"{value[:6]} {value[6:14]} {value[14:]}"
    return " ".join(value[at : at + 4] for at in range(0, len(value), 4))


def middle(value: str, longest: int = LONG) -> str:
    """A long name cut in the middle, where names differ least; the whole belongs into a title."""
    if len(value) <= longest:
        return value
    tail = longest // 3
    return f"{value[: longest - tail - 1]}…{value[-tail:]}"


def percent(value: float) -> str:
    """93 %, from 0–1; never rounded up to certainty."""
    return f"{min(99, round(value * 100)) if value < 1 else 100} %"


def lasting(value: timedelta) -> tuple[str, int]:
    """A duration in the largest unit that fills it twice, as (`days`, 3): who looks wants its size."""
    seconds = int(value.total_seconds())
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return unit, seconds // length
    return "seconds", seconds


def short_hash(value: str) -> str:
    """The first twelve digits of a digest: enough to compare by eye."""
    return value[:12]
