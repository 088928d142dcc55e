"""How many sign, and who they are: by class, by natural person, and when an approver leaves (R15, R16; §5 R03)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from archive.audit import OPERATOR
from archive.errors import Conflict, Forbidden, Invalid, NotFound
from archive.people import Person, create_person, join_accounts, set_active
from archive.rights import Confidentiality, Role
from retention.approval import replace_approver
from retention.classes import approve, awaiting, check_terms, propose
from retention.holds import lift_hold
from retention.seed import SEED
from retention.supervision import confirm
from tests.integration.retention.world import FIVE, World, open_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("quorum") / "data") as made:
        made.approved_class()
        made.approved_class(replace(FIVE, code="FOUR-5", approvers=4))
        newcomers = {
            "guard": [Role.SECURITY], "admin": [Role.ADMIN], "fourth": [Role.APPROVER], "fifth": [Role.APPROVER],
            "first again": [Role.APPROVER, Role.OFFICER],
        }  # fmt: skip
        with made.house.database.transaction() as session:
            for name, roles in newcomers.items():
                made.people[name], _ = create_person(
                    session, OPERATOR, name=name, roles=roles, department="sales",
                    clearance=Confidentiality.CONFIDENTIAL,
                )  # fmt: skip
        yield made


def joined(world: World, name: str, other: str | None) -> Person:
    with world.as_("guard") as (session, guard, _):
        return join_accounts(session, guard, world.people[name].id, world.people[other].id if other else None)


def active(world: World, name: str, yes: bool) -> None:  # noqa: FBT001 - one word
    with world.as_("admin") as (session, admin, _):
        set_active(session, admin, world.people[name].id, active=yes)


def test_a_class_says_how_many_sign_and_the_strictest_of_a_list_counts(world: World) -> None:
    batch = world.proposed([*world.due_documents(klass="FOUR-5", renditions=0), *world.due_documents(renditions=0)])
    assert batch.quorum == 4
    for name in ("first", "second", "third"):
        assert world.approve(batch, name).state == "proposed"
    with pytest.raises(Conflict, match="4 approvers"):
        world.begin(batch.id)
    assert world.approve(batch, "fourth").state == "approved"
    assert world.begin(batch.id).state == "executing"


def test_accounting_wants_five_and_no_class_fewer_than_two(world: World) -> None:
    del world
    by_code = {terms.code: terms.approvers for terms in SEED}
    assert (by_code["AC-VCH"], by_code["AC-HND"], by_code["CT-GEN"]) == (5, 5, 2)
    for count in (1, 0, 10):
        with pytest.raises(Invalid):
            check_terms(replace(FIVE, approvers=count), None)


def test_two_accounts_of_one_person_are_one_pair_of_eyes(world: World) -> None:
    batch = world.proposed(world.due_documents(renditions=0))
    joined(world, "first again", "first")
    world.approve(batch, "first")
    with pytest.raises(Forbidden, match="another account"):
        world.approve(batch, "first again")
    world.approve(batch, "second")
    with pytest.raises(Forbidden):
        world.begin(batch.id, "first again")
    with pytest.raises(Forbidden):
        world.begin(batch.id, "officer2", ("first again", "sales"))
    assert world.begin(batch.id, "officer2").state == "executing"
    joined(world, "first again", None)


def test_accounts_joined_after_signing_leave_one_signature_too_few(world: World) -> None:
    batch = world.signed(world.due_documents(renditions=0))
    joined(world, "second", "first")
    with pytest.raises(Conflict, match="approvers must sign"):
        world.begin(batch.id)
    with pytest.raises(Conflict, match="joined"):
        joined(world, "first", "second")
    joined(world, "second", None)
    assert world.begin(batch.id).state == "executing"


def test_two_supervisors_are_two_people(world: World) -> None:
    batch = world.signed(world.due_documents(renditions=0))
    joined(world, "sales", "clerk")
    with pytest.raises(Invalid):
        world.begin(batch.id)
    joined(world, "sales", None)
    assert world.begin(batch.id).state == "executing"


def test_nobody_says_of_their_own_accounts_whose_they_are(world: World) -> None:
    with pytest.raises(Conflict), world.as_("guard") as (session, guard, _):
        join_accounts(session, guard, guard.id, world.people["first"].id)
    with pytest.raises(Forbidden), world.as_("admin") as (session, admin, _):
        join_accounts(session, admin, world.people["first"].id, None)


def test_the_signature_of_an_approver_who_left_is_replaced_by_another_s(world: World) -> None:
    batch = world.signed(world.due_documents(renditions=0))
    gone = world.people["second"].id
    with pytest.raises(Conflict, match="is here"), world.as_("guard") as (session, guard, _):
        replace_approver(session, guard, batch.id, gone, "left")
    active(world, "second", yes=False)
    with pytest.raises(Forbidden), world.as_("officer") as (session, officer, _):
        replace_approver(session, officer, batch.id, gone, "left")
    with world.as_("guard") as (session, guard, _):
        with pytest.raises(NotFound):
            replace_approver(session, guard, batch.id, world.people["fifth"].id, "never signed")
        fresh = replace_approver(session, guard, batch.id, gone, "left the company")
        assert (fresh.state, [row.person_id for row in fresh.standing]) == ("proposed", [world.people["first"].id])
    assert world.approve(batch, "third").state == "approved"
    assert world.begin(batch.id).state == "executing"
    active(world, "second", yes=True)


def test_a_hold_is_not_lifted_by_two_accounts_of_one_person(world: World) -> None:
    """P05, R19: whoever asked for the lifting cannot be the second person, whatever account they use."""
    [doc] = world.due_documents(renditions=0)
    hold = world.hold(doc)
    joined(world, "first again", "officer")
    with world.as_("officer") as (session, actor, scope):
        lift_hold(session, actor, scope, hold, "settled")
    with world.as_("first again") as (session, actor, scope), pytest.raises(Forbidden) as refused:
        lift_hold(session, actor, scope, hold, "settled")
    assert refused.value.code == "two_parts"
    joined(world, "first again", None)
    world.lift(hold)


def test_a_class_is_not_approved_by_another_account_of_its_author(world: World) -> None:
    with world.as_("officer") as (session, actor, _):
        propose(session, actor, replace(FIVE, code="MINE-5"))
    joined(world, "first", "officer")
    with world.as_("first") as (session, actor, _):
        assert "MINE-5" not in {code for code, _ in awaiting(session, actor)}
        with pytest.raises(Forbidden):
            approve(session, actor, ["MINE-5"])
    joined(world, "first", None)


def test_supervisors_found_to_be_one_person_do_not_both_confirm(world: World) -> None:
    batch = world.signed(world.due_documents(renditions=0))
    world.begin(batch.id)
    world.execute(batch.id)
    joined(world, "sales", "clerk")
    with world.as_("clerk") as (session, actor, _), pytest.raises(Forbidden) as refused:
        confirm(session, actor, world.house, batch_id=batch.id, observed="seen")
    assert refused.value.code == "two_parts"
    joined(world, "sales", None)
    with world.as_("clerk") as (session, actor, _):
        confirm(session, actor, world.house, batch_id=batch.id, observed="seen")
