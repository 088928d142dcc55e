"""Periods in whole years: first day, last event that has run out, leap days. Pure.

A period's due day is the first day after it. Where the year has no such day (29 February) it is 1 March, so that
nothing is due a day early.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from retention.terms import Event, StartRule


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """The last day of the organisation's fiscal year; by 会计法 art. 11 it is 31 December."""

    month: int = 12
    day: int = 31

    def end_after(self, day: date) -> date:
        """The end of the fiscal year in which the day lies."""
        end = self._end_of(day.year)
        return end if day <= end else self._end_of(day.year + 1)

    def _end_of(self, year: int) -> date:
        """28 February stands for the end of February in every year."""
        if (self.month, self.day) in {(2, 28), (2, 29)}:
            return date(year, 3, 1) - timedelta(days=1)
        return date(year, self.month, self.day)


CALENDAR: Final = FiscalYear()


def first_day(rule: StartRule, event: Event, occurred_on: date, fiscal: FiscalYear = CALENDAR) -> date:
    """The day on which a period begins. An event that is a fiscal year's end says itself when that was."""
    if rule is StartRule.NEXT_YEAR:
        return date(occurred_on.year + 1, 1, 1)
    if rule is StartRule.AFTER_FISCAL_YEAR:
        end = occurred_on if event is Event.FISCAL_YEAR_END else fiscal.end_after(occurred_on)
        return end + timedelta(days=1)
    return occurred_on


def plus_years(day: date, years: int) -> date:
    """The same day so many years on; 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def latest_start(today: date, years: int) -> date:
    """The latest day from which a period of so many years is over today."""
    year = today.year - years
    if year < 1:
        return date.min
    try:
        return today.replace(year=year)
    except ValueError:
        return date(year, 2, 28)
