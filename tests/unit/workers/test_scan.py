"""A child that lies: everything that the sandbox answers is held to be hostile."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from workers import wire
from workers.limits import Limits
from workers.scan import _flags, _page_image
from workers.unreadable import ADVICE, Code, Unreadable

GOOD: dict[str, Any] = {"width": 3, "height": 2, "mode": "L", "dpi": 200, "glyphs": [["甲", 0.0, 0.0, 1.0, 1.0, 0]]}


def test_a_true_answer_is_a_page() -> None:
    page = _page_image(1, GOOD, bytearray(range(6)), Limits())
    assert page.pixels.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert page.glyphs[0].text == "甲"


@pytest.mark.parametrize(
    "lie",
    [
        {"width": 4},
        {"width": 0},
        {"width": -3, "height": -2},
        {"width": 10**9, "height": 10**9},
        {"width": "3"},
        {"width": True},
        {"mode": "RGB"},
        {"mode": ["L"]},
        {"dpi": -1},
        {"dpi": 1e300},
        {"glyphs": None},
        {"glyphs": [["甲", 0, 0, 1, 1]]},
        {"glyphs": [["甲", 0, 0, 1, float("nan"), 0]]},
        {"glyphs": [["甲", 0, 0, 1, "1", 0]]},
        {"glyphs": [[1, 0, 0, 1, 1, 0]]},
        {"glyphs": [["甲", 0, 0, 1, 1, -1]]},
        {"glyphs": [GOOD["glyphs"][0]] * 100_001},
    ],
)
def test_a_lie_is_a_broken_reader(lie: dict[str, Any]) -> None:
    with pytest.raises(Unreadable) as outcome:
        _page_image(1, {**GOOD, **lie}, bytearray(6), Limits())
    assert outcome.value.code is Code.CRASHED


@pytest.mark.parametrize("flags", [None, "repaired", [1], {"a": 1}])
def test_flags_are_words(flags: object) -> None:
    with pytest.raises(Unreadable):
        _flags(flags)


def test_every_outcome_has_advice_in_two_languages() -> None:
    assert set(ADVICE) == set(Code)
    assert all(chinese and english and chinese != english for chinese, english in ADVICE.values())


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_what_is_sent_arrives(pair: tuple[socket.socket, socket.socket]) -> None:
    wire.send(pair[0], {"页": 1}, b"abc")
    assert wire.receive(pair[1], 3) == ({"页": 1}, bytearray(b"abc"))


@pytest.mark.parametrize(
    "frame",
    [
        struct.pack(">IQ", 2**31, 0),
        struct.pack(">IQ", 2, 4) + b"{}",
        struct.pack(">IQ", 2, 0) + b"[]",
        struct.pack(">IQ", 1, 0) + b"{",
        struct.pack(">IQ", 10_000, 0) + b"[" * 10_000,
        struct.pack(">IQ", 9, 0) + b"{}",
        b"\x00",
    ],
)
def test_a_bad_frame_is_broken(frame: bytes, pair: tuple[socket.socket, socket.socket]) -> None:
    pair[0].sendall(frame)
    pair[0].shutdown(socket.SHUT_WR)
    with pytest.raises(wire.Broken):
        wire.receive(pair[1], 3)


def test_headers_are_plain_json(pair: tuple[socket.socket, socket.socket]) -> None:
    wire.send(pair[0], {"a": [1, "乙"]})
    length, body = struct.unpack(">IQ", pair[1].recv(12))
    assert json.loads(pair[1].recv(length)) == {"a": [1, "乙"]}
    assert body == 0
