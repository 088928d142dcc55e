"""The rule of due dates, as tables (records-rules R04–R06, R10, R12)."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import base
from retention.dates import FiscalYear, first_day, latest_start, plus_years
from retention.due import ClassVersion, Due, Extended, Happened, Status, due
from retention.schedule import latest_event
from retention.sentences import SENTENCES, WORDS, sentence
from retention.terms import Action, Counts, Event, StartRule, Terms

PERFORMED, TERMINATED = Event.CONTRACT_PERFORMED, Event.CONTRACT_TERMINATED
TODAY = date(2026, 11, 22)


def terms(
    years: int | None = 5, rule: StartRule = StartRule.EVENT_DATE, counts: Counts = Counts.LAST, *events: Event
) -> Terms:
    action = Action.PERMANENT if years is None else Action.DESTROY
    return Terms("T-5", "t", years, events or (PERFORMED, TERMINATED), rule, action, "basis", counts=counts)


def outcome(told: Terms, *events: tuple[Event, date], approved: bool = True, today: date = TODAY) -> Due:
    happened = [Happened(event, day) for event, day in events]
    return due(ClassVersion(told, 1, approved), happened, [], today)


@pytest.mark.parametrize(
    ("rule", "event", "occurred", "years", "expected"),
    [
        (StartRule.EVENT_DATE, PERFORMED, date(2019, 6, 30), 5, date(2024, 6, 30)),
        (StartRule.EVENT_DATE, PERFORMED, date(2016, 2, 29), 4, date(2020, 2, 29)),
        (StartRule.EVENT_DATE, PERFORMED, date(2016, 2, 29), 5, date(2021, 3, 1)),
        (StartRule.EVENT_DATE, PERFORMED, date(2019, 12, 31), 1, date(2020, 12, 31)),
        (StartRule.NEXT_YEAR, PERFORMED, date(2019, 1, 1), 5, date(2025, 1, 1)),
        (StartRule.NEXT_YEAR, PERFORMED, date(2019, 12, 31), 5, date(2025, 1, 1)),
        (StartRule.AFTER_FISCAL_YEAR, Event.FISCAL_YEAR_END, date(2019, 12, 31), 10, date(2030, 1, 1)),
        (StartRule.AFTER_FISCAL_YEAR, Event.FISCAL_YEAR_END, date(2019, 3, 31), 10, date(2029, 4, 1)),
        (StartRule.AFTER_FISCAL_YEAR, Event.ASSET_DISPOSED, date(2019, 3, 31), 10, date(2030, 1, 1)),
        (StartRule.AFTER_FISCAL_YEAR, Event.ASSET_DISPOSED, date(2019, 12, 31), 10, date(2030, 1, 1)),
    ],
)
def test_due_date_follows_from_start_rule_and_period(
    rule: StartRule, event: Event, occurred: date, years: int, expected: date
) -> None:
    found = outcome(terms(years, rule, Counts.LAST, event), (event, occurred))
    assert found.date == expected


@pytest.mark.parametrize(
    ("fiscal", "day", "expected"),
    [
        (FiscalYear(3, 31), date(2019, 3, 31), date(2019, 4, 1)),
        (FiscalYear(3, 31), date(2019, 4, 1), date(2020, 4, 1)),
        (FiscalYear(2, 29), date(2020, 2, 29), date(2020, 3, 1)),
        (FiscalYear(2, 28), date(2021, 2, 28), date(2021, 3, 1)),
        (FiscalYear(2, 28), date(2020, 2, 29), date(2020, 3, 1)),
    ],
)
def test_fiscal_years_may_end_in_any_month(fiscal: FiscalYear, day: date, expected: date) -> None:
    assert first_day(StartRule.AFTER_FISCAL_YEAR, Event.ASSET_DISPOSED, day, fiscal) == expected


def test_it_is_due_on_the_day_and_not_the_day_before() -> None:
    event = (PERFORMED, date(2019, 6, 30))
    assert outcome(terms(), event, today=date(2024, 6, 29)).status is Status.RUNNING
    assert outcome(terms(), event, today=date(2024, 6, 30)).status is Status.DUE


@pytest.mark.parametrize(("counts", "expected"), [(Counts.FIRST, date(2015, 1, 1)), (Counts.LAST, date(2017, 1, 1))])
def test_first_or_last_event_counts(counts: Counts, expected: date) -> None:
    told = terms(5, StartRule.EVENT_DATE, counts)
    events = ((TERMINATED, date(2012, 1, 1)), (PERFORMED, date(2010, 1, 1)), (Event.MADE, date(2001, 1, 1)))
    assert outcome(told, *events).date == expected


@pytest.mark.parametrize(
    ("found", "status", "code"),
    [
        (due(None, [], [], TODAY), Status.WAITING, "no_class"),
        (outcome(terms(), (PERFORMED, date(1990, 1, 1)), approved=False), Status.UNAPPROVED, "class_unapproved"),
        (outcome(terms(None), (PERFORMED, date(1890, 1, 1))), Status.PERMANENT, "permanent"),
        (outcome(terms()), Status.WAITING, "no_event"),
        (outcome(terms(), (Event.MADE, date(1890, 1, 1))), Status.WAITING, "no_event"),
    ],
)
def test_without_class_approval_event_or_period_there_is_no_date(found: Due, status: Status, code: str) -> None:
    assert (found.date, found.status) == (None, status)
    assert code in {reason.code for reason in found.because}


def test_extension_moves_the_date_later_and_never_earlier() -> None:
    klass, happened = ClassVersion(terms(), 1, in_force=True), [Happened(PERFORMED, date(2019, 6, 30))]
    later = due(klass, happened, [Extended(date(2027, 1, 1)), Extended(date(2025, 1, 1))], TODAY)
    assert (later.date, later.status) == (date(2027, 1, 1), Status.RUNNING)
    assert due(klass, happened, [Extended(date(2020, 1, 1))], TODAY).date == date(2024, 6, 30)
    assert due(klass, happened, [Extended(None)], TODAY).status is Status.PERMANENT


def test_every_reason_has_its_sentence_in_both_languages() -> None:
    found = [outcome(terms(), (PERFORMED, date(2019, 6, 30))), outcome(terms()), outcome(terms(None))]
    for reason in (reason for one in found for reason in one.because):
        assert sentence(reason, "zh")
        assert "{" not in sentence(reason, "en")
    assert {event.value for event in Event} | {rule.value for rule in StartRule} <= set(WORDS)
    assert all(zh and en for zh, en in SENTENCES.values())


@pytest.mark.parametrize(
    ("instant", "zone", "status"),
    [
        ("2024-12-31T15:59:59+00:00", "Asia/Shanghai", Status.RUNNING),
        ("2024-12-31T16:00:00+00:00", "Asia/Shanghai", Status.DUE),
        ("2024-12-31T16:00:00+00:00", "UTC", Status.RUNNING),
        ("2024-12-31T23:59:59+00:00", "UTC", Status.RUNNING),
        ("2025-01-01T00:00:00+00:00", "UTC", Status.DUE),
        ("2024-12-31T23:59:59-05:00", "America/New_York", Status.RUNNING),
        ("2024-02-29T16:00:00+00:00", "Asia/Shanghai", Status.RUNNING),
    ],
)
def test_a_day_begins_when_it_begins_for_the_organisation(
    monkeypatch: pytest.MonkeyPatch, instant: str, zone: str, status: Status
) -> None:
    """R06 of records-rules: due on 1 January 2025, in the organisation's own time zone."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Clock:
            return cls.fromisoformat(instant).astimezone(tz)

    monkeypatch.setattr(base, "datetime", Clock)
    here = base.today(ZoneInfo(zone))
    found = outcome(terms(5, StartRule.NEXT_YEAR), (PERFORMED, date(2019, 12, 31)), today=here)
    assert (found.date, found.status) == (date(2025, 1, 1), status)


@pytest.mark.parametrize(
    ("year_end", "occurred", "years", "expected"),
    [
        (FiscalYear(3, 31), date(2019, 3, 31), 10, date(2029, 4, 1)),
        (FiscalYear(3, 31), date(2019, 4, 1), 10, date(2030, 4, 1)),
        (FiscalYear(6, 30), date(2020, 2, 29), 30, date(2050, 7, 1)),
        (FiscalYear(2, 28), date(2019, 12, 31), 1, date(2021, 3, 1)),
        (FiscalYear(9, 30), date(2019, 10, 1), 5, date(2025, 10, 1)),
        (FiscalYear(), date(2019, 12, 31), 5, date(2025, 1, 1)),
    ],
)
def test_periods_of_accounts_begin_after_the_organisation_s_own_year(
    year_end: FiscalYear, occurred: date, years: int, expected: date
) -> None:
    told = terms(years, StartRule.AFTER_FISCAL_YEAR, Counts.LAST, Event.ASSET_DISPOSED)
    happened = [Happened(Event.ASSET_DISPOSED, occurred)]
    assert due(ClassVersion(told, 1, in_force=True), happened, [], TODAY, year_end).date == expected


DAYS = st.dates(date(1950, 1, 1), date(2080, 12, 31))
YEARS = st.integers(1, 60)


@given(DAYS, YEARS)
def test_latest_start_is_the_last_day_whose_period_is_over(today: date, years: int) -> None:
    last = latest_start(today, years)
    assert plus_years(last, years) <= today
    assert plus_years(last + timedelta(days=1), years) > today


@given(DAYS, YEARS, DAYS, st.sampled_from(StartRule), st.sampled_from([PERFORMED, Event.FISCAL_YEAR_END]))
def test_what_sql_narrows_to_loses_nothing_that_the_rule_finds_due(
    today: date, years: int, occurred: date, rule: StartRule, event: Event
) -> None:
    told = terms(years, rule, Counts.LAST, PERFORMED, Event.FISCAL_YEAR_END)
    if outcome(told, (event, occurred), today=today).status is Status.DUE:
        assert occurred <= latest_event(told, today)


@given(DAYS, YEARS, st.sampled_from(StartRule))
def test_nothing_is_due_before_its_whole_period_has_passed(occurred: date, years: int, rule: StartRule) -> None:
    found = outcome(terms(years, rule), (PERFORMED, occurred))
    assert found.date is not None
    assert found.date.year - occurred.year >= years
    assert (found.date.year - occurred.year, found.date.month, found.date.day) >= (years, occurred.month, occurred.day)
