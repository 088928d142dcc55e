"""What the steps work with. Opened once in a worker process; heavy parts on first use."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from archive.house import House
from archive.settings import EngineName
from archive.type_models import LearnedTypes, current_id
from indexes import open_engine
from indexes.life import anything_indexed
from indexes.port import SearchEngine
from workers.clamd import Scanner
from workers.sandbox import Sandbox
from workers.unreadable import Code, Unreadable

if TYPE_CHECKING:
    from workers.ocr.engine import Engine
    from workers.type_model import TypeModel
    from workers.vocabulary import Vocabulary


@dataclass
class Tools:
    """The house, the recognition engine, the sandbox and the index's writer of one worker process."""

    house: House
    _ocr: dict[str, Engine] = field(default_factory=dict, repr=False)
    _learned: tuple[str, TypeModel] | None = field(default=None, repr=False)
    _loading: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def ocr(self, name: EngineName | None = None) -> Engine:
        """A recognition engine, the settings' own for no name: loaded once and shared by this process's threads.

        Unreadable when it is not installed here. One that was asked for by name gives way to the next: two sets of
        models are more than a worker may hold.
        """
        from workers.ocr import open_ocr  # noqa: PLC0415 - numbers and images are for workers that read
        from workers.ocr.engine import EngineFailed, OneAtATime  # noqa: PLC0415 - as above

        usual = self.house.settings.engine
        wanted = name or usual
        with self._loading:
            if wanted not in self._ocr:
                for other in self._ocr.keys() - {usual}:
                    del self._ocr[other]
                try:
                    self._ocr[wanted] = OneAtATime(open_ocr(wanted))
                except EngineFailed as error:
                    raise Unreadable(Code.NO_ENGINE, str(error)) from error
            return self._ocr[wanted]

    @cached_property
    def sandbox(self) -> Sandbox:
        """Where untrusted bytes are opened; refuses to be weaker than the settings ask."""
        return Sandbox.detect(self.house.settings.sandbox)

    @cached_property
    def scanner(self) -> Scanner | None:
        """Who looks for malware, None where nobody was configured."""
        return Scanner(self.house.settings.clamd) if self.house.settings.clamd else None

    @cached_property
    def index(self) -> SearchEngine:
        """The index, with the one writer of this installation (embedded) or a cluster's client."""
        settings = self.house.settings
        fresh = not anything_indexed(self.house.database)
        return open_engine(settings.search_url, settings.index_folder, settings.search_prefix, writer=True, fresh=fresh)

    @property
    def own_names(self) -> tuple[str, ...]:
        """Names of our own organisation: never the customer."""
        return self.house.settings.own_names

    def type_model(self) -> TypeModel:
        """The model of types in use: what was learned here last, else the one that comes with Anjuan."""
        from workers.type_model import parsed, shipped  # noqa: PLC0415 - as above

        with self.house.database.reading() as session:
            found = current_id(session)
            if found is None:
                return shipped()
            if self._learned is None or self._learned[0] != found:
                row = session.get_one(LearnedTypes, found)
                self._learned = (found, parsed(row.weights or ""))
        return self._learned[1]

    def vocabulary(self) -> Vocabulary:
        """The types that are told apart now."""
        from workers.vocabulary import vocabulary  # noqa: PLC0415 - as above

        with self.house.database.reading() as session:
            return vocabulary(session)

    def close(self) -> None:
        """End the sandbox's children, let go of index, rows and keys; only what was opened."""
        if "sandbox" in self.__dict__:
            self.sandbox.close()
        if "index" in self.__dict__:
            self.index.close()
        self.house.close()
