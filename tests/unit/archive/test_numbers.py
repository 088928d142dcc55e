from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.numbers import (
    birth_date,
    is_registration_number,
    is_resident_id,
    is_uscc,
    normalised,
    read_resident_id,
    read_uscc,
    resident_id_check_digit,
    resident_id_from_15,
    uscc_check_character,
)

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

births = st.integers(0, 45000).map(lambda days: date(1900, 1, 1) + timedelta(days))
resident_ids = st.builds(
    lambda place, born, order: f"{place}{born:%Y%m%d}{order:03d}",
    st.integers(110000, 659999),
    births,
    st.integers(0, 999),
).map(lambda body: body + resident_id_check_digit(body))
credit_codes = st.builds(
    lambda head, place, body: f"{head}{place}{body}",
    st.sampled_from(["91", "92", "93", "12", "51", "N1"]),
    st.integers(100000, 699999),
    st.text(ALPHABET, min_size=9, max_size=9),
).map(lambda body: body + uscc_check_character(body))


def test_the_example_of_gb_11643_holds() -> None:
    assert resident_id_check_digit("11010519491231002") == "X"
    assert is_resident_id("11010519491231002X")


@given(resident_ids)
def test_a_made_number_checks_and_tells_its_birth_date(number: str) -> None:
    assert is_resident_id(number)
    assert birth_date(number) is not None
    assert read_resident_id(number).value == number


@given(resident_ids, st.integers(0, 17), st.sampled_from("0123456789"))
def test_one_wrong_digit_never_checks(number: str, place: int, digit: str) -> None:
    wrong = number[:place] + digit + number[place + 1 :]
    assert wrong == number or not is_resident_id(wrong)


@pytest.mark.parametrize(
    ("seen", "value", "repaired", "problem"),
    [
        ("110105 1949 1231 002x", "11010519491231002X", False, ""),
        ("11010519491231002×", "11010519491231002X", False, ""),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X", False, ""),
        ("11O1O5I9491231002X", "11010519491231002X", True, ""),
        ("1101051949123l002X", "11010519491231002X", True, ""),
        ("110105194912310021", "110105194912310021", False, "id_check_digit"),
        ("110105194913310021", "110105194913310021", False, "id_date"),
        ("110105491231002", "11010519491231002X", False, ""),
        ("110105491331002", "110105491331002", False, "id_date"),
        ("1101051949", "1101051949", False, "id_length"),
        ("", "", False, "id_length"),
    ],
)
def test_reading_a_resident_number(seen: str, value: str, repaired: bool, problem: str) -> None:  # noqa: FBT001 - a table
    read = read_resident_id(seen)
    assert (read.value, read.repaired, read.problem) == (value, repaired, problem)


def test_a_first_generation_number_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="15 digits"):
        resident_id_from_15("11010549123100X")


@given(credit_codes)
def test_a_made_credit_code_checks(code: str) -> None:
    assert is_uscc(code)
    assert read_uscc(code.lower()).value == code


@given(credit_codes, st.integers(8, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_of_a_credit_code_never_checks(code: str, place: int, character: str) -> None:
    wrong = code[:place] + character + code[place + 1 :]
    assert wrong == code or not is_uscc(wrong)


@given(credit_codes)
def test_letters_that_the_alphabet_lacks_are_put_right(code: str) -> None:
    seen = code.replace("0", "O").replace("1", "I")
    read = read_uscc(seen)
    assert read.value == code
    assert read.repaired == (seen != code)


@given(credit_codes, st.integers(8, 17))
def test_a_repaired_credit_code_always_checks_and_says_so(code: str, place: int) -> None:
    swapped = {"0": "D", "8": "B", "B": "8", "D": "0", "6": "G", "G": "6"}.get(code[place], code[place])
    seen = code[:place] + swapped + code[place + 1 :]
    read = read_uscc(seen)
    assert read.problem or is_uscc(read.value)
    assert read.problem or read.repaired == (seen != read.value)


def test_a_code_of_another_length_is_no_credit_code() -> None:
    assert read_uscc("91110108MA01").problem == "uscc_length"


@pytest.mark.parametrize(("number", "valid"), [("110108000000016", True), ("110108000000017", False), ("1101", False)])
def test_old_registration_numbers(number: str, valid: bool) -> None:  # noqa: FBT001 - a table
    assert is_registration_number(number) is valid


def test_one_written_form() -> None:
    assert normalised(" 91-1101 08ｍａ01 ") == "91110108MA01"
