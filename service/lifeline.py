"""Runs a command that ends when its parent ends, however that ended: `python -m service.lifeline COMMAND…` (Linux)."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_SET_DEATH_SIGNAL = 1


def main(words: list[str]) -> None:
    """Ask the kernel for a signal at the parent's death, then become the command."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole terminal: the parent ends what it began
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(1)
    os.execv(words[0], words)  # noqa: S606 - the words are our own


if __name__ == "__main__":
    main(sys.argv[1:])
