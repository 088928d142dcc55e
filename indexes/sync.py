"""From rows to the index: one document, all of them aside, what drifted, what must leave no trace.

The index is told after the rows: a document answers from the index only while `indexed_version` equals `version`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session, selectinload

from archive.base import new_id
from archive.database import Database
from archive.documents import UNREAD, Document, field_told, page_text, received_on, title_of
from archive.errors import Damaged, Gone
from archive.jobs import OPEN, Job, Kind, enqueue
from archive.rights import Confidentiality
from archive.sealing import DocumentKey
from archive.vault import Vault
from indexes.port import Batch, IndexWriter, SearchEngine
from indexes.projection import DocumentView, PageView, batch

_STEP: Final = 200
_LOUD: Final = 1000

FINDABLE: Final = and_(Document.destroyed_at.is_(None), Document.destroying.is_(False), Document.restricted.is_(False))
"""What the index holds, as a condition on Document."""


@dataclass(frozen=True, slots=True)
class Written:
    """A document as it was brought to the index; `found` is False when it was taken out."""

    document_id: str
    version: int
    found: bool


@dataclass(frozen=True, slots=True)
class Drift:
    """How rows and index differ: ids that only rows have, only the index has, or that stand in another version."""

    missing: tuple[str, ...]
    extra: tuple[str, ...]
    stale: tuple[str, ...]

    @property
    def none(self) -> bool:
        """Whether they agree."""
        return not (self.missing or self.extra or self.stale)


NO_DRIFT: Final = Drift((), (), ())


def index_now(session: Session, engine: IndexWriter, vault: Vault, document_id: str) -> Written:
    """Bring one document to the index and note it in the row: `write` and `note` in one transaction."""
    written = write(session, engine, vault, document_id)
    note(session, [written])
    return written


def write(session: Session, engine: IndexWriter, vault: Vault, document_id: str) -> Written:
    """Bring one document to the index as the rows have it now; it needs no write lock on them. Idempotent."""
    document = session.get(Document, document_id, populate_existing=True)
    if document is None or _hidden(document):
        version = document.version if document else 1
        engine.remove(document_id, version)
        return Written(document_id, version, found=False)
    try:
        engine.replace([batch(view(document, vault.key(document_id)))])
    except Gone:  # its key was destroyed while we looked
        engine.remove(document_id, document.version)
        return Written(document_id, document.version, found=False)
    return Written(document_id, document.version, found=True)


def note(session: Session, written: Collection[Written]) -> None:
    """Remember in the rows which version the index knows; never less than before."""
    for done in written:
        older = (Document.id == done.document_id) & (Document.indexed_version < done.version)
        session.execute(update(Document).where(older).values(indexed_version=done.version))


def view(document: Document, key: DocumentKey) -> DocumentView:
    """A document's row and pages, opened, as plain values. Pages of an unfinished reading are not to be found."""
    customer = document.customer
    pages = [] if document.unfinished else document.pages
    return DocumentView(
        id=document.id,
        version=document.version,
        department=document.department_id,
        level=Confidentiality(document.confidentiality),
        uploader=document.uploader_id,
        filed=document.filed_at is not None,
        received=received_on(document),
        dated=document.dated,
        title=title_of(key, document),
        fields={field.name: str(field_told(key, field).get("value") or "") for field in document.fields},
        document_type=document.document_type or "",
        retention_class=document.retention_class or "",
        archival_code=document.archival_code or "",
        folder=document.folder_id or "",
        customer=document.customer_id or "",
        customer_name=customer.name if customer else "",
        customer_number=customer.number if customer else "",
        pages=tuple(PageView(page.number, page_text(key, page)) for page in pages),
    )


def reindex(database: Database, engine: SearchEngine, vault: Vault) -> int:
    """Build the index anew aside, swap it in, and note what it knows; answers how many documents it holds.

    The old one serves meanwhile and takes writes, the new one takes them too. Killed half way, it changes nothing.
    """
    rebuild = engine.begin_rebuild()
    written: list[Written] = []
    for batches in _everything(database, vault):
        rebuild.replace(batches)
        written += [Written(done.document_id, done.version, found=True) for done in batches]
    rebuild.swap()
    for start in range(0, len(written), _LOUD):
        with database.transaction() as session:
            note(session, written[start : start + _LOUD])
    return len(written)


def drift(session: Session, engine: SearchEngine) -> Drift:
    """Compare every row with the index, both in the order of their ids; and rows that no job will bring there."""
    rows = session.execute(
        select(Document.id, Document.indexed_version)
        .where(Document.indexed_version > 0, FINDABLE)
        .order_by(Document.id)
        .execution_options(yield_per=_LOUD)
    )
    missing, extra, stale = [], [], []
    for document_id, expected, known in _merged(((row[0], row[1]) for row in rows), engine.versions()):
        if known is None:
            missing.append(document_id)
        elif expected is None:
            extra.append(document_id)
        elif expected != known:
            stale.append(document_id)
    seen = {*missing, *stale}
    forgotten = [(found, indexed) for found, indexed in _forgotten(session) if found not in seen]
    missing += [document_id for document_id, indexed in forgotten if not indexed]
    stale += [document_id for document_id, indexed in forgotten if indexed]
    return Drift(tuple(missing), tuple(extra), tuple(stale))


def _forgotten(session: Session) -> list[tuple[str, int]]:
    """Documents that were read and that the index does not know as they are now, and no job is left to tell it."""
    behind = (Document.indexed_version < Document.version) & Document.state.not_in(UNREAD)
    told = select(Job.id).where(Job.kind == Kind.INDEX_DOCUMENT.value, Job.subject == Document.id, Job.state.in_(OPEN))
    rows = session.execute(
        select(Document.id, Document.indexed_version).where(behind, FINDABLE, ~told.exists()).order_by(Document.id)
    )
    return [(row[0], row[1]) for row in rows]


def mend(session: Session, engine: SearchEngine, found: Drift) -> None:
    """Queue what is missing or stale to be indexed again; take out at once what no row answers for."""
    for document_id in (*found.missing, *found.stale):
        enqueue(session, Kind.INDEX_DOCUMENT, document_id, key=f"index:{document_id}:drift:{new_id()}")
    nobodys = set(found.extra) - _standing(session, found.extra)  # some may have been written since they were compared
    for document_id, version in list(engine.versions()) if nobodys else ():
        if document_id in nobodys:
            engine.remove(document_id, version)


class Eraser:
    """What destruction asks of the index: no byte of a document left. Neighbours are written anew from the rows."""

    def __init__(self, database: Database, engine: SearchEngine, vault: Vault) -> None:
        self._database = database
        self._engine = engine
        self._vault = vault

    def purge(self, *document_ids: str) -> None:
        """Take documents out for good. Says nothing about success: ask `absent`."""
        while shared := self._engine.purge(document_ids):
            written: set[str] = set()
            for batches in _of(self._database, self._vault, sorted(shared)):
                written |= self._engine.replace(batches)
            self._sweep(frozenset(shared - written))

    def absent(self, document_id: str) -> bool:
        """No page of the document is left, nor a part of the index that once held one."""
        return self._engine.absent(document_id)

    def _sweep(self, unwritten: frozenset[str]) -> None:
        """Take out those that no row answers for any more. Damaged when one stands and cannot be opened."""
        with self._database.reading() as session:
            standing = _standing(session, unwritten)
        lost = [document_id for document_id in standing if self._vault.absent(document_id)]
        if lost:
            raise Damaged(f"Documents stand without their keys and cannot be indexed: {', '.join(lost)}")
        if gone := unwritten - standing:
            self._engine.purge(gone)


def _standing(session: Session, ids: Collection[str]) -> frozenset[str]:
    """Those of these documents that are to be found."""
    return frozenset(session.scalars(select(Document.id).where(Document.id.in_(ids), FINDABLE)))


def _hidden(document: Document) -> bool:
    """Whether a document is not to be found: restricted to storage, being destroyed, or gone."""
    return document.restricted or document.destroying or document.destroyed_at is not None


def _everything(database: Database, vault: Vault) -> Iterator[list[Batch]]:
    """Every document that can be found, some at a time, in the order of their ids."""
    after = ""
    while True:
        with database.reading() as session:
            asked = select(Document.id).where(Document.id > after).order_by(Document.id).limit(_STEP)
            ids = list(session.scalars(asked))
        if not ids:
            return
        yield from _of(database, vault, ids)
        after = ids[-1]


def _of(database: Database, vault: Vault, ids: list[str]) -> Iterator[list[Batch]]:
    """These documents with their pages, some at a time, less those that are not to be found."""
    for start in range(0, len(ids), _STEP):
        part = ids[start : start + _STEP]
        asked = (
            select(Document)
            .where(Document.id.in_(part))
            .options(selectinload(Document.pages), selectinload(Document.fields))
        )
        with database.reading() as session:
            documents = [document for document in session.scalars(asked).unique() if not _hidden(document)]
            keys = vault.keys([document.id for document in documents])
            yield [batch(view(document, keys[document.id])) for document in documents if document.id in keys]


def _merged(
    rows: Iterator[tuple[str, int]], known: Iterator[tuple[str, int]]
) -> Iterator[tuple[str, int | None, int | None]]:
    """Two streams ordered by id as one: id, the version of the rows, the version of the index."""
    row, entry = next(rows, None), next(known, None)
    while row or entry:
        if entry is None or (row is not None and row[0] < entry[0]):
            assert row is not None  # noqa: S101 - one of the two stands
            yield row[0], row[1], None
            row = next(rows, None)
        elif row is None or entry[0] < row[0]:
            yield entry[0], None, entry[1]
            entry = next(known, None)
        else:
            yield row[0], row[1], entry[1]
            row, entry = next(rows, None), next(known, None)
