"""The door: throttle (A02), one answer for a wrong name and password (A01), what ends at once (A08, A09), set-up."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from archive import doors, people, signin
from archive.audit import OPERATOR
from archive.base import now
from archive.doors import Throttle, TooMany
from archive.errors import Conflict, Forbidden, Invalid, Refusal
from archive.people import Person, create_person, reset_password, set_active
from archive.rights import Confidentiality, Role
from archive.signin import (
    CODE_LIFE,
    Fact,
    Unauthorised,
    bearer,
    change_own_password,
    create_token,
    new_setup_code,
    revoke_token,
    set_up,
    sign_in,
    sign_in_anew,
    signed_in,
)
from tests.houses import Home

GOOD = "a pass phrase of clerk"


def attempt(home: Home, password: str, name: str = "clerk", address: str = "10.0.0.1") -> str | Refusal:
    """The cookie's secret, or the refusal."""
    try:
        return sign_in(home.house.database, name=name, password=password, address=address).secret
    except Refusal as refusal:
        return refusal


def secret(home: Home) -> str:
    opened = attempt(home, GOOD)
    assert isinstance(opened, str), opened
    return opened


def lives(home: Home, cookie: str) -> bool:
    with home.house.database.reading() as session:
        try:
            signed_in(session, cookie)
        except Unauthorised:
            return False
    return True


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(both: Home) -> None:
    assert both.clerk
    answers = [attempt(both, "wrong"), attempt(both, "wrong", name="nobody"), attempt(both, GOOD, name="cl\0erk2")]
    assert {(type(one), str(one)) for one in answers} == {(Unauthorised, "The name or the password is not right.")}
    assert isinstance(attempt(both, "\ud800"), Unauthorised)
    assert isinstance(attempt(both, "x" * 5000), Unauthorised)


def test_after_five_failures_the_door_shuts_for_longer_and_longer_and_opens_again(both: Home) -> None:
    assert both.person("other", Role.SCANNER)
    assert both.clerk
    assert all(isinstance(attempt(both, "wrong"), Unauthorised) for _ in range(6))
    assert isinstance(attempt(both, GOOD), TooMany)
    assert isinstance(attempt(both, "a pass phrase of other", name="other"), str)
    with both.house.database.transaction() as session:
        session.execute(update(Throttle).values(shut_until=now() - timedelta(seconds=1)))
    assert isinstance(attempt(both, GOOD), str)


def test_attempts_at_once_are_all_counted(postgres: Home) -> None:
    assert postgres.clerk
    gate = threading.Barrier(5)

    def knock() -> None:
        gate.wait()
        attempt(postgres, "wrong")

    threads = [threading.Thread(target=knock) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with postgres.house.database.reading() as session:
        assert session.get_one(Throttle, "account:clerk").failures == 5


def test_old_failures_are_forgotten(both: Home) -> None:
    assert both.clerk
    for _ in range(5):
        attempt(both, "wrong")
    with both.house.database.transaction() as session:
        session.execute(update(Throttle).values(changed_at=now() - timedelta(hours=2)))
    attempt(both, "wrong")
    with both.house.database.reading() as session:
        assert set(session.scalars(select(Throttle.failures))) == {1}


def test_a_disabled_account_has_neither_sign_in_nor_token_at_once(both: Home) -> None:
    cookie = secret_of_clerk(both)
    with both.house.database.transaction() as session:
        token = create_token(session, OPERATOR, both.clerk.id, ["read"])[1]
        assert bearer(session, token)[0].id == both.clerk.id
    with both.house.database.transaction() as session:
        set_active(session, both.person("admin", Role.ADMIN), both.clerk.id, active=False)
    assert not lives(both, cookie)
    assert isinstance(attempt(both, GOOD), Unauthorised)
    with both.house.database.reading() as session, pytest.raises(Unauthorised):
        bearer(session, token)


def secret_of_clerk(home: Home) -> str:
    assert home.clerk
    return secret(home)


def test_a_new_password_ends_every_sign_in(home: Home) -> None:
    cookies = [secret_of_clerk(home) for _ in range(2)]
    change_own_password(home.house.database, home.clerk, old=GOOD, new="another long phrase", address="10.0.0.1")
    assert [lives(home, cookie) for cookie in cookies] == [False, False]


def test_a_password_is_not_changed_into_itself(home: Home) -> None:
    assert home.clerk
    with pytest.raises(Invalid, match="another password"):
        change_own_password(home.house.database, home.clerk, old=GOOD, new=GOOD, address="10.0.0.1")


@pytest.fixture
def spied(home: Home, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every hashing and comparing, as it happens; each fails when a transaction of ours keeps others from writing."""
    done = list[str]()

    def spy(kind: str, work: Callable[..., object]) -> Callable[..., object]:
        def spied(*given: object) -> object:
            done.append(kind)
            with sqlite3.connect(home.house.settings.data / "anjuan.db", timeout=0) as other:
                other.execute("BEGIN IMMEDIATE")
                other.rollback()
            return work(*given)

        return spied

    for place, name in ((doors, "password_fits"), (signin, "hashed"), (people, "hashed")):
        monkeypatch.setattr(place, name, spy(name, getattr(place, name)))
    return done


def test_hashing_keeps_nobody_from_writing(home: Home, spied: list[str]) -> None:
    assert home.clerk
    house, guard, admin = home.house, home.person("guard", Role.SECURITY), home.person("admin", Role.ADMIN)
    spied.clear()
    cookie = secret(home)
    sign_in_anew(house.database, home.clerk, cookie, password=GOOD, address="10.0.0.1")
    change_own_password(house.database, home.clerk, old=GOOD, new="another long phrase", address="10.0.0.1")
    with house.database.transaction() as session:
        reset_password(session, guard, home.clerk.id)
    with house.database.transaction() as session:
        create_person(session, admin, name="new", roles=[], department="sales", clearance=Confidentiality.PUBLIC)
    assert spied == ["password_fits"] * 3 + ["hashed"] * 3


def test_a_name_that_nobody_has_is_compared_as_often_as_one_that_somebody_has(home: Home, spied: list[str]) -> None:
    with home.house.database.transaction() as session:
        set_active(session, home.person("admin", Role.ADMIN), home.person("left", Role.SCANNER).id, active=False)
    assert home.clerk
    spied.clear()
    for name in ("clerk", "nobody", "left"):
        assert isinstance(attempt(home, "wrong", name=name), Unauthorised)
    assert spied == ["password_fits"] * 3


def test_a_password_that_was_changed_while_it_was_compared_opens_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert home.clerk
    fits, guard = doors.password_fits, home.person("guard", Role.SECURITY)

    def late(kept: str, password: str) -> bool:
        with home.house.database.transaction() as session:
            reset_password(session, guard, home.clerk.id)
        return fits(kept, password)

    monkeypatch.setattr(doors, "password_fits", late)
    assert isinstance(attempt(home, GOOD), Unauthorised)


def test_the_code_of_a_reset_opens_for_a_day(home: Home) -> None:
    assert home.clerk
    guard = home.person("guard", Role.SECURITY)
    with home.house.database.transaction() as session:
        code = reset_password(session, guard, home.clerk.id)
    assert isinstance(attempt(home, code), str)
    with home.house.database.transaction() as session:
        session.execute(update(Person).values(reset_at=now() - CODE_LIFE - timedelta(seconds=1)))
    assert isinstance(attempt(home, code), Unauthorised)


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_a_set_up_code_is_taken_however_it_was_typed(home: Home, typed: Callable[[str], str]) -> None:
    with home.house.database.transaction() as session:
        code = new_setup_code(session)
        assert code is not None
        assert set_up(session, code=typed(code), name="root", password="long enough phrase", address="a")


def test_a_token_ends_when_revoked_or_over(home: Home) -> None:
    with home.house.database.transaction() as session:
        revoked, first = create_token(session, OPERATOR, home.clerk.id, [])
        _, second = create_token(session, OPERATOR, home.clerk.id, ["sign"], life=timedelta(seconds=-1))
        revoke_token(session, home.clerk, revoked.id)
    for told in (first, second, "aj_unknown"):
        with home.house.database.reading() as session, pytest.raises(Unauthorised):
            bearer(session, told)


def test_the_set_up_code_opens_one_account_once(both: Home) -> None:
    with both.house.database.transaction() as session:
        code = new_setup_code(session)
    assert code is not None
    with both.house.database.transaction() as session, pytest.raises(Forbidden):
        set_up(session, code="AAAA-BBBB-CCCC-DDDD", name="root", password="long enough phrase", address="a")
    opened, gate = list[str](), threading.Barrier(2)

    def open_one(name: str) -> None:
        gate.wait()
        with both.house.database.transaction() as session:
            try:
                opened.append(set_up(session, code=code, name=name, password="long enough phrase", address="a").secret)
            except Conflict:
                return

    threads = [threading.Thread(target=open_one, args=(name,)) for name in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with both.house.database.reading() as session:
        assert len(session.scalars(select(Person)).all()) == len(opened) == 1
        assert session.get(Fact, "setup_code") is None
