"""A paper's day of receipt is the organisation's, not that of UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from archive.documents import Document, received_on

SOON_AFTER_MIDNIGHT = datetime(2025, 12, 31, 17, 30, tzinfo=UTC)  # 01:30 on New Year's Day in Shanghai


def test_the_day_is_counted_in_the_zone_of_the_sessions_database() -> None:
    document = Document(received_at=SOON_AFTER_MIDNIGHT)
    assert received_on(document) == date(2025, 12, 31)
    with Session(info={"zone": ZoneInfo("Asia/Shanghai")}) as session:
        session.add(document)
        assert received_on(document) == date(2026, 1, 1)
        session.expunge(document)
