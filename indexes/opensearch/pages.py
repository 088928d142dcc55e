"""The mapping, and how a page is written down in it."""

from __future__ import annotations

from typing import Any, Final

from indexes import analysis, port
from indexes.port import Entry
from indexes.query import ANY

_KEYWORDS: Final = (
    "document", "head", "department", "folder", "uploader", "customer", "customer_number", "type", "class",
    "confidentiality", "code_order", "sounds",
)  # fmt: skip
_NUMBERS: Final = {"page": "integer", "version": "long", "level": "byte", "year": "short", "date": "integer",
                   "amount": "long", "newest": "long", "oldest": "long", "last": "integer"}  # fmt: skip
PAIRS: Final = {"chars": "pairs", "shown": "shown_pairs"}
"""For the texts of a page the field of their pairs. `shown` is there only where something is hidden from most."""

NUMBERS: Final = {"chars": "numbers", "shown": "shown_numbers"}
"""For the texts of a page the field of the long numbers that are written in groups on it, without gaps."""

_TEXTS: Final = ("chars", "shown", *NUMBERS.values(), "headline", "customer_name", "code", "contract", "values")
_TOKENS: Final = {"type": "text", "analyzer": "whitespace", "norms": False}
_MANY: Final = 500_000

SETTINGS: Final[dict[str, Any]] = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "refresh_interval": "1s",
    "max_terms_count": _MANY,
    "merge.policy.expunge_deletes_allowed": 0,
    "analysis": {
        "filter": {"any": {"type": "stop", "stopwords": [ANY]}},
        "analyzer": {"placed": {"type": "custom", "tokenizer": "whitespace", "filter": ["any"]}},
    },
}
"""`placed` reads queries only: what `ANY` stands for leaves a place free. Merging may take out every deleted entry."""

MAPPINGS: Final[dict[str, Any]] = {
    "dynamic": "strict",
    "_source": {"includes": ["document", "head", "page", "version", "retired", "erased", "last"]},
    "properties": {
        **{field: {"type": "keyword"} for field in _KEYWORDS},
        **{field: {"type": kind} for field, kind in _NUMBERS.items()},
        **{field: {**_TOKENS, "index_options": "positions"} for field in _TEXTS},
        **{field: {**_TOKENS, "index_options": "docs"} for field in PAIRS.values()},
        "veiled": {"type": "boolean"},
        "retired": {"type": "boolean"},
        "erased": {"type": "boolean"},
    },
}


EDITION: Final = analysis.edition((SETTINGS, MAPPINGS))
"""Part of every alias, so that an index of another mapping is never asked as if it were of this one."""


def page_id(document_id: str, page: int) -> str:
    """The id of a page's entry."""
    return f"{document_id}:{page}"


def head(document_id: str, version: int, last: int, *, retired: bool, erased: bool = False) -> dict[str, Any]:
    """The entry that holds a document's version and its last page; it has none of the fields that a scope asks for."""
    return {"head": document_id, "version": version, "last": last, "retired": retired, "erased": erased}


def body(entry: Entry) -> dict[str, Any]:
    """The entry of one page."""
    fields: dict[str, Any] = {
        "document": entry.document_id,
        "page": entry.page,
        "version": entry.version,
        "level": entry.level,
        "department": entry.department,
        "folder": entry.folder,
        "uploader": entry.uploader,
        "customer": entry.customer,
        "customer_number": entry.customer_number,
        "type": entry.document_type,
        "class": entry.retention_class,
        "confidentiality": entry.confidentiality,
        "year": entry.year,
        "code_order": port.code_key(entry),
        "newest": port.newest_key(entry),
        "oldest": port.oldest_key(entry),
        "veiled": bool(entry.shown),
        "date": entry.sort_date.toordinal(),
        "amount": entry.amount,
        "sounds": list(entry.customer_sounds),
        **{field: analysis.indexed(words) for field, words in port.headlines(entry)},
    }
    for field, text in (("chars", entry.text), ("shown", entry.shown)):
        words = analysis.terms(text)
        fields |= {field: analysis.indexed(words), PAIRS[field]: analysis.indexed(analysis.pairs(words))}
        fields[NUMBERS[field]] = analysis.indexed(analysis.numbers(words))
    return {field: value for field, value in fields.items() if value not in ("", None, [])}
