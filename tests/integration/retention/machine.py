"""The state machine: random acts of random people on a real installation, beside the model, which foretells each.

A step that the model allows must succeed and one that it forbids must be refused; what a crash leaves open is taken
from the rows and must be something that the model allows. At the end everything open is ended by the ordinary ways.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from sqlalchemy.orm import Session

from archive.access import ReadableScope
from archive.documents import Document
from archive.folders import Folder
from archive.house import open_house
from archive.readable import readable, readable_scope
from archive.settings import Settings
from retention import appraisals, batches, classes, events, holds
from retention.disposal import Appraisal, BatchItem, DestructionBatch
from retention.hold_queries import Query
from retention.schedule import assess, candidates
from retention.subjects import Subject, SubjectKind
from retention.supervision import confirm
from retention.terms import Event
from tests.integration.retention.asking import OFFICER, PICK, Asking
from tests.integration.retention.model import (
    APPROVE,
    EARLY,
    RECORDS,
    Doc,
    Happening,
    Keeping,
    Listing,
    Model,
    Weighing,
)
from tests.integration.retention.stage import CODES, PERFORMED, ROOM, TERMINATED, TERMS, days, template
from tests.integration.retention.steps import Crash, Steps, watching
from tests.integration.retention.world import PEOPLE, Shelf, World

PERSON = st.sampled_from(sorted(PEOPLE))
APPROVER = st.sampled_from(sorted(APPROVE) * 3 + ["officer2", "clerk"])
SOME = st.lists(PICK, min_size=1, max_size=4)


class Records(Asking):
    """Six people, a few folders, and all that can happen to what lies in them."""

    def __init__(self) -> None:
        super().__init__()
        source, people = template()
        self.folder = Path(tempfile.mkdtemp(prefix="anjuan-run-", dir=ROOM))
        shutil.copytree(source, self.folder / "data")
        settings = Settings(data=self.folder / "data", destruction_cooling_days=0, own_names=("甲档案馆",))
        self.world = World(open_house(settings), people, Shelf())
        self.model = Model(self.world.today)
        self.kinds = {code: replace(kind) for code, kind in CODES.items()}
        self.folders: dict[str, tuple[str, str]] = {}

    def subject(self, n: int, size: int) -> Subject:
        document = self.doc(n)
        return [
            Subject(SubjectKind.DOCUMENT, document.id), Subject(SubjectKind.FOLDER, document.folder),
            Subject(SubjectKind.CUSTOMER, document.customer),
        ][size % 3]  # fmt: skip

    def batch_row(self, listing: Listing) -> DestructionBatch:
        with self.world.house.database.reading() as session:
            row = session.get_one(DestructionBatch, listing.id)
            session.expunge_all()
            return row

    # The paper

    @initialize(codes=st.lists(st.sampled_from([*sorted(CODES), "LIFE-1", "LIFE-F"]), min_size=1, max_size=3))
    def papers(self, codes: list[str]) -> None:
        """Folders of two papers, most of them due."""
        for code in codes:
            self.new_folder(code)
            self.new_paper(len(self.folders) - 1)
            self.happens("officer", 2 * len(self.folders) - 1, 1, 18, PERFORMED, 0)

    @precondition(lambda self: len(self.folders) < 5)
    @rule(code=st.sampled_from(sorted(CODES)))
    def new_folder(self, code: str) -> None:
        folder = self.world.folder(code)
        with self.world.house.database.reading() as session:
            self.folders[folder] = (code, session.get_one(Folder, folder).customer_id)
        self.new_paper(len(self.folders) - 1)

    @precondition(lambda self: self.folders and len(self.model.docs) < 12)
    @rule(n=PICK)
    def new_paper(self, n: int) -> None:
        folder = list(self.folders)[n % len(self.folders)]
        code, customer = self.folders[folder]
        doc = self.world.document(folder, renditions=0)
        self.model.docs[doc] = Doc(doc, folder, customer, self.kinds[code], code)

    @precondition(lambda self: not self.kinds["LIFE-U"].approved)
    @rule(who=APPROVER)
    def class_approved(self, who: str) -> None:
        """Papers of a version that nobody approved get the approved one's dates at once."""
        kind = self.kinds["LIFE-U"]

        def act() -> None:
            with self.world.as_(who) as (session, actor, _):
                classes.approve(session, actor, ["LIFE-U"])

        if self.agree(who in APPROVE and who != "officer" and not kind.approved, act):
            kind.approved = True

    @rule(years=st.integers(1, 9))
    def class_changed(self, years: int) -> None:
        """A new version is for new papers; those that are there keep theirs."""
        self.world.approved_class(replace(TERMS["LIFE-5"], period_years=years))
        self.kinds["LIFE-5"] = replace(self.kinds["LIFE-5"], years=years)

    @rule(who=OFFICER, n=PICK, size=PICK, day=PICK, event=st.sampled_from([PERFORMED, TERMINATED]), old=PICK)
    def happens(self, who: str, n: int, size: int, day: int, event: Event, old: int) -> None:  # noqa: PLR0917 - its facts
        """An event, or the correction of an earlier one on the same subject."""
        if self.doc(n).destroying or self.doc(n).destroyed:
            return
        subject, model = self.subject(n, size), self.model
        on = days(model.today)[day % len(days(model.today))]
        earlier = [e for e in model.happenings.values() if e.subject == subject.id]
        corrected = earlier[old % len(earlier)] if earlier and old % 2 else None
        allowed = who in RECORDS and date(1900, 1, 1) <= on <= model.today and (corrected is None or corrected.stands)

        def act() -> str:
            with self.world.as_(who) as (session, actor, _):
                order = events.EventOrder(event, subject, on, "note", supersedes=corrected.id if corrected else "")
                return events.record_event(
                    session, actor, self.world.known(who, session), order, today=self.world.today
                ).id

        if made := self.agree(allowed, act):
            model.happenings[made] = Happening(made, event.value, subject.id, on)
            if corrected:
                corrected.stands = False

    # Holds

    @precondition(lambda self: sum(not keeping.lifted for keeping in self.model.keepings.values()) < 3)
    @rule(who=OFFICER, n=PICK, size=PICK)
    def held(self, who: str, n: int, size: int) -> None:
        document, subject = self.doc(n), self.subject(n, size)
        if size % 7 == 0:
            self.agree(who in RECORDS, lambda: self._hold_class(who, document.code))
            return
        late = subject.kind is SubjectKind.DOCUMENT and (document.destroying or document.destroyed)
        self.agree(who in RECORDS and not late, lambda: self._hold(who, subject))

    def _hold(self, who: str, subject: Subject) -> str:
        with self.world.as_(who) as (session, actor, _):
            made = holds.place_hold(
                session, actor, self.world.known(who, session), holds.HoldOrder("suit", "letter", [subject])
            ).id
        self.model.keepings[made] = Keeping(made, subject.id)
        self.model.void_over(subject.id)
        return made

    def _hold_class(self, who: str, code: str) -> str:
        """By query: whatever is of this class, now and later."""
        order = holds.HoldOrder("suit", "letter", [], query=Query(retention_class=code))
        with self.world.as_(who) as (session, actor, _):
            made = holds.place_hold(session, actor, self.world.known(who, session), order).id
        self.model.keepings[made] = Keeping(made, f"class {code}")
        self.model.void_over(f"class {code}")
        return made

    @precondition(lambda self: any(not keeping.lifted for keeping in self.model.keepings.values()))
    @rule(who=OFFICER, n=PICK)
    def lifted(self, who: str, n: int) -> None:
        standing = [keeping for keeping in self.model.keepings.values() if not keeping.lifted or n % 10 == 0]
        keeping = standing[n % len(standing)]

        def act() -> None:
            with self.world.as_(who) as (session, actor, _):
                holds.lift_hold(session, actor, self.world.known(who, session), keeping.id, "settled")

        if self.agree(who in RECORDS and not keeping.lifted, act):
            keeping.lifted = bool(keeping.asked) and keeping.asked != who
            keeping.asked = keeping.asked or who

    # Appraisal

    @precondition(lambda self: len(self.model.weighings) < 5)
    @rule(who=OFFICER, some=SOME, only_free=st.sampled_from([True, True, True, False]))
    def weighed(self, who: str, some: list[int], only_free: bool) -> None:  # noqa: FBT001 - drawn
        free = [doc for doc in self.model.docs.values() if self.model.free(doc)]
        pool = free if only_free and free else list(self.model.docs.values())
        chosen = list({pool[n % len(pool)].id: None for n in some})
        self.agree(
            who in RECORDS and all(self.model.free(self.model.docs[d]) for d in chosen),
            lambda: self._weigh(who, chosen),
        )

    def _weigh(self, who: str, chosen: list[str]) -> str:
        with self.world.as_(who) as (session, actor, _):
            row = appraisals.open_appraisal(
                session,
                actor,
                self.world.known(who, session),
                title="yearly",
                document_ids=chosen,
                today=self.world.today,
            )
        due = {d: day for d in chosen if (day := self.model.day(self.model.docs[d]))}
        self.model.weighings[row.id] = Weighing(row.id, dict.fromkeys(chosen), due)
        return row.id

    @precondition(lambda self: self.model.weighings)
    @rule(who=OFFICER, n=PICK, said=st.sampled_from(["destroy"] * 6 + ["extend", "permanent"]), years=st.integers(1, 3))
    def decided(self, who: str, n: int, said: str, years: int) -> None:
        """All that waits in one appraisal, alike."""
        weighing = self._weighing(n)
        self.agree(
            who in RECORDS and not weighing.finished and bool(weighing.decided),
            lambda: self._decide(who, weighing, said, years),
        )

    def _weighing(self, n: int) -> Weighing:
        return list(self.model.weighings.values())[n % len(self.model.weighings)]

    def _decide(self, who: str, weighing: Weighing, said: str, years: int) -> None:
        extend = said == "extend"
        verdicts = [
            appraisals.Verdict(d, appraisals.Decision(said), "why", years if extend else None) for d in weighing.decided
        ]
        with self.world.as_(who) as (session, actor, _):
            appraisals.decide(session, actor, weighing.id, verdicts)
        weighing.decided = dict.fromkeys(weighing.decided, said)
        weighing.years = dict.fromkeys(weighing.decided, years)

    @precondition(lambda self: self.model.weighings)
    @rule(who=OFFICER, n=PICK)
    def finished(self, who: str, n: int) -> None:
        weighing = self._weighing(n)
        allowed = who in RECORDS and not weighing.finished and None not in weighing.decided.values()
        self.agree(allowed, lambda: self._finish(who, weighing))

    def _finish(self, who: str, weighing: Weighing) -> None:
        with self.world.as_(who) as (session, actor, _):
            appraisals.finish(session, actor, weighing.id, today=self.world.today)
        weighing.finished = True
        for doc, said in list(weighing.decided.items()):
            if said != "destroy":
                start, years = max(weighing.due[doc], self.model.today), weighing.years[doc]
                later = date(start.year + years, start.month, min(start.day, 28))
                while (later.year, later.month, later.day) < (start.year + years, start.month, start.day):
                    later += timedelta(days=1)
                self.model.docs[doc].extended.append(later if said == "extend" else None)
                del weighing.decided[doc]

    @precondition(lambda self: self.model.weighings)
    @rule(who=OFFICER, n=PICK, some=SOME)
    def withdrawn(self, who: str, n: int, some: list[int]) -> None:
        weighing = self._weighing(n)
        pool = sorted(weighing.due)
        chosen = sorted({pool[k % len(pool)] for k in some})
        allowed = who in RECORDS and all(d in weighing.decided and not self.model.listed(d) for d in chosen)
        self.agree(allowed, lambda: self._withdraw(who, weighing, chosen))

    def _withdraw(self, who: str, weighing: Weighing, chosen: Iterable[str]) -> None:
        with self.world.as_(who) as (session, actor, _):
            appraisals.withdraw(session, actor, weighing.id, list(chosen), "not now")
        self.model.settle(weighing.id, chosen)

    # Approval

    @precondition(lambda self: any(w.finished for w in self.model.weighings.values()))
    @rule(who=OFFICER, n=PICK)
    def proposed(self, who: str, n: int) -> None:
        weighing = self._weighing(n)
        waiting = self.model.waiting(weighing)
        allowed = who in RECORDS and weighing.finished and bool(waiting) and self.model.disposable(waiting)
        self.agree(allowed, lambda: self._propose(who, weighing))

    def _propose(self, who: str, weighing: Weighing) -> Listing:
        waiting, zone = self.model.waiting(weighing), self.world.house.settings.zone
        with self.world.as_(who) as (session, actor, _):
            row = batches.propose(session, actor, appraisal_id=weighing.id, title="batch", fonds="A001", zone=zone)
        items, frozen = dict.fromkeys(waiting, "pending"), {doc: self.model.line(doc) for doc in waiting}
        self.model.listings[row.id] = Listing(row.id, weighing.id, who, items, frozen)
        return self.model.listings[row.id]

    def listing(self, n: int) -> Listing:
        return list(self.model.listings.values())[n % len(self.model.listings)]

    @precondition(lambda self: self.model.listings)
    @rule(who=APPROVER, n=PICK)
    def signed(self, who: str, n: int) -> None:
        listing = self.listing(n)
        free = not any(self.model.held(self.model.docs[doc]) for doc in listing.pending())
        waits = listing.state == "proposed" and self.model.unchanged(listing) and free
        allowed = who in APPROVE and who not in listing.makers and (who in listing.signed or waits)
        self.agree(allowed, lambda: self._sign(who, listing))

    def _sign(self, who: str, listing: Listing) -> None:
        self.world.approve(self.batch_row(listing), who)
        if who not in listing.signed:
            listing.signed.append(who)
            if len(listing.signed) >= 2:
                listing.state = "approved"

    @precondition(lambda self: self.model.listings)
    @rule(who=APPROVER, n=PICK, some=SOME, way=st.sampled_from(["refreeze", "reject_items"]))
    def left_out(self, who: str, n: int, some: list[int], way: str) -> None:
        """Some go out of the list, which is a new one then."""
        listing = self.listing(n)
        pool = list(listing.items)
        out = {pool[k % len(pool)] for k in some}
        stay = set(listing.pending()) - out
        right = who in RECORDS if way == "refreeze" else who in APPROVE and who != listing.proposer
        on_it = all(listing.items[d] == "pending" for d in out)
        allowed = right and listing.state in EARLY and on_it and bool(stay) and self._disposable_without(stay)
        self.agree(allowed, lambda: self._leave_out(who, listing, out, way))

    def _disposable_without(self, stay: set[str]) -> bool:
        return self.model.disposable(stay)

    def _leave_out(self, who: str, listing: Listing, out: set[str], way: str) -> None:
        terms: dict[str, Any] = {"fonds": "A001", "zone": self.world.house.settings.zone}
        with self.world.as_(who) as (session, actor, _):
            if way == "refreeze":
                batches.refreeze(session, actor, listing.id, without=frozenset(out), **terms)
                listing.refrozen.add(who)
            else:
                batches.reject_items(session, actor, listing.id, documents=frozenset(out), reason="no", **terms)
        listing.items |= dict.fromkeys(out, "released")
        listing.frozen |= {doc: self.model.line(doc) for doc in listing.pending()}
        listing.state, listing.signed = "proposed", []
        self.model.settle(listing.appraisal, out)

    @precondition(lambda self: self.model.listings)
    @rule(who=PERSON, n=PICK, way=st.sampled_from(["cancel", "reject"]))
    def stopped(self, who: str, n: int, way: str) -> None:
        listing = self.listing(n)
        right = who in RECORDS | APPROVE if way == "cancel" else who in APPROVE and who != listing.proposer
        self.agree(right and listing.state in EARLY, lambda: self._stop(who, listing, way))

    def _stop(self, who: str, listing: Listing, way: str) -> None:
        with self.world.as_(who) as (session, actor, _):
            getattr(batches, way)(session, actor, listing.id, "no")
        self.model.close(listing, "cancelled")

    # Execution

    @precondition(lambda self: self.model.listings)
    @rule(who=OFFICER, n=PICK, one=PERSON, two=PERSON)
    def begun(self, who: str, n: int, one: str, two: str) -> None:
        listing = self.listing(n)
        self.agree(self._may_begin(listing, who, {one, two}), lambda: self._begin(listing, who, (one, two)))

    def _may_begin(self, listing: Listing, who: str, watching_people: set[str]) -> bool:
        taken = {*listing.makers, *listing.signed}
        apart = who not in taken and not watching_people & (taken | listing.executors | {who})
        ready = listing.state in {"approved", "partial"} and len(listing.signed) >= 2
        pending = listing.pending()
        fit = self.model.disposable(pending) and self.model.unchanged(listing)
        return who in RECORDS and len(watching_people) == 2 and apart and ready and fit

    def _begin(self, listing: Listing, who: str, people: tuple[str, str]) -> None:
        self.world.begin(listing.id, who, people)
        listing.state = "executing"
        listing.executors.add(who)
        listing.supervisors = dict.fromkeys(people, False)

    @precondition(lambda self: any(listing.state == "executing" for listing in self.model.listings.values()))
    @rule(n=PICK, crash_at=st.sampled_from([0, 0, 0, 1, 2, 3, 5, 8, 10, 13, 18, 21, 25, 34]), late=st.booleans())
    def executed(self, n: int, crash_at: int, late: bool) -> None:  # noqa: FBT001 - drawn
        running = [listing for listing in self.model.listings.values() if listing.state == "executing"]
        self._execute(running[n % len(running)], crash_at, late=late)

    def _execute(self, listing: Listing, crash_at: int = 0, *, late: bool = False) -> None:
        def crash() -> None:
            raise Crash

        crashed = False
        with watching(self.world, Steps(crash_at, late, crash)):
            try:
                self.world.execute(listing.id)
            except Crash:
                crashed = True
        self._compare(listing, crashed=crashed)

    def _compare(self, listing: Listing, *, crashed: bool) -> None:
        """What went must have been free to go; without a crash, what was free to go went."""
        with self.world.house.database.reading() as session:
            states = {
                item.document_id: item.state
                for item in session.query(BatchItem).filter(BatchItem.batch_id == listing.id)
            }
            flags = {
                d: (session.get_one(Document, d).destroying, session.get_one(Document, d).destroyed_at) for d in states
            }
        for doc in list(listing.items):
            if listing.items[doc] not in {"pending", "condemned"}:
                continue
            may, now = listing.items[doc] == "condemned" or self.model.may_go(listing, doc), states[doc]
            assert may or now == "pending", f"{doc} was destroyed and the model keeps it"
            assert crashed or now == ("destroyed" if may else "pending"), f"{doc} was let stay"
            listing.items[doc] = now
            document = self.model.docs[doc]
            document.destroying, document.destroyed = flags[doc][0], flags[doc][1] is not None
            assert document.destroyed == (now == "destroyed")
            assert document.destroying == (now == "condemned")
            if document.destroyed:
                self.model.settle(listing.appraisal, [doc])
        if not crashed:
            listing.state = "partial" if listing.pending() else "executed"
        else:
            listing.state = self.world.state(listing.id).value
        assert self.world.state(listing.id).value == listing.state

    @precondition(lambda self: self.model.listings)
    @rule(who=OFFICER, n=PICK)
    def let_stay(self, who: str, n: int) -> None:
        listing = self.listing(n)
        allowed = who in RECORDS and listing.state == "partial" and "condemned" not in listing.items.values()
        self.agree(allowed, lambda: self._let_stay(who, listing))

    def _let_stay(self, who: str, listing: Listing) -> None:
        with self.world.as_(who) as (session, actor, _):
            batches.let_stay(session, actor, listing.id, "they stay")
        self.model.settle(listing.appraisal, listing.pending())
        listing.items |= dict.fromkeys(listing.pending(), "kept")
        listing.state = "executed" if "destroyed" in listing.items.values() else "cancelled"

    @precondition(lambda self: self.model.listings)
    @rule(who=PERSON, n=PICK)
    def confirmed(self, who: str, n: int) -> None:
        listing = self.listing(n)
        named = listing.supervisors.get(who)
        allowed = named is True or (named is False and listing.state == "executed")
        self.agree(allowed, lambda: self._confirm(who, listing))

    def _confirm(self, who: str, listing: Listing) -> None:
        with self.world.as_(who) as (session, actor, _):
            confirm(session, actor, self.world.house, batch_id=listing.id, observed="seen")
        listing.supervisors[who] = True
        if all(listing.supervisors.values()):
            listing.state = "done"

    # The ordinary way, a step at a time, so that runs come far

    @rule(n=PICK, crash_at=st.sampled_from([0, 0, 1, 2, 3, 5, 8, 10, 13, 18, 21, 25, 34]), late=st.booleans())
    def step_on(self, n: int, crash_at: int, late: bool) -> None:  # noqa: FBT001 - drawn
        """The next step of a batch that is under way; else of an appraisal; else a new one of what is free."""
        going = [listing for listing in self.model.listings.values() if listing.state not in {"done", "cancelled"}]
        weighing = next((w for w in self.model.weighings.values() if w.decided), None)
        if going:
            self._on_with_batch(going[n % len(going)], n, crash_at, late=late)
        elif weighing and (not weighing.finished or self.model.waiting(weighing)):
            self._on_with_appraisal(weighing)
        elif free := [doc.id for doc in self.model.docs.values() if self.model.free(doc)]:
            self._weigh("officer", free[: 1 + n % 3])

    @rule(n=PICK)
    def three_steps_on(self, n: int) -> None:
        for _ in range(3):
            self.step_on(n, 0, late=False)

    def _on_with_appraisal(self, weighing: Weighing) -> None:
        if None in weighing.decided.values():
            self._decide("officer", weighing, "destroy", 1)
        elif not weighing.finished:
            self._finish("officer", weighing)
        else:
            fit = self.model.disposable(self.model.waiting(weighing))
            self.agree(fit, lambda: self._propose("officer", weighing))

    def _on_with_batch(self, listing: Listing, n: int, crash_at: int, *, late: bool) -> None:
        signer = next(
            (who for who in ("first", "second", "third") if who not in {*listing.signed, *listing.makers}), ""
        )
        if listing.state == "proposed":
            self.signed(signer, list(self.model.listings).index(listing.id))
        elif listing.state in {"approved", "partial"}:
            who = next(iter(listing.executors), "officer2")
            self.agree(
                self._may_begin(listing, who, {"clerk", "sales"}), lambda: self._begin(listing, who, ("clerk", "sales"))
            )
        elif listing.state == "executing":
            self._execute(listing, crash_at, late=late)
        else:
            who = sorted(listing.supervisors)[n % 2]
            self._confirm(who, listing)

    # Always

    def _plain(self, who: str, session: Session) -> ReadableScope:
        return readable_scope(session, self.world.actor(who))

    @invariant()
    def rows_say_what_the_model_says(self) -> None:
        model = self.model
        with self.world.as_("officer") as (session, _, _):
            rows = {row.id: row for row in session.query(Document).filter(Document.id.in_(list(model.docs)))}
            views = assess(session, list(rows.values()), self.world.today)
            free = {
                found.document.id
                for found in candidates(session, self.world.known("officer", session), self.world.today, size=500)[0]
            }
            seen = {row.id for row in session.query(Document).filter(readable(self._plain("sales", session)))}
        for doc in model.docs.values():
            row, view = rows[doc.id], views[doc.id]
            assert (row.destroyed_at is not None, row.destroying) == (doc.destroyed, doc.destroying), doc.id
            if not doc.destroyed:
                assert view.due_date == model.day(doc), doc
                assert bool(view.holds) == model.held(doc), doc
            if not doc.destroyed and not doc.destroying:
                assert row.restricted == doc.restricted, doc
                assert (doc.id in seen) is not doc.restricted, "what is restricted to storage is read"
        assert free == {doc.id for doc in model.docs.values() if model.free(doc)}

    # The end: what is open is ended by the ordinary ways, and nothing stays open for ever

    def teardown(self) -> None:
        try:
            if self.model.docs:
                self._lift_all()
                self._end_batches()
                self._end_appraisals()
                self._destroy_what_is_due()
                self._nothing_else_went()
        finally:
            self.world.house.close()
            shutil.rmtree(self.folder)

    def _lift_all(self) -> None:
        for keeping in self.model.keepings.values():
            for who in sorted(RECORDS):
                if not keeping.lifted:
                    with self.world.as_(who) as (session, actor, _):
                        keeping.lifted = holds.lift_hold(
                            session, actor, self.world.known(who, session), keeping.id, "settled"
                        )[1]

    def _end_batches(self) -> None:
        for listing in self.model.listings.values():
            if listing.state in EARLY:
                self._stop("officer2", listing, "cancel")
            if listing.state == "executing":
                self._execute(listing)
            if listing.state == "partial":
                self._let_stay("officer2", listing)
            if listing.state == "executed":
                for who in list(listing.supervisors):
                    self._confirm(who, listing)
            assert self.world.state(listing.id).value in {"done", "cancelled"}, listing

    def _end_appraisals(self) -> None:
        for weighing in self.model.weighings.values():
            if weighing.decided:
                self._withdraw("officer", weighing, list(weighing.decided))
            if not weighing.finished:
                self._finish("officer", weighing)
        with self.world.house.database.reading() as session:
            assert not session.query(Appraisal).filter(Appraisal.finished_at.is_(None)).count()

    def _destroy_what_is_due(self) -> None:
        """Whatever is due now can be destroyed: folders go whole, where one keeps all it is not due."""
        self.rows_say_what_the_model_says()
        due = [doc.id for doc in self.model.docs.values() if self.model.free(doc)]
        late = [d.id for d in self.model.docs.values() if not d.destroyed and self.model.due(d)]
        assert all(doc in due or self.model.folder_keeps(self.model.docs[doc]) for doc in late)
        if due:
            weighing = self.model.weighings[self._weigh("officer", due)]
            self._decide("officer", weighing, "destroy", 1)
            self._finish("officer", weighing)
            listing = self._propose("officer", weighing)
            for who in ("first", "second"):
                self._sign(who, listing)
            self._begin(listing, "officer2", ("clerk", "sales"))
            self._execute(listing)
            assert listing.state == "executed"
            for who in ("clerk", "sales"):
                self._confirm(who, listing)
            assert listing.state == "done"

    def _nothing_else_went(self) -> None:
        for doc in self.model.docs.values():
            assert self.world.house.vault.absent(doc.id) == doc.destroyed
            assert self.world.shelf.absent(doc.id) == doc.destroyed
