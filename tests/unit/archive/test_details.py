"""What stands beside the log's leaves is what they commit to, or was erased by an act that the log names (R16)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive.audit import DESTROYER, Act, AuditDetail, AuditEntry, erase_details, record
from archive.documents import Document
from archive.log import sequence_all, verify_log
from archive.sealing import DocumentKey, seal_json
from archive.signing import Purpose
from tests.houses import Home, png


@dataclass
class Beside:
    """Two documents, each received, and corrected twice with the detail sealed."""

    home: Home
    first: str
    second: str

    def verify(self) -> str:
        house = self.home.house
        with house.database.transaction() as session:
            sequence_all(session)
        with house.database.reading() as session:
            return verify_log(session, house.signing.installation(Purpose.CHECKPOINT), house.vault).problem

    def key(self, document_id: str) -> DocumentKey:
        return self.home.house.vault.key(document_id)

    def details(self, session: Session, document_id: str, act: Act = Act.DOCUMENT_CORRECTED) -> list[AuditDetail]:
        asked = select(AuditDetail).join(AuditEntry, AuditEntry.id == AuditDetail.entry_id)
        mine = (AuditEntry.subject == document_id) & (AuditEntry.action == act.value)
        return list(session.scalars(asked.where(mine).order_by(AuditEntry.at)))

    def condemn(self, *acts: Act) -> None:
        """The first document goes, by these acts."""
        with self.home.house.database.transaction() as session:
            session.execute(update(Document).where(Document.id == self.first).values(destroying=True))
            for act in acts:
                record(session, DESTROYER, act, self.first, detail={"certificate_no": "XH-1"})


@pytest.fixture
def beside(home: Home) -> Beside:
    return written(home)


def written(home: Home) -> Beside:
    made = Beside(home, home.put(png(1)).id, home.put(png(2)).id)
    with home.house.database.transaction() as session:
        for document_id in (made.first, made.second):
            for number in range(2):
                told = {"before": {}, "after": {"title": f"值 {number}"}, "reason": "misread"}
                record(session, home.officer, Act.DOCUMENT_CORRECTED, document_id, detail=told,
                       key=made.key(document_id))  # fmt: skip
    assert made.verify() == ""
    return made


def flipped(beside: Beside, session: Session) -> None:
    detail = beside.details(session, beside.first)[0]
    detail.sealed = detail.sealed[:-1] + bytes([detail.sealed[-1] ^ 1]) if detail.sealed else None


def exchanged(beside: Beside, session: Session) -> None:
    one, two = beside.details(session, beside.first)
    one.sealed, two.sealed = two.sealed, one.sealed


def sealed_anew(beside: Beside, session: Session) -> None:
    """By somebody who holds the key, and cannot change the leaf."""
    detail = beside.details(session, beside.first)[0]
    detail.sealed = seal_json(beside.key(beside.first), f"audit/{detail.entry_id}", {"after": {"title": "another"}})


def told_in_the_clear(beside: Beside, session: Session) -> None:
    detail = beside.details(session, beside.first)[0]
    detail.sealed, detail.plain = None, {"after": {"title": "another"}}


def salted_anew(beside: Beside, session: Session) -> None:
    beside.details(session, beside.first)[0].salt = b"0" * 16


def erased(beside: Beside, session: Session) -> None:
    assert erase_details(session, beside.first) == 3


def erased_by_halves(beside: Beside, session: Session) -> None:
    beside.details(session, beside.first)[0].sealed = None


def without_salt(beside: Beside, session: Session) -> None:
    beside.details(session, beside.first)[0].salt = None


def excused_by_another(beside: Beside, session: Session) -> None:
    """Erased, and kept as a document's that was destroyed: the leaf names the subject, not the row beside it."""
    detail = beside.details(session, beside.second)[0]
    detail.salt = detail.sealed = None
    detail.document_id = beside.first


def gone_with_its_row(beside: Beside, session: Session) -> None:
    session.delete(beside.details(session, beside.first)[0])


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (flipped, "sealed detail beside entry"),
        (exchanged, "sealed detail beside entry"),
        (sealed_anew, "is not the one it was written with"),
        (told_in_the_clear, "is not the one it was written with"),
        (salted_anew, "is not the one it was written with"),
        (erased, "was erased, and no act of the log says why"),
        (erased_by_halves, "is incomplete"),
        (without_salt, "is incomplete"),
        (excused_by_another, "kept as another document's"),
        (gone_with_its_row, "has lost what stands beside it"),
    ],
)
def test_a_detail_that_was_changed_or_erased_is_named(
    beside: Beside, tamper: Callable[[Beside, Session], None], named: str
) -> None:
    if tamper is excused_by_another:
        beside.condemn(Act.DOCUMENT_CONDEMNED)
    with beside.home.house.database.transaction() as session:
        tamper(beside, session)
    assert named in beside.verify()


def test_details_of_what_was_destroyed_may_be_gone(both: Home) -> None:
    beside = written(both)
    beside.condemn(Act.DOCUMENT_CONDEMNED)
    with beside.home.house.database.transaction() as session:
        erase_details(session, beside.first)
    assert beside.verify() == ""
    with beside.home.house.database.reading() as session:
        assert {(one.salt, one.plain, one.sealed) for one in beside.details(session, beside.first)} == {
            (None, None, None)
        }


@pytest.mark.parametrize("act", [Act.DOCUMENT_WITHDRAWN, Act.DOCUMENT_DESTROYED])
def test_a_withdrawal_and_the_last_word_account_for_them_too(beside: Beside, act: Act) -> None:
    with beside.home.house.database.transaction() as session:
        erase_details(session, beside.first)
    beside.condemn(act)
    assert beside.verify() == ""


def test_an_act_of_destruction_excuses_nothing_while_the_document_stands(beside: Beside) -> None:
    beside.condemn(Act.DOCUMENT_CONDEMNED)
    with beside.home.house.database.transaction() as session:
        erase_details(session, beside.first)
        session.execute(update(Document).where(Document.id == beside.first).values(destroying=False))
    assert "no act of the log says why" in beside.verify()


def test_the_last_word_on_a_destroyed_document_stays(beside: Beside) -> None:
    beside.condemn(Act.DOCUMENT_DESTROYED)
    with beside.home.house.database.transaction() as session:
        erase_details(session, beside.first)
    assert "was erased" in beside.verify()


def test_a_detail_whose_key_is_gone_is_missing_unless_the_document_went(beside: Beside) -> None:
    beside.home.house.vault.destroy({beside.first: "XH-1"})
    assert "no act of the log says why" in beside.verify()
    beside.condemn(Act.DOCUMENT_CONDEMNED)
    assert beside.verify() == ""
    beside.home.house.vault.forget_orphan(beside.second)
    assert "its key is missing" in beside.verify()


def test_a_detail_is_sealed_under_its_subjects_key_alone(beside: Beside) -> None:
    with pytest.raises(ValueError, match="its subject"), beside.home.house.database.transaction() as session:
        record(session, DESTROYER, Act.DOCUMENT_CORRECTED, beside.first, key=beside.key(beside.second))
