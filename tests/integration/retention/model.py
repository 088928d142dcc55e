"""What retention must do, as plain values and the plainest rules: the oracle of the model-based test.

It shares no rule with the product: days are counted one by one, and a document is kept unless every condition of
records-rules R04–R22 and R38 says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

RECORDS = {"officer", "officer2", "third"}
APPROVE = {"officer", "first", "second", "third"}
EARLY = {"proposed", "approved", "cooling"}
OPEN = {"pending", "condemned"}


@dataclass
class Class:
    """One version of a class; without `years` it is permanent."""

    years: int | None
    events: set[str]
    counts: str = "last"
    rule: str = "event_date"
    whole_folder: bool = False
    approved: bool = True
    floor: int | None = None


@dataclass
class Doc:
    """A document and what became of it."""

    id: str
    folder: str
    customer: str
    kind: Class
    code: str
    extended: list[date | None] = field(default_factory=list)
    asked: bool = False
    restricted: bool = False
    lift_asked: str = ""
    destroying: bool = False
    destroyed: bool = False

    @property
    def subjects(self) -> set[str]:
        return {self.id, self.folder, self.customer, f"class {self.code}"}


@dataclass
class Happening:
    """An event on a document, folder or customer."""

    id: str
    event: str
    subject: str
    on: date
    stands: bool = True


@dataclass
class Keeping:
    """A hold."""

    id: str
    subject: str
    asked: str = ""
    lifted: bool = False


@dataclass
class Weighing:
    """An appraisal: what is decided of each document that still waits in it."""

    id: str
    decided: dict[str, str | None]
    due: dict[str, date]
    years: dict[str, int] = field(default_factory=dict)
    finished: bool = False


@dataclass
class Listing:
    """A batch: the lines as they were frozen, and who did what."""

    id: str
    appraisal: str
    proposer: str
    items: dict[str, str]
    frozen: dict[str, tuple[object, ...]]
    state: str = "proposed"
    signed: list[str] = field(default_factory=list)
    refrozen: set[str] = field(default_factory=set)
    executors: set[str] = field(default_factory=set)
    supervisors: dict[str, bool] = field(default_factory=dict)

    @property
    def makers(self) -> set[str]:
        return {self.proposer, *self.refrozen}

    def pending(self) -> list[str]:
        return [doc for doc, state in self.items.items() if state == "pending"]


@dataclass
class Model:
    """The whole of it, seen on one day."""

    today: date
    docs: dict[str, Doc] = field(default_factory=dict)
    happenings: dict[str, Happening] = field(default_factory=dict)
    keepings: dict[str, Keeping] = field(default_factory=dict)
    weighings: dict[str, Weighing] = field(default_factory=dict)
    listings: dict[str, Listing] = field(default_factory=dict)

    # One document

    def counted(self, doc: Doc) -> Happening | None:
        fitting = [
            e for e in self.happenings.values()
            if e.stands and e.event in doc.kind.events and e.subject in doc.subjects
        ]  # fmt: skip
        fitting.sort(key=lambda e: (e.on, e.event))
        if not fitting:
            return None
        return fitting[0 if doc.kind.counts == "first" else -1]

    def day(self, doc: Doc) -> date | None:
        """The first day on which it may be appraised; a granted request brings it forward, not under a floor."""
        usual, happened, floor = self.usual_day(doc), self.counted(doc), doc.kind.floor
        if not doc.asked or not doc.kind.approved or doc.kind.years is None or None in doc.extended:
            return usual
        if floor and happened is None:
            return usual
        early = max(self.today, self.later(doc.kind, happened, floor)) if floor and happened else self.today
        return min(usual, early) if usual else early

    def usual_day(self, doc: Doc) -> date | None:
        happened = self.counted(doc)
        if not doc.kind.approved or doc.kind.years is None or None in doc.extended or happened is None:
            return None
        day = self.later(doc.kind, happened, doc.kind.years)
        return max([day, *(until for until in doc.extended if until is not None)])

    def later(self, kind: Class, happened: Happening, years: int) -> date:
        """The first day after so many years of the class's counting."""
        start = happened.on
        if kind.rule == "next_year_01_01":
            start = date(start.year + 1, 1, 1)
        over = (start.year + years, start.month, start.day)
        day = date(start.year + years, start.month, 1)
        while (day.year, day.month, day.day) < over:
            day += timedelta(days=1)
        return day

    def lawful(self, doc: Doc) -> bool:
        """Whether the law's least period is over, or there is none."""
        happened = self.counted(doc)
        if not doc.kind.floor:
            return True
        return happened is not None and self.later(doc.kind, happened, doc.kind.floor) <= self.today

    def erasable(self, doc: Doc) -> bool:
        """Whether it may be deleted early at its subject's request."""
        keeps = not doc.kind.approved or doc.kind.years is None or None in doc.extended
        taken = doc.destroying or doc.destroyed or self.listed(doc.id) or self.weighed(doc.id)
        return not keeps and not taken and not self.held(doc) and self.lawful(doc)

    def due(self, doc: Doc) -> bool:
        day = self.day(doc)
        return day is not None and day <= self.today

    def held(self, doc: Doc) -> bool:
        return any(not k.lifted and k.subject in doc.subjects for k in self.keepings.values())

    def folder_keeps(self, doc: Doc) -> bool:
        """A document of a folder-level class goes with its whole folder or not (R08); one that was asked for, alone."""
        if not doc.kind.whole_folder or doc.asked:
            return False
        members = [d for d in self.docs.values() if d.folder == doc.folder and not d.destroyed]
        return any(
            self.held(d) or (d.kind.whole_folder and not self.due(d) and not d.destroying) for d in members
        )  # fmt: skip

    def listed(self, doc: str) -> bool:
        return any(listing.items.get(doc) in OPEN for listing in self.listings.values())

    def weighed(self, doc: str) -> bool:
        return any(doc in weighing.decided for weighing in self.weighings.values())

    def free(self, doc: Doc) -> bool:
        """May be chosen for appraisal."""
        taken = doc.destroying or doc.destroyed or self.listed(doc.id) or self.weighed(doc.id)
        return self.due(doc) and not self.held(doc) and not taken and not self.folder_keeps(doc)

    def disposable(self, docs: Iterable[str]) -> bool:
        chosen = [self.docs[doc] for doc in docs]
        return all(
            self.due(d) and not self.held(d) and not self.folder_keeps(d) and not d.destroying for d in chosen
        )  # fmt: skip

    def line(self, doc: str) -> tuple[object, ...]:
        """What is signed of a document, as far as it can change here."""
        happened = self.counted(self.docs[doc])
        known = (happened.event, happened.on) if happened else ()
        return (*known, self.day(self.docs[doc]), self.docs[doc].asked)

    # Batches

    def unchanged(self, listing: Listing) -> bool:
        return all(self.line(doc) == listing.frozen[doc] for doc in listing.pending())

    def may_go(self, listing: Listing, doc: str) -> bool:
        """Everything that has to hold at the point of no return."""
        document = self.docs[doc]
        signed = len(set(listing.signed) - listing.makers) >= 2
        apart = not listing.executors & {*listing.makers, *listing.signed}
        return (
            listing.state == "executing" and listing.items.get(doc) == "pending" and signed and apart
            and self.disposable([doc]) and self.line(doc) == listing.frozen[doc] and not document.destroyed
        )  # fmt: skip

    def void_over(self, subject: str) -> None:
        """A hold over one pending document takes back what was signed, until execution begins."""
        for listing in self.listings.values():
            if listing.state in EARLY and any(subject in self.docs[doc].subjects for doc in listing.pending()):
                listing.state, listing.signed = "proposed", []

    def waiting(self, weighing: Weighing) -> list[str]:
        """What is decided to be destroyed and stands in no batch."""
        return [doc for doc, said in weighing.decided.items() if said == "destroy" and not self.listed(doc)]

    def settle(self, appraisal: str, docs: Iterable[str]) -> None:
        for doc in docs:
            self.weighings[appraisal].decided.pop(doc, None)

    def close(self, listing: Listing, state: str) -> None:
        """A batch that ends before its execution lets its documents go."""
        self.settle(listing.appraisal, listing.pending())
        listing.items = dict.fromkeys(listing.items, "released")
        listing.state, listing.signed = state, []
