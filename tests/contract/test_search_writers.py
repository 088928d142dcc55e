"""Two writers of one document at once leave the newer version's pages and no others, even where one of them dies (F15).

Rows are the truth and jobs are tried again: what may be left after a death is gone once the document is written again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from indexes.opensearch.client import Cluster
from indexes.port import Batch, SearchEngine
from tests.contract.search_places import ENGINES, Installation, asked, installation
from tests.contract.search_samples import batch

LONG, SHORT, EMPTY = 3, 1, 0
VERSIONS = count(10, 10)


class Died(BaseException):
    """The process ends here: nothing in the product may catch it."""


def pages(version: int, many: int) -> Batch:
    return batch("shared", *[f"第{number}页 版本{version}" for number in range(1, many + 1)], version=version)


def stands(engine: SearchEngine, version: int, many: int) -> bool:
    """Nothing but the pages of this version is found, and none of them is missing."""
    told = dict(engine.versions()).get("shared")
    return (told, asked(engine, "").total, asked(engine, f"版本{version}").total) == (version, many, many)


@pytest.fixture(params=ENGINES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    with installation(request.param, tmp_path / "index") as place:
        yield place


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation("opensearch", tmp_path_factory.mktemp("writers")) as place:
        yield place


def test_a_document_that_grows_and_shrinks_under_many_writers_ends_as_its_newest_version(place: Installation) -> None:
    engines = [place.open(writer=True) for _ in range(3)]
    counts = {version: (version * 5) % 7 for version in range(1, 13)}

    def write(number: int) -> None:
        for version in range(1 + number, 13, 3):
            engines[number].replace([pages(version, counts[version])])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # a writer that was overtaken may have left pages behind the newest one's sweep: whoever writes next takes them out
    engines[0].replace([pages(13, 4)])
    assert stands(place.opened[0], 13, 4)


def between(engine: Any, at: int, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401 - the engine's own parts
    """Do something before the engine's write number `at` to the cluster."""
    inner: Cluster = engine._cluster
    bulk, seen = inner.bulk, []

    def counted(index: str, lines: Collection[Any]) -> set[str]:
        if lines:
            seen.append(lines)
            if len(seen) == at:
                act()
        return bulk(index, list(lines))

    monkeypatch.setattr(inner, "bulk", counted)


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("before", [EMPTY, SHORT, 5])
@pytest.mark.parametrize("newer", [EMPTY, SHORT, LONG])
def test_a_newer_version_written_between_any_two_steps_of_an_older_one_stands(
    cluster: Installation, monkeypatch: pytest.MonkeyPatch, at: int, before: int, newer: int
) -> None:
    slow, quick = fresh(cluster), cluster.opened[0]
    version = begun(quick, before)
    between(slow, at, lambda: quick.replace([pages(version + 2, newer)]), monkeypatch)
    slow.replace([pages(version + 1, LONG)])
    quick.replace([pages(version + 2, newer)])
    assert stands(quick, version + 2, newer)


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("before", [SHORT, 5])
def test_what_a_writer_that_died_left_is_gone_once_the_document_is_written_again(
    cluster: Installation, monkeypatch: pytest.MonkeyPatch, at: int, before: int
) -> None:
    """The older writer's pages come after the newer one is done, and its process ends before it could look back."""
    slow, quick = fresh(cluster), cluster.opened[0]
    version = begun(quick, before)
    between(slow, 2, lambda: quick.replace([pages(version + 2, SHORT)]), monkeypatch)
    dying(slow, at, monkeypatch)
    with pytest.raises(Died):
        slow.replace([pages(version + 1, LONG)])
    fresh(cluster).replace([pages(version + 2, SHORT)])
    assert stands(quick, version + 2, SHORT)


def test_what_was_removed_stays_out_whatever_an_older_writer_left(
    cluster: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = fresh(cluster), cluster.opened[0]
    version = begun(quick, SHORT)
    between(slow, 2, lambda: quick.remove("shared", version + 2), monkeypatch)
    dying(slow, 2, monkeypatch)
    with pytest.raises(Died):
        slow.replace([pages(version + 1, LONG)])
    assert quick.remove("shared", version + 2)
    assert asked(quick, "").total == 0


def dying(engine: Any, at: int, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401 - the engine's own parts
    """End the process right after its write number `at` to the cluster."""
    inner: Cluster = engine._cluster
    bulk, seen = inner.bulk, []

    def counted(index: str, lines: Collection[Any]) -> set[str]:
        refused = bulk(index, list(lines))
        seen.extend([1] if lines else [])
        if len(seen) == at:
            raise Died
        return refused

    monkeypatch.setattr(inner, "bulk", counted)


def fresh(cluster: Installation) -> SearchEngine:
    """The engine as one more process has it."""
    return cluster.open(writer=True)


def begun(engine: SearchEngine, many: int) -> int:
    """The document stands with so many pages, in a version above all earlier ones; the version."""
    version = next(VERSIONS)
    assert engine.replace([pages(version, many)])
    return version
