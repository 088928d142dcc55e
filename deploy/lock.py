"""Writes the lock files from `pyproject.toml`: exact versions with hashes, and no addresses."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

COMMON: Final = ("--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate")
LOCKS: Final = (
    ("requirements.lock", ()),
    ("requirements-dev.lock", ("--group", "dev", "-c", "requirements.lock")),
    ("requirements-bench.lock", ("--group", "dev", "--group", "bench", "-c", "requirements-dev.lock")),
)


def main() -> int:
    """Each lock stands on the one before, so that all name the same versions."""
    for target, more in LOCKS:
        subprocess.run(
            [sys.executable, "-m", "uv", "pip", "compile", "-q", "pyproject.toml", *COMMON, *more, "-o", target],
            check=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
