"""The schema, and how a page is written down in it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import tantivy

from indexes import analysis, port
from indexes.port import Entry

SEPARATOR: Final = "\x1f"
PAIRS: Final = {"chars": "pairs", "shown": "shown_pairs"}
"""For the texts of a page the field of their pairs. `shown` is there only where something is hidden from most."""

NUMBERS: Final = {"chars": "numbers", "shown": "shown_numbers"}
"""For the texts of a page the field of the long numbers that are written in groups on it, without gaps."""

_TEXTS: Final = ("chars", "shown", *NUMBERS.values(), "headline", "customer_name", "code", "contract", "values")
_PLAIN: Final = ("document", "department", "folder", "uploader", "customer_number", "sounds")
_COUNTED: Final = ("head", "customer", "type", "class", "confidentiality", "code_order")
_NUMBERS: Final = ("version", "retired", "veiled", "level", "year", "date", "amount", "doc", "newest", "oldest")
_ASKED: Final = frozenset({"level", "retired", "veiled", "year", "date", "amount"})


EDITION: Final = analysis.edition((PAIRS, "placed", _TEXTS, _PLAIN, _COUNTED, _NUMBERS, sorted(_ASKED)))
"""Begins the name of every index, so that one of another schema is never read as if it were of this one."""


@cache
def schema() -> tantivy.Schema:
    """Texts as tokens and pairs with positions; plain values to filter by, some to count and order by; numbers."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    for field in (*_TEXTS, *PAIRS.values()):
        builder.add_text_field(field, tokenizer_name="tokens", index_option="position")
    for field in _PLAIN:
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic", fast=field == "department")
    for field in _COUNTED:
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic", fast=True)
    for field in _NUMBERS:
        builder.add_integer_field(field, indexed=field in _ASKED, fast=True)
    return builder.build()


def created(path: Path) -> None:
    """Make an empty index."""
    tantivy.Index(schema(), path=str(path))


def opened(path: Path) -> tantivy.Index:
    """An index with our tokenizer, which tantivy forgets at every closing, and without a thread that watches it."""
    index = tantivy.Index.open(str(path))
    by_blanks = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("tokens", by_blanks)
    index.config_reader("manual")
    return index


def head_entry(document_id: str, version: int, *, retired: bool) -> tantivy.Document:
    """The entry that holds a document's version. It has none of the fields that a scope asks for."""
    head = tantivy.Document()
    head.add_text("key", document_id)
    head.add_text("head", document_id)
    head.add_integer("version", version)
    head.add_integer("retired", int(retired))
    return head


def page_entry(entry: Entry) -> tantivy.Document:
    """The entry of one page."""
    page = tantivy.Document()
    page.add_text("key", f"{entry.document_id}{SEPARATOR}{entry.page}")
    for field, text in (("chars", entry.text), ("shown", entry.shown)):
        words = analysis.terms(text)
        page.add_text(field, analysis.indexed(words))
        page.add_text(PAIRS[field], analysis.indexed(analysis.pairs(words)))
        page.add_text(NUMBERS[field], analysis.indexed(analysis.numbers(words)))
    for field, words in port.headlines(entry):
        page.add_text(field, analysis.indexed(words))
    for field, value in _plain(entry):
        page.add_text(field, value)
    for field, number in _numbers(entry):
        page.add_integer(field, number)
    return page


def _plain(entry: Entry) -> list[tuple[str, str]]:
    """Fields that are compared as they are; those without a value are left out."""
    fields = [
        ("document", entry.document_id),
        ("department", entry.department),
        ("folder", entry.folder),
        ("uploader", entry.uploader),
        ("customer", entry.customer),
        ("customer_number", entry.customer_number),
        ("type", entry.document_type),
        ("class", entry.retention_class),
        ("confidentiality", entry.confidentiality),
        ("code_order", port.code_key(entry)),
        *(("sounds", sound) for sound in entry.customer_sounds),
    ]
    return [(field, value) for field, value in fields if value]


def _numbers(entry: Entry) -> list[tuple[str, int]]:
    """Fields that are ordered or counted."""
    known = [("year", entry.year), ("amount", entry.amount)]
    return [
        ("level", entry.level),
        ("veiled", int(bool(entry.shown))),
        ("doc", port.digest63(entry.document_id)),
        ("newest", port.newest_key(entry)),
        ("oldest", port.oldest_key(entry)),
        ("date", entry.sort_date.toordinal()),
        *((field, number) for field, number in known if number is not None),
    ]
