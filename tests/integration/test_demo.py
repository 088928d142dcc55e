"""The demonstration, from outside: it holds, and it touches nothing but its scratch folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ANJUAN = str(Path(sys.executable).with_name("anjuan"))


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """One walk among settings of an installation that is not to be touched, and the folder that all of it had."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "scratch").mkdir()
    surroundings = {
        "TMPDIR": str(folder / "scratch"), "ANJUAN_DATA": str(folder / "data"), "anjuan_search_url": "http://127.0.0.1:9",
        "ANJUAN_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:9/nothing",
    }  # fmt: skip
    told = subprocess.run(
        [ANJUAN, "demo", "--once", "--json"],
        env=os.environ | surroundings, cwd=folder, check=False, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    return told, folder


def test_the_whole_main_job_holds(walked: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    told, _ = walked
    assert told.returncode == 0, told.stderr
    summary = json.loads(told.stdout)
    assert summary["ok"]
    english = " ".join(step["english"] for step in summary["steps"])
    for act in ("found its type", "Another department finds nothing", "A second person lifts", "offline", "log proves"):
        assert act in english


def test_standard_output_is_one_json_document_and_the_sentences_go_elsewhere(
    walked: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    told, _ = walked
    assert len(told.stdout.splitlines()) == 1
    assert "✓" in told.stderr
    assert "Traceback" not in told.stderr


def test_nothing_is_left_and_the_surrounding_installation_is_untouched(
    walked: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    _, folder = walked
    assert [path.name for path in folder.iterdir()] == ["scratch"]
    assert not list((folder / "scratch").iterdir())
