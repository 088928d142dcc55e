"""A store that is away, a flipped bit, a log that cannot be written: refused, found, never served (F21, F24, F36)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from archive.audit import AuditEntry
from archive.customers import CustomerKind, create_customer
from archive.documents import Document, File
from archive.errors import Away, Damaged
from archive.house import House
from archive.jobs import Job
from archive.stores import open_site
from archive.stores.port import Bucket, Credential
from archive.verification import Fault, verify
from tests.contract.naughty import FlipStore, NaughtyStore
from tests.houses import Home, png
from tests.integration.faults.wholeness import assert_whole
from workers.originals import opened


def findings(house: House) -> list[tuple[Fault, str]]:
    return [(one.finding.fault, one.finding.document_id) for one in verify(house, full=True) if one.finding]


def original(home: Home, document_id: str) -> File:
    with home.house.database.reading() as session:
        return session.scalars(select(File).where(File.document_id == document_id)).one()


def read(home: Home, document_id: str) -> bytes:
    with opened(home.house, original(home, document_id)) as source:
        return source.read()


def test_while_the_store_is_away_nothing_is_acknowledged_and_rows_answer(both: Home) -> None:
    before = both.put(png(1))
    standing = both.house.site
    both.house.site = open_site("s3+http://key:secret@127.0.0.1:1/anjuan-away", Credential.WRITE)
    with pytest.raises(Away):
        both.put(png(2), key="again")
    with pytest.raises(Away):
        read(both, before.id)
    with both.house.database.reading() as session:
        assert session.scalars(select(Document.id)).all() == [before.id]
    both.house.site = standing
    after = both.put(png(2), key="again")
    assert_whole(both.house, {before.id: png(1), after.id: png(2)})


@pytest.mark.parametrize("late", [False, True], ids=["asked in vain", "answer lost"])
def test_a_put_whose_answer_is_lost_is_not_named_and_is_cleared(home: Home, *, late: bool) -> None:
    standing = home.house.site
    home.house.site = NaughtyStore(standing, {1: Away("connection reset")}, late=late)  # type: ignore[assignment]
    with pytest.raises(Away):
        home.put(png(1), key="k")
    kept = home.put(png(1), key="k")
    home.house.site = standing
    assert_whole(home.house, {kept.id: png(1)})


def test_every_flipped_bit_is_found_and_never_served(home: Home) -> None:
    dice = random.Random(7)  # noqa: S311 - where the bits flip
    documents = {home.put(png(number, 3000 * number)).id: number for number in range(1, 31)}
    assert findings(home.house) == []
    flipped = sorted(dice.sample(sorted(documents), 20))
    for document_id in flipped:
        flip(home, document_id, dice)
    assert sorted(document for _, document in findings(home.house)) == flipped
    for document_id, number in documents.items():
        if document_id in flipped:
            with pytest.raises(Damaged):
                read(home, document_id)
        else:
            assert read(home, document_id) == png(number, 3000 * number)


def flip(home: Home, document_id: str, dice: random.Random) -> None:
    folder = home.house.settings.data / "objects" / Bucket.RECORDS / "documents" / document_id
    [path] = [one for one in Path(folder).iterdir() if one.is_file()]
    body = bytearray(path.read_bytes())
    body[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
    path.chmod(0o600)
    path.write_bytes(body)


def test_a_bit_that_flips_on_the_way_is_not_served(home: Home) -> None:
    document, standing = home.put(png(1)), home.house.site
    for at in range(0, original(home, document.id).copies[0].sealed_size, 37):
        home.house.site = FlipStore(standing, at)  # type: ignore[assignment]
        with pytest.raises(Damaged):
            read(home, document.id)


def test_lost_swapped_unnamed_and_keyless_objects_are_named(home: Home) -> None:
    lost, keyless, one, other = (home.put(png(number)).id for number in range(1, 5))
    store, eraser = home.house.verifier, home.house.destroyer
    gone = original(home, lost)
    eraser.purge(Bucket.RECORDS, gone.key, gone.copies[0].version)
    home.house.vault.forget_orphan(keyless)
    folder = home.house.settings.data / "objects" / Bucket.RECORDS / "documents"
    paths = [next(iter((folder / document).iterdir())) for document in (one, other)]
    bodies = [path.read_bytes() for path in paths]
    for path, body in zip(paths, reversed(bodies), strict=True):
        path.chmod(0o600)
        path.write_bytes(body)
    stray = paths[0].with_name(paths[0].name.replace(original(home, one).id, "0" * 8))
    stray.write_bytes(b"nobody's")
    assert sorted(findings(home.house)) == sorted(
        [
            (Fault.MISSING, lost), (Fault.KEY_MISSING, keyless), (Fault.DAMAGED, one), (Fault.DAMAGED, other),
            (Fault.EXTRA, one),
        ]
    )  # fmt: skip
    assert not store.absent(Bucket.RECORDS, original(home, one).key)


def test_an_act_that_cannot_be_logged_is_refused_and_leaves_nothing(both: Home) -> None:
    kept = both.put(png(1))
    assert both.officer
    with both.house.database.engine.begin() as connection:
        for statement in log_that_refuses(connection.dialect.name):
            connection.execute(text(statement))
    with pytest.raises(Exception, match="no room in the log"):
        both.put(png(2))
    with pytest.raises(Exception, match="no room in the log"), both.house.database.transaction() as session:
        create_customer(session, both.officer, both.house.vault, kind=CustomerKind.PERSON, name="柳知秋")
    with both.house.database.reading() as session:
        assert session.scalars(select(Document.id)).all() == [kept.id]
        assert session.scalar(select(func.count()).select_from(Job)) == 1
        assert "customer.created" not in set(session.scalars(select(AuditEntry.action)))
    with both.house.database.engine.begin() as connection:
        table = " ON audit_entry" if connection.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER full_log{table}"))
    assert_whole(both.house, {kept.id: png(1)})


def log_that_refuses(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [
            "CREATE TRIGGER full_log BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'no room in the log'); END"
        ]
    refusing = "BEGIN RAISE EXCEPTION 'no room in the log'; END"
    return [
        f"CREATE FUNCTION full_log() RETURNS trigger LANGUAGE plpgsql AS $$ {refusing} $$",
        "CREATE TRIGGER full_log BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION full_log()",
    ]
