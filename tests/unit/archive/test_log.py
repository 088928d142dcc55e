"""The log keeps what it was given: the database refuses changes, and `verify_log` names what got past it (§7.8)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from archive.audit import OPERATOR, Act, AuditEntry, record
from archive.log import checkpoint, inclusion, sequence, sequence_all, verify_log
from archive.merkle import leaf_hash, node_hash, verify_inclusion
from archive.signing import Purpose, SigningKey
from tests.houses import Home


@dataclass
class Kept:
    """A log of eleven entries, signed at seven and at eleven."""

    home: Home
    key: SigningKey

    def entry(self, subject: str) -> str:
        with self.home.house.database.transaction() as session:
            return record(session, OPERATOR, Act.PERSON_CHANGED, subject, detail={"to": f"值 {subject}"}).id

    def verify(self) -> str:
        with self.home.house.database.reading() as session:
            found = verify_log(session, self.key, self.home.house.vault)
        assert found.ok == (found.problem == "")
        return found.problem

    @contextmanager
    def as_owner(self) -> Iterator[Connection]:
        """The hands of who owns the database, before whom no trigger stands."""
        engine = self.home.house.database.engine
        names = ("stays", "lasts") if engine.dialect.name == "postgresql" else ("stays", "lasts", "begins")
        table = " ON audit_entry" if engine.dialect.name == "postgresql" else ""
        with engine.begin() as connection:
            for name in names:
                connection.execute(text(f"DROP TRIGGER IF EXISTS audit_entry_{name}{table}"))
            yield connection


@pytest.fixture
def kept(both: Home) -> Kept:
    log = Kept(both, both.house.signing.installation(Purpose.CHECKPOINT))
    for last in (7, 11):
        for number in range(last - 4 if last == 11 else 0, last):
            log.entry(f"subject-{number}")
        with both.house.database.transaction() as session:
            assert sequence_all(session) == last
            checkpoint(session, log.key)
    assert log.verify() == ""
    return log


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entry SET actor = 'somebody else'",
        "UPDATE audit_entry SET leaf_index = leaf_index + 100",
        "UPDATE audit_entry SET leaf_index = NULL",
        "DELETE FROM audit_entry",
        (
            "INSERT INTO audit_entry (id, at, actor, action, subject, body, leaf_index) "
            "SELECT 'forged', at, actor, action, subject, body, 99 FROM audit_entry WHERE leaf_index = 3"
        ),
    ],
)
def test_the_database_itself_refuses_to_change_the_log(kept: Kept, change: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), kept.home.house.database.engine.begin() as connection:
        connection.execute(text(change))
    assert kept.verify() == ""


def test_postgresql_refuses_to_empty_the_log(postgres: Home) -> None:
    with pytest.raises(DBAPIError, match="append-only"), postgres.house.database.engine.begin() as connection:
        connection.execute(text("TRUNCATE audit_entry CASCADE"))


@pytest.mark.parametrize(
    "change",
    [
        (
            "INSERT OR REPLACE INTO audit_entry (id, at, actor, action, subject, body)"
            " SELECT id, at, 'another', action, subject, body FROM audit_entry WHERE leaf_index = 3"
        ),
        "UPDATE OR REPLACE audit_entry SET leaf_index = 3 WHERE leaf_index IS NULL",
        (
            "REPLACE INTO audit_entry (id, at, actor, action, subject, body, leaf_index)"
            " SELECT 'x', at, actor, action, subject, body, 3 FROM audit_entry WHERE leaf_index = 3"
        ),
    ],
)
def test_sqlite_lets_nobody_replace_an_entry(home: Home, change: str) -> None:
    kept = Kept(home, home.house.signing.installation(Purpose.CHECKPOINT))
    for number in range(5):
        kept.entry(f"s{number}")
    with home.house.database.transaction() as session:
        sequence_all(session)
    kept.entry("waiting")
    with pytest.raises(DBAPIError, match="append-only"), home.house.database.engine.begin() as connection:
        connection.execute(text(change))
    assert kept.verify() == ""


def test_an_entry_that_waits_cannot_be_changed_either(both: Home) -> None:
    Kept(both, both.house.signing.installation(Purpose.CHECKPOINT)).entry("waits")
    with pytest.raises(DBAPIError, match="append-only"), both.house.database.engine.begin() as connection:
        connection.execute(text("UPDATE audit_entry SET subject = 'other' WHERE leaf_index IS NULL"))


def edit_a_row(connection: Connection) -> None:
    connection.execute(text("UPDATE audit_entry SET actor = 'nobody' WHERE leaf_index = 4"))


def edit_a_body(connection: Connection) -> None:
    row = connection.execute(text("SELECT body FROM audit_entry WHERE leaf_index = 4")).scalar_one()
    body = bytes(row).replace(b"subject-4", b"subject-X")
    connection.execute(
        text("UPDATE audit_entry SET body = :b, subject = 'subject-X' WHERE leaf_index = 4"), {"b": body}
    )


def put_text_for_a_body(connection: Connection) -> None:
    """Which SQLite takes; PostgreSQL has bytes in such a column, whatever is put there."""
    kept = "CAST(body AS TEXT)" if connection.dialect.name == "sqlite" else "CAST('[4]' AS BYTEA)"
    connection.execute(text(f"UPDATE audit_entry SET body = {kept} WHERE leaf_index = 4"))  # noqa: S608 - the test's own words


def put_noise_for_a_body(connection: Connection) -> None:
    connection.execute(text("UPDATE audit_entry SET body = :b WHERE leaf_index = 4"), {"b": b"\xff\x00"})


def put_another_shape_for_a_body(connection: Connection) -> None:
    connection.execute(text("UPDATE audit_entry SET body = :b WHERE leaf_index = 4"), {"b": b"[4]"})


def edit_a_detail(connection: Connection) -> None:
    entry = connection.execute(text("SELECT id FROM audit_entry WHERE leaf_index = 4")).scalar_one()
    connection.execute(text("""UPDATE audit_detail SET plain = '{"to": "else"}' WHERE entry_id = :e"""), {"e": entry})


def delete_a_row(connection: Connection) -> None:
    forget(connection, "leaf_index = 4")


def delete_and_close_the_gap(connection: Connection) -> None:
    delete_a_row(connection)
    for index in range(5, 11):
        connection.execute(text("UPDATE audit_entry SET leaf_index = :n - 1 WHERE leaf_index = :n"), {"n": index})


def delete_the_tail(connection: Connection) -> None:
    forget(connection, "leaf_index >= 9")


def delete_the_tail_and_its_tree(connection: Connection) -> None:
    delete_the_tail(connection)
    connection.execute(text("DELETE FROM log_node WHERE (position + 1) * (1 << level) > 9"))


def delete_the_tail_its_tree_and_its_checkpoint(connection: Connection) -> None:
    """Down to the size of a checkpoint that a witness does not hold: only the entries' own order is left to betray."""
    delete_the_tail_and_its_tree(connection)
    connection.execute(text("UPDATE log_checkpoint SET size = 9 WHERE size = 11"))


def swap_two_rows(connection: Connection) -> None:
    move = text("UPDATE audit_entry SET leaf_index = :to WHERE leaf_index = :at")
    for at, to in ((4, 99), (5, 4), (99, 5)):
        connection.execute(move, {"at": at, "to": to})


def insert_back_dated(connection: Connection) -> None:
    for index in range(10, 3, -1):
        connection.execute(text("UPDATE audit_entry SET leaf_index = :n + 1 WHERE leaf_index = :n"), {"n": index})
    connection.execute(
        text(
            "INSERT INTO audit_entry (id, at, actor, action, subject, body, leaf_index)"
            " SELECT 'forged', at, actor, action, subject, body, 4 FROM audit_entry WHERE leaf_index = 5"
        )
    )


def insert_back_dated_with_a_new_tree(connection: Connection) -> None:
    """By somebody who knows how the tree is made, and has no signing key."""
    row = connection.execute(text("SELECT id, body FROM audit_entry WHERE leaf_index = 4")).one()
    body = bytes(row.body).replace(b"subject-4", b"subject-5")
    connection.execute(
        text("UPDATE audit_entry SET body = :b, subject = 'subject-5' WHERE id = :i"), {"b": body, "i": row.id}
    )
    bodies = connection.execute(text("SELECT body FROM audit_entry ORDER BY leaf_index")).scalars()
    level = [leaf_hash(bytes(one)) for one in bodies]
    for height in range(4):
        change = text("UPDATE log_node SET hash = :h WHERE level = :l AND position = :p")
        for position, value in enumerate(level):
            connection.execute(change, {"h": value, "l": height, "p": position})
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]


def forget(connection: Connection, which: str) -> None:
    connection.execute(text(f"DELETE FROM audit_detail WHERE entry_id IN (SELECT id FROM audit_entry WHERE {which})"))  # noqa: S608 - the test's own words
    connection.execute(text(f"DELETE FROM audit_entry WHERE {which}"))  # noqa: S608 - as above


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (edit_a_row, "Entry 4 shows something else"),
        (edit_a_body, "Node 0/4 of the tree, over entry 4"),
        (put_text_for_a_body, "Entry 4 is not written as"),
        (put_noise_for_a_body, "Entry 4 is not written as"),
        (put_another_shape_for_a_body, "Entry 4 is not written as"),
        (edit_a_detail, "detail beside entry 4"),
        (delete_a_row, "Entry 4 is missing"),
        (delete_and_close_the_gap, "Node 0/4"),
        (delete_the_tail, "11 entries was signed; there are 9"),
        (delete_the_tail_and_its_tree, "11 entries was signed; there are 9"),
        (delete_the_tail_its_tree_and_its_checkpoint, "checkpoint of 11 entries stands as one of 9"),
        (swap_two_rows, "Node 0/4"),
        (insert_back_dated, "Entry 4"),
        (insert_back_dated_with_a_new_tree, "tree of the first 7 entries is not the one that was signed"),
    ],
)
def test_every_tamper_is_found_at_its_first_place(kept: Kept, tamper: Callable[[Connection], None], named: str) -> None:
    with kept.as_owner() as connection:
        tamper(connection)
    assert named in kept.verify()


def test_an_entry_proves_where_it_stands(kept: Kept) -> None:
    late = kept.entry("late")
    with kept.home.house.database.transaction() as session:
        found = inclusion(session, late, kept.key)
        size = found.index + 1
        root = bytes.fromhex(checkpoint(session, kept.key).root)
    assert found.index == 11
    verify_inclusion(leaf_hash(found.body), found.index, size, found.proof, root)


def test_a_checkpoint_of_another_key_is_refused(kept: Kept) -> None:
    other = kept.home.house.signing.installation(Purpose.CERTIFICATE)
    with kept.home.house.database.reading() as session:
        assert not verify_log(session, other, kept.home.house.vault).ok


def test_a_log_that_grows_while_it_is_verified_is_whole(postgres: Home) -> None:
    kept, database = Kept(postgres, postgres.house.signing.installation(Purpose.CHECKPOINT)), postgres.house.database
    over, problems = threading.Event(), []

    def verify() -> None:
        while not over.is_set():
            problems.append(kept.verify())

    watching = threading.Thread(target=verify)
    watching.start()
    for number in range(40):
        kept.entry(f"n{number}")
        with database.transaction() as session:
            sequence_all(session)
            checkpoint(session, kept.key)
    over.set()
    watching.join()
    assert set(problems) == {""}


def test_places_have_no_gap_when_many_write_and_sequence_at_once(postgres: Home) -> None:
    database, rounds = postgres.house.database, 15
    failures: list[BaseException] = []

    def work(number: int, act: Callable[[int], object]) -> None:
        try:
            for turn in range(rounds):
                act(number * rounds + turn)
        except BaseException as failure:  # noqa: BLE001 - told below
            failures.append(failure)

    def write(number: int) -> None:
        with database.transaction() as session:
            record(session, OPERATOR, Act.PERSON_CHANGED, f"n{number}")
            if number % 5 == 0:
                session.rollback()

    def give_places(_: int) -> None:
        with database.transaction() as session:
            sequence(session, limit=4)

    threads = [threading.Thread(target=work, args=(number, write)) for number in range(4)]
    threads += [threading.Thread(target=work, args=(number, give_places)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.transaction() as session:
        size = sequence_all(session)
        places = session.scalars(select(AuditEntry.leaf_index).order_by(AuditEntry.leaf_index)).all()
        assert list(places) == list(range(size))
        assert verify_log(session, postgres.house.signing.installation(Purpose.CHECKPOINT), postgres.house.vault).ok
