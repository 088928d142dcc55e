"""A writer killed at any moment leaves the index as before its act or after it, and free for the next writer."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from indexes.embedded import TantivyEngine
from tests.contract.search_places import asked, walked
from tests.contract.search_samples import batch

WRITER = """
import sys
from pathlib import Path
from indexes.embedded import TantivyEngine
from tests.contract.search_samples import batch
engine = TantivyEngine(Path(sys.argv[1]), writer=True)
print("ready", flush=True)
for version in range(2, 10_000):
    engine.replace([batch(f"doc-{n}", f"第{version}版", "第二页", version=version) for n in range(5)])
    print(version, flush=True)
"""


def written_until_killed(folder: Path, seconds: float) -> int:
    """The last version that a writing process said it had written when it was killed."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(seconds)
        child.kill()
        said = child.stdout.read().split()
    return int(said[-1]) if said else 1


@pytest.mark.parametrize("moment", [0.02 * n for n in range(1, 9)])
def test_a_killed_writer_leaves_the_index_as_before_or_after(tmp_path: Path, moment: float) -> None:
    folder = tmp_path / "index"
    engine = TantivyEngine(folder, writer=True)
    engine.replace([batch(f"doc-{n}", "第1版", "第二页", version=1) for n in range(5)])
    said = written_until_killed(folder, moment)
    standing = set(dict(engine.versions()).values())
    assert len(standing) == 1
    version = standing.pop()
    assert version in {said, said + 1}
    assert asked(engine, f"第{version}版").total == asked(engine, "第二页").total == 5
    assert engine.replace([batch("doc-0", "之后写的", version=version + 1)]) == {"doc-0"}
    assert len(walked(engine, "")) == 9


def test_a_killed_rebuild_changes_nothing_and_is_swept_away(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    engine = TantivyEngine(folder, writer=True)
    engine.replace([batch("a", "合同")])
    engine.begin_rebuild().replace([batch("a", "一半")])
    again = TantivyEngine(folder, writer=True)
    assert asked(again, "合同").total == 1
    again.begin_rebuild().swap()
    assert asked(engine, "").total == 0
    assert len([path for path in folder.iterdir() if path.is_dir()]) == 1


def test_a_lost_segment_is_said_to_be_damage(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    TantivyEngine(folder, writer=True).replace([batch("a", "合同")])
    for path in folder.glob("*/*.idx"):
        path.unlink()
    assert TantivyEngine(folder, writer=False).health().state == "damaged"
