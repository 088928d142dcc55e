"""Taking a file in: idempotency (F03), duplicates (F31), names (U24, U25), places, and what is refused at the door."""

from __future__ import annotations

import io
import threading
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from archive.audit import AuditEntry
from archive.base import new_id
from archive.documents import Document, File, file_name_of
from archive.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from archive.folders import Folder, close_folder
from archive.intake import Intent, Order, TooLarge, Unsupported, duplicates, shown_name, take_in
from archive.jobs import Job, Kind
from archive.readable import readable_scope
from archive.rights import Confidentiality, Role
from archive.scan_batches import open_scan_batch
from archive.stores.port import Bucket
from tests.houses import PNG, Home, png
from workers.originals import opened


def plain(home: Home, document: Document) -> bytes:
    with home.house.database.reading() as session:
        file = session.scalars(select(File).where(File.document_id == document.id)).one()
    with opened(home.house, file) as source:
        return source.read()


def everything(home: Home) -> tuple[int, int, int, int]:
    """Documents, jobs about them, log entries about them, objects."""
    jobs = select(Job).where(Job.kind != Kind.MATCH_WAITING.value).subquery()
    with home.house.database.reading() as session:
        rows = [
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Document, jobs, select(AuditEntry).where(AuditEntry.action == "document.received").subquery())
        ]
    return rows[0], rows[1], rows[2], len(list(home.house.verifier.keys(Bucket.RECORDS)))


def test_what_was_taken_in_is_kept_byte_for_byte_sealed_and_logged(both: Home) -> None:
    body = png(7, 300_000)
    document = both.put(body, name="租赁合同.png")
    assert (document.sha256, document.size, document.state) == (sha256(body).hexdigest(), len(body), "received")
    assert plain(both, document) == body
    assert everything(both) == (1, 1, 1, 1)
    stored = b"".join(both.house.verifier.get(Bucket.RECORDS, next(both.house.verifier.keys(Bucket.RECORDS)).key))
    assert body[:200] not in stored
    assert file_name_of(both.house.vault.key(document.id), document) == "租赁合同.png"
    with both.house.database.reading() as session:
        assert session.scalars(select(Intent.state)).all() == ["done"]


def test_the_same_request_again_has_the_same_answer(both: Home) -> None:
    first = both.put(png(1), key="k")
    assert [both.put(png(1), key="k").id for _ in range(5)] == [first.id] * 5
    assert everything(both) == (1, 1, 1, 1)


def test_a_key_stands_for_one_request_of_one_person(both: Home) -> None:
    first = both.put(png(1), key="k")
    for other in ({"body": png(2)}, {"body": png(1), "name": "other.png"}, {"body": png(1), "document_type": "letter"}):
        with pytest.raises(Conflict) as refused:
            both.put(key="k", **other)
        assert refused.value.code == "idempotency_key_reused"
    another = both.person("another", Role.SCANNER)
    document, new = take_in(both.house, another, Order("scan.png", idempotency_key="k"), io.BytesIO(png(1)))
    assert new
    assert document.id != first.id


def test_the_same_request_many_times_at_once_is_one_document(both: Home) -> None:
    got: list[str] = []
    gate = threading.Barrier(6)
    assert both.clerk

    def send() -> None:
        gate.wait()
        got.append(both.put(png(1), key="same").id)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 6
    assert len(set(got)) == 1
    assert everything(both)[:3] == (1, 1, 1)


def test_the_same_bytes_twice_at_once_share_nothing(both: Home) -> None:
    actors = [both.clerk, both.person("stranger", Role.SCANNER, department="credit")]
    got: dict[str, Document] = {}
    gate = threading.Barrier(2)

    def send(number: int) -> None:
        gate.wait()
        order = Order("same.png", idempotency_key="same")
        got[actors[number].name] = take_in(both.house, actors[number], order, io.BytesIO(png(5)))[0]

    threads = [threading.Thread(target=send, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    mine, other = got["clerk"], got["stranger"]
    assert mine.id != other.id
    keys = [found.key for found in both.house.verifier.keys(Bucket.RECORDS)]
    assert len({key.split("/")[1] for key in keys}) == len({key.split("/")[2] for key in keys}) == 2
    first, second = (b"".join(both.house.verifier.get(Bucket.RECORDS, key)) for key in keys)
    assert first[16:] != second[16:]
    assert both.house.vault.key(mine.id).secret != both.house.vault.key(other.id).secret
    with both.house.database.reading() as session:
        assert duplicates(session, readable_scope(session, both.clerk), mine) == []
        everywhere = readable_scope(session, both.officer)
        assert duplicates(session, everywhere, mine) == [other.id]
        assert duplicates(session, everywhere, other) == [mine.id]


@pytest.mark.parametrize(
    ("body", "refusal", "code"),
    [
        (b"", Invalid, "empty"),
        (b"x", Unsupported, "unsupported_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", Unsupported, "unsupported_type"),
        (b"<html>%PDF-1.7", Unsupported, "unsupported_type"),
        (b"PK\x03\x04" + bytes(100), Unsupported, "unsupported_type"),
    ],
)
def test_what_is_no_scan_is_refused_and_leaves_nothing(
    home: Home, body: bytes, refusal: type[Refusal], code: str
) -> None:
    with pytest.raises(refusal) as refused:
        home.put(body)
    assert refused.value.code == code
    assert everything(home) == (0, 0, 0, 0)


def test_a_file_one_byte_too_long_is_refused_before_it_is_read(home: Home) -> None:
    class Endless(io.RawIOBase):
        at = 0

        def seek(self, offset: int, whence: int = 0) -> int:
            del whence
            self.at = home.house.settings.max_upload_mib * 2**20 + 1 if offset == 0 and self.at == 0 else 0
            return self.at

        def read(self, size: int = -1) -> bytes:
            raise AssertionError(f"{size} bytes were read")

    with pytest.raises(TooLarge):
        take_in(home.house, home.clerk, Order("long.png"), Endless())  # type: ignore[arg-type]


def test_the_name_decides_nothing(home: Home) -> None:
    assert home.put(PNG + b"x", name="contract.pdf").media_type == "image/png"


NAMES = [
    ("../../etc/passwd", "passwd"),
    ("..\\..\\boot.ini", "boot.ini"),
    ("/absolute/合同.pdf", "合同.pdf"),
    ("a\0b.pdf", "ab.pdf"),
    ("CON", "CON"),
    ("", "unnamed"),
    (".", "unnamed"),
    ("..", "unnamed"),
    ("x" * 300 + ".pdf", "x" * 200),
    ("fdp.\u202egnp", "fdp.gnp"),
    ("零\u200b宽\u200d.pdf", "零宽.pdf"),
    ("𠮷野家😀.pdf", "𠮷野家😀.pdf"),
    ("bad\udcff.pdf", "bad.pdf"),
    ('q"uo;te\r\nSet-Cookie: x.pdf', 'q"uo;teSet-Cookie: x.pdf'),
]


@pytest.mark.parametrize(("given_name", "shown"), NAMES)
def test_a_name_is_kept_fit_to_be_shown(home: Home, given_name: str, shown: str) -> None:
    document = home.put(png(1), name=given_name)
    assert file_name_of(home.house.vault.key(document.id), document) == shown
    keys = [found.key for found in home.house.verifier.keys(Bucket.RECORDS)]
    assert keys == [f"documents/{document.id}/{keys[0].split('/')[2]}"]


@given(st.text(st.characters(), max_size=300))
def test_no_name_breaks_out(name: str) -> None:
    shown = shown_name(name)
    assert 1 <= len(shown) <= 200
    assert not set(shown) & set("/\\\0\r\n\u202e")
    assert shown not in {".", ".."}
    shown.encode()


def test_a_closed_folder_takes_no_paper(both: Home) -> None:
    folder = both.folder()
    with both.house.database.transaction() as session:
        close_folder(session, both.officer, folder, session.get_one(Folder, folder).opened_at.date())
    with pytest.raises(Conflict) as refused:
        both.put(png(1), folder_id=folder)
    assert refused.value.code == "folder_closed"
    assert everything(both) == (0, 0, 0, 0)


def test_a_folder_closed_while_the_bytes_come_takes_the_paper_no_more(
    both: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, store = both.folder(), both.house.site
    put = store.put

    def put_late(*args: object, **named: object) -> object:
        version = put(*args, **named)  # type: ignore[arg-type]
        with both.house.database.transaction() as session:
            close_folder(session, both.officer, folder, session.get_one(Folder, folder).opened_at.date())
        return version

    monkeypatch.setattr(store, "put", put_late)
    with pytest.raises(Conflict):
        both.put(png(1), folder_id=folder)
    assert everything(both)[:3] == (0, 0, 0)


def test_folders_batches_and_customers_out_of_sight_are_not_there(home: Home) -> None:
    unseen = home.folder(department="credit")
    with home.house.database.transaction() as session:
        foreign = open_scan_batch(session, home.person("stranger", Role.SCANNER, department="credit"), title="x").id
    with home.house.database.reading() as session:
        theirs = session.get_one(Folder, unseen).customer_id
    for where in (
        {"folder_id": unseen}, {"folder_id": new_id()}, {"batch_id": foreign}, {"customer_id": new_id()},
        {"customer_id": theirs},
    ):  # fmt: skip
        with pytest.raises(NotFound):
            home.put(png(1), **where)
    with pytest.raises(Invalid):
        home.put(png(1), document_type="novel")
    with pytest.raises(Invalid):
        home.put(png(1), folder_id=home.folder(), customer_id=new_id_of_customer(home))
    assert everything(home) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("head", "code"),
    [(b"PK\x03\x04....OFD.xml....", "unsupported_ofd"), (b"\x00\x00\x00\x18ftypheic\x00", "unsupported_heic")],
)
def test_a_format_that_is_known_and_not_read_is_refused_by_its_name(home: Home, head: bytes, code: str) -> None:
    with pytest.raises(Unsupported, match=code.partition("_")[2].upper()) as refused:
        home.put(head * 20)
    assert (refused.value.code, refused.value.status) == (code, 415)
    assert everything(home) == (0, 0, 0, 0)


def new_id_of_customer(home: Home) -> str:
    with home.house.database.reading() as session:
        return session.get_one(Folder, home.folder()).customer_id


def test_who_may_not_capture_cannot_put_anything_in(home: Home) -> None:
    with pytest.raises(Forbidden):
        take_in(home.house, home.person("reader", Role.SEARCHER), Order("a.png"), io.BytesIO(png(1)))


def test_a_document_takes_its_place_from_its_folder(home: Home) -> None:
    folder_id = home.folder(level=Confidentiality.PUBLIC)
    filed, loose = home.put(png(1), folder_id=folder_id), home.put(png(2))
    with home.house.database.reading() as session:
        folder = session.get_one(Folder, folder_id)
    assert (filed.confidentiality, filed.customer_id, filed.retention_class) == (0, folder.customer_id, "CT-GEN")
    assert (loose.confidentiality, loose.customer_id, loose.department_id) == (2, None, home.clerk.department_id)
