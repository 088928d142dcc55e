from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.dates import LONG_TERM, find_dates, find_ends, find_periods

CHINESE = str.maketrans("0123456789", "〇一二三四五六七八九")


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2021年3月5日", "2021-03-05"),
        ("2021 年 03 月 05 日", "2021-03-05"),
        ("2O21年3月l5日", "2021-03-15"),
        ("2021年3月5曰", "2021-03-05"),
        ("二〇二一年三月五日", "2021-03-05"),
        ("二○二一年十二月三十一日", "2021-12-31"),
        ("二零二〇年十月廿八日", "2020-10-28"),
        ("贰零贰壹年零叁月拾伍日", "2021-03-15"),
        ("2021.03.05", "2021-03-05"),
        ("2021-3-5", "2021-03-05"),
        ("2021/12/31", "2021-12-31"),
        ("民国110年3月5日", "2021-03-05"),
        ("March 5, 2021", "2021-03-05"),
        ("5th Sept 2021", "2021-09-05"),
    ],
)
def test_a_date_in_each_form(text: str, iso: str) -> None:
    assert [found.iso for found in find_dates(text)] == [iso]


@pytest.mark.parametrize("text", ["2021年2月30日", "2021年13月1日", "2021.00.10"])
def test_a_day_that_no_calendar_has_is_named(text: str) -> None:
    (found,) = find_dates(text)
    assert (found.iso, found.problem) == ("", "date_impossible")


@pytest.mark.parametrize("text", ["第三条", "13912345678", "1,234.00元", "20210305", "3-5天", "9503号26栋"])
def test_what_is_no_date(text: str) -> None:
    assert find_dates(text) == []


def test_eight_digits_are_a_date_only_where_asked_for() -> None:
    assert [found.iso for found in find_dates("开票日期20210305", compact=True)] == ["2021-03-05"]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("自2011年10月27日起至2013年10月27日止", "2011-10-27", "2013-10-27"),
        ("2021.03.05-2031.03.05", "2021-03-05", "2031-03-05"),
        ("2021.03.05 — 2031.03.05", "2021-03-05", "2031-03-05"),
        ("2015年8月24日至长期", "2015-08-24", LONG_TERM),
        ("从二〇一〇年一月一日到二〇一二年一月一日", "2010-01-01", "2012-01-01"),
        ("march 1, 2022 to february 28, 2023", "2022-03-01", "2023-02-28"),
    ],
)
def test_a_span_of_time(text: str, start: str, end: str) -> None:
    (period,) = find_periods(text)
    assert (period.start.iso, period.end.iso) == (start, end)


def test_two_dates_apart_are_no_span() -> None:
    assert find_periods("2011年10月27日签订,2013年10月27日交付") == []


def test_unlimited_is_kept_as_the_day_that_never_comes() -> None:
    assert [found.iso for found in find_ends("有效期:永 久")] == [LONG_TERM]


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_every_day_survives_both_ways_of_writing(day: date) -> None:
    figures = f"签于{day.year}年{day.month}月{day.day}日"
    digits = f"{day.year}年{day.month:02d}月{day.day:02d}日".translate(CHINESE)
    assert [found.iso for found in find_dates(figures)] == [day.isoformat()]
    assert [found.iso for found in find_dates(digits)] == [day.isoformat()]
