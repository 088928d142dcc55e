"""From what people type to a `Query`. Nothing typed is an error but what is too long, too deep or too many.

Words are phrases of characters and all of them must stand on the page; "…" keeps blanks inside one phrase;
AND OR NOT, 与 或 非, a minus and brackets combine; `field:value` filters. What is not balanced, not known or out of
place counts as plain text. A bracket groups only where it begins and ends a word, so (2024)租字第049号 is one phrase.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import groupby
from types import MappingProxyType
from typing import Final

from archive.errors import Invalid
from indexes import analysis
from indexes.query import (
    And,
    Everything,
    Field,
    Holds,
    Is,
    Node,
    Not,
    Note,
    Nothing,
    Number,
    Or,
    Phrase,
    Query,
    Sounds,
    leaves,
)
from indexes.sounds import spoken
from indexes.values import amounts, dates, is_number, years

LONGEST: Final = 1000
MOST_TERMS: Final = 64
DEEPEST: Final = 20

FIELDS: Final[Mapping[str, Field]] = MappingProxyType(
    {
        "客户": Field.CUSTOMER,
        "customer": Field.CUSTOMER,
        "文种": Field.TYPE,
        "type": Field.TYPE,
        "年": Field.YEAR,
        "year": Field.YEAR,
        "类": Field.CLASS,
        "class": Field.CLASS,
        "档号": Field.CODE,
        "code": Field.CODE,
        "合同号": Field.CONTRACT,
        "contract": Field.CONTRACT,
        "题名": Field.TITLE,
        "title": Field.TITLE,
        "金额": Field.AMOUNT,
        "amount": Field.AMOUNT,
        "日期": Field.DATE,
        "date": Field.DATE,
        "密级": Field.CONFIDENTIALITY,
        "confidentiality": Field.CONFIDENTIALITY,
    }
)
TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "合同": "contract",
        "身份证": "id_card",
        "户口簿": "household_register",
        "户口本": "household_register",
        "营业执照": "business_licence",
        "税务登记证": "tax_registration",
        "房产证": "property_certificate",
        "不动产权证": "property_certificate",
        "结婚证": "marriage_certificate",
        "收入证明": "income_proof",
        "发票": "invoice",
        "收据": "receipt",
        "授权委托书": "power_of_attorney",
        "客户登记表": "customer_form",
        "征信报告": "credit_report",
        "评估报告": "appraisal_report",
        "投诉": "complaint",
        "函件": "letter",
        "其他": "other",
    }
)
LEVELS: Final[Mapping[str, str]] = MappingProxyType(
    {"公开": "public", "内部": "internal", "秘密": "confidential", "机密": "secret"}
)
_BOUNDED: Final = MappingProxyType({Field.YEAR: years, Field.DATE: dates, Field.AMOUNT: amounts})
_QUOTES: Final = MappingProxyType({'"': '"', "“": "”", "＂": "＂"})
_BRACKETS: Final = MappingProxyType({"(": ")", "（": "）"})
_MINUS: Final = "-－"
_FIELD: Final = re.compile(r"([^\W\d_]+)[:：](?=\S)")
_GROUP: Final = re.compile(r"\d+[xX]?", re.ASCII)


class _Sort(Enum):
    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    LEAF = auto()


_OPERATORS: Final = MappingProxyType(
    {"AND": _Sort.AND, "与": _Sort.AND, "OR": _Sort.OR, "或": _Sort.OR, "NOT": _Sort.NOT, "非": _Sort.NOT}
)
_ENDS: Final = frozenset({_Sort.LEAF, _Sort.CLOSE})
_BEGINS: Final = frozenset({_Sort.LEAF, _Sort.OPEN, _Sort.NOT})


@dataclass(frozen=True, slots=True)
class _Piece:
    sort: _Sort
    text: str = ""
    field: str = ""
    quoted: bool = False


def parse(text: str, *, fuzzy: bool = False, types: Mapping[str, str] = TYPES) -> Query:
    """Read a query. Invalid (422) over 1,000 characters, 64 conditions or 20 levels. `fuzzy` makes all phrases near.

    `types`: codes of document types by what people call them.
    """
    if len(text) > LONGEST:
        raise Invalid(f"A query may have {LONGEST} characters at most.", code="query_too_long")
    writable = text.encode("utf-8", "ignore").decode()  # a lone surrogate stands on no page
    if not writable.strip():
        return Query(Everything())
    return _Reader(writable, fuzzy=fuzzy, types=types).read()


class _Reader:
    """Reads one query: pieces first, then the tree."""

    def __init__(self, text: str, *, fuzzy: bool, types: Mapping[str, str]) -> None:
        self.text = text
        self.fuzzy = fuzzy
        self.named = {Field.TYPE: types, Field.CONFIDENTIALITY: LEVELS}
        self.notes: dict[Note, None] = {}
        self.groups = self._groups()
        self.pieces: Sequence[_Piece] = _settled(_gathered(self._pieces()))
        self.place = 0

    def read(self) -> Query:
        """The whole query."""
        node = self._either(0)
        if isinstance(node, And) and not node.parts:
            self.notes[Note.NOTHING_COUNTS] = None
            node = Nothing()
        if leaves(node) > MOST_TERMS:
            raise Invalid(f"A query may have {MOST_TERMS} words at most.", code="query_too_wide")
        return Query(node, tuple(self.notes))

    # Pieces

    def _quote_end(self, start: int) -> int:
        """Where the quotation that begins here ends, or -1."""
        return self.text.find(_QUOTES[self.text[start]], start + 1) if self.text[start] in _QUOTES else -1

    def _groups(self) -> frozenset[int]:
        """Places of the brackets that group; the others are text."""
        found: set[int] = set()
        waiting: list[int] = []
        place = 0
        while place < len(self.text):
            here = self.text[place]
            quote_end = self._quote_end(place)
            if here in _QUOTES and quote_end < 0:
                self.notes[Note.UNBALANCED] = None
            if here in _BRACKETS:
                waiting.append(place)
            elif here in _BRACKETS.values():
                found |= self._pair(waiting, place)
            place = max(place, quote_end) + 1
        if waiting:
            self.notes[Note.UNBALANCED] = None
        return self._nested(found)

    def _pair(self, waiting: list[int], closing: int) -> set[int]:
        """The two places, if a bracket was open and something that counts stands between."""
        if not waiting:
            self.notes[Note.UNBALANCED] = None
            return set()
        opening = waiting.pop()
        return {opening, closing} if analysis.terms(self.text[opening + 1 : closing]) else set()

    def _nested(self, paired: set[int]) -> frozenset[int]:
        """Of all pairs those that begin a word and end one, from the outside in."""
        grouping: set[int] = set()
        opened: list[tuple[int, bool]] = []
        for place in sorted(paired):
            if self.text[place] in _BRACKETS:
                opened.append((place, self._begins_word(place, grouping)))
                grouping.add(place)
                continue
            opening, begins = opened.pop()
            if begins and self._ends_word(place, paired):
                grouping.add(place)
            else:
                grouping.discard(opening)
        return frozenset(grouping)

    def _begins_word(self, place: int, grouping: set[int]) -> bool:
        """Whether only blanks, minus signs or group brackets stand right before."""
        before = self.text[place - 1] if place else " "
        if before in _MINUS:
            return self._begins_word(place - 1, grouping)
        return before.isspace() or place - 1 in grouping

    def _ends_word(self, place: int, paired: set[int]) -> bool:
        """Whether only blanks or closing brackets stand right behind."""
        while place + 1 < len(self.text) and place + 1 in paired and self.text[place + 1] in _BRACKETS.values():
            place += 1
        return place + 1 == len(self.text) or self.text[place + 1].isspace()

    def _pieces(self) -> list[_Piece]:
        """The query cut into operators, brackets and leaves, in order."""
        pieces: list[_Piece] = []
        place = 0
        while place < len(self.text):
            piece, place = self._piece(place)
            pieces.extend(piece)
        return pieces

    def _piece(self, place: int) -> tuple[list[_Piece], int]:
        """What begins here, and where the rest begins."""
        here = self.text[place]
        if here.isspace():
            return [], place + 1
        if place in self.groups:
            return [_Piece(_Sort.OPEN if here in _BRACKETS else _Sort.CLOSE)], place + 1
        if here in _MINUS and self.text[place + 1 : place + 2].strip() and self._begins_word(place, set(self.groups)):
            return [_Piece(_Sort.NOT, here)], place + 1
        return self._leaf(place)

    def _leaf(self, place: int) -> tuple[list[_Piece], int]:
        """A quotation, a filter or a word that begins here."""
        named = _FIELD.match(self.text, place)
        field = named[1].lower() if named else ""
        if named and field in FIELDS:
            value, end, _ = self._value(named.end())
            return [_Piece(_Sort.LEAF, value, field)], end
        if named:
            self.notes[Note.UNKNOWN_FIELD] = None
        value, end, quoted = self._value(place)
        sort = _Sort.LEAF if quoted else _OPERATORS.get(value, _Sort.LEAF)
        return [_Piece(sort, value, quoted=quoted)], end

    def _value(self, place: int) -> tuple[str, int, bool]:
        """The quotation or word that begins here, where it ends, whether it was quoted. A ~ stays at its end."""
        quote_end = self._quote_end(place)
        if quote_end > place:
            near = "~" if self.text[quote_end + 1 : quote_end + 2] == "~" else ""
            return self.text[place + 1 : quote_end] + near, quote_end + 1 + len(near), True
        end = place + 1
        while end < len(self.text) and not self._stops(end):
            end += 1
        return self.text[place:end], end, False

    def _stops(self, place: int) -> bool:
        """Whether a word that was begun ends before this place."""
        return self.text[place].isspace() or place in self.groups or self._quote_end(place) > place

    # The tree

    def _either(self, depth: int) -> Node:
        """Parts between OR."""
        if depth > DEEPEST:
            raise Invalid(f"A query may have {DEEPEST} levels at most.", code="query_too_deep")
        parts = [self._all(depth)]
        while self._next() is _Sort.OR:
            self.place += 1
            parts.append(self._all(depth))
        return _joined(Or, parts)

    def _all(self, depth: int) -> Node:
        """Parts side by side, or between AND."""
        parts: list[Node] = []
        while (sort := self._next()) not in {None, _Sort.OR, _Sort.CLOSE}:
            if sort is _Sort.AND:
                self.place += 1
            else:
                parts.append(self._one(depth))
        return _joined(And, parts)

    def _one(self, depth: int) -> Node:
        """A leaf, a group, or either of them denied."""
        piece = self.pieces[self.place]
        self.place += 1
        if piece.sort is _Sort.NOT:
            if depth >= DEEPEST:
                raise Invalid(f"A query may have {DEEPEST} levels at most.", code="query_too_deep")
            part = self._one(depth + 1)
            return part if part == And(()) else Not(part)
        if piece.sort is _Sort.OPEN:
            node = self._either(depth + 1)
            self.place += 1
            return node
        return self._condition(piece)

    def _next(self) -> _Sort | None:
        """The sort of the piece that comes next; None behind the last."""
        return self.pieces[self.place].sort if self.place < len(self.pieces) else None

    def _condition(self, piece: _Piece) -> Node:
        """The condition that a leaf puts; And(()) when nothing in it counts."""
        found = _filter(FIELDS[piece.field], piece.text, self.named) if piece.field else None
        if found == Nothing():
            self.notes[Note.NO_SUCH_DATE] = None
        if found is not None:
            return found
        words = analysis.terms(f"{piece.field}:{piece.text}")
        near = self.fuzzy or piece.text.endswith("~")
        digits = tuple(word for word in words if word != analysis.GAP)
        if (
            len(digits) >= analysis.LONG_NUMBER
            and set(digits[:-1]) <= analysis.DIGITS
            and digits[-1] in analysis.DIGITS
        ):
            return Or((Number(digits), Phrase(digits, near=True))) if near else Number(digits)
        return Phrase(words, near=near) if words else And(())


def _gathered(pieces: list[_Piece]) -> list[_Piece]:
    """Groups of digits that stand side by side and make one number, as one."""
    gathered: list[_Piece] = []
    for digital, run in groupby(pieces, key=_is_group):
        side_by_side = list(run)
        groups = [piece.text for piece in side_by_side] if digital else []
        one = len(groups) > 1 and is_number(groups)
        gathered += [_Piece(_Sort.LEAF, "".join(groups))] if one else side_by_side
    return gathered


def _is_group(piece: _Piece) -> bool:
    """Whether a piece is a word of digits alone."""
    return piece.sort is _Sort.LEAF and not (piece.field or piece.quoted) and bool(_GROUP.fullmatch(piece.text))


def _settled(pieces: list[_Piece]) -> list[_Piece]:
    """Operators without something to combine become words."""
    settled: list[_Piece] = []
    for place, piece in enumerate(pieces):
        follows = pieces[place + 1].sort if place + 1 < len(pieces) else None
        binary = piece.sort in {_Sort.AND, _Sort.OR}
        stands = follows in _BEGINS and (not binary or (bool(settled) and settled[-1].sort in _ENDS))
        operator = binary or piece.sort is _Sort.NOT
        settled.append(_Piece(_Sort.LEAF, piece.text) if operator and not stands else piece)
    return settled


def _joined(kind: type[And | Or], parts: list[Node]) -> Node:
    """The parts that count under one node; the part itself when it is alone."""
    counted = [part for part in parts if part != And(())]
    if len(counted) == 1:
        return counted[0]
    return kind(tuple(counted)) if counted else And(())


def _filter(field: Field, value: str, named: Mapping[Field, Mapping[str, str]]) -> Node | None:
    """The condition of a filter; None when the value is none for this field, so that it is read as text."""
    if field in _BOUNDED:
        return _BOUNDED[field](value)
    if field is Field.CLASS:
        return Is(field, value.upper())
    if field in named:
        return Is(field, named[field].get(value, value.lower()))
    words = analysis.terms(value)
    if not words:
        return None
    return _customer(value, words) if field is Field.CUSTOMER else Holds(field, words)


def _customer(value: str, words: tuple[str, ...]) -> Node:
    """A customer by id or number, by a part of the name, or by how the name sounds."""
    sound = spoken(value)
    held = (Is(Field.CUSTOMER, value), Holds(Field.CUSTOMER, words))
    return Or((*held, Sounds(sound)) if sound else held)
