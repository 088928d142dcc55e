"""An upload's answer beside a plain write of the same bytes: hashed, written, synced, in a folder."""

from __future__ import annotations

import hashlib
import os
import statistics
import tempfile
import time
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.running import Running, running

PART = "upload"
COUNT = 40
SIZE = 300_000
PNG = b"\x89PNG\r\n\x1a\n"


def measure(count: int = COUNT) -> list[Figure]:
    """Files whose head is a PNG's and whose rest is noise: taken in like any, and given up by reading at once."""
    bodies = [PNG + os.urandom(SIZE) for _ in range(count)]
    with running() as service:
        answered = sorted(_upload(service, body) for body in bodies)
    plain = sorted(_plain(bodies))
    middle, beside = statistics.median(answered), statistics.median(plain)
    high = statistics.quantiles(answered, n=20)[-1]
    name = "a plain write, hashed and synced"
    return [
        Figure(PART, f"answer, {SIZE // 1000} kB, median", middle, "ms"),
        Figure(PART, "besides its bytes, median", middle - beside, "ms", f"{beside:.1f} ms: {name}", ceiling=100),
        Figure(PART, "besides its bytes, 95 %", high - beside, "ms"),
        Figure(PART, "answer", middle / beside, "x", name),
    ]


def _upload(service: Running, body: bytes) -> float:
    """Milliseconds of an upload to a service that has nothing else to do."""
    milliseconds = service.client.upload("noise.png", body)[1] * 1000
    while service.open_jobs():
        time.sleep(0.1)
    return milliseconds


def _plain(bodies: list[bytes]) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        return [_written(Path(folder) / str(number), body) for number, body in enumerate(bodies)]


def _written(path: Path, body: bytes) -> float:
    start = time.perf_counter()
    hashlib.sha256(body).hexdigest()
    with path.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    return (time.perf_counter() - start) * 1000
