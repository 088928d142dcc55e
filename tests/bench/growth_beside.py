"""What search is measured beside, on the same text: SQLite's FTS5 in two ways, and PostgreSQL's pg_trgm."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from indexes.analysis import terms
from tests.servers import postgres_database

AT_ONCE: Final = 2000
PATIENCE: Final = 20.0
"""Seconds after which a question is given up."""

Count = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Other:
    """Another engine, filled: how long that took, and how it counts the pages that hold a piece of text."""

    name: str
    seconds: float
    size: int
    count: Count


def _literal(piece: str) -> str:
    return '"' + piece.replace('"', '""') + '"'


@contextmanager
def fts5(folder: Path, texts: Sequence[str], *, trigram: bool) -> Iterator[Other]:
    """FTS5 with its trigram tokenizer over the text as it is, or with one token a character over the text as folded."""
    name = "FTS5 trigram" if trigram else "FTS5, a token a character"
    path, start = folder / f"{'trigram' if trigram else 'characters'}.sqlite", time.perf_counter()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = off")
        kind = "trigram" if trigram else "unicode61"
        database.execute(f"CREATE VIRTUAL TABLE page USING fts5(text, tokenize = '{kind}', content = '')")
        rows = ((number, text if trigram else " ".join(terms(text))) for number, text in enumerate(texts))
        database.executemany("INSERT INTO page(rowid, text) VALUES (?, ?)", rows)
        database.execute("INSERT INTO page(page) VALUES ('optimize')")
        database.commit()
        taken = time.perf_counter() - start

        def count(piece: str) -> int:
            asked = _literal(piece if trigram else " ".join(piece))
            return int(database.execute("SELECT count(*) FROM page WHERE page MATCH ?", (asked,)).fetchone()[0])

        yield Other(name, taken, path.stat().st_size, count)


@contextmanager
def pg_trgm(texts: Sequence[str]) -> Iterator[Other]:
    """PostgreSQL with a GIN index of trigrams over the text as it is, asked by LIKE."""
    with postgres_database() as url, psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as database:
        start = time.perf_counter()
        database.execute("CREATE EXTENSION pg_trgm")
        database.execute("CREATE TABLE page (id int, text text)")
        with database.cursor() as cursor, cursor.copy("COPY page FROM STDIN") as copying:
            for row in enumerate(texts):
                copying.write_row(row)
        database.execute("CREATE INDEX ON page USING gin (text gin_trgm_ops)")
        database.execute("VACUUM ANALYZE page")
        taken = time.perf_counter() - start
        size = database.execute("SELECT pg_indexes_size('page')").fetchone()
        database.execute(f"SET statement_timeout = '{PATIENCE:g}s'")

        def count(piece: str) -> int:
            try:
                found = database.execute("SELECT count(*) FROM page WHERE text LIKE %s", (f"%{piece}%",)).fetchone()
            except psycopg.errors.QueryCanceled:
                return 0
            return int(found[0]) if found else 0

        yield Other("pg_trgm", taken, int(size[0]) if size else 0, count)
