"""The engine as one process sees it: turns of writing, the current view for reading, building aside."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import tantivy

from archive.access import ReadableScope
from archive.errors import Away, Invalid, Unavailable
from indexes import port
from indexes.embedded.pages import EDITION, created, opened
from indexes.embedded.queries import all_pages, every
from indexes.embedded.searches import Search
from indexes.embedded.sessions import Session, heads
from indexes.generations import Generations, Pointer
from indexes.port import Answer, Batch, Health, SearchOrder, State

_ADVICE: Final = "Run `anjuan reindex`: it builds the index anew from the rows. Everything but search works meanwhile."
_SHUT: Final = (
    "cannot be written, and the search index in it is opened only where it can. It is not known to be damaged: is its "
    "disk mounted read-only, or is it another account's?"
)


@dataclass(frozen=True, slots=True)
class _View:
    """The serving index as it stood at one commit."""

    name: str
    stamp: tuple[int, int]
    index: tantivy.Index
    searcher: tantivy.Searcher


class TantivyEngine:
    """The engine of one process. With `writer` it makes the index when there is none, if `fresh`."""

    def __init__(self, folder: Path, *, writer: bool, fresh: bool = True) -> None:
        self._generations = Generations(folder)
        self._lock = threading.Lock()
        self._view: _View | None = None
        if writer:
            self._found(fresh=fresh)

    def _found(self, *, fresh: bool) -> None:
        """Make an empty index where there is none yet, and sweep away what a crash left; nothing if damaged."""
        with self._writing():
            pointer = self._standing()
            if pointer is None:
                return
            if not pointer.serving and fresh:
                pointer = Pointer(serving=self._new_index(), building=pointer.building)
            if pointer.names:
                self._generations.point(pointer)

    def _standing(self) -> Pointer | None:
        """The pointer; None when it is damaged."""
        try:
            return self._generations.pointer()
        except ValueError:
            return None

    def _new_index(self) -> str:
        """An empty index, not yet pointed at."""
        name = self._generations.fresh(EDITION)
        created(self._generations.path(name))
        return name

    # Writing

    def replace(self, batches: Collection[Batch]) -> frozenset[str]:
        """See the port."""
        with self._writing():
            taken: frozenset[str] = frozenset()
            for name in reversed(self._pointed().names):  # the serving index last: its answer counts
                taken = self._session(name).replace(batches)
            return taken

    def remove(self, document_id: str, version: int) -> bool:
        """See the port."""
        with self._writing():
            gone = False
            for name in reversed(self._pointed().names):
                gone = self._session(name).retire([document_id], version)
            return gone

    def purge(self, document_ids: Collection[str]) -> frozenset[str]:
        """See the port: tantivy merges when it likes, so what shares a segment with a purged page is written anew."""
        with self._writing():
            remains = self._generations.remains()
            neighbours: set[str] = set()
            for name in self._pointed().names:
                session = self._session(name)
                new = [document for document in document_ids if session.version(document) != port.FOR_GOOD]
                if new:
                    session.retire(new, port.FOR_GOOD)
                    parts = [f"{name}/{segment}" for segment in session.dirty()]
                    remains |= {document: remains.get(document, []) + parts for document in new}
                    self._generations.note_remains(remains)
                suspects = {part for document in document_ids for part in remains.get(document, [])}
                neighbours |= session.neighbours({part.partition("/")[2] for part in suspects})
            if not neighbours:
                self._generations.note_remains(self._generations.remains())  # short, for it is read for each document
            return frozenset(neighbours)

    def absent(self, document_id: str) -> bool:
        """See the port."""
        if document_id in self._generations.remains():
            return False
        return all(self._session(name).clean_of(document_id) for name in self._pointed().names)

    def begin_rebuild(self) -> _Aside:
        """See the port. Purged documents stay purged in the new index."""
        with self._writing():
            name = self._new_index()
            pointer = self._standing() or Pointer()
            if pointer.serving and self.health().state is State.READY:
                self._session(name).add_retired(self._session(pointer.serving).retired())
            self._generations.point(Pointer(serving=pointer.serving, building=name))
        return _Aside(self, name)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """The writer's turn, with what goes wrong in tantivy said in our words."""
        with self._generations.writing():
            try:
                yield
            except (ValueError, OSError, RuntimeError, Unavailable) as error:
                raise Away(f"The search index could not be written: {error}") from error

    def _pointed(self) -> Pointer:
        """The pointer; Unavailable when there is no index."""
        pointer = self._generations.pointer()
        if not pointer.serving:
            raise Unavailable(f"There is no search index. {_ADVICE}", code="search_degraded")
        if not pointer.serving.startswith(EDITION):
            raise Unavailable(f"The search index is of another version. {_ADVICE}", code="search_degraded")
        return pointer

    def _session(self, name: str) -> Session:
        """One index opened as it stands now."""
        return Session(self._generations.path(name))

    # Reading

    def search(self, order: SearchOrder, scope: ReadableScope, hidden: frozenset[str]) -> Answer:
        """See the port."""
        if not 1 <= order.size <= port.LARGEST_ANSWER:
            raise Invalid(f"An answer has 1 to {port.LARGEST_ANSWER} hits.", code="bad_size")
        with self._reading() as view:
            return Search(view.searcher, order, scope, hidden).answer()

    def versions(self) -> Iterator[tuple[str, int]]:
        """See the port."""
        with self._reading() as view:
            yield from heads(view.searcher, retired=False)

    def health(self) -> Health:
        """See the port."""
        try:
            with self._reading() as view:
                documents = view.searcher.search(every("retired", [0]), limit=1).count
                pages = view.searcher.search(all_pages(), limit=1).count
        except Unavailable as error:
            if self._generations.shut:
                return Health(State.AWAY, advice=error.detail)
            missing = not self._generations.pointer_file.exists()
            return Health(State.MISSING if missing else State.DAMAGED, advice=error.detail)
        return Health(State.READY, documents=documents, pages=pages)

    def close(self) -> None:
        """See the port."""
        with self._lock:
            self._view = None

    @contextmanager
    def _reading(self) -> Iterator[_View]:
        """The index as of the last commit; Unavailable when it is missing, damaged, or shut by a read-only disk."""
        try:
            yield self._current()
        except (ValueError, OSError, RuntimeError) as error:
            if self._generations.shut:
                raise Unavailable(f"{self._generations.folder} {_SHUT}", code="search_degraded") from error
            raise Unavailable(f"The search index is damaged. {_ADVICE}", code="search_degraded") from error

    def _current(self) -> _View:
        """The view that was open, unless something was committed or swapped since."""
        with self._lock:
            name = self._pointed().serving
            stat = (self._generations.path(name) / "meta.json").stat()
            stamp = (stat.st_ino, stat.st_mtime_ns)
            view = self._view
            if view is None or (view.name, view.stamp) != (name, stamp):
                index = opened(self._generations.path(name)) if view is None or view.name != name else view.index
                index.reload()
                view = self._view = _View(name, stamp, index, index.searcher())
            return view


class _Aside:
    """An index that is built aside."""

    def __init__(self, engine: TantivyEngine, name: str) -> None:
        self._engine = engine
        self._name = name

    def replace(self, batches: Collection[Batch]) -> frozenset[str]:
        """See the port."""
        with self._building() as session:
            return session.replace(batches)

    def remove(self, document_id: str, version: int) -> bool:
        """See the port."""
        with self._building() as session:
            return session.retire([document_id], version)

    def swap(self) -> None:
        """See the port."""
        with self._building():
            self._engine._generations.point(Pointer(serving=self._name))  # noqa: SLF001 - two halves of one engine

    def abandon(self) -> None:
        """See the port."""
        with self._building():
            pointer = self._engine._generations.pointer()  # noqa: SLF001 - two halves of one engine
            self._engine._generations.point(Pointer(serving=pointer.serving))  # noqa: SLF001 - as above

    @contextmanager
    def _building(self) -> Iterator[Session]:
        """The index aside, in the writer's turn; Away once another rebuild has taken over."""
        with self._engine._writing():  # noqa: SLF001 - two halves of one engine
            if self._engine._generations.pointer().building != self._name:  # noqa: SLF001 - as above
                raise Away("Another rebuild of the search index took over.")
            yield self._engine._session(self._name)  # noqa: SLF001 - as above
