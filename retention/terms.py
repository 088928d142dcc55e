"""What a retention class says, as plain values: period, events, start rule, action, floor and ceiling."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LEAST_APPROVERS: Final = 2
MOST_APPROVERS: Final = 9
LONGEST_PERIOD: Final = 200
"""Years. What must stay longer is permanent."""


class Event(StrEnum):
    """What can set a period running (触发事件)."""

    CONTRACT_PERFORMED = "contract_performed"
    CONTRACT_TERMINATED = "contract_terminated"
    RELATIONSHIP_ENDED = "relationship_ended"
    TRANSACTION_COMPLETED = "transaction_completed"
    PURPOSE_ACHIEVED = "purpose_achieved"
    MATTER_CLOSED = "matter_closed"
    PROCUREMENT_ENDED = "procurement_ended"
    FACILITY_SETTLED = "facility_settled"
    ADVERSE_EVENT_ENDED = "adverse_event_ended"
    ASSET_DISPOSED = "asset_disposed"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    FISCAL_YEAR_END = "fiscal_year_end"
    MADE = "made"
    REGISTERED = "registered"


class Counts(StrEnum):
    """Which of several events counts: the first for what must not stay, the last for what must not go."""

    FIRST = "first"
    LAST = "last"


class StartRule(StrEnum):
    """The first day of the period, given the day of the event (records-rules R06)."""

    EVENT_DATE = "event_date"
    NEXT_YEAR = "next_year_01_01"
    AFTER_FISCAL_YEAR = "day_after_fiscal_year_end"


class Action(StrEnum):
    """What appraisal leans to when the period is over. Nothing follows by itself."""

    DESTROY = "destroy"
    REVIEW = "review"
    PERMANENT = "permanent"


class Level(StrEnum):
    """Whether documents fall due one by one, or a folder with its latest document (records-rules R08)."""

    DOCUMENT = "document"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Terms:
    """One class of the schedule as proposed. Years throughout; `period_years` None is 永久."""

    code: str
    title: str
    period_years: int | None
    events: tuple[Event, ...]
    start_rule: StartRule
    action: Action
    basis: str
    counts: Counts = Counts.LAST
    level: Level = Level.DOCUMENT
    floor_years: int | None = None
    ceiling_years: int | None = None
    scope_note: str = ""
    approvers: int = LEAST_APPROVERS
