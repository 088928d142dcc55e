"""The judge of exactness: what a query means by a plain scan, `in`, over the folded text of every page."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from archive.access import ReadableScope
from indexes.analysis import DIGITS, GAP, LONG_NUMBER, terms
from indexes.port import Batch, Entry, Hit
from indexes.query import And, Between, Field, Holds, Is, Node, Not, Number, Or, Phrase, Sounds
from tests.contract.search_samples import ALL, finds, lets_through, read_by

_PRIVATE = 0xE000
QUOTES = '"“”＂'
VOICED = "\uff9e\uff9f"


@dataclass
class Scan:
    """Every page with its text as one string, a token a character."""

    batches: Iterable[Batch]
    pages: list[Entry] = field(init=False)
    _letters: dict[str, str] = field(default_factory=dict)
    _texts: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pages = [page for each in self.batches for page in each.entries]

    def folded(self, words: Iterable[str]) -> str:
        """Tokens as one string; a letter with its marks becomes one character that no text has."""
        return "".join(
            word if len(word) == 1 else self._letters.setdefault(word, chr(_PRIVATE + len(self._letters)))
            for word in words
        )

    def hits(self, node: Node, reader: ReadableScope = ALL) -> set[Hit]:
        """The pages that the query means, of those that the scope lets through."""
        seen = {number for number, page in enumerate(self.pages) if lets_through(reader, page)}
        found = seen & self._found(node, reader)
        return {Hit(self.pages[number].document_id, self.pages[number].page) for number in found}

    def _read(self, reader: ReadableScope) -> Sequence[str]:
        """Every page as this reader may see it."""
        key = repr((reader.unmasked_everywhere, reader.unmasked_folders, reader.unmasked_documents, reader.own_unfiled))
        if key not in self._texts:
            self._texts[key] = [self.folded(terms(read_by(reader, page))) for page in self.pages]
        return self._texts[key]

    def _found(self, node: Node, reader: ReadableScope) -> set[int]:
        match node:
            case Phrase(words, near=False):
                sought = self.folded(words)
                return {number for number, text in enumerate(self._read(reader)) if sought in text}
            case And(parts):
                return set.intersection(*(self._found(part, reader) for part in parts))
            case Or(parts):
                return set[int]().union(*(self._found(part, reader) for part in parts))
            case Not(part):
                return set(range(len(self.pages))) - self._found(part, reader)
            case _:
                return {n for n, page in enumerate(self.pages) if finds(node, page, read_by(reader, page))}


# Queries as people type them


@dataclass(frozen=True, slots=True)
class Typed:
    """A query, what is meant by it, and a page that it was taken from."""

    text: str
    means: Node
    source: Hit | None = None


TYPED_FILTERS = (
    Typed("文种:合同", Is(Field.TYPE, "contract")),
    Typed("type:invoice", Is(Field.TYPE, "invoice")),
    Typed("类:ct-gen", Is(Field.CLASS, "CT-GEN")),
    Typed("客户:c3", Or((Is(Field.CUSTOMER, "c3"), Holds(Field.CUSTOMER, terms("c3")), Sounds("c3")))),
    Typed("客户:lin", Or((Holds(Field.CUSTOMER, terms("lin")), Sounds("lin")))),
    Typed("客户:wygs", Or((Holds(Field.CUSTOMER, terms("wygs")), Sounds("wygs")))),
    Typed("合同号:T-2017", Holds(Field.CONTRACT, terms("t2017"))),
    Typed("题名:合同1", Holds(Field.TITLE, terms("合同1"))),
    Typed("金额:>1万", Between(Field.AMOUNT, 1_000_001, 1 << 62)),
    Typed("金额:100..2,000", Between(Field.AMOUNT, 10_000, 200_000)),
    Typed("日期:2018-02..2019", Between(Field.DATE, date(2018, 2, 1).toordinal(), date(2019, 12, 31).toordinal())),
    Typed("密级:内部", Is(Field.CONFIDENTIALITY, "internal")),
    Typed("客户:物业", Holds(Field.CUSTOMER, terms("物业"))),
    Typed("档号:2019-00", Holds(Field.CODE, terms("2019-00"))),
    Typed("年:2018..2020", Between(Field.YEAR, 2018, 2020)),
    Typed("年:2016", Between(Field.YEAR, 2016, 2016)),
)


def piece(rng: random.Random, text: str, longest: int = 12) -> str:
    """A random substring in which something counts, cut anywhere but between a character and its marks."""
    while True:
        start = rng.randrange(len(text))
        end = min(len(text), start + rng.randint(1, longest))
        cut = text[start:end]
        if not (_joins(text, start) or _joins(text, end) or set(QUOTES) & set(cut)) and terms(cut):
            return cut


def _joins(text: str, place: int) -> bool:
    """Whether a character belongs to the one before it."""
    return place < len(text) and (unicodedata.category(text[place])[0] == "M" or text[place] in VOICED)


def substring(rng: random.Random, page: Entry) -> Typed:
    """A piece of a page between quotation marks."""
    cut = piece(rng, page.text)
    words = terms(cut)
    digits = tuple(word for word in words if word != GAP)
    long_number = len(digits) >= LONG_NUMBER and set(digits) <= DIGITS
    return Typed(f'"{cut}"', Number(digits) if long_number else Phrase(words), Hit(page.document_id, page.page))


def boolean(rng: random.Random, pages: Sequence[Entry], filters: Sequence[Typed], depth: int = 3) -> Typed:
    """A random tree over pieces and filters, in any of the ways in which it can be written."""
    choice = rng.random() if depth else 1.0
    if choice < 0.3:
        return _joined(rng, And, ("AND", "与", ""), [boolean(rng, pages, filters, depth - 1) for _ in range(2)])
    if choice < 0.6:
        return _joined(rng, Or, ("OR", "或"), [boolean(rng, pages, filters, depth - 1) for _ in range(2)])
    if choice < 0.75:
        inner = boolean(rng, pages, filters, depth - 1)
        return Typed(rng.choice(("NOT ", "非 ", "-")) + inner.text, Not(inner.means))
    return rng.choice(filters) if rng.random() < 0.25 else replace(substring(rng, rng.choice(pages)), source=None)


def _joined(
    rng: random.Random, kind: Callable[[tuple[Node, ...]], Node], words: Sequence[str], parts: Sequence[Typed]
) -> Typed:
    between = rng.choice(words)
    text = f" {between} ".join(part.text for part in parts)
    return Typed(f"({text})", kind(tuple(part.means for part in parts)))
