"""What stands on a paper that may point to its customer: contract numbers, telephone numbers, addresses.

Whatever the type is: a receipt or an amendment that only names the contract is found by it (mission B5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from archive.clues import ClueKind
from workers import values
from workers.fields import CODE_SIGNS, RULES
from workers.finding import Paper, sentence
from workers.names import OwnNames
from workers.sheets import Sheet
from workers.transcript import Label, Transcript

_SURE: Final = 0.7
_LONGEST_ADDRESS: Final = 60
_ADDRESS: Final = re.compile(
    r"(?:通[讯信]|联系|家庭|邮寄|送达|现|户籍|身份证|注册|房屋|物业|经营|办公|单位)?(?:地址|住址|住所地?|坐落)(?:位置)?"
)
_PHONE: Final = re.compile(
    r"(?<![\da-z-])(?:\+?86[ -]?)?(?P<v>1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}[ )-]{1,2}\d{4}[ -]?\d{3,4}|0\d{10,11})"
    r"(?![\da-z])"
)
_NAMED: Final = (
    *RULES["contract"]["contract_no"],
    sentence(rf"(?:合同|协议|契约)书?[》」]?\((?:编号|合同号|号)?:?(?P<v>[{CODE_SIGNS}]{{5,30}}?)\)", values.code),
    sentence(
        r"(?:^|[^\da-z-])(?P<v>[a-z]{1,6}[\da-z/.-]{4,24})号?(?:的|项下)?《?[^》,。;:]{0,16}?(?:合同|协议)", values.code
    ),
)


def clues_of(sheets: Sequence[Sheet]) -> tuple[tuple[ClueKind, str], ...]:
    """The clues on a paper as they stand there, each once."""
    text = Transcript(sheets)
    found = (
        *((ClueKind.CONTRACT_NO, value) for value in _contract_numbers(text)),
        *((ClueKind.PHONE, "".join(hit["v"].split())) for hit in _PHONE.finditer(text.folded)),
        *((ClueKind.ADDRESS, value) for value in _addresses(text)),
    )
    return tuple(dict.fromkeys(found))


def _contract_numbers(text: Transcript) -> Iterator[str]:
    paper = Paper(text, OwnNames(()))
    for rule in _NAMED:
        yield from (found.taken.value for found in rule(paper))


def _addresses(text: Transcript) -> Iterator[str]:
    for label in text.labels:
        if label.sure >= _SURE and _ADDRESS.fullmatch("".join(text.folded[label.start : label.end].split())):
            yield _address(text, label)


def _address(text: Transcript, label: Label) -> str:
    """What stands after the label, up to the next one, with what goes on in the next row."""
    end = text.following_label(label.end, text.row_at(label.start)[1], sure=_SURE)
    places = text.running(label.value, end)[:_LONGEST_ADDRESS]
    said = "".join(text.folded[place] for place in places)
    return re.split(r"[,。;]", said.strip())[0]
