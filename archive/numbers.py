"""Identity numbers: their check digits, their one written form, and repair of what was misread.

Sources: GB 11643 (resident identity number), GB 32100 (unified social credit code), GB/T 17710 (15-digit business
registration number, ISO 7064 MOD 11,10).
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ID_LENGTH, _OLD_ID_LENGTH, _USCC_LENGTH, _REGISTRATION_LENGTH = 18, 15, 18, 15

_BLANKS = re.compile(r"[\s\-‐-―−_·.]+")
_AS_DIGIT = str.maketrans(
    {"O": "0", "D": "0", "Q": "0", "I": "1", "L": "1", "|": "1", "!": "1", "Z": "2", "S": "5", "G": "6", "B": "8"}
)
_AS_USCC = str.maketrans({"O": "0", "I": "1", "|": "1", "!": "1", "Z": "2", "S": "5", "V": "Y"})
_ALIKE_IN_USCC = ("0DQC", "8B3", "6G5", "1L7T", "UYJ", "2Z", "MNHW", "PRF", "KX", "EF", "4A")


@dataclass(frozen=True, slots=True)
class CheckedNumber:
    """A number in its one written form; `repaired` when characters were changed, `problem` when it does not check."""

    value: str
    repaired: bool = False
    problem: str = ""


def normalised(text: str) -> str:
    """NFKC, upper case, without blanks, hyphens and dots: the form in which numbers are kept and compared."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).upper().replace("×", "X")


def resident_id_check_digit(body: str) -> str:
    """The 18th character for the 17 digits before it (GB 11643 5.1, ISO 7064 MOD 11-2)."""
    return _ID_CHECKS[sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, body, strict=True)) % 11]


def birth_date(number: str) -> date | None:
    """The date of birth inside an 18-character resident number, None when it is no date."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def is_resident_id(number: str) -> bool:
    """Whether 18 normalised characters are a resident number: digits, a possible birth date, the check digit."""
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number, re.ASCII):
        return False
    born = birth_date(number)
    return born is not None and born.year >= 1880 and resident_id_check_digit(number[:17]) == number[17]  # noqa: PLR2004 - nobody older carries one


def resident_id_from_15(number: str) -> str:
    """The 18-character number for one of the first generation (15 digits, born in 19xx). ValueError when it is none."""
    if not re.fullmatch(r"[1-9]\d{14}", number, re.ASCII):
        raise ValueError("a resident number of the first generation has 15 digits")
    body = f"{number[:6]}19{number[6:]}"
    if birth_date(body) is None:
        raise ValueError("the birth date inside the number is impossible")
    return body + resident_id_check_digit(body)


def uscc_check_character(body: str) -> str:
    """The 18th character for the 17 before it (GB 32100 5.5)."""
    total = sum(weight * _USCC_ALPHABET.index(character) for weight, character in zip(_USCC_WEIGHTS, body, strict=True))
    return _USCC_ALPHABET[-total % 31]


def is_uscc(number: str) -> bool:
    """Whether 18 normalised characters are a unified social credit code with its check character."""
    if not re.fullmatch(rf"[{_USCC_ALPHABET}]{{2}}\d{{6}}[{_USCC_ALPHABET}]{{10}}", number, re.ASCII):
        return False
    return uscc_check_character(number[:17]) == number[17]


def is_registration_number(number: str) -> bool:
    """Whether 15 digits are an old business registration number (GB/T 17710)."""
    if not re.fullmatch(r"\d{15}", number, re.ASCII):
        return False
    rest = 10
    for digit in number[:14]:
        rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
    return (rest + int(number[14])) % 10 == 1


def read_resident_id(text: str) -> CheckedNumber:
    """A resident number as printed or recognised, in 18 characters. Problems: `id_length`, `id_date`, `id_check_digit`.

    Letters where only digits stand are put right and said so; a digit is never guessed from the check digit.
    """
    seen = normalised(text.replace("b", "6"))
    number = seen[:17].translate(_AS_DIGIT) + seen[17:].translate({**_AS_DIGIT, ord("K"): "X"})
    if len(number) == _OLD_ID_LENGTH and number.isdecimal():
        return _read_old_resident_id(number, repaired=number != seen)
    if len(number) != _ID_LENGTH or not number[:17].isdecimal():
        return CheckedNumber(number, problem="id_length")
    if is_resident_id(number):
        return CheckedNumber(number, repaired=number != seen or "b" in text)
    return CheckedNumber(number, number != seen, "id_check_digit" if birth_date(number) else "id_date")


def _read_old_resident_id(number: str, *, repaired: bool) -> CheckedNumber:
    try:
        return CheckedNumber(resident_id_from_15(number), repaired)
    except ValueError:
        return CheckedNumber(number, repaired, "id_date")


def read_uscc(text: str) -> CheckedNumber:
    """A unified social credit code as printed or recognised. Problems: `uscc_length`, `uscc_check_digit`.

    Letters that the alphabet does not have are put right; if the check character still disagrees, one character is
    exchanged for one that looks alike, but only when exactly one such change makes the code right.
    """
    seen = normalised(text)
    number = seen.translate(_AS_USCC)
    number = number[:1] + number[1:8].translate(_AS_DIGIT) + number[8:]
    if len(number) != _USCC_LENGTH or not set(number) <= set(_USCC_ALPHABET):
        return CheckedNumber(number, problem="uscc_length")
    if is_uscc(number):
        return CheckedNumber(number, repaired=number != seen)
    repairs = sorted({candidate for candidate in _lookalikes(number) if is_uscc(candidate)})
    if len(repairs) == 1:
        return CheckedNumber(repairs[0], repaired=True)
    return CheckedNumber(number, number != seen, "uscc_check_digit")


def _lookalikes(number: str) -> Iterator[str]:
    """The codes that differ in one character which is easily taken for another."""
    for place, group in itertools.product(range(len(number)), _ALIKE_IN_USCC):
        if number[place] in group:
            yield from _exchanged(number, place, group)


def _exchanged(number: str, place: int, group: Sequence[str]) -> Iterator[str]:
    for other in group:
        if other != number[place]:
            yield number[:place] + other + number[place + 1 :]
