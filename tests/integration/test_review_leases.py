"""Leases of the review queue and its counts, on both databases; many clerks at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from archive.access import Actor
from archive.base import now
from archive.documents import Document, State
from archive.readable import readable_scope
from archive.review_leases import ReviewLease, hold, holders, leave
from archive.rights import Role
from service.web.waiting import Queue, left, left_by_reason, left_by_state, take_next
from tests.houses import Home, png

PAPERS = 12


def in_review(home: Home, *reasons: str, number: int = 1) -> str:
    document_id = home.put(png(number)).id
    with home.house.database.transaction() as session:
        document = session.get_one(Document, document_id)
        document.state, document.review = State.REVIEW.value, list(reasons)
    return document_id


def take(home: Home, actor: Actor, reason: str = "", after: str = "") -> str | None:
    with home.house.database.transaction() as session:
        return take_next(session, actor, readable_scope(session, actor), Queue(reason=reason), after)


def test_many_clerks_at_once_never_have_the_same_paper(both: Home) -> None:
    papers = {in_review(both, "type_uncertain", number=number) for number in range(PAPERS)}
    clerks = [both.person(f"clerk{number}", Role.SCANNER) for number in range(PAPERS)]
    with ThreadPoolExecutor(6) as pool:
        taken = list(pool.map(lambda clerk: take(both, clerk), clerks))
    assert sorted(one or "" for one in taken) == sorted(papers)
    assert take(both, both.person("late", Role.SCANNER)) is None


def test_a_lease_that_ran_out_or_was_given_back_is_anybodys(both: Home) -> None:
    paper, first, second = in_review(both, "type_other"), both.clerk, both.person("second", Role.SCANNER)
    with both.house.database.transaction() as session:
        assert hold(session, first, paper) == ""
        assert hold(session, second, paper) == "clerk"
        leave(session, second, paper)
        assert holders(session, [paper]) == {paper: "clerk"}
        leave(session, first, paper)
        assert hold(session, second, paper) == ""
    with both.house.database.transaction() as session:
        session.get_one(ReviewLease, paper).until = now() - timedelta(seconds=1)
    assert take(both, first) == paper


def test_what_is_left_is_counted_by_state_and_by_reason(both: Home) -> None:
    first = in_review(both, "type_other", "page_blank", number=1)
    second = in_review(both, "page_blank", number=2)
    with both.house.database.reading() as session:
        scope = readable_scope(session, both.clerk)
        assert left_by_reason(session, scope, State.REVIEW) == {"page_blank": 2, "type_other": 1}
        assert left_by_state(session, scope)[State.REVIEW] == 2
        assert left(session, scope, Queue(reason="type_other")) == 1
        stranger = readable_scope(session, both.person("stranger", Role.SCANNER, department="finance"))
        assert left_by_reason(session, stranger, State.REVIEW) == {}
    assert take(both, both.clerk, "type_other", after=second) == first
    assert take(both, both.clerk, after=first) == second


def test_that_a_paper_has_a_twin_is_counted_only_with_the_twin_in_sight(both: Home) -> None:
    twin = both.put(png(5)).id
    paper = in_review(both, "duplicate", number=5)
    with both.house.database.reading() as session:
        assert left_by_reason(session, readable_scope(session, both.clerk), State.REVIEW) == {"duplicate": 1}
    with both.house.database.transaction() as session:
        session.get_one(Document, twin).destroyed_at = now()
    with both.house.database.reading() as session:
        scope = readable_scope(session, both.clerk)
        assert left_by_reason(session, scope, State.REVIEW) == {}
        assert left(session, scope, Queue()) == 1
    assert (take(both, both.clerk, "duplicate"), take(both, both.clerk)) == (None, paper)
