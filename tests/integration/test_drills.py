"""A drill restores beside the living installation, finds what is wrong with a set, and signs what it saw (F33)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pymupdf
import pytest
from sqlalchemy import select, text, update

from archive import backup
from archive.audit import AuditEntry
from archive.base import new_id, now
from archive.documents import Copy, Document, Page, seal_field, seal_page, seal_title
from archive.documents import Field as Told
from archive.drills import Check, Drill, last_good, overdue, signature_holds
from archive.log import sequence_all
from archive.people import Person
from archive.rights import Role
from archive.stores.port import Bucket, StillLocked
from tests.houses import Home
from workers.drill import Order, hold

TEXTS = (
    "甲方：长青物业有限公司\n乙方应于 2026 年 3 月 5 日前付款\n合同号 HT-2026-0001",
    'He said "yes" to 3,500.00 yuan\n(第二页) 身份证 11010519491231002X',
)


def paper(home: Home, texts: tuple[str, ...] = TEXTS) -> str:
    """A PDF with a page for each text, as a worker leaves it that has read it."""
    pdf = pymupdf.open()
    for said in texts:
        pdf.new_page().insert_text((60, 80), [*said.split("\n"), new_id()], fontname="china-s")
    document_id = home.put(pdf.tobytes(), name="scan.pdf").id
    key = home.house.vault.key(document_id)
    with home.house.database.transaction() as session:
        document = session.get_one(Document, document_id)
        document.state, document.page_count, document.pages_read = "review", len(texts), len(texts)
        seal_title(key, document, "合同 长青物业")
        for number, said in enumerate(texts, start=1):
            page = Page(
                id=new_id(), document_id=document_id, number=number, width=10, height=10, dpi=300, turn=0,
                state="recognised", confidence=1.0, source="ocr", engine="drawn", findings=[], error="",
            )  # fmt: skip
            seal_page(key, page, said, [])
            session.add(page)
        told = seal_field(key, "party_a", {"value": "长青物业有限公司"})
        session.add(Told(document_id=document_id, name="party_a", confidence=1.0, page=1, sealed=told))
    return document_id


def report(row: Drill) -> dict[str, object]:
    told: dict[str, object] = json.loads(row.body)
    return told


def wrong(row: Drill) -> set[tuple[str, str]]:
    return {(one["check"], one["subject"]) for one in json.loads(row.body)["findings"]}


@pytest.fixture(params=["embedded", "distributed"])
def place(request: pytest.FixtureRequest) -> Home:
    found: Home = request.getfixturevalue("home" if request.param == "embedded" else "cluster")
    return found


def destroyed(home: Home, document_id: str) -> None:
    """As the destroying worker leaves it: witnessed first, then its key, then the row."""
    home.house.witness.destroyed({document_id: "XH-2026-0001"})
    home.house.vault.destroy({document_id: "XH-2026-0001"})
    with home.house.database.transaction() as session:
        session.get_one(Document, document_id).destroyed_at = now()


def test_a_set_of_yesterday_passes_though_the_house_went_on(place: Home, tmp_path: Path) -> None:
    house = place.house
    kept, gone = paper(place), paper(place)
    for number in range(3):
        paper(place, (f"第 {number} 份的文字，" * 9, ""))
    made = backup.make(house, tmp_path / "sets", tmp_path / "keys")
    destroyed(place, gone)
    place.person("newcomer", Role.SEARCHER)
    paper(place)
    (tmp_path / "scratch").mkdir()
    row = hold(house, Order(made.folder, made.keys, sample=None, place=tmp_path / "scratch"))
    assert json.loads(row.body)["findings"] == []
    assert (row.ok, row.documents, list((tmp_path / "scratch").iterdir())) == (True, 4, [])
    tallies = json.loads(row.body)["tallies"]
    assert set(tallies) == set(Check)
    assert (tallies["replay"]["looked"], tallies["rights"]["passed_over"] > 0) == (1, True)
    assert kept in json.loads(row.body)["drawn"]
    assert row.rpo_seconds is not None
    assert row.rto_seconds
    assert signature_holds(row.body)
    assert not signature_holds(row.body.replace(b'"ok":true', b'"ok":false'))
    for part in ("report.json", "report.pdf"):
        stored = house.verifier.versions(Bucket.EVIDENCE, f"drills/{row.no}/{part}")[0]
        with pytest.raises(StillLocked):
            house.destroyer.purge(Bucket.EVIDENCE, stored.key, stored.version)
    printed = b"".join(house.verifier.get(Bucket.EVIDENCE, f"drills/{row.no}/report.pdf"))
    words = "".join(page.get_text() for page in pymupdf.open(stream=printed))
    assert all(word in words for word in (row.no, "通过", made.folder.name, "恢复演练报告"))


def test_what_is_wrong_is_named(home: Home) -> None:
    """Each thing is done to one paper, behind the product's back, and the set made of it is whole in itself."""
    house = home.house
    flipped, longer, moved, keyless, back = (paper(home) for _ in range(5))
    with house.database.reading() as session:
        copy = session.scalars(select(Copy).where(Copy.file_id.in_(_files(home, flipped)))).one()
    [path] = (house.settings.data / "objects").rglob(f"{copy.file_id}@{copy.version}")
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(body)
    with house.database.transaction() as session:
        session.get_one(Document, longer).page_count = 3
        sequence_all(session)
        session.execute(text("DROP TRIGGER audit_entry_stays"))
        first = select(AuditEntry.id).order_by(AuditEntry.leaf_index).limit(1)
        altered = update(AuditEntry).where(AuditEntry.id == session.scalars(first).one())
        session.execute(altered.values(body=b"{}"))
    house.vault.forget_orphan(keyless)
    order = Order(sample=None)
    clerk = home.clerk.id
    made = backup.make(house, house.settings.data.parent / "sets", house.settings.data.parent / "keys")
    with house.database.transaction() as session:
        session.get_one(Document, moved).archival_code = "A001-X-0001"
        session.get_one(Document, back).destroyed_at = now()
        session.get_one(Person, clerk).clearance = 3
    row = hold(house, Order(made.folder, made.keys, sample=order.sample))
    assert not row.ok
    assert wrong(row) >= {
        ("bytes", flipped), ("pages", flipped), ("pages", longer), ("fields", moved), ("bytes", keyless),
        ("replay", back), ("rights", clerk), ("log", "log"),
    }  # fmt: skip
    assert {subject for check, subject in wrong(row) if check != "log"} == {
        flipped,
        longer,
        moved,
        keyless,
        back,
        clerk,
    }


def _files(home: Home, document_id: str) -> list[str]:
    with home.house.database.reading() as session:
        return [file.id for file in session.get_one(Document, document_id).files]


def test_a_set_that_cannot_be_restored_is_a_report_too(home: Home, tmp_path: Path) -> None:
    paper(home)
    made = backup.make(home.house, tmp_path / "sets", tmp_path / "keys")
    rows = made.folder / "rows"
    rows.write_bytes(rows.read_bytes()[:-1])
    row = hold(home.house, Order(made.folder, made.keys))
    assert (row.ok, row.rto_seconds, wrong(row)) == (False, None, {("restore", made.folder.name)})
    with home.house.database.reading() as session:
        assert last_good(session) is None
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "drill.held")).one()
    assert entry.subject == row.no


def test_a_drill_of_its_own_set_samples_and_leaves_no_backup_behind(home: Home) -> None:
    for _ in range(3):
        paper(home)
    row = hold(home.house, Order(sample=2))
    assert (row.ok, row.documents, row.rpo_seconds) == (True, 2, None)
    with home.house.database.reading() as session:
        assert session.scalar(select(AuditEntry.id).where(AuditEntry.action == "backup.made")) is None, "it is gone"
        held = last_good(session)
    assert held
    assert not overdue(held, held, 31)
    assert overdue(held - timedelta(days=32), held, 31)
    assert not overdue(None, now() - timedelta(days=32), 0)
