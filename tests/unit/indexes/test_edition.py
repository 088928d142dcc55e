"""The name of an index's schema is the same in every process: else each would take the others' index for another's."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("engine", ["embedded", "opensearch"])
def test_every_process_names_the_schema_alike(engine: str) -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", f"from indexes.{engine}.pages import EDITION; print(EDITION)"],
            env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(told) == 1
