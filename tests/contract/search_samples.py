"""Samples and the oracle of the search contract: pages drawn by code, and what a query means by a plain scan."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from archive.access import ReadableScope, mint
from archive.rights import Confidentiality
from indexes.analysis import numbers, terms
from indexes.port import Batch, Entry, Hit
from indexes.query import (
    ANY,
    And,
    Between,
    Everything,
    Field,
    Holds,
    Is,
    Node,
    Not,
    Nothing,
    Number,
    Or,
    Phrase,
    Sounds,
    variants,
)

HAN = "合同租赁房屋甲乙方物业管理有限公司付款期限违约责任號號碼體国國一二三〇年月日第条"
OTHER = "0123456789ABCxyz　 \n,。:()《》-/１２Ａ𠀀𪚥éｶﾞ①"


def scope(
    *,
    everywhere: bool = False,
    departments: Iterable[str] = (),
    clearance: Confidentiality = Confidentiality.SECRET,
    folders: Iterable[str] = (),
    documents: Iterable[str] = (),
    own_unfiled: bool = False,
    person: str = "reader",
    unmasked: bool = True,
    unmasked_folders: Iterable[str] = (),
    unmasked_documents: Iterable[str] = (),
) -> ReadableScope:
    return mint(
        person_id=person,
        everywhere=everywhere,
        departments=frozenset(departments),
        clearance=clearance,
        folders=frozenset(folders),
        documents=frozenset(documents),
        own_unfiled=own_unfiled,
        unmasked_everywhere=unmasked,
        unmasked_folders=frozenset(unmasked_folders),
        unmasked_documents=frozenset(unmasked_documents),
        storage=False,
    )


ALL = scope(everywhere=True)


def entry(document: str, page: int = 1, version: int = 1, text: str = "", **fields: object) -> Entry:
    known: dict[str, object] = {"department": "sales", "level": 1, "sort_date": date(2020, 1, 1), **fields}
    return Entry(document_id=document, page=page, version=version, text=text, **known)  # type: ignore[arg-type]


def batch(document: str, *texts: str, version: int = 1, **fields: object) -> Batch:
    pages = [entry(document, number, version, text, **fields) for number, text in enumerate(texts, 1)]
    return Batch(document, version, pages)


def drawn_text(rng: random.Random, length: int) -> str:
    return "".join(rng.choice(HAN) if rng.random() < 0.7 else rng.choice(OTHER) for _ in range(length))


def veiled(rng: random.Random, page: Entry) -> Entry:
    """One page in three has something in it that most readers may not see."""
    start = rng.randrange(len(page.text) + 1)
    shown = page.text[:start] + " " * 6 + page.text[start + 6 :]
    return replace(page, shown=shown) if page.text and rng.random() < 0.33 else page


def drawn_batches(seed: int, documents: int, length: int = 120) -> list[Batch]:
    """Documents of one to three pages with fields of every kind."""
    rng = random.Random(seed)  # noqa: S311 - samples, not secrets
    drawn = [
        batch(
            f"doc-{number:05d}",
            *(drawn_text(rng, rng.randint(0, length)) for _ in range(rng.randint(1, 3))),
            department=rng.choice(["sales", "finance", "records"]),
            level=rng.randrange(4),
            folder=rng.choice(["", "folder-1", "folder-2"]),
            uploader=rng.choice(["", "reader", "other"]),
            customer=rng.choice(["", "c-1", "c-2"]),
            customer_name=rng.choice(["", "甲方物业公司", "乙方管理"]),
            document_type=rng.choice(["contract", "invoice", "other"]),
            year=rng.choice([None, 2019, 2020, 2024]),
            retention_class=rng.choice(["HT-GEN", "ID-GEN"]),
            archival_code=rng.choice(["", f"A001-HT·2026-{number:04d}"]),
            confidentiality=rng.choice(["public", "internal"]),
            title=drawn_text(rng, 8),
            contract_no=rng.choice(["", f"HT-{number:04d}"]),
            values=(drawn_text(rng, 6), f"HT-{number:04d}"),
            amount=rng.choice([None, 0, 99, 100_00, 250_000_00]),
            customer_sounds=rng.choice([(), ("jiafangwuye", "jfwy", "fwy"), ("yifang", "yf")]),
            sort_date=date(2020, 1, 1) + timedelta(days=rng.randrange(40)),
        )
        for number in range(documents)
    ]
    return [replace(each, entries=[veiled(rng, page) for page in each.entries]) for each in drawn]


# The oracle


def stands(words: Sequence[str], page: Sequence[str]) -> bool:
    """Whether tokens stand one behind the other among the tokens of a page."""
    return any(
        all(word in {page[start + step], ANY} for step, word in enumerate(words))
        for start in range(len(page) - len(words) + 1)
    )


def finds(node: Node, page: Entry, text: str) -> bool:  # noqa: PLR0911 - one line a kind of node
    """What a query means, by a plain scan of one page."""
    match node:
        case Phrase():
            return any(stands(words, terms(text)) for words in variants(node))
        case And(parts):
            return all(finds(part, page, text) for part in parts)
        case Or(parts):
            return any(finds(part, page, text) for part in parts)
        case Not(part):
            return not finds(part, page, text)
        case Number(words):
            return stands(words, terms(text)) or stands(words, numbers(terms(text)))
        case Everything() | Nothing():
            return node == Everything()
        case _:
            return _filtered(node, page)


def _filtered(node: Is | Holds | Sounds | Between, page: Entry) -> bool:
    match node:
        case Is(field, value):
            return value in _values(field, page)
        case Holds(field, words):
            return stands(words, terms(_held(field, page)))
        case Sounds(letters):
            return any(sound.startswith(letters) for sound in page.customer_sounds)
        case Between(field, first, last):
            bounded = {Field.YEAR: page.year, Field.DATE: page.sort_date.toordinal(), Field.AMOUNT: page.amount}
            value = bounded[field]
            return value is not None and first <= value <= last


def _held(field: Field, page: Entry) -> str:
    return {
        Field.CUSTOMER: page.customer_name,
        Field.CODE: page.archival_code,
        Field.CONTRACT: page.contract_no,
        Field.TITLE: page.title,
    }[field]


def _values(field: Field, page: Entry) -> Collection[str]:
    return {
        Field.CUSTOMER: (page.customer, page.customer_number),
        Field.TYPE: (page.document_type,),
        Field.CLASS: (page.retention_class,),
        Field.CONFIDENTIALITY: (page.confidentiality,),
        Field.DEPARTMENT: (page.department,),
        Field.DOCUMENT: (page.document_id,),
    }[field]


def lets_through(reader: ReadableScope, page: Entry) -> bool:
    """The docstring of `ReadableScope`, over one page."""
    cleared = page.level <= int(reader.clearance)
    return (
        (cleared and (reader.everywhere or page.department in reader.departments))
        or (cleared and page.folder in reader.folders)
        or page.document_id in reader.documents
        or (reader.own_unfiled and page.uploader == reader.person_id)
    )


def read_by(reader: ReadableScope, page: Entry) -> str:
    """The text of a page as this reader may see it."""
    allowed = (
        reader.unmasked_everywhere
        or page.folder in reader.unmasked_folders
        or page.document_id in reader.unmasked_documents
        or (reader.own_unfiled and page.uploader == reader.person_id)
    )
    return page.text if allowed else page.shown or page.text


def oracle(batches: Iterable[Batch], node: Node, reader: ReadableScope = ALL) -> set[Hit]:
    return {
        Hit(page.document_id, page.page)
        for each in batches
        for page in each.entries
        if lets_through(reader, page) and finds(node, page, read_by(reader, page))
    }
