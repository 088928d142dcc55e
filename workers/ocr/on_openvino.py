"""The networks on OpenVINO. Its telemetry is made impossible to import, so nothing can be sent."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None makes an import of it fail

import openvino as ov  # noqa: E402 - only after telemetry was shut out
from openvino import opset13 as ops  # noqa: E402 - as above

from workers.ocr.engine import EngineFailed  # noqa: E402 - as above
from workers.ocr.networks import Columns, Networks, Untyped, characters_of, model_file  # noqa: E402 - as above

CACHE = "200"
"""How many compiled shapes a network keeps: pages come in ever new sizes, and memory is bounded."""


def open_networks(threads: int) -> Networks:
    """Both networks on so many threads: a page is shared by all of them, lines are read one a thread."""
    core = ov.Core()
    shared = {"INFERENCE_NUM_THREADS": str(threads), "CPU_RUNTIME_CACHE_CAPACITY": CACHE}
    page = {**shared, "NUM_STREAMS": "1", "PERFORMANCE_HINT": "LATENCY"}
    lines = {**shared, "NUM_STREAMS": str(threads), "PERFORMANCE_HINT": "THROUGHPUT"}
    recogniser = core.read_model(model_file("rec_small"))
    characters = recogniser.get_rt_info(["framework", "character"]).astype(str)
    detector = core.read_model(model_file("det_small"))
    return Networks(
        runtime=f"openvino {version('openvino')}",
        detect=Detector(core.compile_model(detector, "CPU", page).create_infer_request()),
        read=Reader(core.compile_model(_with_best(recogniser), "CPU", lines), threads),
        characters=characters_of(characters),
    )


class Detector:
    """The network that finds text."""

    def __init__(self, request: Untyped) -> None:
        self._request = request

    def __call__(self, page: NDArray[np.float32]) -> NDArray[np.float32]:
        """Where text is, as `Networks` says; overwritten by the next call."""
        try:
            self._request.infer([page])
        except RuntimeError as error:
            raise EngineFailed(str(error)) from error
        heat: NDArray[np.float32] = self._request.get_output_tensor().data[0, 0]
        return heat


class Reader:
    """The network that reads lines, each by one thread: a batch would have to be filled up to its longest line."""

    def __init__(self, network: Untyped, threads: int) -> None:
        self._queue = ov.AsyncInferQueue(network, threads)
        self._queue.set_callback(_keep)

    def __call__(self, lines: Iterable[NDArray[np.float32]]) -> list[Columns]:
        """As `Reads` says."""
        read: dict[int, Columns] = {}
        try:
            for number, line in enumerate(lines):
                self._queue.start_async([line], (read, number))
            self._queue.wait_all()
        except RuntimeError as error:
            raise EngineFailed(str(error)) from error
        return [read[number] for number in sorted(read)]


def _keep(request: Untyped, place: tuple[dict[int, Columns], int]) -> None:
    """Copy what came out, because the next line overwrites it."""
    read, number = place
    best, sure = (request.get_output_tensor(output).data[0, :, 0].copy() for output in (0, 1))
    read[number] = best, sure


def _with_best(model: Untyped) -> Untyped:
    """The recogniser with its own arg-max: 18,710 classes a column are not worth carrying into Python."""
    scores = model.output(0).get_node().input_value(0)
    top = ops.topk(scores, ops.constant(1, dtype=np.int32), 2, "max", "none", index_element_type="i32")
    return ov.Model([top.output(1), top.output(0)], model.get_parameters(), "best")
