"""A small installation with eight people, in which a record's whole life can be walked."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.access import Actor, ReadableScope
from archive.audit import OPERATOR
from archive.base import new_id, now, today
from archive.customers import CustomerKind, create_customer
from archive.documents import Copy, Document, Field, File, FileRole, Page, State, seal_field, seal_page, seal_title
from archive.folders import Folder, close_folder, create_folder
from archive.house import House
from archive.jobs import Claim, Job, claim
from archive.people import Person, actor_for, create_person
from archive.readable import readable_scope
from archive.rights import Confidentiality, Role
from archive.sealing import seal_stream, seal_text
from archive.stores.port import Bucket
from retention import appraisals, batches, classes, events, holds
from retention.approval import approve
from retention.destruction import begin, execute
from retention.disposal import Appraisal, BatchState, DestructionBatch
from retention.schedule import RetentionView, retention_of
from retention.subjects import Subject, SubjectKind
from retention.terms import Action, Counts, Event, Level, StartRule, Terms
from tests.houses import distributed, home_of, migrated_database

PEOPLE = {
    "clerk": [Role.SCANNER],
    "sales": [Role.SEARCHER],
    "officer": [Role.OFFICER, Role.APPROVER],
    "officer2": [Role.OFFICER],
    "first": [Role.APPROVER],
    "second": [Role.APPROVER],
    "third": [Role.APPROVER, Role.OFFICER],
    "auditor": [Role.AUDITOR],
}

FIVE = Terms(
    "LIFE-5", "five years", 5, (Event.CONTRACT_PERFORMED,), StartRule.NEXT_YEAR, Action.DESTROY, "resolution 5",
    counts=Counts.LAST, level=Level.DOCUMENT,
)  # fmt: skip


@dataclass
class Shelf:
    """An index that is a set of document ids."""

    found: set[str] = field(default_factory=set)

    def purge(self, *document_ids: str) -> None:
        self.found -= set(document_ids)

    def absent(self, document_id: str) -> bool:
        return document_id not in self.found


@dataclass
class World:
    """The installation, its people by name, its index."""

    house: House
    people: dict[str, Person]
    shelf: Shelf = field(default_factory=Shelf)

    def actor(self, name: str, *, fresh: bool = True) -> Actor:
        until = now() + timedelta(minutes=5) if fresh else None
        return actor_for(self.people[name], scopes=frozenset({"read", "write"}), fresh_until=until)

    @property
    def today(self) -> date:
        return today(self.house.settings.zone)

    @contextmanager
    def as_(self, name: str, *, fresh: bool = True) -> Iterator[tuple[Session, Actor, ReadableScope]]:
        actor = self.actor(name, fresh=fresh)
        with self.house.database.transaction() as session:
            yield session, actor, readable_scope(session, actor)

    def known(self, name: str, session: Session) -> ReadableScope:
        """As far as a person's records go, what is restricted to storage counted in."""
        return readable_scope(session, self.actor(name), storage=True)

    def view(self, document_id: str) -> RetentionView:
        with self.house.database.reading() as session:
            return retention_of(session, session.get_one(Document, document_id), self.today)

    # The paper

    def approved_class(self, terms: Terms = FIVE) -> None:
        with self.as_("officer") as (session, officer, _):
            classes.propose(session, officer, terms)
        with self.as_("first") as (session, first, _):
            classes.approve(session, first, [terms.code])

    def folder(self, code: str = "LIFE-5") -> str:
        with self.as_("officer") as (session, officer, _):
            customer = create_customer(
                session, officer, self.house.vault, kind=CustomerKind.COMPANY, name=f"甲公司{new_id()[:8]}"
            )
            folder = create_folder(
                session, officer, customer_id=customer.id, title="matter one", department="sales",
                retention_class=code, confidentiality=Confidentiality.INTERNAL, fonds="A001", year=2026,
            )  # fmt: skip
            return folder.id

    def document(self, folder_id: str, *, kind: str = "contract", renditions: int = 2) -> str:
        """A filed document with its original, renditions, one page, one field, all sealed and stored."""
        document_id = new_id()
        key = self.house.vault.create(document_id)
        files = [self.stored(document_id, number) for number in range(renditions + 1)]
        with self.as_("officer") as (session, officer, _):
            folder = session.get_one(Folder, folder_id)
            document = Document(
                id=document_id, state=State.FILED.value, document_type=kind, folder_id=folder.id,
                customer_id=folder.customer_id, department_id=folder.department_id,
                confidentiality=folder.confidentiality, uploader_id=officer.id, received_at=now(), sha256="0" * 64,
                size=10, media_type="image/png", page_count=1, dated=date(2018, 3, 1), review=[],
                archival_code=f"{folder.code}-{new_id()[:8]}", file_name=seal_text(key, "file_name", "scan.png"),
            )  # fmt: skip
            seal_title(key, document, "合同 甲公司")
            session.add(document)
            session.flush()
            session.add_all(files)
            page = Page(
                id=new_id(), document_id=document_id, number=1, width=10, height=10, dpi=300, turn=0,
                state="recognised", confidence=1.0, source="ocr", engine="drawn", findings=[], error="",
            )  # fmt: skip
            seal_page(key, page, "乙方应于三日内付款", [])
            session.add_all([page, Field(document_id=document_id, name="party_a", confidence=1.0, page=1,
                                         sealed=seal_field(key, "party_a", {"value": "甲公司"}))])  # fmt: skip
            session.flush()
            classes.assign(session, document)
        self.shelf.found.add(document_id)
        return document_id

    def stored(self, document_id: str, number: int) -> File:
        file_id, original = new_id(), number == 0
        bucket = Bucket.RECORDS if original else Bucket.RENDITIONS
        content, target = f"page {number}".encode(), io.BytesIO()
        sealed = seal_stream(self.house.vault.key(document_id), file_id, io.BytesIO(content), target)
        target.seek(0)
        row = File(
            id=file_id, document_id=document_id, role=(FileRole.ORIGINAL if original else FileRole.PAGE).value,
            page=None if original else number, bucket=bucket.value, media_type="image/png", size=len(content),
            sha256=sha256(content).hexdigest(), created_at=now(),
        )  # fmt: skip
        version = self.house.site.put(bucket, row.key, target, length=sealed.length, sha256=sealed.sha256)
        row.copies = [
            Copy(site=self.house.site.site, version=version.version, sealed_size=sealed.length,
                 sealed_sha256=sealed.sha256, verified_at=now())
        ]  # fmt: skip
        return row

    def close(self, folder_id: str, on: date) -> None:
        with self.as_("officer") as (session, officer, scope):
            close_folder(session, officer, folder_id, on)
            order = events.EventOrder(
                Event.CONTRACT_PERFORMED, Subject(SubjectKind.FOLDER, folder_id), on, "acceptance note 17"
            )
            events.record_event(session, officer, scope, order, today=self.today)

    def due_documents(self, count: int = 1, *, renditions: int = 2, klass: str = "LIFE-5") -> list[str]:
        """Documents in one folder, performed long ago."""
        folder_id = self.folder(klass)
        found = [self.document(folder_id, renditions=renditions) for _ in range(count)]
        self.close(folder_id, date(2019, 6, 30))
        return found

    # The decisions

    def hold(self, document_id: str) -> str:
        with self.as_("officer") as (session, officer, _):
            order = holds.HoldOrder("lawsuit", "court letter 7", [Subject(SubjectKind.DOCUMENT, document_id)])
            return holds.place_hold(session, officer, self.known("officer", session), order).id

    def lift(self, hold_id: str) -> None:
        for name in ("officer", "officer2"):
            with self.as_(name) as (session, actor, _):
                holds.lift_hold(session, actor, self.known(name, session), hold_id, "settled")

    def appraised(self, document_ids: list[str]) -> Appraisal:
        with self.as_("officer") as (session, officer, _):
            row = appraisals.open_appraisal(
                session,
                officer,
                self.known("officer", session),
                title="yearly",
                document_ids=document_ids,
                today=self.today,
            )
            verdicts = [
                appraisals.Verdict(d, appraisals.Decision.DESTROY, "period over, no further value")
                for d in document_ids
            ]
            appraisals.decide(session, officer, row.id, verdicts)
            return appraisals.finish(session, officer, row.id, today=self.today)

    def proposed(self, document_ids: list[str]) -> DestructionBatch:
        appraisal = self.appraised(document_ids)
        with self.as_("officer") as (session, officer, _):
            return batches.propose(
                session, officer, appraisal_id=appraisal.id, title="batch one", fonds="A001",
                zone=self.house.settings.zone,
            )  # fmt: skip

    def approve(self, batch: DestructionBatch, name: str, *, fresh: bool = True, sha: str = "") -> DestructionBatch:
        with self.as_(name, fresh=fresh) as (session, actor, _):
            return approve(
                session, actor, self.house.signing, batch_id=batch.id, manifest_sha256=sha or batch.manifest_sha256,
                opinion="agreed", cooling_days=self.house.settings.destruction_cooling_days,
                zone=self.house.settings.zone,
            )  # fmt: skip

    def signed(self, document_ids: list[str]) -> DestructionBatch:
        batch = self.proposed(document_ids)
        self.approve(batch, "first")
        return self.approve(batch, "second")

    def begin(
        self, batch_id: str, name: str = "officer2", supervisors: tuple[str, ...] = ("clerk", "sales")
    ) -> DestructionBatch:
        with self.as_(name) as (session, actor, _):
            people = [self.people[who].id for who in supervisors]
            return begin(session, actor, batch_id=batch_id, supervisors=people, zone=self.house.settings.zone)

    def claimed(self, batch_id: str) -> Claim:
        """The batch's job, its lease taken as a worker takes it; a dead worker's lease has run out."""
        with self.house.database.transaction() as session:
            job = session.scalars(
                select(Job).where(Job.subject == batch_id).order_by(Job.created_at.desc()).limit(1)
            ).one()
            job.state, job.attempt, job.not_before = "ready", 0, now() - timedelta(seconds=1)
        with self.house.database.transaction() as session:
            held = claim(session, job.id, "test")
        assert held is not None
        return held

    def execute(self, batch_id: str) -> None:
        execute(self.house, self.shelf, self.claimed(batch_id))

    def state(self, batch_id: str) -> BatchState:
        with self.house.database.reading() as session:
            return BatchState(session.get_one(DestructionBatch, batch_id).state)

    def row(self, document_id: str) -> Document:
        with self.house.database.reading() as session:
            return session.get_one(Document, document_id)


@contextmanager
def open_world(data: Path, **settings: str) -> Iterator[World]:
    """An embedded installation in a folder, with its people and the seed proposed."""
    with home_of({"DATA": str(data), "DESTRUCTION_COOLING_DAYS": "0", "OWN_NAMES": "甲档案馆", **settings}) as home:
        yield peopled(home.house)


@contextmanager
def open_distributed_world(data: Path) -> Iterator[World]:
    """The same on PostgreSQL and MinIO."""
    with migrated_database() as template, distributed(data, template) as home:
        settings = home.house.settings.model_copy(update={"destruction_cooling_days": 0})
        yield peopled(replace(home.house, settings=settings))


def peopled(house: House) -> World:
    """The installation with its people, one for each part of a record's life."""
    with house.database.transaction() as session:
        for name, roles in PEOPLE.items():
            create_person(
                session, OPERATOR, name=name, roles=roles, department="sales", clearance=Confidentiality.CONFIDENTIAL
            )
        classes.propose_seed(session)
        people = {person.name: person for person in session.scalars(select(Person))}
    return World(house, people)
