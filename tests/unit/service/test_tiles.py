"""Tiles that were cut before: sealed, bounded, each document's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archive.sealing import DocumentKey
from service.tiles import Tiles

ONE, OTHER = DocumentKey("one", b"1" * 32), DocumentKey("other", b"2" * 32)


@pytest.fixture
def tiles(tmp_path: Path) -> Tiles:
    return Tiles(tmp_path / "tiles", most=4000)


def files(tiles: Tiles) -> list[Path]:
    return [path for path in tiles.folder.rglob("*") if path.is_file()]


def test_a_tile_comes_back_by_its_name_and_under_its_documents_key(tiles: Tiles) -> None:
    tiles.put(ONE, "file/0,0,10,10/10,10", b"what is seen")
    assert tiles.get(ONE, "file/0,0,10,10/10,10") == b"what is seen"
    assert tiles.get(ONE, "file/0,0,10,10/5,5") is None
    assert tiles.get(OTHER, "file/0,0,10,10/10,10") is None


def test_nothing_of_it_rests_in_the_clear_and_all_of_it_below_the_documents_id(tiles: Tiles) -> None:
    tiles.put(ONE, "name", b"what is seen")
    (path,) = files(tiles)
    assert path.parent == tiles.folder / "one"
    assert b"what is seen" not in path.read_bytes()


def test_a_damaged_tile_is_none_and_is_taken_away(tiles: Tiles) -> None:
    tiles.put(ONE, "name", b"what is seen")
    (path,) = files(tiles)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert tiles.get(ONE, "name") is None
    assert files(tiles) == []


def test_a_tile_of_one_document_put_in_place_of_anothers_does_not_open(tiles: Tiles) -> None:
    tiles.put(ONE, "name", b"what is seen")
    tiles.put(OTHER, "name", b"something else")
    first, second = sorted(files(tiles))
    first.replace(second)
    assert tiles.get(OTHER, "name") is None


def test_the_oldest_go_when_there_are_too_many(tiles: Tiles) -> None:
    for number in range(10):
        tiles.put(ONE, f"{number}", bytes(900))
        for age, path in enumerate(sorted(files(tiles), key=lambda path: path.stat().st_mtime_ns)):
            os.utime(path, (1000 + age, 1000 + age))
    assert sum(path.stat().st_size for path in files(tiles)) <= tiles.most
    assert tiles.get(ONE, "9") is not None
    assert tiles.get(ONE, "0") is None


def test_what_another_process_kept_counts_too(tiles: Tiles) -> None:
    for number in range(4):
        Tiles(tiles.folder, tiles.most).put(ONE, f"theirs {number}", bytes(900))
    tiles.put(OTHER, "mine", bytes(900))
    assert sum(path.stat().st_size for path in files(tiles)) <= tiles.most


def test_a_disk_that_takes_nothing_loses_nobody_a_page(tmp_path: Path) -> None:
    (tmp_path / "tiles").write_bytes(b"in the way")
    tiles = Tiles(tmp_path / "tiles")
    tiles.put(ONE, "name", b"what is seen")
    assert tiles.get(ONE, "name") is None
